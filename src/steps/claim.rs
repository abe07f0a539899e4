//! Phrases that hold the CapabilityStatement to the guide, and the server to its CapabilityStatement.

use super::scene::Searching;
use super::{Outcome, Words, World};
use crate::examine::Document;
use crate::examine::capability::{NoMore, demanded};
use crate::fhir;

topic! {
    Given r"the CapabilityStatement claims {ResourceType}" "rest.resource of that type" claims;
    Check r"it claims everything that the guide demands of {ResourceType}" "interactions that read and search, search parameters, includes and operations with SHALL; parameters of combinations with SHALL as a warning" covers;
    Check r"its supported profiles hold each US Core profile of:" "supportedProfile of any resource, of any version, named by the end of the URL" supports_each;
    Given r"the CapabilityStatement claims more searches of {ResourceType}" "parameters that are in no search of the guide, with a value known from the record; a skip where the scopes permit no search" claims_more;
    When r"the app searches by each of them, with every status if the server demands one" "one search each, of the patient where the type has one" make;
}

async fn claims(world: &mut World, words: Words) -> Outcome {
    let (of, answer) = (words.get(0), fhir::capability(&world.door, &world.bench.site).await);
    let answer = world.answered(answer)?;
    let statement =
        answer.json().ok().filter(|body| answer.is_success() && body["resourceType"] == "CapabilityStatement");
    let Some(value) = statement else {
        return Err(world.page.blocked("the CapabilityStatement cannot be read"));
    };
    let claimed = Document { value, number: answer.number() }.claimed(of);
    let why = || world.page.not_applicable(format!("not applicable: the CapabilityStatement does not claim {of}"));
    let claimed = claimed.ok_or_else(why)?;
    world.put(claimed);
    Ok(())
}

async fn covers(world: &mut World, words: Words) -> Outcome {
    let (of, library) = (words.get(0), world.bench.library);
    let demanded = demanded(library, of).ok_or_else(|| world.misplaced(&format!("demands of the guide on {of}")))?;
    world.write_all(&words, world.document()?.covers_demands(of, demanded))
}

async fn supports_each(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.supports_each(&words.column()))
}

async fn claims_more(world: &mut World, words: Words) -> Outcome {
    claims(world, words.again()).await?;
    let (chart, claimed, of) = (world.chart().await?, world.document()?, words.get(0));
    let queries = world.basis(&chart).claimed_searches(&claimed, of).map_err(|none| match none {
        NoMore::NotPermitted => world.page.not_shown(format!("the granted scopes do not permit searches of {of}")),
        NoMore::Nothing => {
            world.page.not_applicable("not applicable: no further parameter is claimed whose value the records show")
        }
    })?;
    world.going_on::<Searching>().queries = queries;
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}
