//! Credentials that resemble a valid access token and are none, and a valid one in the wrong place.

use super::reading::{Reading, bearer};
use super::{Made, Need};
use crate::smart::{Claims, peek, rebuild};
use serde_json::{Value, json};

attacks! {
    "What the app presents in place of its access token."
    Credential of Reading, control Read;

    Nothing "no token" {
        does: "reads without any credential",
        matters: "a record that opens without a token is public",
        right: "401 with WWW-Authenticate: Bearer, and no resource",
        needs: [],
        intrudes: [],
        make: |it| it.authorization = None,
    }
    Invented "an invented token" {
        does: "presents a token that was never issued",
        matters: "a server that does not look tokens up opens the record to anybody",
        right: "401 with invalid_token, and no resource",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.authorization = Some(bearer("probity-invented-token-0000")),
    }
    OtherScheme "the token under the scheme Basic" {
        does: "presents the live token with the scheme Basic in place of Bearer",
        matters: "a server that ignores the scheme confuses credentials of different kinds",
        right: "401, and no resource",
        needs: [AccessToken],
        intrudes: [],
        make: |it| {
            it.authorization = Some(format!("Basic {}", token(it)?));
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
            it.url.query_pairs_mut().append_pair("access_token", &token);
            it.authorization = None;
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
            let other = it.grant.as_ref().and_then(|grant| grant.id_token.as_deref()).ok_or(Need::IdToken)?;
            it.authorization = Some(bearer(other));
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
            let other = it.grant.as_ref().and_then(|grant| grant.refresh_token.as_deref()).ok_or(Need::RefreshToken)?;
            it.authorization = Some(bearer(other));
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
        make: |it| forge(it, |claims| claims.signature = flipped(&claims.signature)),
    }
    AlgNone "the token with alg none and no signature" {
        does: "presents the claims of the live token, declared unsigned in the header",
        matters: "a server that believes the header about the algorithm lets anybody write tokens (RFC 8725 3.1)",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| forge(it, |claims| {
            claims.header["alg"] = json!("none");
            claims.signature.clear();
        }),
    }
    NoSignature "the token without its signature" {
        does: "presents the live token with an empty signature",
        matters: "a server that verifies only what is there lets anybody write tokens",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| forge(it, |claims| claims.signature.clear()),
    }
    WiderScopes "the token with wider scopes in its claims" {
        does: "presents the live token with all scopes written into its claims",
        matters: "a server that reads the claims before it verifies them lets apps grant themselves access",
        right: "401 with invalid_token, and no resource",
        needs: [JwtAccessToken],
        intrudes: [Forges],
        make: |it| forge(it, widen),
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
            forge(it, |claims| {
                replace(&mut claims.payload, &from, &to);
                claims.payload["patient"] = json!(to);
            })
        },
    }
}

fn token(reading: &Reading) -> Result<&str, Need> {
    reading.grant.as_ref().map(|grant| grant.access_token.as_str()).ok_or(Need::AccessToken)
}

/// Presents the live token with its parts changed.
fn forge(reading: &mut Reading, change: impl FnOnce(&mut Claims)) -> Made {
    let mut claims = token(reading).ok().and_then(peek).ok_or(Need::JwtAccessToken)?;
    change(&mut claims);
    reading.authorization = Some(bearer(&rebuild(&claims)));
    Ok(())
}

fn widen(claims: &mut Claims) {
    let name = if claims.payload.get("scp").is_some() { "scp" } else { "scope" };
    claims.payload[name] = json!("patient/*.cruds user/*.cruds system/*.cruds");
}

fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, from, to)),
        _ => {}
    }
}

/// The signature with its middle character changed.
fn flipped(signature: &str) -> String {
    let middle = signature.len() / 2;
    signature
        .char_indices()
        .map(|(at, c)| match (at == middle, c) {
            (true, 'A') => 'B',
            (true, _) => 'A',
            (false, c) => c,
        })
        .collect()
}
