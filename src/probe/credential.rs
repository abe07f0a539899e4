//! Credentials that resemble a valid access token and are none, and a valid one in the wrong place.

use super::reading::{Forms, Reading, bearer, flipped};
use super::{Made, Need, forge};
use crate::smart::{Claims, Grant, rebuild};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

attacks! {
    "What the app presents in place of its access token."
    Credential of Forms, control Read;

    Nothing "no token" {
        does: "reads without any credential",
        matters: "a record that opens without a token is public",
        right: "401 with WWW-Authenticate: Bearer, and no resource",
        needs: [],
        intrudes: [],
        make: |it| it.present(None),
    }
    Invented "an invented token" {
        does: "presents tokens that were never issued: a long one, one of three parts, a short one, and an empty one",
        matters: "a server that does not look tokens up opens the record to anybody",
        right: "401 with invalid_token, and no resource",
        needs: [],
        intrudes: [Guesses],
        make: |it| {
            for token in ["probity-invented-token-0000-0000-0000-00", "a.b.c", "1", "null", ""] {
                it.present(Some(bearer(token)));
            }
        },
    }
    OtherScheme "the token under another scheme" {
        does: "presents the live token under Basic, as a user name under Basic, under Token, and without any scheme",
        matters: "a server that ignores the scheme confuses credentials of different kinds",
        right: "401, and no resource",
        needs: [AccessToken],
        intrudes: [],
        make: |it| {
            let token = token(it)?.to_owned();
            let user = STANDARD.encode(format!("{token}:"));
            for value in [format!("Basic {token}"), format!("Basic {user}"), format!("Token {token}"), token] {
                it.present(Some(value));
            }
            Ok(())
        },
    }
    InQuery "the token in the query" {
        does: "sends the live token as the query parameter access_token, without a header",
        matters: "URLs end in logs, histories and Referer headers; RFC 9700 forbids tokens in them",
        right: "401, and no resource",
        needs: [AccessToken],
        intrudes: [],
        make: |it| {
            let token = token(it)?.to_owned();
            it.present(None);
            it.made.iter_mut().for_each(|form| {
                form.url.query_pairs_mut().append_pair("access_token", &token);
            });
            Ok(())
        },
    }
    IdToken "the id_token" {
        does: "presents the id_token as a bearer token",
        matters: "an id_token says who somebody is, not what may be read; apps pass it to others",
        right: "401 with invalid_token, and no resource",
        needs: [IdToken],
        intrudes: [],
        make: |it| {
            let other = grant(it).and_then(|grant| grant.id_token.clone()).ok_or(Need::IdToken)?;
            it.present(Some(bearer(&other)));
            Ok(())
        },
    }
    RefreshToken "the refresh token" {
        does: "presents the refresh token as a bearer token",
        matters: "a refresh token lives for months; it must open nothing by itself",
        right: "401 with invalid_token, and no resource",
        needs: [RefreshToken],
        intrudes: [],
        make: |it| {
            let other = grant(it).and_then(|grant| grant.refresh_token.clone()).ok_or(Need::RefreshToken)?;
            it.present(Some(bearer(&other)));
            Ok(())
        },
    }
    Code "the unused code" {
        does: "presents an authorization code that was not exchanged as a bearer token",
        matters: "a code passes through the browser; it must open nothing by itself",
        right: "401 with invalid_token, and no resource",
        needs: [Code],
        intrudes: [],
        make: |it| {
            let code = it.correct.code.clone().ok_or(Need::Code)?;
            it.present(Some(bearer(&code)));
            Ok(())
        },
    }
    Altered "the token with other characters" {
        does: "presents the live token with one character in its middle changed, without its last four, cut in half, and longer by one",
        matters: "a server that compares or verifies only a part of a token lets anybody write the rest",
        right: "401 with invalid_token, and no resource",
        needs: [AccessToken],
        intrudes: [Guesses],
        make: |it| {
            let token = token(it)?.to_owned();
            let shorter = |by: usize| token.chars().take(token.chars().count().saturating_sub(by)).collect::<String>();
            // Not without the last alone: it may be padding that says nothing.
            for other in [flipped(&token), shorter(4), shorter(token.chars().count().div_ceil(2)), format!("{token}A")] {
                it.present(Some(bearer(&other)));
            }
            Ok(())
        },
    }
    OtherSignature "the token with another signature" {
        does: "presents the live token with one character of its signature changed",
        matters: "a signature that is not verified lets anybody write tokens",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        // Not the last character: its low bits may be padding that says nothing.
        make: |it| forge(it, |claims| vec![Claims { signature: flipped(&claims.signature), ..claims }]),
    }
    AlgNone "the token with alg none and no signature" {
        does: "presents the claims of the live token, declared unsigned in the header, in four spellings of none",
        matters: "a server that believes the header about the algorithm lets anybody write tokens (RFC 8725 3.1)",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| forge(it, |mut claims| {
            claims.signature.clear();
            let spelt = |alg: &str| {
                let mut claims = claims.clone();
                claims.header["alg"] = json!(alg);
                claims
            };
            ["none", "None", "NONE", "nOnE"].map(spelt).to_vec()
        }),
    }
    NoSignature "the token without its signature" {
        does: "presents the live token with an empty signature, and as two parts",
        matters: "a server that verifies only what is there lets anybody write tokens",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| {
            forge(it, |claims| vec![Claims { signature: String::new(), ..claims }])?;
            let two_parts = it.made.iter().filter_map(|form| form.authorization.as_deref()?.strip_suffix('.'));
            let two_parts: Vec<String> = two_parts.map(str::to_owned).collect();
            two_parts.into_iter().for_each(|value| it.present(Some(value)));
            Ok(())
        },
    }
    WiderScopes "the token with wider scopes in its claims" {
        does: "presents the live token with all scopes written into its claims",
        matters: "a server that reads the claims before it verifies them lets apps grant themselves access",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| forge(it, |claims| vec![widened(claims)]),
    }
    LaterEnd "the token with a later end in its claims" {
        does: "presents the live token with an exp one day later written into its claims",
        matters: "a server that reads the end before it verifies the token lets tokens live for ever",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| forge(it, |mut claims| {
            let end = claims.payload["exp"].as_i64().unwrap_or_else(|| chrono::Utc::now().timestamp());
            claims.payload["exp"] = json!(end.saturating_add(86_400));
            vec![claims]
        }),
    }
    PublicKeyAsSecret "the token signed with the issuer's public key as a secret" {
        does: "presents the claims of the live token, signed by HS256 with each public key of the issuer as PEM, DER and number",
        matters: "a server that lets the header choose between RSA and HMAC takes what everybody knows for a secret (RFC 8725 2.1)",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken, IssuerKeys],
        intrudes: [Forges],
        make: |it| {
            let claims = claims(it)?;
            let secrets: Vec<Vec<u8>> = it.correct.keys.iter().flat_map(forge::as_secrets).collect();
            if secrets.is_empty() {
                return Err(Need::IssuerKeys);
            }
            for (at, secret) in secrets.iter().enumerate() {
                let algorithm = if at == 0 { Algorithm::HS384 } else { Algorithm::HS256 };
                let forged = [Some(Algorithm::HS256), Some(algorithm).filter(|_| at == 0)].into_iter().flatten();
                for token in forged.filter_map(|algorithm| forge::with_secret(&claims, secret, algorithm)) {
                    it.present(Some(bearer(&token)));
                }
            }
            Ok(())
        },
    }
    OwnKey "the token signed with a key in its own header" {
        does: "presents the claims of the live token, signed with a new key: told as jwk in the header, under the issuer's kid, and not at all",
        matters: "a server that takes the key from the token, or any key, believes whoever wrote the token (RFC 8725 3.10)",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| {
            let claims = claims(it)?;
            let told: [fn(&mut Value, &Value); 3] = [
                |header, jwk| {
                    header["jwk"] = jwk.clone();
                    header.as_object_mut().map(|header| header.remove("kid"));
                },
                |header, jwk| header["jwk"] = jwk.clone(),
                |_, _| (),
            ];
            for token in told.into_iter().filter_map(|told| forge::with_own_key(&claims, told)) {
                it.present(Some(bearer(&token)));
            }
            Ok(())
        },
    }
    KeyAtOwnAddress "the token signed with a key at that address" {
        does: "presents the claims of the live token, signed with a new key that lies at an address of the app: named as jku, as x5u, and by an iss whose metadata lie there",
        matters: "a server that fetches the key from where the token says believes whoever wrote the token, and calls any address for them (RFC 8725 3.10)",
        right: "401 with invalid_token, no resource, and no request at that address",
        needs: [JwtAccessToken, OwnAddress],
        intrudes: [Forges],
        make: |it| {
            let claims = claims(it)?;
            let lure = it.correct.lure.clone().ok_or(Need::OwnAddress)?;
            let told: [fn(&mut Claims, &str); 3] = [
                |claims, address| claims.header["jku"] = json!(address),
                |claims, address| claims.header["x5u"] = json!(address),
                |claims, address| claims.payload["iss"] = json!(address),
            ];
            for token in told.into_iter().filter_map(|told| forge::with_key_at(&claims, &lure, told)) {
                it.present(Some(bearer(&token)));
            }
            Ok(())
        },
    }
    KidAsPath "the token with a kid that is a path or a query" {
        does: "presents the claims of the live token, signed with an empty or known secret that the kid leads to, and with a kid of 4 kB",
        matters: "a kid that reaches the file system or the database lets the caller choose the key (RFC 8725 3.10)",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| {
            let claims = claims(it)?;
            let long = "k".repeat(4096);
            let kids: [(&str, &[u8]); 5] = [
                ("../../../../../../dev/null", b""),
                ("/dev/null", b""),
                ("x' UNION SELECT 'probity'-- ", b"probity"),
                ("x' OR '1'='1", b""),
                (&long, b""),
            ];
            for (kid, secret) in kids {
                let mut claims = claims.clone();
                claims.header["kid"] = json!(kid);
                if let Some(token) = forge::with_secret(&claims, secret, Algorithm::HS256) {
                    it.present(Some(bearer(&token)));
                }
            }
            Ok(())
        },
    }
}

attacks! {
    "Where the app presents its access token."
    TokenMisuse of Reading, control Read;

    AtAnotherTenant "this tenant's token" {
        does: "presents the live token of one tenant to the FHIR server of another",
        matters: "tenants that accept each other's tokens share patients, most of all where ids are the same",
        right: "401, 403 or 404, and no resource",
        needs: [SecondTenant],
        intrudes: [],
        make: |it| {
            it.url = it.elsewhere.take().ok_or(Need::SecondTenant)?;
            Ok(())
        },
    }
}

attacks! {
    "A token of one patient, rewritten for another."
    TokenForgery of Reading, control Read;

    ForPatientB "the token of patient a rewritten for patient b" {
        does: "presents the live token of patient a with patient b in its claims",
        matters: "a server that reads the patient from claims it does not verify opens every record to every patient",
        right: "401 with invalid_token, and nothing of patient b",
        needs: [JwtAccessToken, SecondPatient],
        intrudes: [Forges],
        make: |it| {
            let (from, to) = it.patients.take().ok_or(Need::SecondPatient)?;
            let mut claims = it.claims().ok_or(Need::JwtAccessToken)?;
            replace(&mut claims.payload, &from, &to);
            claims.payload["patient"] = json!(to);
            it.authorization = Some(bearer(&rebuild(&claims)));
            Ok(())
        },
    }
}

fn grant(forms: &Forms) -> Option<&Grant> {
    forms.correct.grant.as_ref()
}

fn token(forms: &Forms) -> Result<&str, Need> {
    grant(forms).map(|grant| grant.access_token.as_str()).ok_or(Need::AccessToken)
}

fn claims(forms: &Forms) -> Result<Claims, Need> {
    forms.correct.claims().ok_or(Need::JwtAccessToken)
}

/// Presents the live token with its parts changed, in each of the ways.
fn forge(forms: &mut Forms, change: impl FnOnce(Claims) -> Vec<Claims>) -> Made {
    for claims in change(claims(forms)?) {
        forms.present(Some(bearer(&rebuild(&claims))));
    }
    Ok(())
}

fn widened(mut claims: Claims) -> Claims {
    let name = if claims.payload.get("scp").is_some() { "scp" } else { "scope" };
    claims.payload[name] = json!("patient/*.cruds user/*.cruds system/*.cruds");
    claims
}

fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, from, to)),
        _ => {}
    }
}
