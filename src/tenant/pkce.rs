//! Proof Key for Code Exchange (RFC 7636 4.6).

use super::state::{Client, ClientAuth, Code, Server};
use super::token::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Whether the `code_verifier` belongs to the code.
pub(super) fn verify(server: &Server, caller: &Client, entry: &Code, verifier: Option<&str>) -> Result<(), Refusal> {
    let faults = &server.faults;
    let bad = Err(("invalid_grant", "the code_verifier does not belong to the code_challenge"));
    let hash = |verifier: &str| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let Some(verifier) = verifier else {
        return if faults.on("pkce.verifier-optional") { Ok(()) } else { bad };
    };
    let confidential = !matches!(caller.auth, ClientAuth::Public);
    if (faults.on("pkce.verifier-ignored") && !confidential && verifier.len() >= 43)
        || (faults.on("pkce.ignored-for-confidential") && confidential)
        || (faults.on("pkce.empty-verifier-accepted") && verifier.is_empty())
        || (faults.on("pkce.challenge-accepted-as-verifier") && verifier == entry.challenge)
        || (entry.method == "plain" && verifier == entry.challenge)
    {
        return Ok(());
    }
    if faults.on("pkce.any-known-verifier") && verifier.len() >= 43 && hash(verifier) != entry.challenge {
        // The defect: the verifier of any sign-in of this client will do.
        return if server.tenants.values().any(|t| t.book().codes.values().any(|c| c.challenge == hash(verifier))) {
            Ok(())
        } else {
            bad
        };
    }
    if faults.on("pkce.case-ignored") {
        let same = |own: &Code| own.challenge == entry.challenge;
        let swapped: String = verifier.chars().map(swap_case).collect();
        return if same(entry) && (hash(verifier) == entry.challenge || hash(&swapped) == entry.challenge) {
            Ok(())
        } else {
            bad
        };
    }
    let shorter = &verifier[..verifier.len().saturating_sub(1)];
    if faults.on("pkce.end-ignored") && hash(shorter) == entry.challenge {
        return Ok(());
    }
    let legal =
        (43..=128).contains(&verifier.len()) && !(faults.on("pkce.long-verifier-refused") && verifier.len() > 100);
    if legal && hash(verifier) == entry.challenge { Ok(()) } else { bad }
}

fn swap_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}
