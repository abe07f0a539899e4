//! Pushed authorization requests: what the app hands in, and what the browser then carries (RFC 9126).

use super::{Attempt, Made, Need};
use crate::smart::Ask;

attacks! {
    "The authorization request that the app pushes."
    PushChange of Attempt, control SignIn;

    Reference "a request_uri in it" {
        does: "names a request_uri among the parameters",
        matters: "a reference within a reference leads past the checks of the outer request",
        right: "400 with invalid_request, and no request_uri (RFC 9126 2.1)",
        needs: [],
        intrudes: [],
        make: |it| it.put("request_uri", "urn:ietf:params:oauth:request_uri:probity-invented"),
    }
    OtherHost "a redirect_uri on another host" {
        does: "names a redirect URI on a host that is not registered for the app",
        matters: "who hands a request in for a public app needs no secret; its code would go to the attacker",
        right: "400, and no request_uri",
        needs: [],
        intrudes: [],
        make: |it| it.put("redirect_uri", "https://app.attacker.example/callback"),
    }
    PlainChallenge "the code_challenge_method \"plain\"" {
        does: "asks for the PKCE method plain",
        matters: "what the authorization endpoint refuses must not be let in by this way",
        right: "400, and no request_uri",
        needs: [],
        intrudes: [],
        make: |it| it.put("code_challenge_method", "plain"),
    }
}

/// What the browser carries: a reference to a pushed request, until an attack alters it.
pub struct Presenting {
    /// The authorization request, with the reference in the place of its parameters.
    pub ask: Ask,
    /// The parameters that were pushed.
    pub pushed: Vec<(String, String)>,
    /// The client_id of another app.
    pub other_client: Option<String>,
}

attacks! {
    "How a pushed request is used."
    PushedUse of Presenting, control SignIn;

    Again "the pushed request once more" {
        does: "sends the browser with a reference that gave a code already",
        matters: "who finds the reference in a log could sign somebody in to a request of their own",
        right: "an error; no second code",
        needs: [],
        intrudes: [Replays],
        // The same request: that it is sent twice is the attack.
        make: |_| (),
    }
    OtherApp "another app's pushed request" {
        does: "sends the reference with the client_id of another app",
        matters: "the reference must be bound to the app that pushed the request (RFC 9126 2.2)",
        right: "an error page; no code",
        needs: [SecondClient],
        intrudes: [],
        make: |it| -> Made {
            let other = it.other_client.take().ok_or(Need::SecondClient)?;
            it.ask.set("client_id", Some(&other));
            Ok(())
        },
    }
    Invented "an invented request_uri" {
        does: "sends a reference that was never issued, with all parameters of a right request beside it",
        matters: "a server that passes over what it does not know can be led past the pushed request",
        right: "an error page; no code",
        needs: [],
        intrudes: [Guesses],
        make: |it| {
            it.ask.parameters.clone_from(&it.pushed);
            it.ask.set("request_uri", Some("urn:ietf:params:oauth:request_uri:probity-invented-0000"));
        },
    }
    OtherState "the pushed request and another state beside it" {
        does: "adds a state parameter to the reference",
        matters: "what the browser carries can be changed on the way; only what was pushed counts (RFC 9126 4)",
        right: "the state that was pushed, or an error page",
        needs: [],
        intrudes: [],
        make: |it| it.ask.set("state", Some("probity-another-state")),
    }
}
