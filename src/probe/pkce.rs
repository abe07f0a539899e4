//! Proof Key for Code Exchange: the exchange of a code with another `code_verifier` than its own (RFC 7636 4.6).

use super::reading::swapped;
use super::{Attempt, Need};
use crate::smart::random_verifier;

attacks! {
    "The code_verifier that the app sends to exchange its code."
    PkceChange of Attempt, control Exchange;

    Another "another code_verifier" {
        does: "sends a fresh random code_verifier in place of the right one",
        matters: "who steals a code has no verifier; if any verifier does, PKCE protects nobody",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.put("code_verifier", &random_verifier()),
    }
    Missing "no code_verifier" {
        does: "leaves the code_verifier out",
        matters: "who steals a code has no verifier; if none is asked for, PKCE protects nobody",
        right: "400 with invalid_grant or invalid_request, and no token",
        needs: [],
        intrudes: [],
        make: |it| it.drop("code_verifier"),
    }
    Empty "an empty code_verifier" {
        does: "sends a code_verifier of no characters",
        matters: "a server that takes empty for absent skips the comparison",
        right: "400 with invalid_grant or invalid_request, and no token",
        needs: [],
        intrudes: [],
        make: |it| it.put("code_verifier", ""),
    }
    Challenge "the code_challenge as code_verifier" {
        does: "sends the S256 challenge as if it were the verifier",
        matters: "the challenge travels through the browser; a server that compares without hashing accepts it",
        right: "400 with invalid_grant, and no token",
        needs: [Challenge],
        intrudes: [Guesses],
        make: |it| {
            let challenge = it.lent.challenge.clone().ok_or(Need::Challenge)?;
            it.put("code_verifier", &challenge);
            Ok(())
        },
    }
    OtherCase "the code_verifier in other case" {
        does: "swaps upper and lower case in the right code_verifier",
        matters: "a comparison that ignores case makes verifiers far easier to guess",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| {
            let swapped = swapped(it.request.get("code_verifier").unwrap_or_default());
            it.put("code_verifier", &swapped);
        },
    }
    Longer "a longer code_verifier" {
        does: "sends the right code_verifier with one character more",
        matters: "a comparison that stops at some length protects by that length only",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| {
            let longer = format!("{}A", it.request.get("code_verifier").unwrap_or_default());
            it.put("code_verifier", &longer);
        },
    }
    Twice "two code_verifiers" {
        does: "sends a wrong code_verifier and the right one in the same request",
        matters: "who reads the first and who reads the last see two requests; RFC 6749 3.2 forbids it",
        right: "400 with invalid_request, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.request.parameters.insert(0, ("code_verifier".to_owned(), random_verifier())),
    }
    OfAnotherSignIn "the code_verifier of another sign-in" {
        does: "sends the right code_verifier of another authorization of the same app",
        matters: "an attacker has a verifier of their own; it must be bound to its own code",
        right: "400 with invalid_grant, and no token",
        needs: [SecondSignIn],
        intrudes: [Guesses],
        make: |it| {
            let verifier = it.lent.verifier.clone().ok_or(Need::SecondSignIn)?;
            it.put("code_verifier", &verifier);
            Ok(())
        },
    }
}
