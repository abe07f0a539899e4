//! Proofs of possession: a token that is bound to a key, with a proof that is not the right one, or with none (RFC 9449).

use super::{Made, Need};
use crate::smart::{Proof, ProofKey, proof_hash, rebuild};

/// What a request proves, until an attack alters it.
pub struct Proving {
    /// The scheme of the `Authorization` header, where there is one.
    pub scheme: &'static str,
    /// The right proof.
    pub correct: Proof,
    /// What is sent in its place.
    pub sent: Option<String>,
    /// A key that nothing is bound to.
    pub other: Option<ProofKey>,
    /// A proof that was sent before.
    pub used: Option<String>,
}

impl Proving {
    /// The right proof.
    pub fn correct(correct: Proof) -> Self {
        Self { scheme: "DPoP", sent: correct.signed(), correct, other: None, used: None }
    }

    /// The proof with its header and claims as `alter` makes them, signed with its own key.
    fn altered(&mut self, alter: impl FnOnce(&mut Proof)) -> Made {
        let mut proof = self.correct.clone();
        alter(&mut proof);
        self.send(proof.signed())
    }

    fn claim(&mut self, name: &str, value: impl Into<serde_json::Value>) -> Made {
        let value = value.into();
        self.altered(|proof| proof.claims.payload[name] = value)
    }

    fn send(&mut self, proof: Option<String>) -> Made {
        self.sent = Some(proof.ok_or(Need::ProofKey)?);
        Ok(())
    }
}

fn none(it: &mut Proving) {
    it.sent = None;
}

fn of_another_method(it: &mut Proving) -> Made {
    it.claim("htm", "DELETE")
}

fn of_another_url(it: &mut Proving) -> Made {
    it.claim("htu", "https://fhir.attacker.example/r4/Patient")
}

fn of_yesterday(it: &mut Proving) -> Made {
    let made = it.correct.claims.payload["iat"].as_i64().unwrap_or_default();
    it.claim("iat", made.saturating_sub(86_400))
}

fn of_another_key(it: &mut Proving) -> Made {
    let proof = it.other.as_ref().map(|key| it.correct.of(key));
    it.send(proof.and_then(|proof| proof.signed()))
}

fn unsigned(it: &mut Proving) -> Made {
    let mut claims = it.correct.claims.clone();
    claims.header["alg"] = "none".into();
    it.send(Some(rebuild(&claims)))
}

fn with_broken_signature(it: &mut Proving) -> Made {
    let signed = it.correct.signed().ok_or(Need::ProofKey)?;
    let (message, signature) = signed.rsplit_once('.').unwrap_or_default();
    it.send(Some(format!("{message}.{}", super::reading::flipped(signature))))
}

fn by_shared_secret(it: &mut Proving) -> Made {
    it.send(it.correct.signed_with_shared_secret())
}

fn with_private_key(it: &mut Proving) -> Made {
    it.send(it.correct.with_private_key().signed())
}

fn of_another_type(it: &mut Proving) -> Made {
    it.altered(|proof| proof.claims.header["typ"] = "JWT".into())
}

attacks! {
    "What a request with a bound token proves."
    ProofChange of Proving, control BoundRead;

    AsBearer "its token as a bearer token" {
        does: "sends the token under the scheme Bearer, without a proof",
        matters: "who steals a bound token has no key; a server that takes it as a bearer token binds nothing (RFC 9449 7.2)",
        right: "401, and no resource",
        needs: [ProofKey],
        intrudes: [],
        make: |it| {
            it.scheme = "Bearer";
            none(it);
        },
    }
    Missing "no proof" {
        does: "sends the token under the scheme DPoP, without a proof",
        matters: "who steals a bound token has no key",
        right: "401, and no resource",
        needs: [ProofKey],
        intrudes: [],
        make: none,
    }
    OtherMethod "a proof for another method" {
        does: "sends a proof whose htm is DELETE with a GET",
        matters: "a proof that is seen once would open every method",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_method,
    }
    OtherUrl "a proof for another URL" {
        does: "sends a proof whose htu is a URL of another server",
        matters: "a server of an attacker that is sent a proof could use it at this one",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_url,
    }
    OtherToken "a proof for another token" {
        does: "sends a proof whose ath is the hash of another token",
        matters: "a proof must go with one token, so that it cannot be moved to another",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: |it| it.claim("ath", proof_hash("probity-another-token")),
    }
    NoToken "a proof for no token" {
        does: "sends a proof without ath",
        matters: "a proof that was made for the token endpoint must not open the record",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: |it| {
            it.altered(|proof| {
                proof.claims.payload.as_object_mut().and_then(|claims| claims.remove("ath"));
            })
        },
    }
    OtherKey "a proof of another key" {
        does: "sends a right proof of a key that the token is not bound to",
        matters: "anybody can make a key; only the one that the token is bound to says who asks",
        right: "401 with invalid_token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_key,
    }
    Used "a proof that was used" {
        does: "sends the proof of the read before once more",
        matters: "who sees a request pass could send it again",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Replays],
        make: |it| {
            let used = it.used.take();
            it.send(used)
        },
    }
    Old "a proof of yesterday" {
        does: "sends a proof that says it was made a day ago",
        matters: "proofs that never grow old can be collected and used at any time",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_yesterday,
    }
    Unsigned "a proof without a signature" {
        does: "sends a proof with the algorithm none",
        matters: "the public key is known to all; only a signature shows the private one",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: unsigned,
    }
    Broken "a proof with a broken signature" {
        does: "changes a character of the proof's signature",
        matters: "a signature that is not verified shows nothing",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: with_broken_signature,
    }
    SharedSecret "a proof signed with its public key" {
        does: "signs the proof by HMAC, with the public key as the secret",
        matters: "the public key is known to all",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: by_shared_secret,
    }
    PrivateKey "a proof that shows its private key" {
        does: "puts the private key beside the public one in the proof's header",
        matters: "a key that every server on the way has seen proves nothing",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [],
        make: with_private_key,
    }
    OtherType "a proof of another type" {
        does: "sends a proof whose typ is JWT",
        matters: "a token that was made for another purpose must not pass for a proof",
        right: "401 with invalid_dpop_proof",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_type,
    }
}

attacks! {
    "What the exchange of a code proves."
    ExchangeProof of Proving, control Exchange;

    OtherMethod "a proof for another method" {
        does: "sends a proof whose htm is DELETE with the exchange",
        matters: "a proof that is seen once would get tokens",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_method,
    }
    OtherUrl "a proof for another URL" {
        does: "sends a proof whose htu is a URL of another server",
        matters: "a server of an attacker that is sent a proof could use it at this one",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_url,
    }
    Old "a proof of yesterday" {
        does: "sends a proof that says it was made a day ago",
        matters: "proofs that never grow old can be collected and used at any time",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_yesterday,
    }
    Unsigned "a proof without a signature" {
        does: "sends a proof with the algorithm none",
        matters: "a token would be bound to a key that nobody has shown",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: unsigned,
    }
    Broken "a proof with a broken signature" {
        does: "changes a character of the proof's signature",
        matters: "a token would be bound to a key that nobody has shown",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: with_broken_signature,
    }
    SharedSecret "a proof signed with its public key" {
        does: "signs the proof by HMAC, with the public key as the secret",
        matters: "a token would be bound to a key that nobody has shown",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: by_shared_secret,
    }
    PrivateKey "a proof that shows its private key" {
        does: "puts the private key beside the public one in the proof's header",
        matters: "a token would be bound to a key that is no secret",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [],
        make: with_private_key,
    }
    OtherType "a proof of another type" {
        does: "sends a proof whose typ is JWT",
        matters: "a token that was made for another purpose must not pass for a proof",
        right: "400 with invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_type,
    }
    OtherKey "the proof of a key that it did not name" {
        does: "sends a right proof of another key than the one that the authorization request named",
        matters: "who steals a code has no key that was named for it",
        right: "400, and no token (RFC 9449 10)",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_key,
    }
}

attacks! {
    "What a refresh for a bound token proves."
    RefreshProof of Proving, control Refresh;

    Missing "no proof" {
        does: "uses the refresh token of a public app without a proof",
        matters: "a public app has no secret; its key alone protects the refresh token (RFC 9449 5)",
        right: "400 with invalid_grant or invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [],
        make: none,
    }
    OtherKey "a proof of another key" {
        does: "uses the refresh token of a public app with a right proof of another key",
        matters: "anybody can make a key; only the one that the grant is bound to says who asks",
        right: "400 with invalid_grant or invalid_dpop_proof, and no token",
        needs: [ProofKey],
        intrudes: [Forges],
        make: of_another_key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Attack;
    use crate::smart::peek;
    use url::Url;

    fn proving() -> Proving {
        let url = Url::parse("https://fhir.example.org/r4/Patient/a?x=1").unwrap();
        let proof = ProofKey::new().unwrap().proof("GET", &url, Some("token"), 0);
        let mut proving = Proving::correct(proof);
        (proving.other, proving.used) = (ProofKey::new(), Some("a.b.c".to_owned()));
        proving
    }

    /// How many members of header and claims an altered proof has otherwise than the right one.
    fn changed(right: &Proving, sent: &str) -> usize {
        let (right, sent) = (peek(right.correct.signed().unwrap().as_str()).unwrap(), peek(sent).unwrap());
        let count = |own: &serde_json::Value, other: &serde_json::Value| {
            let names: std::collections::BTreeSet<&String> =
                [own, other].into_iter().flat_map(|value| value.as_object().unwrap().keys()).collect();
            names.into_iter().filter(|name| own.get(name) != other.get(name)).count()
        };
        count(&right.header, &sent.header) + count(&right.payload, &sent.payload)
    }

    fn alters_one_thing<A: Attack<Subject = Proving>>() {
        for attack in A::ALL {
            let (words, mut altered) = (attack.about().words, proving());
            let right = altered.correct.claims.payload["htu"].as_str().map(str::to_owned);
            assert_eq!(right.as_deref(), Some("https://fhir.example.org/r4/Patient/a"));
            attack.make(&mut altered).unwrap();
            match altered.sent.as_deref() {
                None | Some("a.b.c") => {}
                Some(sent) => {
                    let is_signature_alone = words == "a proof with a broken signature";
                    assert_eq!(changed(&altered, sent), usize::from(!is_signature_alone), "{words}");
                    assert_ne!(Some(sent.to_owned()), altered.correct.signed(), "{words}");
                }
            }
        }
    }

    #[test]
    fn an_attack_on_a_proof_alters_one_thing() {
        alters_one_thing::<ProofChange>();
        alters_one_thing::<ExchangeProof>();
        alters_one_thing::<RefreshProof>();
    }

    #[test]
    fn a_thumbprint_is_that_of_the_key_in_the_header() {
        // RFC 7638 3: the members that the key needs, in the order of their names, and no space.
        let key = ProofKey::new().unwrap();
        let url = Url::parse("https://fhir.example.org").unwrap();
        let own = key.proof("GET", &url, None, 0).claims.header["jwk"].clone();
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, own["x"], own["y"]);
        assert_eq!(key.thumbprint(), proof_hash(&text));
    }
}
