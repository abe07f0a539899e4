//! Judges NDJSON resources with the validator of octofhir-fhirschema; see README.md.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use futures::executor::block_on;
use octofhir_fhirschema::{
    FhirSchema, FhirValidator, FhirVersion, StructureDefinition, ValidationError, ValidationResult, get_schemas,
    translate,
};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Line {
    name: Value,
    schemas: Vec<String>,
    resource: Value,
}

fn main() -> Outcome<()> {
    let (package, repeat) = arguments()?;
    let validator = FhirValidator::from_arc_schemas(schemas(&package)?, None);
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

fn arguments() -> Outcome<(PathBuf, usize)> {
    let mut package = None;
    let mut repeat = 1;
    let mut given = std::env::args().skip(1);
    while let Some(option) = given.next() {
        let value = given.next().ok_or(format!("{option} needs a value"))?;
        match option.as_str() {
            "--package" => package = Some(PathBuf::from(value)),
            "--definitions" => {} // The definitions of FHIR R4 are inside the library.
            "--repeat" => repeat = value.parse()?,
            _ => return Err(format!("unknown option {option}").into()),
        }
    }
    if repeat == 0 {
        return Err("--repeat needs at least 1".into());
    }
    Ok((package.ok_or("--package DIR is needed")?, repeat))
}

/// The library's own schemas of FHIR R4, by name and by canonical, and those of the package, by canonical.
fn schemas(package: &Path) -> Outcome<HashMap<String, Arc<FhirSchema>>> {
    let mut found = HashMap::new();
    for (name, schema) in get_schemas(FhirVersion::R4) {
        let schema = Arc::new(schema.clone());
        found.insert(name.clone(), Arc::clone(&schema));
        found.insert(schema.url.clone(), schema);
    }
    let embedded = found.len();
    for entry in std::fs::read_dir(package)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.starts_with("StructureDefinition-") || !name.ends_with(".json") {
            continue;
        }
        let definition: StructureDefinition = serde_json::from_slice(&std::fs::read(&path)?)?;
        let url = definition.url.clone();
        match translate(definition, None) {
            Ok(schema) => {
                found.insert(url, Arc::new(schema));
            }
            Err(error) => eprintln!("not loaded: {url}: {error}"),
        }
    }
    if found.len() == embedded {
        return Err(format!("no StructureDefinition in {}", package.display()).into());
    }
    Ok(found)
}

fn read(line: &str) -> Outcome<Line> {
    let mut line: Value = serde_json::from_str(line)?;
    let resource = line["resource"].take();
    let mut schemas = vec![resource["resourceType"].as_str().unwrap_or_default().to_owned()];
    for profile in line["profiles"].as_array().into_iter().flatten() {
        let canonical = profile.as_str().ok_or("a profile is not a string")?;
        schemas.push(canonical.split('|').next().unwrap_or_default().to_owned());
    }
    Ok(Line { name: line["name"].take(), schemas, resource })
}

fn judge(validator: &FhirValidator, line: &Line) -> Result<ValidationResult, String> {
    catch_unwind(AssertUnwindSafe(|| block_on(validator.validate(&line.resource, line.schemas.clone())))).map_err(
        |panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned()
        },
    )
}

fn answer(line: &Line, verdict: Result<ValidationResult, String>) -> Value {
    match verdict {
        Err(crash) => json!({ "name": line.name, "crash": crash }),
        Ok(result) => {
            let mut issues: Vec<Value> = Vec::new();
            let errors = result.errors.iter().map(|error| issue("error", error));
            let warnings = result.warnings.iter().map(|error| issue("warning", error));
            // The base definition and the profiles over it say the same: once is enough.
            for issue in errors.chain(warnings) {
                if !issues.contains(&issue) {
                    issues.push(issue);
                }
            }
            json!({ "name": line.name, "valid": result.valid, "issues": issues })
        }
    }
}

fn issue(severity: &str, error: &ValidationError) -> Value {
    let mut location = String::new();
    for step in &error.path {
        match step {
            Value::String(name) if location.is_empty() => location.push_str(name),
            Value::String(name) => location.push_str(&format!(".{name}")),
            index => location.push_str(&format!("[{index}]")),
        }
    }
    let message = format!("{}: {}", error.error_type, error.message.as_deref().unwrap_or_default());
    json!({ "severity": severity, "location": location, "message": message })
}
