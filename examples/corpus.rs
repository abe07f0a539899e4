//! Writes a corpus to hold validators against each other: NDJSON of `{"name", "profiles", "resource"}`.
//!
//! `corpus [--examples FOLDER] [--mutants N] [--seed S]`: the examples and the embedded tenant's whole data set as they
//! are, or N copies of them with one edit each.

use std::io::Write as _;

use probity::profile::Library;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

#[path = "support/mutate.rs"]
mod mutate;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|n| arguments.get(n + 1));
    let mut resources = Vec::new();
    if let Some(folder) = option("--examples") {
        let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        files.sort_by_key(std::fs::DirEntry::file_name);
        for file in files {
            let value: Value = serde_json::from_str(&std::fs::read_to_string(file.path())?)?;
            resources.push((file.file_name().to_string_lossy().into_owned(), value));
        }
    }
    let examples = resources.len();
    for tenant in ["harbor", "meadow"] {
        for value in probity::tenant::records(tenant, 61) {
            resources.push((format!("{tenant}/{}/{}", value["resourceType"], value["id"]).replace('"', ""), value));
        }
    }
    let mut out = std::io::stdout().lock();
    let Some(count) = option("--mutants") else {
        for (name, resource) in &resources {
            writeln!(out, "{}", line(name, resource))?;
        }
        return Ok(());
    };
    let seed = option("--seed").map_or(Ok(1), |s| s.parse())?;
    let mut rng = StdRng::seed_from_u64(seed);
    for n in 0..count.parse::<usize>()? {
        // The examples are few and varied, the tenant's records many and alike: half of each.
        let range = if n % 2 == 0 && examples > 0 { 0..examples } else { examples..resources.len() };
        let (name, resource) = &resources[rng.random_range(range)];
        let mut damaged = resource.clone();
        let edit = mutate::damage(&mut damaged, &mut rng);
        writeln!(out, "{}", line(&format!("{n} {edit} of {name}"), &damaged))?;
    }
    Ok(())
}

fn line(name: &str, resource: &Value) -> String {
    let library = Library::embedded();
    let claimed = resource["meta"]["profile"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let profiles: Vec<_> =
        claimed.filter(|url| library.structure(url).is_some_and(|s| s.of == resource["resourceType"])).collect();
    json!({ "name": name, "profiles": profiles, "resource": resource }).to_string()
}
