//! Things that resemble a valid access token and are none.

use crate::fhir;
use crate::http::Call;
use crate::smart::{Grant, peek, rebuild};
use serde_json::{Value, json};
use url::Url;

/// Why a credential cannot be made.
pub enum Missing {
    /// No such credential is known.
    Unknown,
    /// The session lacks what it is made of.
    Ingredient(&'static str),
}

/// A read of `url` with the credential called `name`, made from a valid `grant` if there is one.
///
/// # Errors
/// [`Missing`]
pub fn call(name: &str, mut url: Url, grant: Option<&Grant>) -> Result<Call, Missing> {
    let token = || grant.map(|grant| grant.access_token.as_str()).ok_or(Missing::Ingredient("an access token"));
    let bearer = |url: Url, token: &str| fhir::get(url, Some(token), &format!("read with {name}"));
    let jwt = |change: &dyn Fn(&mut crate::smart::Claims)| -> Result<String, Missing> {
        let mut claims = peek(token()?).ok_or(Missing::Ingredient("an access token that is a JSON Web Token"))?;
        change(&mut claims);
        Ok(rebuild(&claims))
    };
    Ok(match name {
        "no token" => fhir::get(url, None, "read with no token"),
        "an invented token" => bearer(url, "probity-invented-token-0000"),
        "the token under the scheme Basic" => {
            let value = format!("Basic {}", token()?);
            fhir::get(url, None, "read with the token under the scheme Basic").header("authorization", value)
        }
        "the token in the query" => {
            url.query_pairs_mut().append_pair("access_token", token()?);
            fhir::get(url, None, "read with the token in the query")
        }
        "the id_token" => {
            let id_token = grant.and_then(|g| g.id_token.as_deref()).ok_or(Missing::Ingredient("an id_token"))?;
            bearer(url, id_token)
        }
        "the refresh token" => {
            let refresh =
                grant.and_then(|g| g.refresh_token.as_deref()).ok_or(Missing::Ingredient("a refresh token"))?;
            bearer(url, refresh)
        }
        // Not the last character alone: its low bits may be padding that says nothing.
        "the token with another signature" => bearer(url, &jwt(&|c| c.signature = flipped(&c.signature))?),
        "the token with alg none and no signature" => bearer(
            url,
            &jwt(&|c| {
                c.header["alg"] = json!("none");
                c.signature.clear();
            })?,
        ),
        "the token without its signature" => bearer(url, &jwt(&|c| c.signature.clear())?),
        "the token with wider scopes in its claims" => bearer(url, &jwt(&widen)?),
        _ => return Err(Missing::Unknown),
    })
}

/// The token of `grant` with every mention of patient `from` in its claims rewritten to `to`; `None` for opaque tokens.
pub fn rewritten(grant: &Grant, from: &str, to: &str) -> Option<String> {
    let mut claims = peek(&grant.access_token)?;
    replace(&mut claims.payload, from, to);
    claims.payload["patient"] = json!(to);
    Some(rebuild(&claims))
}

fn widen(claims: &mut crate::smart::Claims) {
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
