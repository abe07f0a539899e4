//! Phrases about conformance: resources against FHIR R4 and a profile, by the validator.

use super::scene::Examined;
use super::{Outcome, Words, World};
use crate::examine::{Observation, Shown, conformance};
use crate::http::Answer;
use crate::profile::HeldTo;
use crate::record::Halt;

topic! {
    Check r"what only (?:this answer|these answers) shows? conforms to its profiles" "resources, and contents of them, that gathering the records did not bring; FHIR R4 and the profiles they claim or that their category and code choose" new_conforms;
    Check r"it conforms to FHIR R4" "the rules of its type in the base standard; what could not be judged is told" conforms_to_base;
    Check r#"each conforms to "{Profile}""# "FHIR R4 and the profile of that name or canonical URL; what could not be judged is told" each_conforms;
}

impl World {
    /// Judges beside the scenarios: it is work for a processor, and their steps share one thread.
    pub(super) async fn judged<T: Send + 'static>(
        &self,
        judge: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Halt> {
        tokio::task::spawn_blocking(judge).await.map_err(|_| self.misplaced("data that can be judged"))
    }
}

async fn each_conforms(world: &mut World, words: Words) -> Outcome {
    let (library, name) = (world.bench.library, words.get(0).to_owned());
    let url = conformance::profile_url(library, &name);
    let url = url.ok_or_else(|| world.misplaced(&format!("a compiled profile named {name}")))?;
    let examined = world.need::<Examined>()?;
    let (resources, mut answers) = (examined.resources.clone(), examined.answers.clone());
    answers.extend(world.found::<Answer>().cloned());
    let held_to = HeldTo::These(vec![url]);
    let judge = move || conformance::conform(library, &Shown::all(&resources, &answers), held_to, &name);
    let seen = world.judged(judge).await?;
    world.write(&words, seen)
}

async fn conforms_to_base(world: &mut World, words: Words) -> Outcome {
    let (library, answer) = (world.bench.library, world.answer()?.clone());
    let judge = move || conformance::conform(library, &[Shown::whole(&answer)], HeldTo::Type, "FHIR R4");
    world.write(&words, world.judged(judge).await?)
}

async fn new_conforms(world: &mut World, words: Words) -> Outcome {
    let (chart, library) = (world.chart().await?, world.bench.library);
    let searches = world.searches()?.to_vec();
    let judge = move || -> Vec<Observation> {
        searches.iter().map(|search| conformance::new_conform(library, &chart, search)).collect()
    };
    world.write_all(&words, world.judged(judge).await?)
}
