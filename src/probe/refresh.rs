//! Refresh tokens: one that was never issued, and a right one in the wrong hands or for more than it is worth.

use super::client_auth::{by_id_alone, by_wrong_secret};
use super::reading::flipped;
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
    Altered "its refresh token with another character" {
        does: "sends the live refresh token with one character in its middle changed",
        matters: "a server that finds a refresh token by a part of it makes them easy to guess",
        right: "400 with invalid_grant, and no token",
        needs: [RefreshToken],
        intrudes: [Guesses],
        make: |it| {
            let own = it.request.get("refresh_token").filter(|own| !own.is_empty()).ok_or(Need::RefreshToken)?;
            let altered = flipped(own);
            it.put("refresh_token", &altered);
            Ok(())
        },
    }
    AccessToken "its access token as a refresh token" {
        does: "sends the live access token with the grant type refresh_token",
        matters: "an access token goes to every resource server; it must not buy new ones",
        right: "400 with invalid_grant, and no token",
        needs: [AccessToken],
        intrudes: [],
        make: |it| {
            let token = it.lent.access_token.take().ok_or(Need::AccessToken)?;
            it.put("refresh_token", &token);
            Ok(())
        },
    }
    WithoutSecret "its refresh token without its secret" {
        does: "sends the live refresh token with the client_id alone, as a public app does",
        matters: "a refresh token of a confidential app must be worth nothing without the app's secret",
        right: "401 with invalid_client, and no token",
        needs: [RefreshToken, SecretClient],
        intrudes: [],
        make: |it| {
            it.request.get("refresh_token").filter(|own| !own.is_empty()).ok_or(Need::RefreshToken)?;
            by_id_alone(it)
        },
    }
    WithWrongSecret "its refresh token with a wrong secret" {
        does: "sends the live refresh token with the client_id and a wrong secret",
        matters: "a secret that is not compared keeps nobody out",
        right: "401 with invalid_client, and no token",
        needs: [RefreshToken, SecretClient],
        intrudes: [Guesses],
        make: |it| {
            it.request.get("refresh_token").filter(|own| !own.is_empty()).ok_or(Need::RefreshToken)?;
            by_wrong_secret(it)
        },
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
    AtAnotherTenant "at another tenant" {
        does: "uses the refresh token at the token endpoint of another tenant",
        matters: "tenants that share refresh tokens share patients",
        right: "400 with invalid_grant, and no token",
        needs: [RefreshToken, SecondTenant],
        intrudes: [Replays],
        make: |it| {
            it.request.endpoint = it.lent.elsewhere.take().ok_or(Need::SecondTenant)?;
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
