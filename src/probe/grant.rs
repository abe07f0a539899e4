//! Grant types that a patient-access app was never meant to use (RFC 9700 2.4; RFC 6749 5.2).

use super::{Attempt, Need, forge};
use crate::smart::{Claims, peek};
use serde_json::json;

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
    Assertion "for an assertion about a user that it wrote itself" {
        does: "asks with the grant type jwt-bearer and an assertion about a user, signed with a key that the server cannot know (RFC 7523 2.1)",
        matters: "an app that may vouch for a user reads every record that it likes",
        right: "400 with unsupported_grant_type, unauthorized_client or invalid_grant",
        needs: [],
        intrudes: [Forges],
        make: |it| {
            let assertion = invented_assertion(it).unwrap_or_default();
            start(it, "urn:ietf:params:oauth:grant-type:jwt-bearer");
            it.put("assertion", &assertion);
            it.put("scope", "patient/*.rs");
        },
    }
    DeviceCode "for an invented device code" {
        does: "asks with the grant type of devices and a code that was never given (RFC 8628 3.4)",
        matters: "a device flow that nobody meant to offer gives a token to whoever guesses a code",
        right: "400 with unsupported_grant_type, unauthorized_client or invalid_grant",
        needs: [],
        intrudes: [Guesses],
        make: |it| {
            start(it, "urn:ietf:params:oauth:grant-type:device_code");
            it.put("device_code", "probity-invented-device-code");
        },
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

/// Says the same of a user as an assertion that anybody could have written: the key is new.
fn invented_assertion(it: &Attempt) -> Option<String> {
    let (app, audience) = (it.request.get("client_id").unwrap_or("probity"), it.request.endpoint.to_string());
    let user =
        it.lent.id_token.as_deref().and_then(peek).map_or(json!("probity-nobody"), |own| own.payload["sub"].clone());
    let now = chrono::Utc::now().timestamp();
    let claims = Claims {
        header: json!({ "alg": "ES384", "typ": "JWT" }),
        payload: json!({ "iss": app, "sub": user, "aud": audience, "iat": now, "exp": now + 240, "jti": "probity-1" }),
        signature: String::new(),
    };
    forge::with_own_key(&claims, |_, _| ())
}

/// The app's own request without its code, for another grant.
fn start(it: &mut Attempt, grant: &str) {
    ["code", "redirect_uri", "code_verifier"].into_iter().for_each(|name| it.drop(name));
    it.put("grant_type", grant);
}
