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
    LongerAud "with an aud below the FHIR base" {
        does: "says that the token is meant for a path below the FHIR base",
        matters: "a comparison by prefix makes every path of the host a server that tokens are meant for",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| {
            let own = it.get("aud").unwrap_or_default().trim_end_matches('/').to_owned();
            it.set("aud", Some(&format!("{own}/Patient")));
        },
    }
    AudInQuery "with the FHIR base in the query of its aud" {
        does: "names the server of an attacker as the aud, with the FHIR base in its query",
        matters: "a comparison that looks for the base anywhere in the text lets a fake server pass",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| {
            let own = it.get("aud").unwrap_or_default().to_owned();
            it.set("aud", Some(&format!("https://fhir.attacker.example/r4?for={own}")));
        },
    }
    ShortChallenge "with a code_challenge of three characters" {
        does: "asks with an S256 challenge that is no SHA-256 hash",
        matters: "a challenge whose form nobody looks at may be compared by a part of it (RFC 7636 4.2)",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("code_challenge", Some("abc")),
    }
    NoClient "without the \"client_id\"" {
        does: "does not say which app asks",
        matters: "a server that redirects before it knows the app sends people wherever somebody wants",
        right: "a page of the server; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| it.set("client_id", None),
    }
    NoRedirectUri "without the \"redirect_uri\"" {
        does: "does not say where the answer goes",
        matters: "a server that guesses may guess the page of another app",
        right: "a page of the server, or the code at the one redirect URI that is registered (RFC 6749 3.1.2.3)",
        needs: [],
        intrudes: [],
        make: |it| it.set("redirect_uri", None),
    }
    NoScope "without the \"scope\"" {
        does: "does not say what the app wants",
        matters: "a server whose default is everything gives it to every app that says nothing",
        right: "an error; or the default of the server, told in the token response (RFC 6749 3.3 and 5.1)",
        needs: [],
        intrudes: [],
        make: |it| it.set("scope", None),
    }
    TwoClients "with two client_ids" {
        does: "names the app and one that is not registered in the same request",
        matters: "who reads the first and who reads the last see two apps; RFC 6749 3.1 forbids it",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.parameters.push(("client_id".to_owned(), "probity-unknown-client".to_owned())),
    }
    TwoScopes "with two scopes" {
        does: "asks for the app's scopes and for wider ones, in two parameters of the same name",
        matters: "the patient may be shown the one and the app be given the other; RFC 6749 3.1 forbids it",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| it.parameters.push(("scope".to_owned(), "launch/patient patient/*.cruds".to_owned())),
    }
    TwoChallenges "with two code_challenges" {
        does: "sends the challenge of the app and another one",
        matters: "who can add a parameter to a link then knows a verifier that is good; RFC 6749 3.1 forbids it",
        right: "an error, or a page of the server; no code",
        needs: [],
        intrudes: [],
        make: |it| {
            // S256 of a verifier that an attacker would know: the example of RFC 7636 B.
            let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
            it.parameters.push(("code_challenge".to_owned(), other.to_owned()));
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
