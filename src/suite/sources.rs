//! The specifications that requirements cite: each named once, each section of them too.

use super::catalogue::CatalogueError;
use crate::profile::Library;
use crate::record::Source;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

pub(super) const FILE: &str = "sources.toml";
pub(super) const TEXT: &str = include_str!("../../profiles/requirements/sources.toml");

/// A citation as a requirement writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Citation {
    /// The key of a specification in `sources.toml`.
    of: Spanned<String>,
    /// The section: its name or its number there.
    section: Spanned<String>,
    /// The number of the requirement, where the specification numbers its requirements.
    number: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: BTreeMap<String, Spanned<Specification>>,
    guide: BTreeMap<String, Spanned<Specification>>,
}

/// A specification with the sections of it that are cited.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Specification {
    title: String,
    /// A guide has none here: its version is that of the compiled profiles.
    version: Option<String>,
    /// The package that a guide is published as.
    package: Option<String>,
    /// Where the text is. `{edition}` stands for the published edition of a guide.
    url: String,
    /// The sections, each with its place below `url`.
    #[serde(default)]
    sections: BTreeMap<Spanned<String>, String>,
    /// The sections whose text was not at hand when the requirements were checked against their sources.
    #[serde(default)]
    unread: Vec<Spanned<String>>,
}

/// Every specification that can be cited, and what was cited of it so far.
pub(super) struct Sources {
    named: BTreeMap<String, Spanned<Specification>>,
    cited: RefCell<BTreeSet<(String, String)>>,
}

impl Sources {
    /// Reads the embedded file; `library` says which version of its guide is meant.
    pub(super) fn read(library: &Library) -> Result<Self, CatalogueError> {
        Self::parse(TEXT, library)
    }

    fn parse(text: &str, library: &Library) -> Result<Self, CatalogueError> {
        let file: File = parse(FILE, text)?;
        let mut named = file.source;
        for (key, guide) in file.guide {
            let span = guide.span();
            named.insert(key, Spanned::new(span, guide.into_inner().compiled_into(library)));
        }
        for specification in named.values() {
            let own = specification.get_ref();
            if let Some(unread) = own.unread.iter().find(|unread| !own.sections.contains_key(*unread)) {
                let what = format!("`{}` is listed as unread and is no section of {}", unread.get_ref(), own.title);
                return Err(wrong(FILE, text, unread.span().start, what, "take it out of `unread`, or correct it"));
            }
        }
        Ok(Self { named, cited: RefCell::default() })
    }

    /// What `citations` of `file`, whose text is `text`, stand for.
    pub(super) fn resolve(
        &self,
        file: &str,
        text: &str,
        citations: &[Citation],
    ) -> Result<Vec<Source>, CatalogueError> {
        citations.iter().map(|citation| self.one(file, text, citation)).collect()
    }

    fn one(&self, file: &str, text: &str, citation: &Citation) -> Result<Source, CatalogueError> {
        let (key, section) = (citation.of.get_ref(), citation.section.get_ref());
        let Some(specification) = self.named.get(key).map(Spanned::get_ref) else {
            let what = format!("no specification has the key `{key}`");
            return Err(wrong(file, text, citation.of.span().start, what, "name it in profiles/requirements/sources.toml"));
        };
        let Some(place) = specification.sections.get(section.as_str()) else {
            let what = format!("{} has no section `{section}`", specification.title);
            let help = "add the section to profiles/requirements/sources.toml";
            return Err(wrong(file, text, citation.section.span().start, what, help));
        };
        self.cited.borrow_mut().insert((key.clone(), section.clone()));
        Ok(Source {
            specification: specification.name(),
            section: Some(section.clone()),
            number: citation.number.clone(),
            url: Some(format!("{}{place}", specification.url)),
        })
    }

    /// Refuses a section that nothing cites.
    pub(super) fn all_cited(&self) -> Result<(), CatalogueError> {
        let cited = self.cited.borrow();
        for (key, specification) in &self.named {
            for section in specification.get_ref().sections.keys() {
                if !cited.contains(&(key.clone(), section.get_ref().clone())) {
                    let what = format!("no requirement cites `{}` of {key}", section.get_ref());
                    return Err(wrong(FILE, TEXT, section.span().start, what, "take the section out"));
                }
            }
            if specification.get_ref().sections.is_empty() {
                let what = format!("no requirement cites `{key}`");
                return Err(wrong(FILE, TEXT, specification.span().start, what, "take the specification out"));
            }
        }
        Ok(())
    }

    /// The sections whose text was not re-read, each with the key of its specification.
    #[cfg(test)]
    pub(super) fn unread(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named.iter().flat_map(|(key, specification)| {
            specification.get_ref().unread.iter().map(move |section| (key.as_str(), section.get_ref().as_str()))
        })
    }
}

impl Specification {
    fn name(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.title),
            None => self.title.clone(),
        }
    }

    /// This guide in the version that `library` was compiled from. Another guide in its place is cited by the name of
    /// its package.
    fn compiled_into(mut self, library: &Library) -> Self {
        let packages = &library.provenance().packages;
        let own = packages.iter().find(|package| Some(&package.package) == self.package.as_ref());
        if let Some(compiled) = own.or_else(|| packages.last()) {
            if own.is_none() {
                self.title.clone_from(&compiled.package);
            }
            self.url = self.url.replace("{edition}", &edition(&compiled.version));
            self.version = Some(compiled.version.clone());
        }
        self
    }
}

/// The name under which HL7 publishes a version: 6.1.0 is STU6.1, 7.0.0 is STU7, 3.1.1 is STU3.1.1.
fn edition(version: &str) -> String {
    let mut short = version;
    while let Some(shorter) = short.strip_suffix(".0") {
        short = shorter;
    }
    format!("STU{short}")
}

/// `text` of `file` as data.
pub(super) fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, CatalogueError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(file, text, at, error.message().to_owned(), "correct the entry")
    })
}

/// The error at the byte `at` of `text`.
pub(super) fn wrong(file: &str, text: &str, at: usize, what: String, help: &str) -> CatalogueError {
    CatalogueError {
        file: format!("profiles/requirements/{file}"),
        line: text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1,
        what,
        help: help.to_owned(),
    }
}
