//! Compiled profiles, opened: an index of the lines, each read when first asked for.

use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::compile::{FORMAT, Index, Provenance, unversioned};
use super::link::{Slots, link};
use super::rules::{CodeSystem, Open, Structure, ValueSet};

pub(super) const TYPES: &str = "http://hl7.org/fhir/StructureDefinition/";

macro_rules! embedded {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/us-core-6.1.0/", $name))
    };
}

/// Rules, terms and index of a set of packages.
pub struct Library {
    structures: Lines<Structure>,
    /// Slots by the name of the type.
    types: OnceLock<FxHashMap<Box<str>, usize>>,
    terms: Lines<Set>,
    systems: Lines<Codes>,
    index: OnceLock<Index>,
    index_text: Cow<'static, str>,
    provenance: Provenance,
}

/// A value set, ready to be asked.
pub(super) struct Set {
    pub by_system: FxHashMap<String, Part>,
    pub open: Vec<Open>,
}

/// The codes of one system in a value set.
pub(super) enum Part {
    All { but: FxHashSet<String> },
    Some(FxHashSet<String>),
}

/// A code system, ready to be asked.
pub(super) struct Codes {
    case_insensitive: bool,
    codes: FxHashSet<String>,
}

impl Codes {
    pub fn has(&self, code: &str) -> bool {
        self.codes.contains(code) || self.case_insensitive && self.codes.iter().any(|c| c.eq_ignore_ascii_case(code))
    }
}

/// Why a folder of compiled profiles cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// A file cannot be read.
    #[error("cannot read {path}: {cause}; compile the folder with 'probity profiles compile PACKAGE... --out FOLDER'")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A line is not what was compiled.
    #[error("{path}, line {line}: {cause}; compile the folder again, its files are not for editing")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        cause: serde_json::Error,
    },
    /// Another version compiled it.
    #[error("{path} has format {found}, this version reads {FORMAT}; compile the folder again")]
    Format {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: u32,
    },
}

impl Library {
    /// US Core 6.1.0 on FHIR R4, which the binary carries.
    pub fn embedded() -> &'static Self {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| {
            let provenance = serde_json::from_str(embedded!("provenance.json"));
            Self {
                structures: Lines::new(embedded!("structures.jsonl").into(), read_structure),
                types: OnceLock::new(),
                terms: Lines::new(embedded!("terms.jsonl").into(), read_set),
                systems: Lines::new(embedded!("systems.jsonl").into(), read_system),
                index: OnceLock::new(),
                index_text: embedded!("index.json").into(),
                provenance: provenance.unwrap_or_else(|_| Provenance {
                    format: FORMAT,
                    packages: Vec::new(),
                    counts: Default::default(),
                    not_evaluated: Vec::new(),
                    open_value_sets: Default::default(),
                }),
            }
        })
    }

    /// Opens a folder that `profiles compile` wrote, and reads every line once, so that a damaged one is told now.
    pub fn open(folder: &Path) -> Result<Self, NotOpened> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).map_err(|cause| NotOpened::File { path, cause })
        };
        let whole = |name: &str, line| {
            let path = folder.join(name);
            move |cause| NotOpened::Line { path, line, cause }
        };
        let provenance: Provenance =
            serde_json::from_str(&read("provenance.json")?).map_err(whole("provenance.json", 1))?;
        if provenance.format != FORMAT {
            return Err(NotOpened::Format { path: folder.join("provenance.json"), found: provenance.format });
        }
        let index_text = read("index.json")?;
        let index: Index = serde_json::from_str(&index_text).map_err(whole("index.json", 1))?;
        let out = Self {
            structures: Lines::new(read("structures.jsonl")?.into(), read_structure),
            types: OnceLock::new(),
            terms: Lines::new(read("terms.jsonl")?.into(), read_set),
            systems: Lines::new(read("systems.jsonl")?.into(), read_system),
            index: OnceLock::from(index),
            index_text: Cow::Borrowed(""),
            provenance,
        };
        out.structures.check().map_err(|(line, cause)| whole("structures.jsonl", line)(cause))?;
        out.terms.check().map_err(|(line, cause)| whole("terms.jsonl", line)(cause))?;
        out.systems.check().map_err(|(line, cause)| whole("systems.jsonl", line)(cause))?;
        Ok(out)
    }

    /// A digest of what it was compiled from: the packages, and what of them was left open. SHA-256 in hex.
    pub fn digest(&self) -> String {
        format!("{:x}", Sha256::digest(serde_json::to_vec(&self.provenance).unwrap_or_default()))
    }

    /// The structure of a canonical URL; a version behind `|` is passed over.
    pub fn structure(&self, url: &str) -> Option<&Structure> {
        self.structures.get(unversioned(url))
    }

    /// The definition of a type by its name.
    pub fn type_(&self, name: &str) -> Option<&Structure> {
        let types = self.types.get_or_init(|| {
            let urls = self.structures.lines.iter();
            urls.filter_map(|(url, line)| Some((url.strip_prefix(TYPES)?.into(), line.0))).collect()
        });
        self.structures.at(*types.get(name)?).filter(|s| !s.profile)
    }

    /// The definition in a slot that linking found.
    pub(super) fn at(&self, slot: Option<u32>) -> Option<&Structure> {
        self.structures.at(slot? as usize)
    }

    /// All canonical URLs, in order.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        let mut urls: Vec<_> = self.structures.lines.keys().map(|k| &**k).collect();
        urls.sort_unstable();
        urls.into_iter()
    }

    /// Searches, compartments and profiles of the guide.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| serde_json::from_str(&self.index_text).unwrap_or_default())
    }

    /// What the library was compiled from.
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Whether `url` names `of` or a profile that it builds on.
    pub fn is_or_builds_on(&self, of: &str, url: &str) -> bool {
        let mut at = self.structure(of);
        while let Some(structure) = at {
            if structure.url == unversioned(url) {
                return true;
            }
            at = structure.base.as_deref().and_then(|base| self.structure(base));
        }
        false
    }

    /// The codes of a value set that its packages enumerate, with their systems, in order; none if any of it is open.
    pub fn enumerated(&self, value_set: &str) -> Option<Vec<(String, String)>> {
        let set = self.set(unversioned(value_set)).filter(|set| set.open.is_empty())?;
        let mut all = Vec::new();
        for (system, part) in &set.by_system {
            match part {
                Part::Some(codes) => all.extend(codes.iter().map(|code| (system.clone(), code.clone()))),
                Part::All { but } => {
                    let known = self.system(system)?;
                    let left = known.codes.iter().filter(|code| !but.contains(*code));
                    all.extend(left.map(|code| (system.clone(), code.clone())));
                }
            }
        }
        all.sort();
        Some(all)
    }

    pub(super) fn set(&self, url: &str) -> Option<&Set> {
        self.terms.get(url)
    }

    pub(super) fn system(&self, url: &str) -> Option<&Codes> {
        self.systems.get(url)
    }
}

type Reading<T> = fn(&str, &Slots) -> Result<T, serde_json::Error>;

/// A file of one JSON object a line, each beginning with its URL.
struct Lines<T> {
    text: Cow<'static, str>,
    lines: Slots,
    spans: Vec<(usize, usize)>,
    read: Vec<OnceLock<Option<T>>>,
    reading: Reading<T>,
}

impl<T> Lines<T> {
    fn new(text: Cow<'static, str>, reading: Reading<T>) -> Self {
        let mut lines = FxHashMap::default();
        let mut read = Vec::new();
        let mut spans = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let url = line.strip_prefix(r#"{"url":""#).and_then(|rest| rest.split_once('"')).map(|(url, _)| url);
            lines.insert(url.unwrap_or_default().into(), (read.len(), start, end));
            read.push(OnceLock::new());
            spans.push((start, end));
            start = end;
        }
        Self { text, lines, spans, read, reading }
    }

    fn get(&self, url: &str) -> Option<&T> {
        self.at(self.lines.get(url)?.0)
    }

    fn at(&self, n: usize) -> Option<&T> {
        let (start, end) = *self.spans.get(n)?;
        self.read[n].get_or_init(|| (self.reading)(&self.text[start..end], &self.lines).ok()).as_ref()
    }

    fn check(&self) -> Result<(), (usize, serde_json::Error)> {
        for &(n, start, end) in self.lines.values() {
            (self.reading)(&self.text[start..end], &self.lines).map_err(|cause| (n + 1, cause))?;
        }
        Ok(())
    }
}

fn read_structure(line: &str, slots: &Slots) -> Result<Structure, serde_json::Error> {
    let mut structure: Structure = serde_json::from_str(line)?;
    link(&mut structure, slots);
    Ok(structure)
}

fn read_set(line: &str, _: &Slots) -> Result<Set, serde_json::Error> {
    let set: ValueSet = serde_json::from_str(line)?;
    let parts = set.include.into_iter().map(|include| {
        let part = match include.codes {
            Some(codes) => Part::Some(codes.into_iter().collect()),
            None => Part::All { but: include.but.into_iter().collect() },
        };
        (include.system, part)
    });
    Ok(Set { by_system: parts.collect(), open: set.open })
}

fn read_system(line: &str, _: &Slots) -> Result<Codes, serde_json::Error> {
    let system: CodeSystem = serde_json::from_str(line)?;
    Ok(Codes { case_insensitive: system.case_insensitive, codes: system.codes.into_iter().collect() })
}
