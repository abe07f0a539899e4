//! Phrases about the launches of the (g)(10) procedure: what is granted whole, in part, and in the older form of scopes.

use super::launch::sign_in;
use super::scene::SignIn;
use super::{Outcome, Words, World};
use crate::examine::token;
use crate::record::Halt;
use crate::smart::{Launch, SessionKey};
use crate::target::ClientRole;

topic! {
    When r#"patient (\w+) grants the {ClientRole} app only "([^"]+)""# "asks for every type that a patient may limit, and unticks all but these" limits;
    Given r#"a session of patient (\w+) with the {ClientRole} app limited to "([^"]+)""# "a shared session in which all but these types were unticked" limited;
    Check r#"of the types asked for, only "([^"]+)" are granted"# "a scope that reads or searches each of them, and none for another" only_kept;
    Check r#"the scopes "([^"]+)" are granted"# "shown by its effect: an id_token, its fhirUser, a patient in context, a refresh token" granted;
    Check r"the granted scopes read and search {ResourceType} for the patient in context" "a scope of the level patient for both" reads_one;
    Check r"each type of patient data is granted(?: at the level (patient|user))?" "the types of US Core 6.1.0, both read and searched" reads_each;
}

/// The types that a patient must be able to grant one by one ((g)(10), limited access).
pub const LIMITABLE: [&str; 17] = [
    "AllergyIntolerance",
    "CarePlan",
    "CareTeam",
    "Condition",
    "Coverage",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Goal",
    "Immunization",
    "MedicationDispense",
    "MedicationRequest",
    "Observation",
    "Patient",
    "Procedure",
    "ServiceRequest",
];

/// Types that are granted with them, and are no part of the patient's compartment or are never limited alone.
const OTHERS: [&str; 3] = ["Organization", "Practitioner", "Provenance"];

fn key(world: &World, words: &Words) -> Result<SessionKey, Halt> {
    let types: Vec<String> = LIMITABLE.iter().map(|of| format!("patient/{of}.rs")).collect();
    let scopes = format!("launch/patient openid fhirUser offline_access {}", types.join(" "));
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, &scopes, Launch::Standalone);
    Ok(SessionKey { kept: Some(words.get(2).to_owned()), ..key })
}

async fn limits(world: &mut World, words: Words) -> Outcome {
    let key = key(world, &words)?;
    let consent = key.consent();
    sign_in(world, &words, key, |_| {}, &consent).await
}

async fn limited(world: &mut World, words: Words) -> Outcome {
    let key = key(world, &words)?;
    let session = world.shared_session(&words, key).await?;
    world.put(session);
    Ok(())
}

async fn only_kept(world: &mut World, words: Words) -> Outcome {
    let kept: Vec<&str> = words.get(0).split_whitespace().collect();
    world.write(&words, token::only_kept(&world.grant()?, &LIMITABLE, &kept))
}

/// The scopes that the session asked for.
fn asked(world: &World) -> Result<String, Halt> {
    let own = world.found::<SignIn>().and_then(|own| own.ask.get("scope").map(str::to_owned));
    let shared = || Some(world.session().ok()?.ask.as_ref()?.get("scope")?.to_owned());
    own.or_else(shared).ok_or_else(|| world.page.not_configured("the tokens were supplied, so nobody asked for scopes"))
}

/// What nobody asked for is not refused.
fn all_asked(world: &World, unasked: &[&str]) -> Outcome {
    if unasked.is_empty() {
        return Ok(());
    }
    let why = format!("the configuration asks for no {}; add to `scopes` of the target", unasked.join(", "));
    Err(world.page.not_configured(why))
}

async fn granted(world: &mut World, words: Words) -> Outcome {
    let scopes: Vec<&str> = words.get(0).split_whitespace().collect();
    let asked = asked(world)?;
    let unasked: Vec<&str> =
        scopes.iter().copied().filter(|scope| !asked.split_whitespace().any(|own| own == *scope)).collect();
    all_asked(world, &unasked)?;
    world.write(&words, token::grants(&world.grant()?, &scopes))
}

async fn reads_one(world: &mut World, words: Words) -> Outcome {
    world.write(&words, token::reads_each(&world.grant()?, Some("patient"), &[words.get(0)]))
}

async fn reads_each(world: &mut World, words: Words) -> Outcome {
    let types: Vec<&str> = LIMITABLE.iter().chain(&OTHERS).copied().collect();
    let asked = asked(world)?;
    let unasked: Vec<&str> = types.iter().copied().filter(|of| !crate::smart::covers(&asked, of, 'r')).collect();
    all_asked(world, &unasked)?;
    let level = Some(words.get(0)).filter(|level| !level.is_empty());
    world.write(&words, token::reads_each(&world.grant()?, level, &types))
}
