//! Client authentication: the exchange of a code by a client that does not prove who it is (RFC 6749 2.3 and 3.2.1).

use super::{Attempt, Made, Need};
use crate::smart::TokenRequest;

attacks! {
    "How the app authenticates when it exchanges its code."
    ClientAuthChange of Attempt, control Exchange;

    WrongSecretInHeader "a wrong secret in the header" {
        does: "authenticates with HTTP Basic and a wrong secret",
        matters: "a secret that is not compared keeps nobody out",
        right: "401 with invalid_client, and no token",
        needs: [SecretClient],
        intrudes: [Guesses],
        make: by_wrong_secret,
    }
    WrongSecretInBody "a wrong secret in the body" {
        does: "authenticates with form parameters and a wrong secret",
        matters: "servers read secrets from two places; each place must compare them",
        right: "400 or 401 with invalid_client, and no token",
        needs: [SecretClient],
        intrudes: [Guesses],
        make: |it| {
            let id = take_client(&mut it.request)?;
            it.put("client_id", &id);
            it.put("client_secret", WRONG_SECRET);
            Ok(())
        },
    }
    NoSecret "its client_id and no secret" {
        does: "sends the client_id alone, as a public app does",
        matters: "a confidential app that is served without its secret is a public one",
        right: "401 with invalid_client, and no token",
        needs: [SecretClient],
        intrudes: [],
        make: by_id_alone,
    }
    EmptySecret "an empty secret" {
        does: "authenticates with HTTP Basic and a secret of no characters",
        matters: "a server that takes empty for absent skips the comparison",
        right: "401 with invalid_client, and no token",
        needs: [SecretClient],
        intrudes: [Guesses],
        make: |it| {
            let id = take_client(&mut it.request)?;
            it.request.basic = Some((id, String::new()));
            Ok(())
        },
    }
    SecretInQuery "its secret in the query" {
        does: "sends client_id and secret in the query of the token endpoint's URL",
        matters: "URLs end in logs; RFC 6749 2.3.1 forbids secrets in them",
        right: "400 or 401 with invalid_client or invalid_request, and no token",
        needs: [SecretClient],
        intrudes: [],
        make: |it| {
            let (id, secret) = own_secret(&it.request)?;
            take_client(&mut it.request)?;
            it.request.endpoint.query_pairs_mut().append_pair("client_id", &id).append_pair("client_secret", &secret);
            Ok(())
        },
    }
    TwoPlaces "its secret in two places" {
        does: "authenticates with HTTP Basic and with form parameters, both right",
        matters: "a request with two identities is read in two ways (RFC 6749 2.3)",
        right: "400 with invalid_request, and no token",
        needs: [SecretClient],
        intrudes: [],
        make: |it| {
            let (id, secret) = own_secret(&it.request)?;
            it.request.basic = Some((id.clone(), secret.clone()));
            it.put("client_id", &id);
            it.put("client_secret", &secret);
            Ok(())
        },
    }
    OtherIdInBody "another app's client_id beside its own secret" {
        does: "authenticates with HTTP Basic as itself and names another client_id in the form",
        matters: "a server that authenticates one client and serves another lets apps act for each other",
        right: "400 or 401, and no token",
        needs: [SecretClient],
        intrudes: [],
        make: |it| {
            let (id, secret) = own_secret(&it.request)?;
            take_client(&mut it.request)?;
            it.request.basic = Some((id, secret));
            it.put("client_id", "probity-unknown-client");
            Ok(())
        },
    }
    IdInOtherCase "its client_id in other case" {
        does: "authenticates with the right secret and a client_id with upper and lower case swapped",
        matters: "two apps whose ids differ in case alone must not be one",
        right: "400 or 401 with invalid_client, and no token",
        needs: [SecretClient],
        intrudes: [Guesses],
        make: |it| {
            let (id, secret) = own_secret(&it.request)?;
            let swapped = super::reading::swapped(&id);
            if swapped == id {
                return Err(Need::SecretClient);
            }
            take_client(&mut it.request)?;
            it.request.basic = Some((swapped, secret));
            Ok(())
        },
    }
    UnknownClient "an unknown client_id" {
        does: "names a client that is not registered, with the rest of the request unchanged",
        matters: "an app that nobody registered must get nothing",
        right: "400 or 401 with invalid_client, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| match &mut it.request.basic {
            Some((id, _)) => "probity-unknown-client".clone_into(id),
            None => it.put("client_id", "probity-unknown-client"),
        },
    }
}

const WRONG_SECRET: &str = "probity-wrong-secret-0000";

/// Names the client with a secret, and does not prove that it is one.
pub(super) fn by_id_alone(it: &mut Attempt) -> Made {
    let id = take_client(&mut it.request)?;
    it.put("client_id", &id);
    Ok(())
}

/// Authenticates the client with a secret by a wrong one, in the header.
pub(super) fn by_wrong_secret(it: &mut Attempt) -> Made {
    let id = take_client(&mut it.request)?;
    it.request.basic = Some((id, WRONG_SECRET.to_owned()));
    Ok(())
}

/// Removes the client's id and secret and returns the id.
fn take_client(request: &mut TokenRequest) -> Result<String, Need> {
    let in_body = request.get("client_secret").and(request.get("client_id")).map(str::to_owned);
    let in_header = request.basic.take().map(|(id, _)| id);
    let id = in_header.or(in_body).ok_or(Need::SecretClient)?;
    request.set("client_id", None);
    request.set("client_secret", None);
    Ok(id)
}

/// The client's id and secret, wherever it sends them.
fn own_secret(request: &TokenRequest) -> Result<(String, String), Need> {
    let in_body = || Some((request.get("client_id")?.to_owned(), request.get("client_secret")?.to_owned()));
    request.basic.clone().or_else(in_body).ok_or(Need::SecretClient)
}
