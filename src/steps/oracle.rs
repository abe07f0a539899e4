//! Phrases about questions whose answers tell by their number what they do not show: about somebody else's record, about
//! types that were not granted; and about links to next pages that were changed.

use super::access::patient;
use super::crossing::{next_of, search_of};
use super::isolation::{received, record};
use super::scene::{Answers, Counts, Suspects};
use super::{Outcome, Words, World};
use crate::chart::Made;
use crate::examine::Observation;
use crate::examine::isolation::{self, Count, Refusal};
use crate::fhir::{self, Bundle};
use crate::http::Answer;
use crate::probe::altered_links;
use crate::smart::Session;
use url::Url;

topic! {
    When r#""([^"]+)" is asked about patient b and about invented patients"# "GET with the token of patient a; {patient} is one after another" asks_about;
    When r#"the app asks "([^"]+)" with what patient a's record shows and with what nobody has"# "GET; {Type.code} is one value after another" asks_with;
    When r"the app counts {ResourceType}" "_summary=count, _count=0 and _total=accurate" counts;
    Check r"no {ResourceType} is counted" "no total above 0" nothing_counted;
    When r"patient b and an invented patient are read with patient a's token" "GET of both, three times each" reads_both;
    Check r"the refusals should not differ" "status and words, but for the ids" same_refusals;
    When r"patient a's links to next pages are asked for with what they name changed" "patients, page numbers and what decodes to them" changed_links;
}

/// Next links that are changed.
const LINKS: usize = 3;

/// How many there are by an answer: its total, or what it shows.
fn count_of(answer: &Answer) -> Count {
    let bundle = answer.json().ok().and_then(Bundle::of);
    let shown = |bundle: Bundle| bundle.total().or_else(|| u64::try_from(bundle.matches().count()).ok());
    (answer.status(), bundle.and_then(shown))
}

/// The counts of the same question with each value: what there is, and twice what there is not.
async fn ask(world: &mut World, session: &Session, template: &str, name: &str, values: [&str; 3]) -> Outcome {
    let (mut counts, mut cites) = (Vec::new(), Vec::new());
    for value in values {
        let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let url = world.bench.site.fhir(&template.replace(name, &encoded));
        let call = fhir::get(url, session.token().as_deref(), "a question whose answer may tell what it does not show");
        let answer = world.door.send(call).await;
        let answer = world.answered(answer)?;
        counts.push(count_of(&answer));
        cites.push(answer.number());
    }
    world.put(Counts { b: counts[0], nobody: [counts[1], counts[2]], cites });
    Ok(())
}

async fn asks_about(world: &mut World, words: Words) -> Outcome {
    let (session, chart) = (world.session()?, world.chart().await?);
    let b = record(world, &chart, "b")?.patient.to_owned();
    let values = [b.as_str(), "probity-nobody-1", "probity-nobody-2"];
    ask(world, &session, words.get(0), "{patient}", values).await
}

async fn asks_with(world: &mut World, words: Words) -> Outcome {
    let (session, chart) = (world.session()?, world.chart().await?);
    let own = record(world, &chart, "a")?;
    let template = words.get(0).replace("{patient}", own.patient);
    let name = template.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name.to_owned());
    let name = name.ok_or_else(|| world.misplaced("a value in braces"))?;
    let none = || world.page.not_shown(format!("patient a's record shows no {name}"));
    let value = own.value(&name).ok_or_else(none)?;
    world.door.hide("record_value", &value);
    let values = [value.as_str(), "probity-nothing-1", "probity-nothing-2"];
    ask(world, &session, &template, &format!("{{{name}}}"), values).await
}

async fn counts(world: &mut World, words: Words) -> Outcome {
    let (of, patient, token) = (words.get(0), patient(world)?, world.grant()?.access_token);
    let site = world.bench.site.clone();
    let calls = ["_summary=count", "_count=0", "_total=accurate&_count=1"].map(|how| {
        let url = site.fhir(&format!("{of}?patient={patient}&{how}"));
        fhir::get(url, Some(&token), "count of what was not granted")
    });
    world.ask_each(calls).await
}

async fn nothing_counted(world: &mut World, words: Words) -> Outcome {
    let Answers(all) = world.need()?;
    let judged = all.iter().map(|one| {
        let (status, total) = count_of(one);
        let observed =
            total.map_or_else(|| format!("status {status}, no count"), |total| format!("a count of {total}"));
        let met = total.unwrap_or(0) == 0;
        (one, vec![Observation::new(met, format!("no count of {}", words.get(0)), observed, vec![one.number()])])
    });
    world.write_refusals(&words, judged.collect::<Vec<_>>())
}

async fn reads_both(world: &mut World, _: Words) -> Outcome {
    let (session, chart) = (world.session()?, world.chart().await?);
    let b = record(world, &chart, "b")?.patient.to_owned();
    let nobody = shaped_like(&b);
    let mut all = Vec::new();
    // Several times, and not by turns: what a server does to every second or third answer is not taken for a difference.
    for id in [&b, &nobody, &nobody, &b, &b, &nobody] {
        let url = world.bench.site.fhir(&format!("Patient/{id}"));
        let call = fhir::get(url, session.token().as_deref(), "read of a patient who is not in context");
        let answer = world.door.send(call).await;
        all.push((world.said(answer)?, id.clone(), *id == b));
    }
    world.put(Refusals(all));
    Ok(())
}

/// An id that is nobody's, of the same letters and digits in other places.
fn shaped_like(id: &str) -> String {
    let turn = |c: char| match c {
        '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from_u32(u32::from(c) + 1).unwrap_or(c),
        '9' => '7',
        'z' => 'x',
        'Z' => 'X',
        other => other,
    };
    id.chars().map(turn).collect()
}

/// Answers to reads of somebody and of nobody, with the ids that were asked for, and whether it is somebody's.
pub(super) struct Refusals(Vec<(Answer, String, bool)>);

async fn same_refusals(world: &mut World, words: Words) -> Outcome {
    let Refusals(all) = world.need()?;
    if all.iter().any(|(answer, ..)| answer.is_success()) {
        return Err(world.page.not_applicable("not applicable: a patient who is not in context is not refused"));
    }
    let told = |somebody: bool| {
        let own = all.iter().filter(|(_, _, is)| *is == somebody);
        let told = own.map(|(answer, id, _)| {
            let text = answer.json().ok().map(|body| body["issue"].to_string()).unwrap_or_default();
            (answer.status(), text.replace(id.as_str(), "ID"))
        });
        told.collect::<Vec<Refusal>>()
    };
    let cites = all.iter().map(|(answer, ..)| answer.number()).collect();
    match isolation::same_refusals(&told(true), &told(false), cites) {
        Some(seen) => world.write(&words, seen),
        None => Err(world
            .page
            .inconclusive("the same read is refused with several statuses, so a difference shows nothing")),
    }
}

async fn changed_links(world: &mut World, _: Words) -> Outcome {
    let (session, chart) = (world.session()?, world.chart().await?);
    let (a, b) = (record(world, &chart, "a")?.patient.to_owned(), record(world, &chart, "b")?.patient.to_owned());
    let own = chart.people.iter().position(|person| person.user == "a");
    let several = |made: &&Made| Some(made.person) == own && made.pages.matches().count() > 1;
    let (site, token) = (world.bench.site.clone(), session.token());
    let mut links = Vec::new();
    for made in chart.made.iter().filter(several).take(LINKS) {
        let link = next_of(world, &site, token.as_deref(), &search_of(made)).await;
        links.extend(link.and_then(|link| Url::parse(&link).ok()).filter(|url| world.door.may_receive(url)));
    }
    if links.is_empty() {
        return Err(world.page.not_shown("no search of patient a's record has a second page"));
    }
    let changed: Vec<_> = links.iter().flat_map(|link| altered_links(link, &a, &b)).collect();
    if changed.is_empty() {
        return Err(world
            .page
            .not_applicable("not applicable: the links to next pages name nothing that could be changed"));
    }
    let mut all = Vec::new();
    for url in changed {
        let call = fhir::get(url.clone(), session.token().as_deref(), "link to a next page, changed");
        let answer = world.door.send(call).await;
        let answer = world.answered(answer)?;
        all.push(received(&answer, Some(url.to_string())));
    }
    world.put(Suspects(all));
    Ok(())
}
