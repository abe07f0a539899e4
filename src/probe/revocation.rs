//! Token revocation: what the server must bear, and callers who must revoke nothing (RFC 7009 2).

use super::client_auth::{by_id_alone, by_wrong_secret};
use super::{Attempt, Need};

attacks! {
    "What the app revokes."
    RevokedToken of Attempt, control Revocation;

    Invented "an invented token" {
        does: "revokes a token that was never issued",
        matters: "an app cannot know whether its token still exists; an error tells strangers which tokens do",
        right: "200, as for any token",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.put("token", "probity-invented-token-0000"),
    }
    Missing "no token" {
        does: "asks for a revocation without the parameter token",
        matters: "a request that lacks a parameter must be refused, not answered by chance or by a crash",
        right: "400 with invalid_request",
        needs: [],
        intrudes: [],
        make: |it| it.drop("token"),
    }
}

attacks! {
    "How the refresh token is revoked by somebody who may not."
    RevocationCaller of Attempt, control Refresh;

    ClientIdAlone "without the secret of its app" {
        does: "revokes the refresh token with the client_id of a confidential app alone",
        matters: "whoever finds a token could end the sessions of patients",
        right: "401 with invalid_client, and the token lives on",
        needs: [RefreshToken, SecretClient],
        intrudes: [],
        make: by_id_alone,
    }
    WrongSecret "with a wrong secret" {
        does: "revokes the refresh token with the client_id of a confidential app and a wrong secret",
        matters: "a secret that is not compared keeps nobody out",
        right: "401 with invalid_client, and the token lives on",
        needs: [RefreshToken, SecretClient],
        intrudes: [Guesses],
        make: by_wrong_secret,
    }
    AnotherApp "by another app" {
        does: "revokes the refresh token as another registered client",
        matters: "an app must not end the sessions of another one",
        right: "400, or 200 without effect; the token lives on",
        needs: [RefreshToken, SecondClient],
        intrudes: [],
        make: |it| {
            it.request = it.lent.by_other_client.take().ok_or(Need::SecondClient)?;
            Ok(())
        },
    }
}
