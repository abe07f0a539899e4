//! What the guides show works: their configurations load, and what they list exists.

// Helpers of tests may stop a test as a test may.
#![allow(clippy::unwrap_used)]

use probity::target::{ClientRole, Values, attestations, load, presets, waivers};
use std::path::Path;

const TARGETS: &str = include_str!("../docs/targets.md");
const CONFIG: &str = include_str!("../docs/config.md");

/// The TOML blocks of a page.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next())
}

#[test]
fn the_configurations_of_the_guide_load() {
    let rest = "[targets.mine]\nfhir_base = \"https://fhir.example.org/r4\"\n\
        [targets.mine.clients.confidential]\nid = \"c\"\nsecret = { env = \"S\" }\n[targets.mine.users.clinician]\n";
    let names = ["MY_CLIENT_SECRET", "MY_PASSWORD_A", "MY_OTHER_PASSWORD_A", "MY_ACCESS_TOKEN", "MY_TOTP_A", "S"];
    let values = Values::new(names.map(|name| (name.to_owned(), "value".to_owned())).into());
    let tables: Vec<&str> =
        blocks(TARGETS).filter(|block| block.starts_with('[') && !block.starts_with("[[att")).collect();
    assert!(tables.len() >= 5);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), "the certificate of an authority").unwrap();
    for block in tables {
        let whole = block.contains("fhir_base") || block.contains("preset");
        let text = if whole { block.to_owned() } else { format!("{rest}{block}") };
        if let Err(error) = load(&text, &folder.path().join("probity.toml"), None, &values) {
            panic!("{error}");
        }
    }
}

#[test]
fn the_waivers_of_the_reference_load() {
    let lists: Vec<_> = blocks(CONFIG).map(|block| waivers(block, Path::new("docs/config.md")).unwrap()).collect();
    assert!(lists.iter().any(|list| !list.is_empty()));
}

#[test]
fn the_attestations_of_the_guide_load() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    let own = blocks(TARGETS).filter(|block| block.starts_with("[[attestation]]"));
    let all: Vec<_> = own.map(|block| attestations(block, Path::new("docs/targets.md"), today).unwrap()).collect();
    assert!(all.iter().any(|list| !list.is_empty()));
}

#[test]
fn the_guide_lists_every_preset_and_client() {
    for name in presets().chain(ClientRole::ALL.map(ClientRole::word)) {
        assert!(TARGETS.contains(&format!("| `{name}` |")), "docs/targets.md has no row for {name}");
    }
}

/// The cells of each row of the tables of a page, without their heads, which begin with `first`.
fn rows<'p>(page: &'p str, first: &str) -> Vec<Vec<&'p str>> {
    let cells = |line: &'p str| Some(line.strip_prefix("| ")?.trim_end_matches(" |").split(" | ").collect());
    page.lines().filter_map(cells).filter(|row: &Vec<&str>| ![first, "---"].contains(&row[0])).collect()
}

/// Each row names scenarios that there are, or begins its last cell with what says why not.
fn names_scenarios(rows: &[Vec<&str>], without: &str, example: &str) {
    let catalogue = probity::suite::Catalogue::embedded().unwrap();
    let ids: std::collections::BTreeSet<String> =
        catalogue.scenarios().iter().map(|s| s.requirement.id.to_string()).collect();
    assert!(!rows.is_empty());
    for row in rows {
        let told = row.last().unwrap();
        let named: Vec<&str> = told.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty() || told.starts_with(without), "{row:?}");
        for id in named {
            assert!(ids.contains(id), "there is no scenario {id}; run `cargo run --example {example}`");
        }
    }
}

#[test]
fn the_table_of_coverage_names_scenarios_that_there_are() {
    names_scenarios(&rows(include_str!("../docs/coverage.md"), "requirement"), "not automated: ", "coverage");
}

/// The list is a file of its own: a row that gets lost when the page is written again is missed here.
#[test]
fn the_table_of_coverage_has_a_row_for_each_requirement_of_the_catalogue() {
    let page = include_str!("../docs/coverage.md");
    let list = include_str!("coverage-ids.txt");
    let areas = [
        ("discovery", 5),
        ("launch-standalone", 18),
        ("launch-ehr", 13),
        ("pkce", 9),
        ("openid", 9),
        ("scopes", 41),
        ("refresh", 7),
        ("introspection", 4),
        ("revocation", 3),
        ("tls", 5),
        ("error-paths", 8),
        ("attestation", 14),
        ("capability", 6),
        ("read", 46),
        ("search", 217),
        ("include", 43),
        ("references", 43),
        ("must-support", 51),
        ("missing-data", 2),
        ("validation", 47),
        ("granular-scopes", 38),
        ("other", 11),
    ];
    for (area, count) in areas {
        let own = list.lines().filter(|line| line.split('\t').next() == Some(area)).count();
        assert_eq!(own, count, "{area}");
    }
    let wanted: Vec<&str> = list.lines().filter_map(|line| line.split('\t').nth(1)).collect();
    assert_eq!(wanted.len(), areas.iter().map(|(_, count)| count).sum::<usize>());
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let rows: Vec<&str> = rows.filter(|first| !["requirement", "---"].contains(first)).collect();
    assert_eq!(rows, wanted);
}

#[test]
fn the_guide_for_contributors_names_files_that_there_are() {
    let page = include_str!("../.github/CONTRIBUTING.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named: Vec<&str> =
        page.split('`').skip(1).step_by(2).filter(|name| name.contains('/') && !name.starts_with('/')).collect();
    assert!(named.len() >= 10, "{named:?}");
    for name in named {
        assert!(root.join(name).exists(), ".github/CONTRIBUTING.md names {name}, which there is not");
    }
}

#[test]
fn the_guide_for_contributors_has_a_recipe_for_each_thing_that_is_added() {
    let page = include_str!("../.github/CONTRIBUTING.md");
    let recipes = [
        "A scenario from known phrases",
        "A phrase",
        "An attack",
        "A fault",
        "A family",
        "A login driver",
        "A report format",
        "A preset",
        "A guide",
    ];
    for name in recipes {
        let recipe = page.split(&format!("## {name}\n")).nth(1).unwrap_or_else(|| panic!("no recipe: {name}"));
        let recipe = recipe.split("\n#").next().unwrap();
        assert!(recipe.contains("\n1. ") && recipe.contains("\n2. ") && recipe.contains('`'), "{name}: {recipe}");
    }
}

/// Lines are broken anywhere: blanks of all kinds count as one.
#[test]
fn the_threat_model_names_requirements_that_there_are() {
    let page = include_str!("../docs/threat-model.md");
    let ids: Vec<String> = probity::suite::Catalogue::embedded()
        .unwrap()
        .scenarios()
        .iter()
        .map(|scenario| scenario.requirement.id.to_string())
        .collect();
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|name| name.contains('.')).collect();
    assert!(named.len() > 30);
    for name in named {
        assert!(ids.iter().any(|id| id.starts_with(name)), "{name} begins no id");
    }
}

#[test]
fn the_table_of_security_has_a_row_for_each_check_and_names_scenarios_that_there_are() {
    let rows = rows(include_str!("../docs/security.md"), "check");
    names_scenarios(&rows, "none: ", "security");
    let checks: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    let wanted: std::collections::BTreeSet<&str> = include_str!("security-ids.txt").lines().collect();
    assert_eq!(rows.len(), 471);
    assert_eq!(checks, wanted);
}

#[test]
fn the_readme_counts_what_there_is() {
    let readme = include_str!("../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let scenarios = probity::suite::Catalogue::embedded().unwrap().scenarios().len();
    let (members, single): (Vec<_>, Vec<_>) = probity::tenant::faults().iter().partition(|fault| fault.member);
    let (permitted, single): (Vec<_>, Vec<_>) = single.into_iter().partition(|fault| fault.untested.is_some());
    let family = |id: &'static str| id.split_once(':').unwrap().0;
    let families: std::collections::BTreeSet<&str> = members.iter().map(|fault| family(&fault.id)).collect();
    for said in [
        format!("{scenarios} scenarios in"),
        format!("{} defects stand alone", single.len()),
        format!(
            "{} variants that the standards permit",
            [
                "ten",
                "eleven",
                "twelve",
                "thirteen",
                "fourteen",
                "fifteen",
                "sixteen",
                "seventeen",
                "eighteen",
                "nineteen"
            ][permitted.len() - 10]
        ),
        format!("{} are members of {} families", members.len(), families.len()),
    ] {
        assert!(readme.contains(&said), "README.md does not say: {said}");
    }
}
