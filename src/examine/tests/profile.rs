//! Resources of one profile, and why nothing is known of one.

use super::super::absence::{not_shown, unknowable};
use super::super::profile::{demand, listed, same_content, unread};
use super::*;
use crate::chart::{Resolution, Resolved};
use crate::record::Cause;

#[test]
fn a_read_shows_what_the_search_showed_but_for_meta_and_narrative() {
    let own = condition("a", "1");
    let newer = with(with(own.clone(), "meta", json!({ "versionId": "2" })), "text", json!({ "status": "generated" }));
    assert!(same_content(&own, &newer, vec![]).met);
    let seen = same_content(&own, &with(newer, "code", json!({ "text": "other" })), vec![1]);
    assert_eq!((seen.met, seen.observed.as_str()), (false, "other content of code"));
    assert!(!same_content(&own, &Value::Null, vec![]).met);
    assert!(!same_content(&own, &with(own.clone(), "note", json!([])), vec![]).met);
}

#[test]
fn what_is_not_shown_is_unmet_only_where_the_data_is_complete() {
    let met = [("code".to_owned(), 12)];
    let open = ["onset".to_owned()];
    let whole = demand(&met, &[], false, &[1]);
    assert!(whole.seen.is_some_and(|seen| seen.met && seen.cites == [12]) && whole.open.is_none());
    let declared = demand(&met, &open, true, &[1]);
    assert!(declared.seen.is_some_and(|seen| !seen.met) && declared.open.is_none());
    let partly = demand(&met, &open, false, &[1]);
    assert!(partly.seen.is_some_and(|seen| seen.met && seen.expected == "what the records do show"));
    assert!(partly.open.is_some_and(|why| why.ends_with("add data with: onset (1 of 2 shown)")));
    let nothing = demand(&[], &open, false, &[1]);
    assert!(nothing.seen.is_none() && nothing.open.is_some());
}

#[test]
fn a_long_list_is_cut_and_counted() {
    let all: Vec<String> = (1..=8).map(|n| n.to_string()).collect();
    assert_eq!(listed(&all[..2]), "1, 2");
    assert_eq!(listed(&all), "1, 2, 3, 4, 5, 6 and 2 more");
}

#[test]
fn a_resource_that_only_a_reference_tells_of_is_one_to_read() {
    let group = group("location");
    let lost = Resolved { resolution: Resolution::Lost(404), number: Some(9) };
    let mut record = Record::of(&[]);
    record.chart.resolved.insert((0, "Location/l".to_owned()), lost);
    let found = |record: &Record, local: bool| unread(&record.chart, &GROUPS, &group, |_| local);
    let one = found(&record, true).expect("a reference");
    assert_eq!((reference_to(&one.resource).as_str(), one.number), ("Location/l", Some(9)));
    assert!(found(&record, false).is_none(), "another server's resource is not this one's to show");
    let seen = record.shown(0, &json!({ "resourceType": "Location", "id": "m" }));
    assert!(found(&seen, true).is_none());
}

#[test]
fn nobody_can_know_what_no_session_may_see() {
    let nobody = Record::default();
    let cause = |record: &Record| unknowable(&record.chart, "Condition").map(|absence| absence.cause);
    assert_eq!(cause(&nobody), Some(Cause::NotConfigured));
    let mut locked_out = Record::default();
    locked_out.chart.troubles.push("user a: the server refuses the user's name or password".to_owned());
    assert_eq!(cause(&locked_out), Some(Cause::Blocked));
    let narrow = Record::default().person("p", "patient/Patient.rs");
    assert_eq!(cause(&narrow), Some(Cause::NotShown));
    let mut record = Record::of(&[]);
    assert_eq!(unknowable(&record.chart, "Condition"), None);
    record.chart.claimed = Some(vec!["Patient".to_owned()]);
    assert_eq!(cause(&record), Some(Cause::NotApplicable));
}

#[test]
fn a_search_without_an_end_leaves_it_untested_and_one_that_failed_says_so() {
    let endless = Record::of(&[]).gathered("Condition", Pages { end: End::Endless, ..pages(&[searchset_of(&[])]) });
    assert_eq!(not_shown(&endless.chart, "Condition", "x").cause, Cause::NoAnswer);
    let failed = Record::of(&[]).gathered("Condition", refused(500));
    let absence = not_shown(&failed.chart, "Condition", "x");
    let why = format!("x is not known: the search for Condition ended with status 500 (#{PAGE})");
    assert_eq!((absence.cause, absence.why), (Cause::Blocked, why));
    let whole = Record::of(&[]).gathered("Condition", pages(&[searchset_of(&[])]));
    let absence = not_shown(&whole.chart, "Condition", "x");
    let why = "not shown by the records of the configured users: x".to_owned();
    assert_eq!((absence.cause, absence.why), (Cause::NotShown, why));
}
