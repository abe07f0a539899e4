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
    NoMethod "without the \"code_challenge_method\"" {
        does: "asks with an S256 challenge, and does not say that it is one",
        matters: "the default of RFC 7636 is plain: who sees the challenge then knows the verifier",
        right: "an error; or a code that the challenge alone does not exchange",
        needs: [],
        intrudes: [],
        make: |it| it.set("code_challenge_method", None),
    }
    UnknownMethod "with an unknown code_challenge_method" {
        does: "asks with the PKCE method S512, which does not exist",
        matters: "a server that takes an unknown method for none or for plain drops the protection",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("code_challenge_method", Some("S512")),
    }
    UnknownResponseType "with an unknown response_type" {
        does: "asks with a response_type that does not exist",
        matters: "a server that falls back to some flow gives what nobody asked for",
        right: "the error unsupported_response_type at the redirect URI; no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("response_type", Some("probity-nonsense")),
    }
    Implicit "with the response_type \"token\"" {
        does: "asks for an access token in the redirect, by the implicit grant",
        matters: "tokens in URLs end in histories and logs (RFC 9700 2.1.2)",
        right: "an error, or a page of the server; no token",
        needs: [],
        intrudes: [],
        make: |it| it.set("response_type", Some("token")),
    }
    UnknownClient "with an unknown client_id" {
        does: "asks in the name of an app that is not registered, with the redirect URI of one that is",
        matters: "a server that redirects for anybody sends people wherever somebody wants",
        right: "a page of the server; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("client_id", Some("probity-unknown-client")),
    }
    ForeignAud "with the aud \"https://fhir.attacker.example/r4\"" {
        does: "says that the token is meant for a server of an attacker",
        matters: "a fake server that forwards the patient to this sign-in must not receive a token that is good here",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("aud", Some("https://fhir.attacker.example/r4")),
    }
    LookalikeAud "with an aud on a lookalike host" {
        does: "says that the token is meant for a host whose name begins with that of the FHIR server",
        matters: "a comparison by prefix lets a fake server pass",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| {
            let own = it.get("aud").and_then(|aud| url::Url::parse(aud).ok());
            let other = own.and_then(|mut aud| {
                let host = format!("{}.attacker.example", aud.host_str()?);
                aud.set_host(Some(&host)).ok()?;
                Some(aud.to_string())
            });
            it.set("aud", Some(other.as_deref().unwrap_or("https://fhir.attacker.example/r4")));
        },
    }
    RequestObject "with an unsigned request object" {
        does: "sends a correct request with an unsigned request object that names the redirect URI of an attacker",
        matters: "who takes unsigned request objects lets every link decide where codes go (OpenID Connect Core 6.1, RFC 9101)",
        right: "an error, or the code at the registered redirect URI, as if the object were not there",
        needs: [],
        intrudes: [],
        make: |it| {
            let other = "https://object.attacker.example/callback";
            let part = |value: serde_json::Value| {
                base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, value.to_string())
            };
            let claims = serde_json::json!({ "redirect_uri": other, "response_type": "code",
                "client_id": it.get("client_id"), "scope": it.get("scope"), "state": it.get("state") });
            let object = format!("{}.{}.", part(serde_json::json!({ "alg": "none" })), part(claims));
            it.set("request", Some(&object));
        },
    }
    TwoAuds "with two auds" {
        does: "names the right FHIR server and one of an attacker in the same request",
        matters: "who reads the first and who reads the last see two requests; RFC 6749 3.1 forbids it",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.parameters.push(("aud".to_owned(), "https://fhir.attacker.example/r4".to_owned())),
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
