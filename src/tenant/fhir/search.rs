//! Searches: parameters from query and form, criteria, candidates, totals.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::family::{Asked, Interaction, Reading};
use super::guard::{Guard, Need};
use super::matching::Criterion;
use super::outcome::{Answer, Refusal};
use super::page::{self, Page};
use super::query::Query;
use super::request::FhirRequest;
use super::store::Store;
use super::{include, table};
use crate::tenant::access::Access;
use crate::tenant::entry::Entry;
use crate::tenant::fault::Faults;

/// Parameters about the answer, not about what matches; of these only some show in the self link.
const CONTROLS: [&str; 7] = ["_format", "_pretty", "_total", "_summary", "_count", "_include", "_revinclude"];

/// Answers a search of one type, below `compartment` when that names a patient.
pub(super) fn run(
    store: &Store,
    faults: &Faults,
    access: &Access,
    request: &FhirRequest,
    kind: &str,
    compartment: Option<&str>,
) -> Result<Answer, Refusal> {
    let query = Query::read(request)?;
    let members = store.members();
    let mut guard = Guard { store, access, faults, lifted: false };
    let own = guard.patient();
    let post = request.method == Method::POST;
    let asked = Asked { kind, query: &query, patient: own.as_deref(), post, compartment: compartment.is_some() };
    if members.any(|member| member.crashes(&asked)) {
        return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the search failed"));
    }
    let interaction = Interaction::of(&asked);
    guard.lifted = members.any(|member| member.lifts(interaction));
    let counts = query.value("_summary") == Some("count");
    if !guard.granted(kind, Need::Search) {
        if counts && faults.on("scope.counts-unchecked") {
            let own = |entry: &&Entry| entry.kind == kind && entry.owner.is_some() && entry.owner == access.patient;
            let total = store.entries().iter().filter(own).count();
            return Ok(Answer::ok(
                serde_json::json!({ "resourceType": "Bundle", "type": "searchset", "total": total }),
            ));
        }
        return Err(Refusal::scope(faults, kind));
    }
    // The defect: a link to a next page is served as it stands, whoever's it is.
    let turned = query.value(page::CURSOR).is_some() && faults.on("page.links-unsigned");
    guard.lifted |= turned;
    let mut search = prepare(&guard, request, kind, &query)?;
    search.nothing |= members.any(|member| member.finds_nothing(&asked));
    let fits = |entry: &&Entry| {
        entry.kind == kind
            && compartment.is_none_or(|id| entry.owner.as_deref() == Some(id))
            && !search.nothing
            && search.criteria.iter().all(|c| c.matches(entry.searched()))
    };
    let mut matches: Vec<&Entry> =
        store.entries().iter().filter(fits).filter(|e| guard.sees(e, Need::Search)).collect();
    if guard.is_granular(kind) && faults.on("granular.search-crashes") {
        return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the scopes cannot be applied"));
    }
    if guard.is_granular(kind) && faults.on("granular.leaves-out") {
        matches.pop();
    }
    if faults.on("granular.category-missed") {
        matches.retain(|e| !guard.within_last_constraint(e));
    }
    if search.used.iter().any(|(name, _)| members.any(|member| member.omits(kind, name))) {
        matches.pop();
    }
    let canary = members.any(|member| member.lifts(Interaction::Canary));
    if canary && kind == "Condition" && !post && query.value("patient") == own.as_deref() {
        let foreign = |e: &&Entry| e.kind == kind && e.owner.is_some() && e.owner != own;
        matches.extend(store.entries().iter().find(foreign));
    }
    let session = page::session(access, &search.used, kind, compartment);
    let whole = members.any(|member| member.pages_whole(kind));
    let mut page = match Page::of(&query, &session, matches.len(), whole) {
        Err(_) if turned => Page::of(&query.without(page::CURSOR), &session, matches.len(), whole)?,
        page => page?,
    };
    if page.from > 0 {
        page.from = members.iter().fold(page.from, |from, member| member.begins(kind, from));
    }
    let shown = matches.get(page.from..page.to).unwrap_or_default();
    let included = include::run(&guard, kind, &query, shown, request.prefers_strict())?;
    let path = match compartment {
        Some(id) => format!("{}/Patient/{id}/{kind}", request.base),
        None => format!("{}/{kind}", request.base),
    };
    let mut bundle = page.bundle(&request.base, &path, &search.used, &session, shown, &included);
    members.iter().for_each(|member| member.bundle(&asked, &mut bundle));
    Ok(Answer::ok(bundle))
}

struct Search {
    criteria: Vec<Criterion>,
    /// Parameters that were applied, for the self link.
    used: Vec<(String, String)>,
    /// A fault reads a value so that nothing has it.
    nothing: bool,
}

fn prepare(guard: &Guard<'_>, request: &FhirRequest, kind: &str, query: &Query) -> Result<Search, Refusal> {
    let (faults, members) = (guard.faults, guard.store.members());
    let mut search = Search { criteria: Vec::new(), used: Vec::new(), nothing: false };
    let row = table::types().get(kind).ok_or_else(Refusal::unknown_type)?;
    for (written, value) in &query.0 {
        let (name, modifier) = written.split_once(':').map_or((written.as_str(), None), |(n, m)| (n, Some(m)));
        if written == page::CURSOR {
            continue;
        }
        if CONTROLS.contains(&name) {
            let applied = !["_format", "_pretty"].contains(&name) && (name != "_summary" || value == "count");
            if applied {
                search.used.push((written.clone(), value.clone()));
            }
            continue;
        }
        if let Some((reference, inner)) = name.split_once('.')
            && CHAINS.contains(&(kind, reference, inner))
            && !faults.on("chain.refused")
        {
            search.used.push((written.clone(), value.clone()));
            search.criteria.extend(chained(guard, request, kind, (reference, inner), value)?);
            continue;
        }
        if name == "_has" || name.contains('.') || modifier.is_some_and(|m| m.contains('.')) {
            return Err(Refusal::unsupported("chained and reverse chained parameters are not supported"));
        }
        let Some(parameter) = row.parameter(name) else {
            let strict = request.prefers_strict() && !faults.on("errors.strict-ignored");
            let unknown = name.starts_with("probity-") && faults.on("errors.lenient-ignored");
            if strict || unknown {
                return Err(Refusal::unsupported(
                    "a parameter is not supported; leave it out or prefer lenient handling",
                ));
            }
            continue;
        };
        if kind == "Patient" && name == "_id" && faults.on("patient.search-id-refused") {
            return Err(Refusal::unsupported("_id is not supported"));
        }
        if members.any(|member| member.ignores(kind, name)) {
            continue;
        }
        if value.is_empty() {
            continue;
        }
        search.used.push((written.clone(), value.clone()));
        let value = match members.iter().find_map(|member| member.reads(kind, name, value)) {
            None => value.clone(),
            Some(Reading::As(other)) => other,
            Some(Reading::Nothing) => {
                search.nothing = true;
                continue;
            }
        };
        let criterion = Criterion::parse(name, modifier, &value, parameter, &request.base).map_err(|refusal| {
            if faults.on("errors.bad-value-crashes") {
                return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "unexpected value");
            }
            refusal
        })?;
        search.criteria.push(criterion);
    }
    Ok(search)
}

/// Chained parameters: type, reference parameter, parameter of what it refers to.
const CHAINS: [(&str, &str, &str); 2] =
    [("PractitionerRole", "practitioner", "identifier"), ("PractitionerRole", "practitioner", "name")];

/// The criterion that a reference leads to one of the resources with that value; none where a fault overlooks the chain.
fn chained(
    guard: &Guard<'_>,
    request: &FhirRequest,
    kind: &str,
    (reference, inner): (&str, &str),
    value: &str,
) -> Result<Option<Criterion>, Refusal> {
    let target = "Practitioner";
    let (own, other) = (table::types().get(kind), table::types().get(target));
    let (Some(own), Some(other)) =
        (own.and_then(|row| row.parameter(reference)), other.and_then(|row| row.parameter(inner)))
    else {
        return Err(Refusal::unsupported("this chain is not supported"));
    };
    if guard.faults.on("chain.overlooked") {
        return Ok(None);
    }
    let wanted = Criterion::parse(inner, None, value, other, &request.base)?;
    let found = guard.store.entries().iter().filter(|e| e.kind == target && wanted.matches(e.searched()));
    let all: Vec<String> = found.map(Entry::reference).collect();
    let all = if all.is_empty() { format!("{target}/nobody") } else { all.join(",") };
    Criterion::parse(reference, None, &all, own, &request.base).map(Some)
}

/// `$docref`: references to the current documents of a patient, by type and period when these are given.
pub(super) fn docref(
    store: &Store,
    faults: &Faults,
    access: &Access,
    request: &FhirRequest,
) -> Result<Answer, Refusal> {
    let guard = Guard { store, access, faults, lifted: false };
    let kind = "DocumentReference";
    if !guard.granted(kind, Need::Search) {
        return Err(Refusal::scope(faults, kind));
    }
    let query = Query::read(request)?;
    let patient = query.value("patient").ok_or_else(|| Refusal::invalid("$docref needs the parameter patient"))?;
    let row = table::types().get(kind).ok_or_else(Refusal::unknown_type)?;
    let renamed =
        [("patient", "patient", ""), ("type", "type", ""), ("start", "period", "ge"), ("end", "period", "le")];
    let mut criteria = Vec::new();
    for (given, name, prefix) in renamed {
        let Some(value) = query.value(given).filter(|v| !v.is_empty()) else { continue };
        if let Some(parameter) = row.parameter(name) {
            let value = format!("{prefix}{value}");
            criteria.push(Criterion::parse(name, None, &value, parameter, &request.base)?);
        }
    }
    let current = |e: &&Entry| {
        e.kind == kind
            && guard.sees(e, Need::Search)
            && (e.body.get("status").is_some_and(|s| s == "current") || faults.on("docref.superseded-too"))
            && criteria.iter().all(|c| c.matches(&e.body))
    };
    let none = faults.on("docref.none");
    let found: Vec<&Entry> = store.entries().iter().filter(|e| !none && current(e)).collect();
    let link = format!("{}/{kind}/$docref?patient={}", request.base, page::encode(patient));
    let entries: Vec<Value> = found.iter().map(|e| page::entry(&request.base, e, "match")).collect();
    let mut bundle = json!({
        "resourceType": "Bundle", "type": "searchset", "total": found.len(),
        "link": [{ "relation": "self", "url": link }],
    });
    // An array in FHIR JSON is absent or has something in it.
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    Ok(Answer::ok(bundle))
}
