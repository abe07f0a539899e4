//! The resources of one profile: which one to read, whether it is the same again, and whether everything is shown that a
//! guide wants to see.

use super::Observation;
use crate::chart::{Chart, Resolution, Resolved, target_of};
use crate::record::Element;
use crate::search::Group;
use crate::smart::covers;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Findings name so many things; the rest are counted.
pub const NAMED: usize = 6;

/// A list for a finding: the first few, then how many more.
pub fn listed(all: &[String]) -> String {
    let first = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > NAMED { format!("{first} and {} more", all.len() - NAMED) } else { first }
}

/// A resource that is known by a reference alone, since it could not be read.
pub struct Unread {
    /// Whose session referred to it: a position in the chart's people.
    pub person: usize,
    /// Its type and id.
    pub resource: Value,
    /// The exchange in which it was not to be had.
    pub number: Option<u32>,
}

/// A resource of a profile that only references tell of: none of its type that the record refers to could be read. Only of
/// a type with a single profile, since nothing else tells which one it would have; and only of this server (`is_local`).
pub fn unread(chart: &Chart, groups: &[Group], group: &Group, is_local: impl Fn(&str) -> bool) -> Option<Unread> {
    let alone = groups.iter().filter(|own| own.of == group.of).count() == 1;
    if !alone || !chart.claims(&group.of) || chart.resources.iter().any(|own| own.of == group.of) {
        return None;
    }
    let failed = |resolved: &Resolved| matches!(resolved.resolution, Resolution::Lost(_) | Resolution::Wrong(_));
    chart.resolved.iter().filter(|(_, resolved)| failed(resolved)).find_map(|((person, reference), resolved)| {
        let session = &chart.people.get(*person)?.session;
        let target = target_of(reference)?;
        let (of, id) = target.split_once('/').filter(|(of, _)| *of == group.of)?;
        (is_local(reference) && covers(session.scope(), of, 'r')).then(|| Unread {
            person: *person,
            resource: json!({ "resourceType": of, "id": id }),
            number: resolved.number,
        })
    })
}

/// Whether a read shows what a search showed: all but meta and the narrative.
pub fn same_content(shown: &Value, read: &Value, cites: Vec<u32>) -> Observation {
    let empty = serde_json::Map::new();
    let (shown, read) = (shown.as_object().unwrap_or(&empty), read.as_object().unwrap_or(&empty));
    let names = read.keys().chain(shown.keys()).filter(|name| !matches!(name.as_str(), "meta" | "text"));
    let other: BTreeSet<&str> = names.filter(|name| read.get(*name) != shown.get(*name)).map(String::as_str).collect();
    let observed = match other.is_empty() {
        true => "the same".to_owned(),
        false => format!("other content of {}", other.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ")),
    };
    Observation::new(other.is_empty(), "the content that the search showed", observed, cites)
}

/// Whether the records show all that a guide wants to see.
pub struct Demand {
    /// What was seen of it; none where there is nothing to tell.
    pub seen: Option<Observation>,
    /// Why it could not be told, where more data would: what to add.
    pub open: Option<String>,
}

/// Whether everything that is wanted was shown: `met` says in which exchange each was first seen, `open` what was not. What
/// is open is unmet only where the data was declared `complete`; elsewhere it is a reason to skip. `cites` serves where
/// nothing was met.
pub fn demand(met: &[(String, u32)], open: &[String], complete: bool, cites: &[u32]) -> Demand {
    let all = met.len() + open.len();
    let mut observed = format!("{} of {all} shown", met.len());
    if !open.is_empty() {
        observed += &format!("; not: {}", open.join(", "));
    }
    if !met.is_empty() {
        let list: Vec<String> = met.iter().map(|(what, number)| format!("{what} in #{number}")).collect();
        observed += &format!("; seen: {}", list.join(", "));
    }
    let numbers: BTreeSet<u32> = met.iter().map(|(_, number)| *number).collect();
    let numbers = if numbers.is_empty() { cites.to_vec() } else { numbers.into_iter().collect() };
    let shown = met.iter().map(|(what, number)| Element { name: what.clone(), seen: Some(*number) });
    let elements = shown.chain(open.iter().map(|what| Element { name: what.clone(), seen: None })).collect();
    if open.is_empty() || complete {
        let seen =
            Observation::new(open.is_empty(), "everything shown by the records", observed, numbers).about(elements);
        return Demand { seen: Some(seen), open: None };
    }
    // What was shown, and where, is known all the same.
    let seen = Observation::new(true, "what the records do show", observed, numbers).about(elements);
    let why = format!(
        "not shown by the records of the configured users, add data with: {} ({} of {all} shown)",
        open.join(", "),
        met.len()
    );
    Demand { seen: (!met.is_empty()).then_some(seen), open: Some(why) }
}
