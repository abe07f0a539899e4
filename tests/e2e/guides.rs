//! Other guides than the embedded one: their definitions compile, list, run, and find faults, by data alone.

use crate::definitions::{Definitions, US_CORE};
use crate::{Foreign, probity, ran};
use probity::profile::Library;
use probity::suite::Catalogue;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What a version of US Core lacks of 6.1.0, as far as it matters here.
struct Guide {
    version: &'static str,
    types: &'static [&'static str],
    profiles: &'static [&'static str],
}

const BEFORE_SURVEYS: [&str; 2] = ["us-core-observation-screening-assessment", "us-core-simple-observation"];
const BEFORE_ORDERS: [&str; 6] =
    ["Coverage", "MedicationDispense", "QuestionnaireResponse", "RelatedPerson", "ServiceRequest", "Specimen"];

const GUIDES: [Guide; 5] = [
    Guide { version: "3.1.1", types: &BEFORE_ORDERS, profiles: &BEFORE_SURVEYS },
    Guide { version: "4.0.0", types: &BEFORE_ORDERS, profiles: &BEFORE_SURVEYS },
    Guide {
        version: "5.0.1",
        types: &["Coverage", "MedicationDispense", "Specimen"],
        profiles: &["us-core-simple-observation"],
    },
    Guide { version: "7.0.0", types: &[], profiles: &[] },
    Guide { version: "8.0.0", types: &[], profiles: &[] },
];

/// A stand-in for a type that a later guide may add: no Rust of ours names it.
const NEW: &str = "FamilyMemberHistory";

/// The definitions of a guide, as far as they matter here.
fn definitions(own: &Guide) -> Definitions {
    let mut guide = Definitions::embedded();
    own.version.clone_into(&mut guide.version);
    own.types.iter().for_each(|of| guide.without_type(of));
    own.profiles.iter().for_each(|id| guide.without_profile(id));
    if own.version == "8.0.0" {
        let element = |name: &str, of: &str| {
            let id = format!("{NEW}.{name}");
            json!({ "id": id, "path": id, "min": 1, "max": "1", "mustSupport": true, "type": [{ "code": of }] })
        };
        let mut patient = element("patient", "Reference");
        patient["type"][0]["targetProfile"] = json!([format!("{US_CORE}StructureDefinition/us-core-patient")]);
        let root = json!({ "id": NEW, "path": NEW, "min": 0, "max": "*" });
        let elements = json!([root, element("status", "code"), patient, element("relationship", "CodeableConcept")]);
        let said = json!({
            "expectation": "SHALL",
            "interactions": [
                { "code": "search-type", "expectation": "SHALL" },
                { "code": "read", "expectation": "SHALL" },
            ],
            "parameters": { "patient": "SHALL", "status": "MAY" },
            "combinations": { "patient+status": "SHOULD" },
            "includes": {}, "reverse_includes": { "Provenance:target": "SHALL" }, "operations": {},
        });
        guide.with_type(NEW, "us-core-familymemberhistory", elements, said);
        guide.resources()["Goal"]["combinations"]["patient+description"] = json!("SHALL");
    }
    guide
}

/// The folder of a guide's rules, compiled by the binary once for all tests.
fn compiled(version: &str) -> PathBuf {
    static FOLDERS: [OnceLock<PathBuf>; GUIDES.len()] = [const { OnceLock::new() }; GUIDES.len()];
    let at = GUIDES.iter().position(|guide| guide.version == version).unwrap();
    let folder = FOLDERS[at].get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("guide-{version}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let [base, guide] = definitions(&GUIDES[at]).write(&folder);
        let (code, out, err) = ran(&mut probity(&folder, &["profiles", "compile", &base, &guide, "--out", "compiled"]));
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains(&format!("read hl7.fhir.us.core {version}")), "{out}");
        assert!(out.contains(" 0  rules that cannot be evaluated"), "{out}");
        folder.join("compiled")
    });
    folder.clone()
}

/// What `probity list` names.
fn listed(profiles: &Path) -> BTreeSet<String> {
    let (code, out, err) = ran(&mut probity(profiles, &["list", "--profiles", profiles.to_str().unwrap()]));
    assert_eq!(code, 0, "{out}{err}");
    out.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The last parts of the ids of a type's scenarios.
fn of_type<'i>(ids: &'i BTreeSet<String>, of: &str) -> Vec<&'i str> {
    let start = format!("us-core.{}.", probity::search::kebab(of));
    ids.iter().filter_map(|id| id.strip_prefix(&start)).collect()
}

#[test]
fn definitions_made_from_the_committed_rules_compile_to_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let [base, guide] = Definitions::embedded().write(folder.path());
    let (code, out, err) = ran(&mut probity(folder.path(), &["profiles", "compile", &base, &guide, "--out", "again"]));
    assert_eq!(code, 0, "{out}{err}");
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/us-core-6.1.0");
    for name in ["structures.jsonl", "systems.jsonl", "index.json"] {
        let read = |folder: &Path| std::fs::read_to_string(folder.join(name)).unwrap();
        let (again, before) = (read(&folder.path().join("again")), read(&committed));
        let differs = again.lines().zip(before.lines()).find(|(again, before)| again != before);
        assert!(again == before, "{name}: {differs:?}");
    }
}

/// The types that ids name, of those that 6.1.0 has.
fn types(ids: &BTreeSet<String>) -> BTreeSet<&'static str> {
    let all = Library::embedded().index().resources.keys().map(String::as_str);
    all.filter(|of| !of_type(ids, of).is_empty()).collect()
}

#[test]
fn every_version_of_the_guide_compiles_and_lists_its_own_types_and_cites_itself() {
    let ids = |catalogue: &Catalogue| catalogue.scenarios().iter().map(|s| s.requirement.id.to_string()).collect();
    let embedded: BTreeSet<String> = ids(&Catalogue::embedded().unwrap());
    let examine = |guide: &Guide| {
        let version = guide.version;
        let catalogue = Catalogue::derived(&Library::open(&compiled(version)).unwrap()).unwrap();
        let own = ids(&catalogue);
        let expected: BTreeSet<&str> = types(&embedded).into_iter().filter(|of| !guide.types.contains(of)).collect();
        assert_eq!(types(&own), expected, "{version}");
        assert_eq!(of_type(&own, NEW).is_empty(), version != "8.0.0", "{version}");
        let gone = |id: &&str| own.iter().any(|scenario| scenario.contains(&id.replace("us-core-", ".")));
        assert_eq!(guide.profiles.iter().find(|id| gone(id)), None, "{version}");
        let name = format!("US Core {version}");
        for scenario in catalogue.scenarios() {
            let id = &scenario.requirement.id;
            let cited = scenario.requirement.sources.iter().map(|source| source.specification.as_str());
            let other = cited.into_iter().find(|cited| cited.starts_with("US Core") && *cited != name);
            assert_eq!(other, None, "{id} of {version}");
            let said = format!("{} {}", scenario.name, scenario.requirement.text);
            assert!(!said.contains("6.1.0"), "{id} of {version}: {said}");
        }
        own
    };
    let listed_whole = |guide: &Guide| (guide.version == "3.1.1").then(|| listed(&compiled(guide.version)));
    std::thread::scope(|scope| {
        for guide in &GUIDES {
            scope.spawn(move || {
                let own = examine(guide);
                assert!(listed_whole(guide).is_none_or(|listed| listed == own), "{}", guide.version);
            });
        }
    });
}

#[test]
fn the_features_that_are_written_for_reading_name_the_guide() {
    let profiles = compiled("3.1.1");
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["profiles", "features", "features", "--profiles", profiles.to_str().unwrap()];
    let (code, out, err) = ran(&mut probity(folder.path(), &arguments));
    assert_eq!(code, 0, "{out}{err}");
    let files: Vec<_> = std::fs::read_dir(folder.path().join("features/us-core")).unwrap().collect();
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(text.contains("US Core 3.1.1") && !text.contains("6.1.0"), "{text}");
    }
}

#[test]
fn a_type_that_only_the_later_guide_has_gets_every_scenario_that_its_demands_ask_for() {
    let ids = listed(&compiled("8.0.0"));
    assert_eq!(
        of_type(&ids, NEW),
        [
            "capability",
            "claimed-searches",
            "conforms",
            "must-support",
            "paging",
            "patient-reference",
            "post",
            "read",
            "references",
            "revinclude.provenance",
            "search.patient",
            "search.patient+status",
            "searchset",
        ]
    );
}

/// Runs the binary with a guide's rules and returns its exit code and what it wrote.
fn run(version: &str, command: impl Fn(&Path, &[&str]) -> std::process::Command, wanted: &[&str]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let profiles = compiled(version);
    let mut arguments = vec!["run", "-q", "--format", "json", "--out", "out", "--profiles", profiles.to_str().unwrap()];
    arguments.extend(wanted);
    let (code, out, err) = ran(&mut command(folder.path(), &arguments));
    let text = std::fs::read_to_string(folder.path().join("out/run.json"));
    (code, serde_json::from_str(&text.unwrap_or_else(|_| panic!("no report: {out}{err}"))).unwrap())
}

/// The scenarios of a run that ended so.
fn ended(run: &Value, verdict: &str) -> BTreeSet<String> {
    let all = run["scenarios"].as_array().unwrap().iter();
    all.filter(|s| s["verdict"] == verdict).map(|s| s["requirement"]["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_embedded_tenant_passes_against_an_earlier_and_a_later_guide() {
    // A part of each: the derived guides lead to fewer resources of other types than a published one would.
    let earlier: &[&str] = &["us-core.goal", "us-core.care-team", "us-core.procedure", "us-core.smokingstatus"];
    let later: &[&str] = &["us-core.goal", "us-core.patient", "us-core.family-member-history"];
    for (version, wanted) in [("3.1.1", earlier), ("8.0.0", later)] {
        let (code, run) = run(version, probity, wanted);
        let skipped = ended(&run, "skip");
        let passed = ended(&run, "pass");
        assert_eq!((code, run["scenarios"].as_array().unwrap().len()), (0, skipped.len() + passed.len()), "{version}");
        assert!(passed.contains("us-core.goal.search.patient+description"), "{version}: {passed:?}");
        // The embedded tenant does not claim the new type. Where a guide lets references lead anywhere, nobody follows them,
        // and an include may have nothing to show. Neither is a failure.
        let explained = skipped.iter().filter(|id| id.contains(".include.")).count() + of_type(&skipped, NEW).len();
        assert_eq!(explained, skipped.len(), "{version}: {skipped:?}");
        assert_eq!(of_type(&skipped, NEW).is_empty(), version == "3.1.1", "{version}");
        let text = run.to_string();
        assert!(text.contains(&format!("US Core {version}")) && !text.contains("US Core 6.1.0"), "{version}");
    }
}

#[test]
fn faults_are_noticed_under_another_guide_as_strongly_as_it_demands() {
    // Without these faults the same scenarios pass, which the runs above show.
    let foreign = Foreign::with(&["data.twice:us-core-goal.lifecycleStatus", "search.omit:Goal.description"]);
    let command = |folder: &Path, arguments: &[&str]| {
        foreign.configure(folder);
        foreign.probity(folder, arguments)
    };
    let ids = |names: &[&str]| names.iter().map(|name| format!("us-core.goal.{name}")).collect::<BTreeSet<String>>();
    let search = ["search.patient+description", "token.description"];
    // The earlier guide recommends this search, the later one demands it.
    let (code, earlier) = run("3.1.1", command, &["us-core.goal"]);
    assert_eq!((code, ended(&earlier, "fail"), ended(&earlier, "warn")), (1, ids(&["conforms"]), ids(&search)));
    let (code, later) = run("8.0.0", command, &["us-core.goal"]);
    let all = ids(&["conforms", search[0], search[1]]);
    assert_eq!((code, ended(&later, "fail"), ended(&later, "warn")), (1, all, ids(&[])));
}
