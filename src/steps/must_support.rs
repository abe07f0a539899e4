//! Phrases about the record as a whole: what it must show somewhere, and what must hold of all of it.

use super::{Outcome, Words, World};
use crate::examine::must_support::{self, Sought};
use crate::examine::{Demanded, answer, conformance, profile};

topic! {
    Given r"{ResourceType} is claimed and within the granted scopes" "else it cannot be seen" may_see;
    Given r"the record of every patient" "everything that the patients' sessions show" have_record;
    Check r"it shows each of:" "a table of what, resource type and FHIRPath; one resource is enough for each" shows_each;
    Check r"every DocumentReference names its custodian, or its Provenance does" "custodian, or an agent of a Provenance that points to it" custodian;
    Check r"every attachment of a clinical report is one of a document too" "presentedForm.url of reports of cardiology, pathology and radiology" attachments;
    Check r"a Practitioner has an address, or a role" "all parts of an address, or a PractitionerRole that points to one" address_or_role;
    Check r"every resource that no profile of the guide is about conforms to FHIR R4" "the rules of its type" base_conforms;
    Check r"no answer gives a member of an object twice" "JSON as received" no_repeats;
    Check r"every match is a current document of the patient" "DocumentReference, status current, subject" current_documents;
}

impl World {
    /// What the records do not show: a skip that says what to add, or a failure where the target's data is declared to
    /// show everything.
    pub(super) fn demand(&self, words: &Words, demanded: &Demanded) -> Outcome {
        self.page.cite(&demanded.cites);
        let troubles = self.bench.troubles();
        let complete = self.bench.site.target().data_complete && troubles.is_empty();
        let demand = profile::demand(&demanded.met, &demanded.open, complete, &demanded.cites);
        if let Some(seen) = demand.seen.filter(|_| demand.open.is_none() || !words.is_given()) {
            self.write(words, seen)?;
        }
        // Whoever could not sign in may be the one whose records show it.
        demand.open.map_or(Ok(()), |why| {
            Err(match troubles.is_empty() {
                true => self.page.not_shown(why),
                false => {
                    self.page.blocked(format!("{why}; not everybody's records were seen: {}", troubles.join("; ")))
                }
            })
        })
    }
}

async fn may_see(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    world.unknowable(&chart, words.get(0)).map_or(Ok(()), Err)
}

async fn have_record(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    if chart.people.is_empty() || chart.resources.is_empty() {
        return Err(world.not_shown(&chart, "Patient", "a patient's record"));
    }
    Ok(())
}

async fn shows_each(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let mut rows = Vec::new();
    for row in words.0.step.table.iter().flat_map(|table| &table.rows) {
        let [what, of, path] = row.as_slice() else { return Err(world.misplaced("a table of three columns")) };
        rows.push(Sought { what, of, path });
    }
    let found = must_support::each(&chart, &rows).map_err(|wrong| world.misplaced(&wrong.0))?;
    world.demand(&words, &found.map_err(|absence| world.ended(absence))?)
}

async fn custodian(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    world.write(&words, must_support::custodian(&chart).map_err(|absence| world.ended(absence))?)
}

async fn attachments(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    world.write(&words, must_support::attachments(&chart).map_err(|absence| world.ended(absence))?)
}

async fn address_or_role(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    world.demand(&words, &must_support::address_or_role(&chart).map_err(|absence| world.ended(absence))?)
}

async fn base_conforms(world: &mut World, words: Words) -> Outcome {
    let (chart, library) = (world.chart().await?, world.bench.library);
    match world.judged(move || conformance::rest_conforms(library, &chart)).await? {
        Some(seen) => world.write(&words, seen),
        None => Err(world.page.not_applicable("not applicable: every resource is held to a profile of the guide")),
    }
}

async fn no_repeats(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    world.write(&words, world.judged(move || conformance::no_repeats(&chart)).await?)
}

async fn current_documents(world: &mut World, words: Words) -> Outcome {
    let patient = super::access::patient(world)?;
    match answer::current_documents(world.answer()?, &patient) {
        Ok(seen) => world.write(&words, seen),
        Err(none) => world.demand(&words, &none),
    }
}
