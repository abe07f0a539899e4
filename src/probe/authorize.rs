//! The authorization request with one parameter changed or missing.

use crate::smart::Ask;

attacks! {
    "The authorization request, with one thing changed."
    AuthorizeChange of Ask, control SignIn;

    PlainChallenge "with the code_challenge_method \"plain\"" {
        does: "asks with the PKCE method plain, whose challenge is the verifier itself",
        matters: "who sees the request then knows the verifier, and a stolen code is worth a token",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| {
            // Both change together: a server that supports plain would accept this very request.
            let verifier = it.verifier.clone();
            it.set("code_challenge", Some(&verifier));
            it.set("code_challenge_method", Some("plain"));
        },
    }
    NoChallenge "without the \"code_challenge\"" {
        does: "asks without PKCE",
        matters: "a public app has no secret; without PKCE a stolen code is worth a token",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| {
            it.set("code_challenge", None);
            it.set("code_challenge_method", None);
        },
    }
    ForeignAud "with the aud \"https://fhir.attacker.example/r4\"" {
        does: "says that the token is meant for a server of an attacker",
        matters: "a fake server that forwards the patient to this sign-in must not receive a token that is good here",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("aud", Some("https://fhir.attacker.example/r4")),
    }
    NoAud "without the \"aud\"" {
        does: "does not say for which server the token is meant",
        matters: "a check of aud that can be skipped by leaving it out protects nobody from fake servers",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("aud", None),
    }
}
