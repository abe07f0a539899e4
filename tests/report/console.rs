//! The console rendering.

use crate::sample;
use probity::record::Run;
use probity::report::{Format, Look, render};

fn console(run: &Run, look: Look) -> String {
    String::from_utf8(render(run, Format::Console, look).unwrap()).unwrap()
}

#[test]
fn an_interrupted_run_says_so_first_and_last() {
    insta::assert_snapshot!(console(&sample::interrupted(), Look { color: false, width: 60 }));
}

#[test]
fn colours_are_used_only_when_asked_for() {
    assert!(!console(&sample::run(), Look::default()).contains('\x1b'));
    let coloured = console(&sample::run(), Look { color: true, width: 80 });
    assert!(coloured.contains("\x1b[1;31mFAIL    \x1b[0m"), "{coloured}");
    let plain = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap().replace_all(&coloured, "").into_owned();
    let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
    let expected = console(&sample::run(), Look::default());
    assert_eq!(trimmed, expected.lines().collect::<Vec<_>>());
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for (width, run) in [60, 80, 132].into_iter().flat_map(|width| [(width, sample::run()), (width, real())]) {
        let text = console(&run, Look { color: false, width });
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width, "{widest} columns of {width}:\n{text}");
    }
}

/// The run that is committed as a sample.
fn real() -> Run {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample/run.json");
    probity::report::read(std::fs::File::open(path).unwrap()).unwrap()
}

#[test]
fn the_command_that_runs_again_works_as_it_stands() {
    let mut run = real();
    run.start.target.config = Some("a folder/it's.toml".to_owned());
    let text = console(&run, Look { color: false, width: 60 });
    let mut lines = text.lines().skip_while(|line| !line.contains("run again")).map(str::trim_start);
    let mut command = String::new();
    loop {
        let line = lines.next().unwrap();
        command += line.trim_start_matches("run again").trim_start();
        match command.strip_suffix('\\') {
            Some(rest) => command = rest.to_owned(),
            None => break,
        }
    }
    assert_eq!(command, r"probity run --config 'a folder/it'\''s.toml' --target served pkce.missing-verifier");
}

#[test]
fn a_waived_failure_says_until_when_and_who_answers_for_it() {
    let text = console(&sample::run(), Look::default());
    assert!(text.contains("waived until 2026-03-31 by identity team"), "{text}");
    assert!(text.contains("its waiver expired after 2026-02-15"), "{text}");
}

#[test]
fn skips_are_grouped_by_their_reason() {
    let text = console(&sample::run(), Look::default());
    let group = "  not configured: no launch from an EHR is configured (2)\n    us-core.patient.search.name, us-core.patient.search";
    assert!(text.contains(group), "{text}");
}

#[test]
fn a_run_of_nothing_does_not_read_as_passed() {
    let mut run = sample::run();
    run.scenarios.clear();
    run.gate = probity::record::Gate::default();
    let text = console(&run, Look::default());
    assert!(text.contains("0 scenarios: nothing was tested."), "{text}");
    assert!(!text.contains("Gate passed"), "{text}");
}
