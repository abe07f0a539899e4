//! Token introspection: tokens that the server must not call active, and callers who must learn nothing (RFC 7662 2).

use super::client_auth::{by_id_alone, by_wrong_secret};
use super::reading::flipped;
use super::{Attempt, Need};

attacks! {
    "The token that the app introspects."
    IntrospectedToken of Attempt, control Introspection;

    Invented "an invented token" {
        does: "asks about a token that was never issued",
        matters: "a resource server that trusts introspection opens the record to whatever is called active",
        right: "200 with active false, and nothing else about the token",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.put("token", "probity-invented-token-0000"),
    }
    Altered "its access token with another character" {
        does: "asks about the live token with one character changed, of its signature where it has one",
        matters: "introspection that finds a token by a part of it calls forged tokens active",
        right: "200 with active false, and nothing else about the token",
        needs: [AccessToken],
        intrudes: [Guesses],
        make: |it| {
            let token = it.request.get("token").filter(|token| !token.is_empty()).ok_or(Need::AccessToken)?;
            let altered = match token.rsplit_once('.') {
                Some((signed, signature)) => format!("{signed}.{}", flipped(signature)),
                None => flipped(token),
            };
            it.put("token", &altered);
            Ok(())
        },
    }
    IdToken "its id_token" {
        does: "asks about the id_token in place of the access token",
        matters: "an id_token that is called active opens the record; apps pass id_tokens to others",
        right: "200 with active false, and nothing else about the token",
        needs: [IdToken],
        intrudes: [],
        make: |it| {
            let other = it.lent.id_token.take().ok_or(Need::IdToken)?;
            it.put("token", &other);
            Ok(())
        },
    }
    Missing "no token" {
        does: "asks without the parameter token",
        matters: "a request that lacks a parameter must be refused, not answered by chance or by a crash",
        right: "400 with invalid_request",
        needs: [],
        intrudes: [],
        make: |it| it.drop("token"),
    }
}

attacks! {
    "Who introspects the access token."
    IntrospectionCaller of Attempt, control Introspection;

    Nobody "without credentials" {
        does: "asks about the live token without any credentials",
        matters: "an open endpoint tells whoever finds a token whether it is alive and whose it is",
        right: "401, and nothing about the token",
        needs: [AccessToken],
        intrudes: [],
        make: |it| {
            it.request.basic = None;
            ["client_id", "client_secret", "client_assertion", "client_assertion_type"]
                .into_iter()
                .for_each(|name| it.drop(name));
        },
    }
    ClientIdAlone "with its client_id alone" {
        does: "asks about the live token with the client_id of a confidential app, and without its secret",
        matters: "a client_id is public: alone it proves nothing",
        right: "401 with invalid_client, and nothing about the token",
        needs: [AccessToken, SecretClient],
        intrudes: [],
        make: by_id_alone,
    }
    WrongSecret "with a wrong secret" {
        does: "asks about the live token with the client_id of a confidential app and a wrong secret",
        matters: "a secret that is not compared keeps nobody out",
        right: "401 with invalid_client, and nothing about the token",
        needs: [AccessToken, SecretClient],
        intrudes: [Guesses],
        make: by_wrong_secret,
    }
}
