//! Judges NDJSON resources with rh-validator; see README.md.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::io::{BufRead, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rh_validator::{FhirValidator, FhirVersion, ValidationResult};
use serde_json::{json, Value};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The bundles published with FHIR R4 that the library looks things up in; the first two must be there.
const BUNDLES: [&str; 7] = [
    "profiles-types.json",
    "profiles-resources.json",
    "profiles-others.json",
    "extension-definitions.json",
    "valuesets.json",
    "v2-tables.json",
    "v3-codesystems.json",
];

struct Line {
    name: Value,
    profiles: Vec<String>,
    resource: Value,
}

struct Arguments {
    package: PathBuf,
    definitions: PathBuf,
    repeat: usize,
}

fn main() -> Outcome<()> {
    let Arguments { package, definitions, repeat } = arguments()?;
    let home = tempfile::tempdir()?;
    lay_out(&definitions, home.path())?;
    std::env::set_var("HOME", home.path());
    let folder = package.to_str().ok_or("the package's path is not text")?;
    let validator = FhirValidator::new(FhirVersion::R4, Some(folder))?;

    let lines = std::io::stdin()
        .lock()
        .lines()
        .filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()))
        .map(|line| read(&line?))
        .collect::<Outcome<Vec<_>>>()?;

    let mut verdicts = Vec::new();
    let mut seconds = 0.0;
    for _ in 0..repeat {
        let start = Instant::now();
        verdicts = lines.iter().map(|line| judge(&validator, line)).collect();
        seconds = start.elapsed().as_secs_f64();
    }

    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (line, verdict) in lines.iter().zip(verdicts) {
        writeln!(out, "{}", answer(line, verdict))?;
    }
    out.flush()?;
    let per_second = lines.len() as f64 / seconds;
    eprintln!("{}", json!({ "resources": lines.len(), "seconds": seconds, "per_second": per_second }));
    Ok(())
}

fn arguments() -> Outcome<Arguments> {
    let (mut package, mut definitions, mut repeat) = (None, None, 1);
    let mut given = std::env::args().skip(1);
    while let Some(option) = given.next() {
        let value = given.next().ok_or(format!("{option} needs a value"))?;
        match option.as_str() {
            "--package" => package = Some(PathBuf::from(value)),
            "--definitions" => definitions = Some(PathBuf::from(value)),
            "--repeat" => repeat = value.parse()?,
            _ => return Err(format!("unknown option {option}").into()),
        }
    }
    if repeat == 0 {
        return Err("--repeat needs at least 1".into());
    }
    Ok(Arguments {
        package: package.ok_or("--package DIR is needed")?,
        definitions: definitions.ok_or("--definitions DIR is needed")?,
        repeat,
    })
}

/// The core package as the library wants it: under the home folder, one resource a file.
fn lay_out(definitions: &Path, home: &Path) -> Outcome<()> {
    let package = home.join(".fhir/packages/hl7.fhir.r4.core#4.0.1/package");
    fs::create_dir_all(&package)?;
    let mut taken = HashSet::new();
    for (place, file) in BUNDLES.iter().enumerate() {
        let path = definitions.join(file);
        if place > 1 && !path.exists() {
            continue;
        }
        let bundle: Value = serde_json::from_slice(&fs::read(&path)?)?;
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            let resource = &entry["resource"];
            let (kind, id) = (resource["resourceType"].as_str(), resource["id"].as_str());
            let (Some(kind @ ("StructureDefinition" | "ValueSet" | "CodeSystem")), Some(id)) = (kind, id) else {
                continue;
            };
            if taken.insert(format!("{kind}-{id}")) {
                fs::write(package.join(format!("{kind}-{id}.json")), resource.to_string())?;
            }
        }
    }
    Ok(())
}

fn read(line: &str) -> Outcome<Line> {
    let mut line: Value = serde_json::from_str(line)?;
    let resource = line["resource"].take();
    let kind = resource["resourceType"].as_str().unwrap_or("Resource");
    let mut profiles = vec![format!("http://hl7.org/fhir/StructureDefinition/{kind}")];
    for profile in line["profiles"].as_array().into_iter().flatten() {
        profiles.push(profile.as_str().ok_or("a profile is not a string")?.to_owned());
    }
    Ok(Line { name: line["name"].take(), profiles, resource })
}

fn judge(validator: &FhirValidator, line: &Line) -> Result<ValidationResult, String> {
    let call = AssertUnwindSafe(|| validator.validate_with_profiles(&line.resource, &line.profiles));
    match catch_unwind(call) {
        Ok(result) => result.map_err(|error| format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned())
        }
    }
}

fn answer(line: &Line, verdict: Result<ValidationResult, String>) -> Value {
    match verdict {
        Err(crash) => json!({ "name": line.name, "crash": crash }),
        Ok(result) => {
            let issues = result.issues.iter().map(|issue| {
                let location = issue.path.as_deref().unwrap_or_default();
                json!({ "severity": issue.severity.to_string(), "location": location, "message": issue.message })
            });
            json!({ "name": line.name, "valid": result.valid, "issues": issues.collect::<Vec<_>>() })
        }
    }
}
