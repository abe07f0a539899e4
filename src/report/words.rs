//! How reports word durations, times, sizes, sources and exchanges.

use crate::record::{Body, Cause, Exchange, Finding, Run, ScenarioRecord, Severity, Source, Verdict, WaiverState};
use chrono::{DateTime, Utc};

/// `0.8 ms`, `35 ms`, `4.2 s`, `3 min 20 s`.
pub(super) fn duration(microseconds: u64) -> String {
    match microseconds {
        0..1_000 => format!("0.{} ms", microseconds / 100),
        1_000..1_000_000 => format!("{} ms", microseconds / 1_000),
        1_000_000..60_000_000 => format!("{}.{} s", microseconds / 1_000_000, microseconds / 100_000 % 10),
        _ => format!("{} min {} s", microseconds / 60_000_000, microseconds / 1_000_000 % 60),
    }
}

/// From `started` to `finished`, as [`duration`].
pub(super) fn span(started: DateTime<Utc>, finished: DateTime<Utc>) -> String {
    duration((finished - started).num_microseconds().and_then(|us| u64::try_from(us).ok()).unwrap_or(0))
}

/// `2026-03-02 09:14:05 UTC`.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 scenario`, `2 scenarios`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `SHALL, critical`.
pub(super) fn weight(scenario: &ScenarioRecord) -> String {
    let strength = scenario.requirement.strength.word();
    match scenario.requirement.severity {
        Some(severity) => format!("{strength}, {}", Severity::word(severity)),
        None => strength.to_owned(),
    }
}

/// `SMART App Launch 2.0.0, section 4.6`.
pub(super) fn source(source: &Source) -> String {
    let section = source.section.as_ref().map_or_else(String::new, |section| format!(", section {section}"));
    let number = source.number.as_ref().map_or_else(String::new, |number| format!(", {number}"));
    format!("{}{section}{number}", source.specification)
}

/// What came back, in a word or two: `200`, `no answer: timed out after 30 s`.
pub(super) fn answer(exchange: &Exchange) -> String {
    match (&exchange.response, &exchange.error) {
        (Some(response), _) => response.status.to_string(),
        (None, Some(error)) => format!("no answer: {error}"),
        (None, None) => "no answer".to_owned(),
    }
}

/// What a finding says, in one line.
pub(super) fn finding(finding: &Finding) -> String {
    format!("expected {}; observed {}", finding.expected, finding.observed)
}

/// The line that tells what happened: the reason, or the gravest expectation that was not met.
pub(super) fn gist(scenario: &ScenarioRecord) -> String {
    let worst = scenario.broken().max_by_key(|f| f.strength);
    match (&scenario.reason, worst) {
        (Some(reason), _) => reason.clone(),
        (None, Some(worst)) => finding(worst),
        (None, None) => String::new(),
    }
}

/// Why a scenario was not tested, with its kind: `not configured: no EHR launch`.
pub(super) fn not_tested(scenario: &ScenarioRecord) -> String {
    let reason = scenario.reason.as_deref().unwrap_or("no reason was recorded");
    if scenario.verdict == Verdict::Outstanding {
        return "outstanding: a person must look; `probity attest` asks them".to_owned();
    }
    match scenario.cause.map(Cause::phrase) {
        Some(kind) if !reason.starts_with(kind) => format!("{kind}: {reason}"),
        _ => reason.to_owned(),
    }
}

/// What a waiver says of a scenario, if one does.
pub(super) fn waiver(scenario: &ScenarioRecord) -> Option<String> {
    scenario.waiver.as_ref().map(|waiver| match waiver {
        WaiverState::Waived { reason, owner, expires } => format!("waived until {expires} by {owner}: {reason}"),
        WaiverState::Expired { expires } => format!("its waiver expired after {expires}"),
    })
}

/// What the second attempt at a failed check of security came to, if there was one.
pub(super) fn again(scenario: &ScenarioRecord) -> Option<String> {
    let again = scenario.again.as_ref()?;
    Some(match (again.held(), &again.reason) {
        (true, _) => "from fresh sessions, it held: it is flaky, and counts as failed".to_owned(),
        (false, None) => "from fresh sessions, it failed again".to_owned(),
        (false, Some(why)) => format!("from fresh sessions, it could not be tested: {why}"),
    })
}

/// Whether a waiver covers the scenario.
pub(super) fn waived(scenario: &ScenarioRecord) -> bool {
    matches!(scenario.waiver, Some(WaiverState::Waived { .. }))
}

/// Size on the wire and what of it is kept.
pub(super) fn body(body: &Body) -> String {
    match body {
        Body::None => "no body".to_owned(),
        Body::Text { bytes, .. } => format!("{bytes} bytes"),
        Body::Shape { outline: Some(_), bytes } => format!("{bytes} bytes; only its structure was kept"),
        Body::Shape { outline: None, bytes } => format!("{bytes} bytes; not JSON, so nothing of it was kept"),
        Body::Size { bytes } => format!("{bytes} bytes; nothing of it was kept"),
    }
}

/// The command that plays a scenario again, as the run was played.
pub(super) fn run_again(run: &Run, id: &str) -> String {
    run_again_words(run, id).join(" ")
}

/// The same, word by word: a line may end after any of them.
pub(super) fn run_again_words(run: &Run, id: &str) -> Vec<String> {
    let target = &run.start.target;
    let quoted = |text: &str| match text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:".contains(c)) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    };
    let mut words = vec!["probity".to_owned(), "run".to_owned()];
    words.extend(target.config.iter().flat_map(|path| ["--config".to_owned(), quoted(path)]));
    let named = target.config.is_some() || target.preset != "embedded" || target.name != "embedded";
    if named {
        words.extend(["--target".to_owned(), quoted(&target.name)]);
    }
    words.extend(run.start.options.iter().map(|option| quoted(option)));
    words.push(id.to_owned());
    words
}
