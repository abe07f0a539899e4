//! Phrases about conformance: resources against FHIR R4 and a profile, by the validator.

use super::scene::Examined;
use super::{Outcome, Words, World};
use crate::examine::{Document, Observation, conformance};
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
    let texts: Vec<String> = world.need::<Examined>()?.resources.iter().map(ToString::to_string).collect();
    let document = world.found::<Document>().map(|document| document.number);
    let cites = document.into_iter().chain(world.found().map(Answer::number)).collect();
    let held_to = HeldTo::These(vec![url]);
    let seen = world.judged(move || conformance::conform(library, &texts, held_to, &name, cites)).await?;
    world.write(&words, seen)
}

async fn conforms_to_base(world: &mut World, words: Words) -> Outcome {
    let (library, answer) = (world.bench.library, world.answer()?.clone());
    let judge = move || {
        let texts = [answer.text().into_owned()];
        conformance::conform(library, &texts, HeldTo::Type, "FHIR R4", vec![answer.number()])
    };
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
