//! JUnit XML: a suite per area, a case per scenario.

use super::{Rendered, Unwritten, outline::Outline, words};
use crate::record::{Cause, Finding, Run, ScenarioRecord, SetupRecord, Strength, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::io::Write;
use std::time::Duration;

pub(super) fn render(run: &Run, to: &mut dyn Write) -> Rendered {
    let mut report = Report::new(format!("probity {}", run.start.target.name));
    if !run.setup.is_empty() {
        let mut suite = TestSuite::new("setup");
        suite.set_timestamp(run.start.started).set_time(Duration::ZERO);
        suite.add_test_cases(run.setup.iter().map(precondition));
        report.add_test_suite(suite);
    }
    for area in Outline::of(run).areas {
        let mut suite = TestSuite::new(area.name);
        suite
            .set_timestamp(run.start.started)
            .set_time(area.scenarios.iter().map(|scenario| time(scenario)).sum::<Duration>());
        for (name, value) in properties(run) {
            suite.add_property((name, value.as_str()));
        }
        // In the order of the features: a CI server compares runs by place.
        for scenario in run.scenarios.iter().filter(|s| s.requirement.id.area() == area.name) {
            suite.add_test_case(case(scenario, run));
        }
        report.add_test_suite(suite);
    }
    // Scenarios are played side by side: the whole took less, and a property tells it.
    report.set_time(run.scenarios.iter().map(time).sum::<Duration>());
    let text = report.to_string().map_err(|_| Unwritten::Defect("the XML writer failed"))?;
    Ok(to.write_all(without_skipped(&text).as_bytes())?)
}

/// In the milliseconds that are written, so that the times of cases add up to those of their suites, and these to the root's.
fn time(scenario: &ScenarioRecord) -> Duration {
    Duration::from_millis(scenario.duration_us.saturating_add(500) / 1_000)
}

/// The root without its count of skipped cases: schemas of JUnit XML, such as that of Jenkins, have it in suites alone.
fn without_skipped(text: &str) -> String {
    let counted = |root: &str| -> Option<String> {
        let at = root.find(" skipped=\"")?;
        let end = at + 10 + root[at + 10..].find('"')? + 1;
        Some(format!("{}{}", &root[..at], &root[end..]))
    };
    let whole = || {
        let begin = text.find("<testsuites")?;
        let end = begin + text[begin..].find('>')?;
        Some(format!("{}{}{}", &text[..begin], counted(&text[begin..end])?, &text[end..]))
    };
    whole().unwrap_or_else(|| text.to_owned())
}

fn properties(run: &Run) -> Vec<(&'static str, String)> {
    let start = &run.start;
    vec![
        ("probity.run", start.id.clone()),
        ("probity.version", start.probity.clone()),
        ("probity.target", start.target.name.clone()),
        ("probity.preset", start.target.preset.clone()),
        ("probity.environment", start.target.environment.clone()),
        ("probity.fhir-base", start.target.fhir_base.clone()),
        ("probity.features-sha256", start.features_sha256.clone()),
        ("probity.planned", start.planned.to_string()),
        ("probity.interrupted", run.interrupted.to_string()),
        ("probity.milliseconds", (run.finished - start.started).num_milliseconds().to_string()),
    ]
}

fn precondition(setup: &SetupRecord) -> TestCase {
    let mut status = TestCaseStatus::success();
    if setup.is_broken() {
        let reason = setup.reason.as_deref().unwrap_or_default();
        status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(setup.state.phrase()).set_message(one_line(reason));
        let mut lines = vec![format!("{}: {reason}", setup.what)];
        lines.extend(setup.help.iter().map(|help| format!("next step: {help}")));
        lines.push(format!("blocks {}", words::count(setup.blocks.len(), "scenario")));
        status.set_description(lines.join("\n"));
    }
    let mut case = TestCase::new(setup.id.as_str(), status);
    case.set_time(Duration::ZERO);
    case.set_classname("Setup");
    case
}

fn case(scenario: &ScenarioRecord, run: &Run) -> TestCase {
    let waiver = words::waiver(scenario);
    let reason = scenario.reason.as_deref().unwrap_or("no reason was recorded");
    let broken: Vec<&Finding> = scenario.broken().collect();
    let status = match scenario.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Fail if words::waived(scenario) => skipped("waived", waiver.as_deref().unwrap_or_default()),
        Verdict::Skip => skipped(scenario.cause.map_or("skip", Cause::phrase), reason),
        Verdict::Attested => skipped("attested", reason),
        Verdict::Outstanding => skipped("outstanding", &format!("a person must look: {reason}")),
        Verdict::Error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("could-not-test").set_message(one_line(reason));
            status.set_description(text(scenario, &broken, run));
            status
        }
        Verdict::Fail => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let first = broken.iter().find(|f| f.strength == Strength::Shall);
            let message = first.map_or_else(|| scenario.requirement.text.clone(), |f| words::finding(f));
            status.set_type(kind(scenario)).set_message(one_line(&message));
            status.set_description(text(scenario, &broken, run));
            status
        }
    };
    let mut case = TestCase::new(scenario.requirement.id.as_str(), status);
    case.set_classname(one_line(&scenario.feature)).set_time(time(scenario));
    let mut lines = about(scenario);
    if scenario.verdict == Verdict::Warn || scenario.verdict == Verdict::Fail && words::waived(scenario) {
        lines.push(format!("{} {}", scenario.verdict.word(), kind(scenario)));
        lines.push(text(scenario, &broken, run));
    }
    case.set_system_out(lines.join("\n"));
    case
}

/// What the case is, a property a line. The schemas of JUnit XML have properties in suites alone, so those who keep results
/// read properties of cases from their output in this form.
fn about(scenario: &ScenarioRecord) -> Vec<String> {
    let requirement = &scenario.requirement;
    let mut properties = vec![("title", scenario.name.clone()), ("strength", requirement.strength.word().to_owned())];
    properties.extend(requirement.severity.map(|severity| ("severity", severity.word().to_owned())));
    properties.extend(requirement.g10.iter().map(|step| ("g10", step.clone())));
    properties.push(("file", format!("features/{}", scenario.file)));
    properties.push(("line", scenario.line.to_string()));
    properties.iter().map(|(name, value)| format!("[[PROPERTY|{name}={}]]", one_line(value))).collect()
}

fn skipped(kind: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind).set_message(one_line(message));
    status
}

/// `SHALL/critical`.
fn kind(scenario: &ScenarioRecord) -> String {
    let strength = scenario.requirement.strength.word();
    scenario.requirement.severity.map_or_else(|| strength.to_owned(), |s| format!("{strength}/{}", s.word()))
}

/// XML readers turn line ends in attributes into blanks; better here than there.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(scenario: &ScenarioRecord, broken: &[&Finding], run: &Run) -> String {
    let requirement = &scenario.requirement;
    let mut lines = vec![requirement.text.clone()];
    lines.extend(words::waiver(scenario));
    lines.extend(scenario.reason.iter().map(|reason| format!("reason: {reason}")));
    for finding in broken {
        lines.push(format!("{} expected: {}", finding.strength.word(), finding.expected));
        lines.push(format!("observed: {}", finding.observed));
        for exchange in finding.cites.iter().filter_map(|number| run.exchange(*number)) {
            let answer = words::answer(exchange);
            let (method, url) = (&exchange.request.method, &exchange.request.url);
            lines.push(format!("exchange: #{} {method} {url} -> {answer}", exchange.number));
        }
    }
    lines.extend(words::again(scenario).map(|again| format!("tried again {again}")));
    lines.extend(requirement.sources.iter().map(|source| format!("source: {}", words::source(source))));
    lines.extend(requirement.advice.iter().map(|advice| format!("next step: {advice}")));
    lines.push(format!("run again: {}", words::run_again(run, requirement.id.as_str())));
    lines.join("\n")
}
