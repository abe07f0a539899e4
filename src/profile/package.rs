//! FHIR packages and definition bundles, read from folders, archives and files into their resources.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The bundles of definitions that HL7 publishes for R4; a folder that has the first is read by these names only, so
/// that what others put beside them stays out.
const PUBLISHED: [&str; 9] = [
    "profiles-types.json",
    "profiles-resources.json",
    "profiles-others.json",
    "extension-definitions.json",
    "valuesets.json",
    "v2-tables.json",
    "v3-codesystems.json",
    "search-parameters.json",
    "compartmentdefinition-patient.json",
];
/// More than any published package holds; an archive that unpacks to more is refused.
const MOST_BYTES: u64 = 2 << 30;
/// What rules are compiled from.
const USED: [&str; 6] = [
    "StructureDefinition",
    "ValueSet",
    "CodeSystem",
    "SearchParameter",
    "CapabilityStatement",
    "CompartmentDefinition",
];

/// A package, read.
pub struct Package {
    /// Where it came from.
    pub source: Source,
    /// Its resources of the kinds that rules are compiled from, in the order of their files.
    pub resources: Vec<Value>,
}

/// What was read, so that it can be told again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// `hl7.fhir.us.core`
    pub package: String,
    /// `6.1.0`
    pub version: String,
    /// SHA-256 over names and contents of the files, hexadecimal.
    pub sha256: String,
    /// The number of files.
    pub files: usize,
}

/// Why a package could not be read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// The file system said no.
    #[error("cannot read {path}: {cause}; give a FHIR package as a folder or .tgz, or a folder of definition bundles")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file is not JSON.
    #[error("{path} is not JSON: {cause}")]
    Json {
        /// The file, also within an archive.
        path: PathBuf,
        /// Why, with line and column.
        cause: serde_json::Error,
    },
    /// There is nothing to compile.
    #[error(
        "{path} holds no StructureDefinition, ValueSet or CodeSystem; a FHIR package has them in its folder 'package'"
    )]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// The archive is larger than anything published.
    #[error("{path} unpacks to more than {MOST_BYTES} bytes; this is no FHIR package")]
    TooLarge {
        /// The archive.
        path: PathBuf,
    },
}

/// Reads a package: a folder with or without a folder `package` in it, a `.tgz`, or a JSON file.
pub fn read(path: &Path) -> Result<Package, NotRead> {
    let file = |cause| NotRead::File { path: path.to_owned(), cause };
    let mut files = if fs::metadata(path).map_err(file)?.is_dir() {
        let inner = path.join("package");
        folder(if inner.is_dir() { &inner } else { path })?
    } else if path.extension().is_some_and(|e| e == "json") {
        vec![(name(path), fs::read(path).map_err(file)?)]
    } else {
        archive(path)?
    };
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut hash = Sha256::new();
    let mut package = Package {
        source: Source { package: String::new(), version: String::new(), sha256: String::new(), files: files.len() },
        resources: Vec::new(),
    };
    for (name, bytes) in &files {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(bytes));
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value: Value =
            serde_json::from_slice(bytes).map_err(|cause| NotRead::Json { path: path.join(name), cause })?;
        if name == "package.json" {
            let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            package.source.package = text("name");
            package.source.version = text("version");
            continue;
        }
        keep(value, &mut package.resources);
    }
    if package.resources.is_empty() {
        return Err(NotRead::Empty { path: path.to_owned() });
    }
    if package.source.package.is_empty() {
        // HL7's own bundles carry no package.json.
        let definition = |v: &&Value| v["resourceType"] == "StructureDefinition";
        let version = package.resources.iter().find(definition).and_then(|v| v["fhirVersion"].as_str());
        package.source.version = version.unwrap_or_default().to_owned();
        package.source.package = "definitions".to_owned();
    }
    package.source.sha256 = format!("{:x}", hash.finalize());
    Ok(package)
}

fn keep(value: Value, into: &mut Vec<Value>) {
    if let Value::Array(items) = value {
        return items.into_iter().for_each(|item| keep(item, into));
    }
    match value.get("resourceType").and_then(Value::as_str) {
        Some("Bundle") => {
            let Value::Object(mut bundle) = value else { return };
            let Some(Value::Array(entries)) = bundle.remove("entry") else { return };
            for entry in entries {
                if let Value::Object(mut entry) = entry
                    && let Some(resource) = entry.remove("resource")
                {
                    keep(resource, into);
                }
            }
        }
        Some(kind) if USED.contains(&kind) => into.push(value),
        _ => {}
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn folder(path: &Path) -> Result<Vec<(String, Vec<u8>)>, NotRead> {
    let file = |cause| NotRead::File { path: path.to_owned(), cause };
    let published = path.join(PUBLISHED[0]).is_file();
    let mut out = Vec::new();
    for entry in fs::read_dir(path).map_err(file)? {
        let path = entry.map_err(file)?.path();
        let name = name(&path);
        let wanted = if published { PUBLISHED.contains(&name.as_str()) } else { is_definition(&name) };
        if wanted && path.is_file() {
            let bytes = fs::read(&path).map_err(|cause| NotRead::File { path, cause })?;
            out.push((name, bytes));
        }
    }
    Ok(out)
}

/// Hidden files are indexes of package caches.
fn is_definition(name: &str) -> bool {
    name.ends_with(".json") && !name.starts_with('.')
}

fn archive(path: &Path) -> Result<Vec<(String, Vec<u8>)>, NotRead> {
    let file = |cause| NotRead::File { path: path.to_owned(), cause };
    let unpacked = flate2::read::GzDecoder::new(fs::File::open(path).map_err(file)?).take(MOST_BYTES);
    let mut archive = tar::Archive::new(unpacked);
    let mut out = Vec::new();
    let mut total = 0;
    for entry in archive.entries().map_err(file)? {
        let mut entry = entry.map_err(file)?;
        let inside = entry.path().map_err(file)?.into_owned();
        // Definitions stand directly in `package/`; its folders hold examples and the like.
        let direct = inside.parent().is_some_and(|p| p == Path::new("package"));
        let name = name(&inside);
        if !direct || !is_definition(&name) {
            continue;
        }
        let mut bytes = Vec::new();
        total += entry.read_to_end(&mut bytes).map_err(file)? as u64;
        if total >= MOST_BYTES {
            return Err(NotRead::TooLarge { path: path.to_owned() });
        }
        out.push((name, bytes));
    }
    Ok(out)
}
