//! Compiled profiles against what they were compiled from.

use std::path::Path;

use probity::profile::compile::compile;
use probity::profile::{Library, package, schema};
use serde_json::{Value, json};

use crate::record;
use crate::require::{r4_definitions, us_core};

fn definitions(folder: &Path, files: &[(&str, Value)]) {
    for (name, value) in files {
        std::fs::write(folder.join(name), value.to_string()).unwrap();
    }
}

/// The least of a FHIR: an element, and a resource with one constraint.
fn tiny(expression: &str) -> Vec<(&'static str, Value)> {
    let structure = |name: &str, kind: &str, elements: Value| {
        json!({
            "resourceType": "StructureDefinition", "url": format!("http://hl7.org/fhir/StructureDefinition/{name}"),
            "name": name, "type": name, "kind": kind, "abstract": false, "fhirVersion": "4.0.1",
            "snapshot": { "element": elements },
        })
    };
    let root = |name: &str| json!({ "id": name, "path": name, "min": 0, "max": "*" });
    let mut with_rule = root("Thing");
    with_rule["constraint"] = json!([{ "key": "thing-1", "severity": "error", "expression": expression }]);
    vec![
        ("StructureDefinition-Element.json", structure("Element", "complex-type", json!([root("Element")]))),
        ("StructureDefinition-Thing.json", structure("Thing", "resource", json!([with_rule]))),
    ]
}

#[test]
fn the_same_package_compiles_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    definitions(folder.path(), &tiny("id.exists()"));
    let once = compile(&[package::read(folder.path()).unwrap()]).unwrap().files().unwrap();
    let again = compile(&[package::read(folder.path()).unwrap()]).unwrap().files().unwrap();
    assert_eq!(once, again);
}

#[test]
fn an_archive_is_read_as_its_folder_is() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("package");
    std::fs::create_dir(&inner).unwrap();
    definitions(&inner, &tiny("id.exists()"));
    let archive = folder.path().join("thing.tgz");
    let zip = flate2::write::GzEncoder::new(std::fs::File::create(&archive).unwrap(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(zip);
    tar.append_dir_all("package", &inner).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    let from_archive = package::read(&archive).unwrap();
    assert_eq!(from_archive.source, package::read(folder.path()).unwrap().source);
}

#[test]
fn a_constraint_that_cannot_be_evaluated_is_told_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    definitions(folder.path(), &tiny("id.conformsTo('x')"));
    let compiled = compile(&[package::read(folder.path()).unwrap()]).unwrap();
    let [left] = compiled.provenance.not_evaluated.as_slice() else { panic!("one rule is left open") };
    assert_eq!(left.rule.rule, "thing-1");
    assert!(left.rule.reason.contains("conformsTo()"), "{}", left.rule.reason);
}

#[test]
fn a_damaged_package_is_refused_with_place_and_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let refused = || package::read(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(refused().contains("holds no StructureDefinition"), "{}", refused());
    std::fs::write(folder.path().join("StructureDefinition-x.json"), "{\n \"a\" 1 }").unwrap();
    assert!(
        refused().contains("StructureDefinition-x.json is not JSON") && refused().contains("line 2"),
        "{}",
        refused()
    );
    let mut files = tiny("id.exists()");
    files[1].1.as_object_mut().unwrap().shift_remove("snapshot");
    files.push(("StructureDefinition-x.json", json!({})));
    definitions(folder.path(), &files);
    let error = compile(&[package::read(folder.path()).unwrap()]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("Thing has no snapshot"), "{error}");
    let broken = folder.path().join("broken.tgz");
    std::fs::write(&broken, b"this is no archive").unwrap();
    assert!(package::read(&broken).is_err());
}

#[test]
fn the_embedded_profiles_are_what_the_package_compiles_to() {
    let Some(us_core) = us_core() else { return };
    let read = package::read(&us_core).unwrap();
    let recorded = &Library::embedded().provenance().packages;
    assert!(recorded.contains(&read.source), "the embedded profiles were compiled from this very package");
    // R4's own definitions come from a registry; whoever has them compares all bytes with `profiles compile --check`.
    let Some(base) = r4_definitions() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let packages = [base, root.join("supplement"), us_core];
    let packages: Vec<_> = packages.iter().map(|p| package::read(p).unwrap()).collect();
    for (name, content) in compile(&packages).unwrap().files().unwrap() {
        let committed = std::fs::read_to_string(root.join("us-core-6.1.0").join(name)).unwrap();
        assert!(committed == content, "{name} differs: compile it again");
    }
}

#[test]
fn the_embedded_profiles_leave_no_rule_out_and_name_every_open_value_set() {
    let library = Library::embedded();
    assert!(library.provenance().not_evaluated.is_empty());
    assert_eq!(library.urls().filter(|u| library.structure(u).is_none()).count(), 0, "every line can be read");
    let us_core = library.urls().filter(|u| u.starts_with("http://hl7.org/fhir/us/core/StructureDefinition/"));
    assert_eq!(us_core.count(), 59);
    assert_eq!(library.index().resources.len(), 31);
    assert!(library.provenance().open_value_sets.len() < 45);
}

#[test]
fn a_folder_of_compiled_profiles_is_opened_or_refused_by_its_line() {
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/us-core-6.1.0");
    assert!(Library::open(&compiled).is_ok());
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&compiled).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let terms = folder.path().join("terms.jsonl");
    let text = std::fs::read_to_string(&terms).unwrap();
    std::fs::write(&terms, text.replacen("\"include\"", "\"inclode\"", 1)).unwrap();
    let error = Library::open(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("terms.jsonl, line ") && error.contains("compile the folder again"), "{error}");
}

#[test]
fn exported_schemas_accept_what_the_walk_accepts() {
    let library = Library::embedded();
    let schemas: std::collections::BTreeMap<_, _> = schema::all(library).collect();
    for profile in ["us-core-patient", "us-core-blood-pressure", "us-core-observation-lab", "us-core-medicationrequest"]
    {
        let validator = jsonschema::validator_for(&schemas[profile]).unwrap();
        let mut resource = record(profile);
        let errors: Vec<_> = validator.iter_errors(&resource).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{profile}");
        resource["favouriteColour"] = json!("blue");
        assert!(!validator.is_valid(&resource), "{profile}: an unknown member");
    }
    let pressure = jsonschema::validator_for(&schemas["us-core-blood-pressure"]).unwrap();
    let mut half = record("us-core-blood-pressure");
    half["component"].as_array_mut().unwrap().remove(0);
    assert!(!pressure.is_valid(&half), "a missing slice");
}
