//! The tables of Examples that a guide's index gives: searches, profiles, forms.

use crate::chart::pointers;
use crate::profile::Library;
use crate::record::Strength;
use crate::search::{granular_sets, groups, kebab, queried, strength};
use cucumber::gherkin::Feature;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Rows of an Examples table, the names of the columns first.
pub type Rows = Vec<Vec<String>>;

/// The tag that names a scenario outline's table.
pub(super) const TABLE: &str = "table:";
/// The tag that names the resource type of a feature.
const RESOURCE: &str = "resource:";

/// Includes that a server SHALL support once its data points to Medications outside the resource (US Core 6.1.0, the
/// pages of the two profiles), which its CapabilityStatement does not say.
const BY_EXTERNAL_REFERENCE: [&str; 2] = ["MedicationRequest:medication", "MedicationDispense:medication"];

/// The table `name` of a resource type; none if there is no such table.
pub fn table(library: &Library, of: &str, name: &str) -> Option<Rows> {
    let index = library.index().resources.get(of);
    let own: Vec<_> = groups(library).into_iter().filter(|group| group.of == of).collect();
    let head = |names: &[&str]| vec![names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>()];
    let word = |strength: Strength| strength.word().to_owned();
    let mut rows;
    match name {
        "searches" => {
            rows = head(&["group", "parameters", "strength"]);
            for group in &own {
                for (parameters, strength) in queried(library, of) {
                    rows.push(vec![group.name.clone(), parameters, word(strength)]);
                }
            }
        }
        "profiles" => {
            rows = head(&["group", "profile"]);
            rows.extend(own.iter().map(|group| vec![group.name.clone(), short(&group.profile)]));
        }
        "references" => {
            rows = head(&["group", "profile"]);
            let refers = own.iter().filter(|group| !pointers(library, &group.profile).is_empty());
            rows.extend(refers.map(|group| vec![group.name.clone(), short(&group.profile)]));
        }
        "reverse-includes" => {
            rows = head(&["group", "name", "include", "strength"]);
            for group in &own {
                for (include, level) in index.iter().flat_map(|index| &index.reverse_includes) {
                    let source = kebab(include.split(':').next().unwrap_or_default());
                    rows.push(vec![group.name.clone(), source, include.clone(), word(strength(level)?)]);
                }
            }
        }
        "includes" => {
            rows = head(&["name", "include", "strength"]);
            for (include, level) in index.iter().flat_map(|index| &index.includes) {
                let name: Vec<String> = include.split(':').skip(1).map(kebab).collect();
                let level = if BY_EXTERNAL_REFERENCE.contains(&include.as_str()) { "SHALL" } else { level };
                rows.push(vec![name.join("-"), include.clone(), word(strength(level)?)]);
            }
        }
        "granular" => {
            rows = head(&["set", "parameters", "strength"]);
            for (set, _) in granular_sets().iter().filter(|(_, types)| types.contains_key(of)) {
                rows.extend(queried(library, of).into_iter().map(|(own, level)| vec![set.clone(), own, word(level)]));
            }
        }
        "tokens" | "alternatives" | "dates" => rows = parameters(library, of, name),
        _ => return None,
    }
    Some(rows)
}

/// Names of profiles of the guide are short in tables; others are whole.
fn short(url: &str) -> String {
    url.strip_prefix("http://hl7.org/fhir/us/core/StructureDefinition/").unwrap_or(url).to_owned()
}

/// Parameters of a type's searches that can be asked in the forms of `table`.
fn parameters(library: &Library, of: &str, table: &str) -> Rows {
    let mut rows = vec![vec!["parameter".to_owned(), "strength".to_owned()]];
    let searches = queried(library, of);
    let names: BTreeSet<&str> = searches.iter().flat_map(|(all, _)| all.split('+')).collect();
    for name in names.into_iter().filter(|name| !matches!(*name, "patient" | "_id")) {
        let Some(parameter) = library.index().search_parameters.get(of).and_then(|own| own.get(name)) else { continue };
        let strength = match table {
            "tokens" if parameter.kind == "token" && has_system(library, of, &parameter.expression) => {
                Some(Strength::Shall)
            }
            "alternatives" => strength(&parameter.multiple_or).filter(|strength| *strength >= Strength::Should),
            "dates" => {
                let each = ["gt", "ge", "lt", "le"].map(|code| parameter.comparators.get(code).map(String::as_str));
                each.iter().all(|word| *word == Some("SHALL")).then_some(Strength::Shall)
            }
            _ => None,
        };
        // No form of a search is demanded more strongly than the search itself.
        let containing = searches.iter().filter(|(all, _)| all.split('+').any(|own| own == name));
        let reach = containing.map(|(_, strength)| *strength).max();
        let strength = strength.zip(reach).map(|(form, search)| form.min(search));
        rows.extend(strength.map(|strength| vec![name.to_owned(), strength.word().to_owned()]));
    }
    rows
}

/// Whether the element behind a token parameter carries the system of its code.
fn has_system(library: &Library, of: &str, expression: &str) -> bool {
    let path = expression.strip_prefix(of).map(|rest| rest.trim_start_matches('.'));
    let mut rule = library.type_(of).map(|structure| &structure.root);
    for name in path.unwrap_or_default().split('.') {
        rule = rule.and_then(|rule| rule.children.iter().find(|child| child.name == name));
    }
    rule.is_some_and(|rule| {
        rule.types.iter().any(|t| matches!(t.code.as_str(), "CodeableConcept" | "Coding" | "Identifier"))
    })
}

fn tagged<'t>(tags: &'t [String], prefix: &str) -> Option<&'t str> {
    tags.iter().find_map(|tag| tag.strip_prefix(prefix))
}

/// Puts the tables of `library` in the place of a feature's own; outlines that have nothing to say are left out.
pub(super) fn replace(feature: &mut Feature, library: &Library) {
    let Some(of) = tagged(&feature.tags, RESOURCE).map(str::to_owned) else { return };
    feature.scenarios.retain_mut(|scenario| {
        let Some(rows) = tagged(&scenario.tags, TABLE).and_then(|name| table(library, &of, name)) else { return true };
        let empty = rows.len() < 2;
        if let Some(own) = scenario.examples.first_mut().and_then(|examples| examples.table.as_mut()) {
            own.rows = rows;
        }
        !empty
    });
    // A type that the guide does not know has nothing to be asked for.
    if !library.index().resources.contains_key(&of) {
        feature.scenarios.clear();
    }
}

/// A feature file's text with the tables of `library`.
///
/// # Errors
/// A sentence, with the line, when a table tag cannot be followed.
pub(super) fn rewritten(text: &str, library: &Library) -> Result<String, String> {
    let Some(of) = text.lines().find_map(|line| word_after(line, "@resource:")) else { return Ok(text.to_owned()) };
    let mut out = String::new();
    let mut due: Option<Rows> = None;
    let mut within = false;
    for (number, line) in text.lines().enumerate() {
        if let Some(name) = word_after(line, "@table:") {
            let rows =
                table(library, of, name).ok_or_else(|| format!("line {}: there is no table {name}", number + 1))?;
            due = Some(rows);
        }
        let is_row = line.trim_start().starts_with('|');
        if within && is_row {
            continue;
        }
        within = false;
        let _ = writeln!(out, "{line}");
        if line.trim() == "Examples:"
            && let Some(rows) = due.take()
        {
            out.push_str(&rendered(&rows));
            within = true;
        }
    }
    Ok(out)
}

fn word_after<'t>(line: &'t str, tag: &str) -> Option<&'t str> {
    let at = line.trim_start().starts_with('@').then(|| line.find(tag)).flatten()?;
    line[at + tag.len()..].split_whitespace().next()
}

fn rendered(rows: &Rows) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |n: usize| rows.iter().filter_map(|row| row.get(n)).map(String::len).max().unwrap_or_default();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = (0..columns).map(|n| format!("{:<1$}", row[n], width(n))).collect();
        let _ = writeln!(out, "      | {} |", cells.join(" | "));
    }
    out
}
