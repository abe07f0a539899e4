//! The catalogue: every feature embedded, every requirement with a scenario, tables of another guide.

use super::catalogue::*;
use super::own::Own;
use super::requirements::Requirements;
use crate::profile::Library;
use crate::record::Strength;
use std::path::Path;

#[test]
fn every_feature_file_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
    let on_disk = Own::read(&root).unwrap();
    let below = |path: &String| Path::new(path).strip_prefix(&root).unwrap().display().to_string();
    let mut files: Vec<String> = on_disk.files.iter().map(|(path, _)| below(path)).collect();
    let mut embedded: Vec<String> =
        embedded_files(Library::embedded()).unwrap().into_iter().map(|(path, _)| path).collect();
    files.sort();
    embedded.sort();
    assert_eq!(files, embedded);
}

#[test]
fn every_requirement_has_a_scenario() {
    let catalogue = Catalogue::embedded().unwrap();
    for id in Requirements::read(Library::embedded()).unwrap().ids() {
        assert!(catalogue.scenarios().iter().any(|s| s.requirement.id == *id), "{id} has no scenario");
    }
}

#[test]
fn every_requirement_cites_a_section_that_a_reader_can_follow() {
    for scenario in Catalogue::embedded().unwrap().scenarios() {
        let requirement = &scenario.requirement;
        let followed = |source: &crate::record::Source| {
            source.section.is_some() && source.url.as_ref().is_some_and(|url| url.starts_with("https://"))
        };
        assert!(!requirement.sources.is_empty(), "{} has no source", requirement.id);
        assert!(requirement.sources.iter().all(followed), "{}: {:?}", requirement.id, requirement.sources);
    }
}

#[test]
fn another_version_of_the_guide_brings_its_own_tables() {
    let ids = |catalogue: &Catalogue| -> std::collections::BTreeSet<String> {
        catalogue.scenarios().iter().map(|s| s.requirement.id.to_string()).collect()
    };
    let embedded = ids(&Catalogue::embedded().unwrap());
    assert_eq!(embedded, ids(&Catalogue::derived(Library::embedded()).unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/us-core-6.1.0");
    for file in std::fs::read_dir(own).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let index = folder.path().join("index.json");
    let text = std::fs::read_to_string(&index).unwrap();
    let mut next: serde_json::Value = serde_json::from_str(&text).unwrap();
    let resources = next["resources"].as_object_mut().unwrap();
    resources["Goal"]["combinations"] = serde_json::json!({ "patient+description": "SHALL" });
    let specimen = resources.remove("Specimen").unwrap();
    resources.insert("Task".to_owned(), specimen);
    std::fs::write(&index, next.to_string()).unwrap();
    let provenance = folder.path().join("provenance.json");
    let text = std::fs::read_to_string(&provenance).unwrap();
    std::fs::write(&provenance, text.replace("\"6.1.0\"", "\"7.0.0\"")).unwrap();
    let library = Library::open(folder.path()).unwrap();
    let other = Catalogue::derived(&library).unwrap();
    let found = ids(&other);
    assert!(
        !found.contains("us-core.goal.search.patient+target-date")
            && found.contains("us-core.goal.search.patient+description")
    );
    assert!(!found.iter().any(|id| id.starts_with("us-core.specimen.")));
    let told =
        other.scenarios().iter().find(|s| s.requirement.id.as_str() == "us-core.goal.search.patient+description");
    assert_eq!(told.unwrap().requirement.strength, Strength::Shall);
    let cited = &told.unwrap().requirement.sources[0];
    assert_eq!(cited.specification, "US Core 7.0.0");
    assert!(cited.url.as_ref().unwrap().contains("/us/core/STU7/"), "{cited:?}");
    assert!(found.contains("us-core.task.capability") && found.contains("us-core.task.search._id"), "{found:?}");
}

#[test]
fn one_tag_selects_all_that_is_examined_of_us_core() {
    let catalogue = Catalogue::embedded().unwrap();
    let tagged: std::collections::BTreeSet<usize> =
        catalogue.select(&["@us-core".to_owned()]).unwrap().into_iter().collect();
    for (at, scenario) in catalogue.scenarios().iter().enumerate() {
        let (id, file) = (&scenario.requirement.id, &scenario.file);
        let own = file.starts_with("us-core/") || id.area() == "us-core";
        assert_eq!(tagged.contains(&at), own, "{id} in {file}");
    }
    let by_id = catalogue.select(&["us-core".to_owned()]).unwrap();
    assert!(by_id.len() < tagged.len() && by_id.iter().all(|at| tagged.contains(at)));
}
