//! Damaged and hostile input: nothing panics, nothing hangs, and the two judges of a resource do not contradict.

use probity::profile::json::Document;
use probity::profile::path::Path;
use probity::profile::{HeldTo, Library, Validator, schema};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

#[path = "../../examples/support/mutate.rs"]
mod mutate;

/// The inputs of the fuzz targets, from a seed, so that stable Rust runs them too.
const ROUNDS: usize = 600;

#[test]
fn a_damaged_record_is_judged_and_never_breaks_the_judge() {
    let records = probity::tenant::records("harbor", 61);
    let mut rng = StdRng::seed_from_u64(11);
    let validator = Validator::new(Library::embedded(), HeldTo::Guide);
    let mut caught = 0;
    for _ in 0..ROUNDS {
        let mut resource = records[rng.random_range(0..records.len())].clone();
        for _ in 0..rng.random_range(1..4) {
            mutate::damage(&mut resource, &mut rng);
        }
        let text = resource.to_string();
        let judgement = validator.judge(&Document::parse(&text).unwrap());
        for issue in &judgement.issues {
            assert!(text.get(issue.span.0..issue.span.1).is_some(), "the place is in the text: {issue:?}");
            assert!(resource.pointer(&issue.pointer).is_some(), "the pointer leads somewhere: {issue:?}");
        }
        caught += usize::from(!judgement.is_valid());
    }
    assert!(caught > ROUNDS / 2, "most damage is noticed: {caught} of {ROUNDS}");
}

#[test]
fn bytes_that_are_no_resource_are_refused_or_judged() {
    let record = probity::tenant::records("harbor", 61)[0].to_string();
    let mut rng = StdRng::seed_from_u64(12);
    let validator = Validator::new(Library::embedded(), HeldTo::Guide);
    for _ in 0..ROUNDS {
        let mut bytes = record.clone().into_bytes();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..3) {
                0 => bytes[at] = rng.random(),
                1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at + 1),
            }
        }
        if let Ok(text) = std::str::from_utf8(&bytes)
            && let Ok(document) = Document::parse(text)
        {
            validator.judge(&document);
        }
    }
}

#[test]
fn the_tree_and_serde_agree_on_what_is_json() {
    let record = probity::tenant::records("harbor", 61)[3].to_string();
    let mut rng = StdRng::seed_from_u64(13);
    for _ in 0..ROUNDS {
        let mut text = record.clone().into_bytes();
        let at = rng.random_range(0..text.len());
        text[at] = b" {}[]\",:0eE+-.tfn\\u"[rng.random_range(0..18)];
        let Ok(text) = std::str::from_utf8(&text) else { continue };
        let by_serde = serde_json::from_str::<Value>(text).is_ok();
        assert_eq!(Document::parse(text).is_ok(), by_serde, "{text}");
    }
}

#[test]
fn no_text_breaks_the_compiler_of_expressions() {
    let library = Library::embedded();
    let mut expressions: Vec<String> = Vec::new();
    for url in library.urls() {
        let constraints = library.structure(url).into_iter().flat_map(|s| s.root.constraints.iter());
        expressions.extend(constraints.map(|c| c.expression.clone()));
    }
    let mut rng = StdRng::seed_from_u64(14);
    for _ in 0..ROUNDS * 4 {
        let mut text: Vec<char> = expressions[rng.random_range(0..expressions.len())].chars().collect();
        for _ in 0..rng.random_range(1..5) {
            let at = rng.random_range(0..text.len());
            match rng.random_range(0..3) {
                0 => text[at] = char::from(rng.random_range(b' '..b'~')),
                1 => drop(text.remove(at)),
                _ => text.insert(at, ['(', ')', '\'', '.', '\\', '|', 'é'][rng.random_range(0..7)]),
            }
            if text.is_empty() {
                break;
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(error) = Path::compile(&text) {
            assert!(error.offset <= text.len());
        }
    }
}

#[test]
fn schemas_refuse_nothing_that_the_walk_accepts() {
    let schemas: std::collections::BTreeMap<_, _> = schema::all(Library::embedded()).collect();
    let mut compiled = std::collections::BTreeMap::new();
    let records = probity::tenant::records("meadow", 61);
    let mut rng = StdRng::seed_from_u64(15);
    for _ in 0..ROUNDS {
        let mut resource = records[rng.random_range(0..records.len())].clone();
        mutate::damage(&mut resource, &mut rng);
        let Some(url) = resource["meta"]["profile"][0].as_str().map(str::to_owned) else { continue };
        let Some(schema) = schemas.get(url.rsplit('/').next().unwrap()) else { continue };
        let second = compiled.entry(url.clone()).or_insert_with(|| jsonschema::validator_for(schema).unwrap());
        let text = resource.to_string();
        let first =
            Validator::new(Library::embedded(), HeldTo::These(vec![url])).judge(&Document::parse(&text).unwrap());
        if first.is_valid() {
            let errors: Vec<_> = second.iter_errors(&resource).map(|e| format!("{} {e}", e.instance_path())).collect();
            assert_eq!(errors, Vec::<String>::new(), "the walk accepts it: {text}");
        }
    }
}

#[test]
fn hostile_sizes_are_judged_in_time() {
    // A member many times, an id in many references, a long list: what grows faster than the text would show here.
    let many: String = (0..20_000).map(|n| format!("\"m{n}\":1,")).collect();
    let text = format!("{{{many}\"resourceType\":\"Patient\"}}");
    let validator = Validator::new(Library::embedded(), HeldTo::Guide);
    assert!(!validator.judge(&Document::parse(&text).unwrap()).is_valid());
    let entries: Vec<String> = (0..2_000)
        .map(|n| format!("{{\"fullUrl\":\"https://h.example/Patient/{n}\",\"resource\":{{\"resourceType\":\"Patient\",\"id\":\"{n}\"}}}}"))
        .collect();
    let text = format!("{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{}]}}", entries.join(","));
    let judged = Validator::new(Library::embedded(), HeldTo::Type).judge(&Document::parse(&text).unwrap());
    assert!(judged.is_valid(), "{:?}", judged.issues.first());
}

#[test]
fn no_bytes_break_the_reader_of_packages() {
    let definition = serde_json::json!({
        "resourceType": "StructureDefinition", "url": "http://hl7.org/fhir/StructureDefinition/Element", "name": "Element",
        "type": "Element", "kind": "complex-type", "snapshot": { "element": [{ "id": "Element", "path": "Element" }] },
    });
    let zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(zip);
    let text = definition.to_string();
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_cksum();
    tar.append_data(&mut header, "package/StructureDefinition-Element.json", text.as_bytes()).unwrap();
    let archive = tar.into_inner().unwrap().finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(16);
    for (name, whole) in [("x.tgz", archive), ("x.json", text.into_bytes())] {
        let path = folder.path().join(name);
        std::fs::write(&path, &whole).unwrap();
        assert!(probity::profile::package::read(&path).is_ok(), "{name} is right before the damage");
        for _ in 0..ROUNDS / 2 {
            let mut bytes = whole.clone();
            for _ in 0..rng.random_range(1..5) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
            bytes.truncate(rng.random_range(1..=bytes.len()));
            std::fs::write(&path, &bytes).unwrap();
            if let Ok(package) = probity::profile::package::read(&path) {
                let _ = probity::profile::compile::compile(&[package]);
            }
        }
    }
}
