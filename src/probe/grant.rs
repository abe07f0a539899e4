//! Grant types that a patient-access app was never meant to use (RFC 9700 2.4; RFC 6749 5.2).

use super::{Attempt, Need};

attacks! {
    "How the app asks for a token without a patient's consent."
    GrantChange of Attempt, control Exchange;

    Password "with a user's password" {
        does: "asks with the grant type password and an invented user",
        matters: "an app that may collect passwords teaches patients to give them away (RFC 9700 2.4)",
        right: "400 with unsupported_grant_type or unauthorized_client",
        needs: [],
        intrudes: [],
        make: |it| {
            start(it, "password");
            it.put("username", "probity-nobody");
            it.put("password", "probity-no-password");
            it.put("scope", "patient/*.rs");
        },
    }
    ClientCredentials "with its own credentials alone" {
        does: "asks with the grant type client_credentials for a patient's data",
        matters: "an app of patients that gets in by itself reads records that nobody opened to it",
        right: "400 with unauthorized_client or unsupported_grant_type",
        needs: [],
        intrudes: [],
        make: |it| {
            start(it, "client_credentials");
            it.put("scope", "patient/*.rs");
        },
    }
    Unknown "by an unknown grant type" {
        does: "asks with a grant type that does not exist",
        matters: "a server that falls back to some other grant can be talked into anything",
        right: "400 with unsupported_grant_type",
        needs: [],
        intrudes: [],
        make: |it| it.put("grant_type", "urn:example:probity:unknown"),
    }
    TokenExchange "for an access token with wider scopes" {
        does: "exchanges the access token of another session for one with all scopes (RFC 8693)",
        matters: "an exchange that nobody meant to offer makes much out of little",
        right: "400 with unsupported_grant_type or unauthorized_client",
        needs: [AccessToken],
        intrudes: [Replays],
        make: |it| {
            let token = it.lent.access_token.take().ok_or(Need::AccessToken)?;
            start(it, "urn:ietf:params:oauth:grant-type:token-exchange");
            it.put("subject_token", &token);
            it.put("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
            it.put("scope", "patient/*.cruds user/*.cruds");
            Ok(())
        },
    }
}

/// The app's own request without its code, for another grant.
fn start(it: &mut Attempt, grant: &str) {
    ["code", "redirect_uri", "code_verifier"].into_iter().for_each(|name| it.drop(name));
    it.put("grant_type", grant);
}
