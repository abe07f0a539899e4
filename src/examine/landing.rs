//! Where the browser ended: at the app with what it asked for, at a refusal, or where it must never be sent.

use super::{Observation, Unjudged};
use crate::smart::login::is_at;
use crate::smart::{Ask, Landing, Meaning};

fn seen(landing: &Landing, met: bool, expected: impl Into<String>, observed: impl Into<String>) -> Observation {
    Observation::new(met, expected, observed, vec![landing.number()])
}

/// Whether the answer names its server as the issuer (RFC 9207 2): it must where the server says that it does, and may name no
/// other. Nothing to judge where it names none and says of none.
pub fn names_issuer(landing: &Landing, issuer: Option<&str>, says: bool) -> Option<Observation> {
    let named = landing.get("iss");
    if named.is_none() && !says {
        return None;
    }
    let observed = match named {
        None => "no iss",
        Some(own) if Some(own) == issuer => "the issuer",
        Some(_) => "another value",
    };
    let met = observed == "the issuer";
    Some(Observation::new(met, "iss is the issuer of the SMART configuration", observed, vec![landing.number()]))
}

/// Whether it came back to the app.
pub fn comes_back(landing: &Landing) -> Observation {
    let met = matches!(landing, Landing::Redirected { .. });
    seen(landing, met, "a redirect to the app", landing.to_string())
}

/// Whether it brought the app a code.
pub fn brings_code(landing: &Landing) -> Observation {
    let met = has_code(landing);
    seen(landing, met, "a redirect to the app with a code", landing.to_string())
}

/// Whether there is a code, and no error beside it.
pub fn has_code(landing: &Landing) -> bool {
    landing.get("code").is_some_and(|code| !code.is_empty()) && landing.get("error").is_none()
}

/// Whether it brought the app its state.
pub fn brings_state(landing: &Landing, wanted: &str) -> Observation {
    let observed = match landing.get("state") {
        Some(state) if state == wanted => "the same state".to_owned(),
        Some(_) => "another state".to_owned(),
        None => format!("no state: {landing}"),
    };
    seen(landing, observed == "the same state", "the same state", observed)
}

/// Whether the app is told this error.
pub fn brings_error(landing: &Landing, wanted: &str) -> Observation {
    let own = landing.get("error");
    let observed = own.map_or_else(|| landing.to_string(), |error| format!("the error {error}"));
    seen(landing, own == Some(wanted), format!("the error {wanted}"), observed)
}

/// Whether the server refused the request.
///
/// # Errors
/// Why the ending says neither that it refused nor that it granted.
pub fn no_code(landing: &Landing) -> Result<Observation, Unjudged> {
    let met = match landing.meaning() {
        Meaning::Granted => false,
        Meaning::Refused => true,
        Meaning::Unclear(why) => return Err(why.into()),
    };
    Ok(seen(landing, met, "no code", landing.to_string()))
}

/// Whether the answer for the app came to no other place than the one where it waits.
pub fn stays(landing: &Landing) -> Observation {
    let met = !matches!(landing, Landing::Elsewhere { .. });
    Observation::new(
        met,
        "the answer at the registered redirect URI, or none",
        landing.to_string(),
        vec![landing.number()],
    )
}

/// Whether it was not sent to the unregistered redirect URI that the request named.
pub fn not_sent_there(ask: &Ask, landing: &Landing) -> Observation {
    // A fragment is no part of where a browser goes: an error for the app may come to the same place.
    let by_fragment = ask.redirect_uri.fragment().is_some();
    let met = match landing {
        // The registered URI is not the one that was asked for.
        Landing::Redirected { url, .. } => {
            is_at(url, &ask.registered)
                && (!is_at(url, &ask.redirect_uri) || (by_fragment && landing.get("code").is_none()))
        }
        Landing::Elsewhere { .. } => false,
        _ => true,
    };
    seen(landing, met, format!("no redirect to {}", ask.redirect_uri), landing.to_string())
}

/// Whether the EHR told the app which FHIR server it launches from.
pub fn carries_iss(launch: &Landing, base: &str) -> Observation {
    let (base, iss) = (base.trim_end_matches('/'), launch.get("iss").map(|iss| iss.trim_end_matches('/')));
    let observed = iss.map_or_else(|| format!("no iss: {launch}"), |iss| format!("iss {iss}"));
    seen(launch, iss == Some(base), format!("iss {base}"), observed)
}

/// Whether the EHR gave the app a handle of the launch.
pub fn carries_handle(launch: &Landing) -> Observation {
    let met = launch.get("launch").is_some_and(|handle| !handle.is_empty());
    let observed = if met { "a launch handle".to_owned() } else { launch.to_string() };
    seen(launch, met, "a launch handle", observed)
}
