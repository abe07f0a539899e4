//! Authorization codes: the exchange with a wrong code or redirect URI, and a right exchange in a wrong place.

use super::{Attempt, Need};

attacks! {
    "The exchange of a code, with one thing changed."
    CodeChange of Attempt, control Exchange;

    Invented "an invented code" {
        does: "sends a code that was never issued",
        matters: "a server that does not look codes up gives tokens to anybody",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| it.put("code", "probity-invented-code-0000"),
    }
    OtherRedirectUri "a redirect_uri that is not its own" {
        does: "names another redirect URI than the authorization request did",
        matters: "the comparison stops a code that was sent to an attacker's page from being used in the right app",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [],
        make: |it| {
            let own = it.request.get("redirect_uri").unwrap_or_default().to_owned();
            it.put("redirect_uri", &format!("{}/elsewhere", own.trim_end_matches('/')));
        },
    }
    NoRedirectUri "no redirect_uri" {
        does: "leaves out the redirect URI that the authorization request named",
        matters: "a comparison that can be skipped by leaving the parameter out compares nothing",
        right: "400 with invalid_grant or invalid_request, and no token",
        needs: [],
        intrudes: [],
        make: |it| it.drop("redirect_uri"),
    }
}

attacks! {
    "Who exchanges a code, where, and how often."
    CodeMisuse of Attempt, control Exchange;

    Again "again" {
        does: "sends the same exchange once more after the code gave a token",
        matters: "a code leaks through logs and browser histories; it must be worth nothing once it was used",
        right: "400 with invalid_grant, no token, and the tokens that the code gave are revoked",
        needs: [Code],
        intrudes: [Replays],
        // The same request: that it is sent twice is the attack.
        make: |_| (),
    }
    ByAnotherApp "by another app" {
        does: "exchanges the code as another registered client, with that client's own identity",
        matters: "an app that gets hold of another app's code must not get its token",
        right: "400 with invalid_grant, and no token",
        needs: [SecondClient],
        intrudes: [Replays],
        make: |it| {
            it.request = it.lent.by_other_client.take().ok_or(Need::SecondClient)?;
            Ok(())
        },
    }
    AtAnotherTenant "at another tenant" {
        does: "exchanges the code at the token endpoint of another tenant",
        matters: "tenants that share codes share patients; a code must be bound to the tenant that issued it",
        right: "400 with invalid_grant, and no token",
        needs: [SecondTenant],
        intrudes: [Replays],
        make: |it| {
            it.request.endpoint = it.lent.elsewhere.take().ok_or(Need::SecondTenant)?;
            Ok(())
        },
    }
}
