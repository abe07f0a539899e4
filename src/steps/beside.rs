//! Phrases about what comes beside the matches of a search: what they point to, and what points to them.

use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Held, Made, target_of};
use crate::fhir::{Bundle, End, reference_to};
use std::collections::BTreeSet;

topic! {
    Given r#"a search that finds a "{Group}""# "one of the searches that the record was gathered by, with a match of that profile" finds_group;
    Given r#"a search whose matches point along "([^"]+)""# "Type:parameter or Type:parameter:Target" points;
    When r#"the app makes that search with "(_include|_revinclude)=([^"]+)""# "all pages" with;
    Check r"what the matches point to comes with them" "each target along the parameter, as an include" targets_come;
    Check r"nothing else comes with them" "each include is what a match points to" only_targets;
    Check r"an? {ResourceType} that points to such a match comes with them" "by the parameter of the reverse include" pointing_comes;
    Check r"every {ResourceType} that comes with them points to a match" "by the parameter of the reverse include" pointing_only;
}

fn take(world: &mut World, made: &Made) {
    world.scene.cites = made.pages.numbers();
    world.page.cite(&world.scene.cites.clone());
    world.scene.asked = vec![Asked::new(&made.anchor.of, made.person, made.pairs.clone())];
}

async fn finds_group(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let of_group = |reference: &str| {
        chart.find(reference).is_some_and(|held| held.of == group.of && held.groups.contains(&group.name))
    };
    let found = chart.made.iter().find(|made| made.pages.matches().any(|body| of_group(&reference_to(body))));
    let Some(made) = found else {
        return Err(world.not_shown(&chart, &group.of, &format!("a {} of the profile {}", group.of, group.name)));
    };
    take(world, made);
    world.scene.group = Some(group);
    Ok(())
}

/// `Type:parameter[:Target]` in its parts.
fn parts(include: &str) -> (&str, &str, Option<&str>) {
    let mut parts = include.split(':');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next())
}

/// `Type/id` of what a resource points to along an include.
fn along(held: &Held, parameter: &str, target: Option<&str>) -> Vec<String> {
    let values = held.values.get(parameter).into_iter().flatten();
    let references = values.filter_map(|value| value["reference"].as_str()).filter(|text| !text.starts_with('#'));
    let targets = references.filter_map(target_of);
    targets.filter(|at| target.is_none_or(|of| at.starts_with(&format!("{of}/")))).collect()
}

async fn points(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (of, parameter, target) = parts(words.get(0));
    if world.bench.meaning.parameter(of, parameter).is_none() {
        return Err(world.misplaced(&format!("a search parameter {parameter} of {of}")));
    }
    // What nobody can read cannot come either.
    let pointing = |reference: &str| {
        let held = chart.find(reference).filter(|held| held.of == of);
        held.is_some_and(|held| along(held, parameter, target).iter().any(|at| chart.find(at).is_some()))
    };
    let of_type = chart.made.iter().filter(|made| made.anchor.of == of);
    let found = of_type.into_iter().find(|made| made.pages.matches().any(|body| pointing(&reference_to(body))));
    if let Some(made) = found {
        take(world, made);
        return Ok(());
    }
    // A type that no patient search brings is asked for by its id.
    let Some(held) = chart.held.iter().find(|held| held.of == of && pointing(&held.reference())) else {
        let target = target.unwrap_or("resource");
        return Err(world.not_shown(&chart, of, &format!("a {of} whose {parameter} points to a {target}")));
    };
    let searches = crate::search::queried(world.bench.library, of);
    let asked = searches.iter().find_map(|(own, _)| world.ask_for(&chart, held, &[own.as_str()]));
    let Some((_, asked)) = asked else {
        return Err(world.not_shown(&chart, of, &format!("a {of} that a search finds")));
    };
    world.scene.cites = vec![held.number];
    world.scene.asked = vec![asked];
    Ok(())
}

async fn with(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (source, parameter, target) = parts(words.get(1));
    if words.get(0) == "_revinclude" {
        best_pointed(world, &chart, source, parameter)?;
    }
    for asked in &world.scene.asked {
        let session = world.session_of(&chart, asked.person)?;
        match target.filter(|_| words.get(0) == "_include") {
            Some(target) => world.permitted(&session, target, 'r')?,
            None => world.permitted(&session, source, 'r')?,
        }
    }
    for asked in &mut world.scene.asked {
        asked.pairs.push((words.get(0).to_owned(), words.get(1).to_owned()));
        asked.pages = None;
    }
    world.make_searches().await
}

/// Of the searches that find the profile one to whose matches something is known to point. Where nothing does, while the
/// server shows such resources of other types, the data has none; unless it was declared complete.
fn best_pointed(world: &mut World, chart: &Chart, source: &str, parameter: &str) -> Outcome {
    let Some(group) = world.scene.group.clone() else { return Ok(()) };
    let own: Vec<&Held> = chart.held.iter().filter(|held| held.of == source).collect();
    let targets: BTreeSet<String> = own.iter().flat_map(|held| along(held, parameter, None)).collect();
    let pointed =
        |at: &String| targets.contains(at) && chart.find(at).is_some_and(|held| held.groups.contains(&group.name));
    if let Some(made) = chart.made.iter().find(|made| made.pages.ids().iter().any(pointed)) {
        take(world, made);
        return Ok(());
    }
    let answered =
        chart.beside.iter().filter(|made| made.anchor.of == group.of).all(|made| made.pages.end == End::Whole);
    if own.is_empty() || !answered || world.bench.site.target().data_complete {
        return Ok(());
    }
    let what = format!("a {source} that points to a {} of the profile {}", group.of, group.name);
    Err(world.not_shown(chart, &group.of, &what))
}

/// What an answer holds beside the matches.
fn included(bundles: &[Bundle]) -> BTreeSet<String> {
    let matches: BTreeSet<String> = bundles.iter().flat_map(Bundle::matches).map(reference_to).collect();
    let all = bundles.iter().flat_map(Bundle::resources).filter(|body| body["resourceType"] != "OperationOutcome");
    all.map(reference_to).filter(|at| !matches.contains(at)).collect()
}

/// The include of a search of the scene.
fn include_of(asked: &Asked) -> &str {
    asked
        .pairs
        .iter()
        .find(|(name, _)| name.starts_with("_include") || name.starts_with("_revinclude"))
        .map_or("", |(_, v)| v)
}

/// What the matches of a search point to along its include.
fn pointed(world: &World, asked: &Asked, bundles: &[Bundle]) -> BTreeSet<String> {
    let (_, parameter, target) = parts(include_of(asked));
    let mut all = BTreeSet::new();
    for body in bundles.iter().flat_map(Bundle::matches) {
        let person = asked.person;
        let held = Held::of(world.bench.library, &world.bench.meaning, &[], body, person, 0);
        all.extend(held.iter().flat_map(|held| along(held, parameter, target)));
    }
    all
}

async fn targets_come(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    for (asked, pages) in world.made()? {
        let there: BTreeSet<String> = pages.resources().map(reference_to).collect();
        let wanted = pointed(world, asked, &pages.bundles);
        let wanted: Vec<&String> = wanted.iter().filter(|at| chart.find(at).is_some()).collect();
        let missing = wanted.iter().filter(|at| !there.contains(**at)).count();
        let observed = format!("{} known targets, {missing} missing", wanted.len());
        world.find_of(&words, asked, missing == 0 && !wanted.is_empty(), "every known target of a match", &observed)?;
    }
    Ok(())
}

async fn only_targets(world: &mut World, words: Words) -> Outcome {
    for (asked, pages) in world.made()? {
        let wanted = pointed(world, asked, &pages.bundles);
        let beside = included(&pages.bundles);
        let stray = beside.iter().filter(|at| !wanted.contains(*at)).count();
        let observed = format!("{} beside the matches, {stray} that no match points to", beside.len());
        world.find_of(&words, asked, stray == 0, "nothing but what a match points to", &observed)?;
    }
    Ok(())
}

/// The resources beside the matches that point by the reverse include of the search, with what they point to.
fn pointing(world: &World, asked: &Asked, bundles: &[Bundle]) -> Vec<(String, BTreeSet<String>)> {
    let (of, parameter, _) = parts(include_of(asked));
    let all = bundles.iter().flat_map(Bundle::resources).filter(|body| body["resourceType"] == of);
    let held = all.filter_map(|body| Held::of(world.bench.library, &world.bench.meaning, &[], body, asked.person, 0));
    held.map(|held| (held.reference(), along(&held, parameter, None).into_iter().collect())).collect()
}

async fn pointing_comes(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.scene.group.clone();
    for (asked, pages) in world.made()? {
        let own: BTreeSet<String> = pages
            .matches()
            .map(reference_to)
            .filter(|at| {
                let held = chart.find(at);
                group.as_ref().is_none_or(|group| held.is_some_and(|held| held.groups.contains(&group.name)))
            })
            .collect();
        let all = pointing(world, asked, &pages.bundles);
        let good = all.iter().filter(|(_, targets)| !targets.is_disjoint(&own)).count();
        let observed = format!("{} matches of the profile, {good} {} pointing to them", own.len(), words.get(0));
        world.find_of(&words, asked, good > 0, &format!("a {} that points to a match", words.get(0)), &observed)?;
    }
    Ok(())
}

async fn pointing_only(world: &mut World, words: Words) -> Outcome {
    for (asked, pages) in world.made()? {
        let matches: BTreeSet<String> = pages.matches().map(reference_to).collect();
        let all = pointing(world, asked, &pages.bundles);
        let stray = all.iter().filter(|(_, targets)| targets.is_disjoint(&matches)).count();
        let observed = format!("{} {}, {stray} pointing to no match", all.len(), words.get(0));
        world.find_of(&words, asked, stray == 0, "nothing that points to no match", &observed)?;
    }
    Ok(())
}
