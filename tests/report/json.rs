//! `run.json` and the journal: what is written can be read, and what cannot be read is refused for a stated reason.

use crate::sample;
use chrono::Duration;
use probity::record::{Entry, Run};
use probity::report::{Format, Look, ReadError, read, read_journal, render};
use serde_json::{Value, json};
use std::io::Cursor;

fn written(run: &Run) -> Vec<u8> {
    render(run, Format::Json, Look::default()).unwrap()
}

fn schema() -> jsonschema::Validator {
    let text = include_str!("../../profiles/protocol/run.schema.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "the schema itself is not a JSON Schema");
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn journal(run: &Run) -> Vec<Entry> {
    let mut entries = vec![Entry::Start(Box::new(run.start.clone()))];
    entries.extend(run.setup.iter().cloned().map(|s| Entry::Setup(Box::new(s))));
    entries.extend(run.exchanges.iter().map(|e| Entry::Exchange(Box::new(e.as_ref().clone()))));
    entries.extend(run.scenarios.iter().cloned().map(|s| Entry::Scenario(Box::new(s))));
    entries.push(Entry::End { finished: run.finished, interrupted: run.interrupted, saved: run.traffic.saved });
    entries
}

fn lines(entries: &[Entry]) -> String {
    entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect()
}

#[test]
fn a_written_run_is_read_back_as_it_was() {
    for run in [sample::run(), sample::interrupted()] {
        assert_eq!(read(Cursor::new(written(&run))).unwrap(), run);
    }
}

#[test]
fn runs_conform_to_the_schema() {
    let schema = schema();
    for run in [sample::run(), sample::interrupted()] {
        let value: Value = serde_json::from_slice(&written(&run)).unwrap();
        let errors: Vec<String> =
            schema.iter_errors(&value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn the_schema_knows_every_member() {
    let schema = schema();
    let value: Value = serde_json::from_slice(&written(&sample::run())).unwrap();
    let mut places = Vec::new();
    objects(&value, String::new(), &mut places);
    assert!(places.len() > 100);
    for place in places {
        let mut changed = value.clone();
        changed.pointer_mut(&place).unwrap()["surprise"] = json!(1);
        assert!(!schema.is_valid(&changed), "an unknown member passes at `{place}`");
    }
}

fn objects(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields.iter().filter(|(key, _)| *key != "outline") {
                objects(field, format!("{place}/{key}"), places);
            }
            places.push(place);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}

#[test]
fn a_run_of_a_newer_version_is_refused_even_when_the_rest_is_unknown() {
    let error = read(Cursor::new(r#"{"schema_version": 6, "everything": "else"}"#)).unwrap_err();
    assert_eq!(error, ReadError::Newer { found: 6 });
    assert!(error.to_string().contains("schema version 6"), "{error}");
    let mut whole = sample::run();
    whole.start.schema_version = 6;
    assert_eq!(read(Cursor::new(written(&whole))).unwrap_err(), ReadError::Newer { found: 6 });
    let mut newer = sample::run().start;
    newer.schema_version = 7;
    assert_eq!(
        read_journal(lines(&[Entry::Start(Box::new(newer))]).as_bytes()).unwrap_err(),
        ReadError::Newer { found: 7 }
    );
}

#[test]
fn an_error_tells_the_place_and_never_the_content() {
    let text = String::from_utf8(written(&sample::run())).unwrap();
    let damaged = text.replacen("\"requests\": 10", "\"requests\": \"Smith, born 1970-01-01\"", 1);
    let error = read(Cursor::new(damaged)).unwrap_err().to_string();
    assert!(error.contains(" at line "), "{error}");
    assert!(!error.contains("Smith"), "{error}");
    assert!(read(Cursor::new("not json")).unwrap_err().to_string().contains("this is not JSON at line 1, column 2"));
    assert!(read(Cursor::new("{}")).is_err());
}

#[test]
fn a_whole_journal_gives_the_run() {
    let run = sample::run();
    let (read, unread) = read_journal(lines(&journal(&run)).as_bytes()).unwrap();
    assert!(unread.is_empty());
    assert_eq!(read.counts(), run.counts());
    assert_eq!(read.exchanges, run.exchanges);
    assert!(!read.interrupted);
    assert!(!read.gate.failures.is_empty(), "a journal is judged, or a failed run would read as passed");
}

#[test]
fn a_journal_cut_off_in_its_last_line_gives_an_interrupted_run_of_the_rest() {
    let run = sample::run();
    let entries = journal(&run);
    let whole = lines(&entries[..10]);
    for cut in [whole.len() - 1, whole.len() - 40] {
        let (read, _) = read_journal(&whole.as_bytes()[..cut]).unwrap();
        assert!(read.interrupted);
        assert!(read.exchanges.len() >= 6);
        assert!(read.finished >= run.start.started + Duration::seconds(1));
    }
}

#[test]
fn a_journal_damaged_before_its_end_is_read_past_the_bad_line_and_is_not_finished() {
    let run = sample::run();
    let damaged = lines(&journal(&run)).replacen("\"entry\":\"exchange\"", "\"entry\":\"nothing\"", 1);
    let (read, unread) = read_journal(damaged.as_bytes()).unwrap();
    assert_eq!(unread, [4]);
    assert!(read.interrupted);
    assert_eq!(read.counts(), run.counts());
}

#[test]
fn an_end_with_fewer_scenarios_than_planned_is_no_end() {
    let mut entries = journal(&sample::run());
    let last = entries.iter().rposition(|entry| matches!(entry, Entry::Scenario(_))).unwrap();
    entries.remove(last);
    assert!(read_journal(lines(&entries).as_bytes()).unwrap().0.interrupted);
}

#[test]
fn a_journal_without_a_start_is_refused() {
    assert_eq!(read_journal(&b""[..]).unwrap_err(), ReadError::NoStart);
    assert_eq!(read_journal(&b"{\"entry\":\"sta"[..]).unwrap_err(), ReadError::NoStart);
}
