//! Authorization codes: the exchange with a wrong code or redirect URI, and a right exchange in a wrong place.

use super::reading::flipped;
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
    Altered "a code with another character" {
        does: "sends the right code with one character in its middle changed",
        matters: "a server that finds a code by a part of it makes codes easy to guess",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [Guesses],
        make: |it| {
            let altered = flipped(it.request.get("code").unwrap_or_default());
            it.put("code", &altered);
        },
    }
    Missing "no code" {
        does: "leaves the code out",
        matters: "a server that goes on without a code gives tokens to anybody",
        right: "400 with invalid_request, and no token",
        needs: [],
        intrudes: [],
        make: |it| it.drop("code"),
    }
    AsRefreshToken "its code as a refresh token" {
        does: "sends the code with the grant type refresh_token",
        matters: "a code must not pass where neither its redirect URI nor its verifier is looked at",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [],
        make: |it| {
            let code = it.request.get("code").unwrap_or_default().to_owned();
            ["code", "redirect_uri", "code_verifier"].into_iter().for_each(|name| it.drop(name));
            it.put("grant_type", "refresh_token");
            it.put("refresh_token", &code);
        },
    }
    OtherHost "a redirect_uri on another host" {
        does: "names a redirect URI on another host than the authorization request did",
        matters: "the comparison stops a code that was sent to an attacker's page from being used in the right app",
        right: "400 with invalid_grant, and no token",
        needs: [],
        intrudes: [],
        make: |it| it.put("redirect_uri", "https://app.attacker.example/callback"),
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

    AtOnce "at once" {
        does: "sends the same exchange again as soon as the code gave a token",
        matters: "who sees a code pass has it at the same time as the app",
        right: "400 with invalid_grant, and no token",
        needs: [Code],
        intrudes: [Replays],
        // The same request: that it is sent twice is the attack.
        make: |_| (),
    }
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
