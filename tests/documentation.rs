//! What the guides show works: their configurations load, and what they list exists.

use probity::target::{ClientRole, Values, load, presets, waivers};
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
    let names = ["MY_PASSWORD_A", "MY_OTHER_PASSWORD_A", "MY_ACCESS_TOKEN", "S"];
    let values = Values::new(names.map(|name| (name.to_owned(), "value".to_owned())).into());
    let tables: Vec<&str> = blocks(TARGETS).filter(|block| block.starts_with('[')).collect();
    assert!(tables.len() >= 5);
    for block in tables {
        let whole = block.contains("fhir_base") || block.contains("preset");
        let text = if whole { block.to_owned() } else { format!("{rest}{block}") };
        if let Err(error) = load(&text, Path::new("docs/targets.md"), None, &values) {
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
fn the_guide_lists_every_preset_and_client() {
    for name in presets().chain(ClientRole::ALL.map(ClientRole::word)) {
        assert!(TARGETS.contains(&format!("| `{name}` |")), "docs/targets.md has no row for {name}");
    }
}
