//! Refresh tokens: one that was never issued, and a right one in the wrong hands or for more than it is worth.

use super::{Attempt, Need};

attacks! {
    "The refresh token that the app uses."
    RefreshChange of Attempt, control Refresh;

    Invented "an invented refresh token" {
        does: "sends a refresh token that was never issued",
        matters: "a server that does not look refresh tokens up gives access to anybody",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.put("refresh_token", "probity-invented-refresh-token-0000"),
    }
}

attacks! {
    "Who uses a refresh token, and for what."
    RefreshMisuse of Attempt, control Refresh;

    ByAnotherApp "by another app" {
        does: "uses the refresh token as another registered client",
        matters: "a refresh token that leaks must be worth nothing outside the app that it was issued to",
        right: "400 with invalid_grant, and no token",
        needs: [RefreshToken, SecondClient],
        intrudes: [Replays],
        make: |it| {
            it.request = it.lent.by_other_client.take().ok_or(Need::SecondClient)?;
            Ok(())
        },
    }
    AfterItsReplacement "after its replacement" {
        does: "uses a refresh token again that a newer one has replaced",
        matters: "rotation protects only if the old token is dead: otherwise whoever stole it stays in",
        right: "400 with invalid_grant, and no token",
        needs: [RefreshToken],
        intrudes: [Replays],
        make: |it| match it.request.get("refresh_token") {
            Some(_) => Ok(()),
            None => Err(Need::RefreshToken),
        },
    }
    ForMoreScopes "for more scopes" {
        does: "asks for scopes that the patient did not grant",
        matters: "what the patient agreed to must not grow without the patient",
        right: "400 with invalid_scope, or a token without the scopes that were not granted",
        needs: [RefreshToken, WiderScopes],
        intrudes: [],
        make: |it| {
            let scopes = it.lent.scopes.take().ok_or(Need::WiderScopes)?;
            it.put("scope", &scopes);
            Ok(())
        },
    }
}
