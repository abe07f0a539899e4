//! The specifications that requirements cite: each named once, each section of them too.

use super::error::CatalogueError;
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
    url: Option<String>,
    /// The sections, each with its place below `url`.
    #[serde(default)]
    sections: BTreeMap<Spanned<String>, String>,
    /// The sections whose text was not at hand when the requirements were checked against their sources.
    #[serde(default)]
    unread: Vec<Spanned<String>>,
}

/// Every specification that can be cited, and what was cited of it so far.
pub(super) struct Sources {
    text: String,
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
        Ok(Self { text: text.to_owned(), named, cited: RefCell::default() })
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
            return Err(wrong(
                file,
                text,
                citation.of.span().start,
                what,
                "name it in profiles/requirements/sources.toml",
            ));
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
            url: specification.url.as_ref().map(|url| format!("{url}{place}")),
        })
    }

    /// Refuses a section that nothing cites.
    pub(super) fn all_cited(&self) -> Result<(), CatalogueError> {
        let cited = self.cited.borrow();
        for (key, specification) in &self.named {
            for section in specification.get_ref().sections.keys() {
                if !cited.contains(&(key.clone(), section.get_ref().clone())) {
                    let what = format!("no requirement cites `{}` of {key}", section.get_ref());
                    return Err(wrong(FILE, &self.text, section.span().start, what, "take the section out"));
                }
            }
            if specification.get_ref().sections.is_empty() {
                let what = format!("no requirement cites `{key}`");
                return Err(wrong(FILE, &self.text, specification.span().start, what, "take the specification out"));
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
    /// its package, without links: its pages are elsewhere.
    fn compiled_into(mut self, library: &Library) -> Self {
        let packages = &library.provenance().packages;
        let own = packages.iter().find(|package| Some(&package.package) == self.package.as_ref());
        self.url = self.url.zip(own).map(|(url, own)| url.replace("{edition}", &edition(&own.version)));
        if let Some(compiled) = own.or_else(|| packages.last()) {
            if own.is_none() {
                self.title.clone_from(&compiled.package);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: &str = r##"[source.a]
title = "A"
url = "https://a.test/"
[source.a.sections]
"1" = "#1"
"2" = "#2"
[guide.us-core]
package = "hl7.fhir.us.core"
title = "US Core"
url = "https://g.test/{edition}/"
[guide.us-core.sections]
"Security" = "security.html"
"##;

    #[derive(Deserialize)]
    struct Entry {
        source: Vec<Citation>,
    }

    fn resolved(text: &str) -> Result<Vec<Source>, String> {
        let entry: Entry = parse("some.toml", text).map_err(|error| error.to_string())?;
        let sources = Sources::parse(SOURCES, Library::embedded()).map_err(|error| error.to_string())?;
        sources.resolve("some.toml", text, &entry.source).map_err(|error| error.to_string())
    }

    #[test]
    fn a_citation_becomes_the_name_the_section_and_a_link() {
        let found = resolved(
            "source = [{ of = 'a', section = '2', number = 'R-7' }, { of = 'us-core', section = 'Security' }]",
        );
        let found = found.unwrap();
        assert_eq!((found[0].specification.as_str(), found[0].number.as_deref()), ("A", Some("R-7")));
        assert_eq!(found[0].url.as_deref(), Some("https://a.test/#2"));
        assert_eq!(found[1].specification, "US Core 6.1.0");
        assert_eq!(found[1].url.as_deref(), Some("https://g.test/STU6.1/security.html"));
    }

    #[test]
    fn an_unknown_specification_or_section_is_refused_with_its_line() {
        let key = resolved("\nsource = [{ of = 'b', section = '1' }]").unwrap_err();
        assert!(key.starts_with("profiles/requirements/some.toml:2: no specification has the key `b`"), "{key}");
        let section = resolved("source = [\n{ of = 'a', section = '1' },\n{ of = 'a', section = '9' }]").unwrap_err();
        assert!(section.starts_with("profiles/requirements/some.toml:3: A has no section `9`"), "{section}");
        let member = resolved("source = [{ of = 'a', section = '1', page = 3 }]").unwrap_err();
        assert!(member.contains("some.toml:1: ") && member.contains("page"), "{member}");
    }

    #[test]
    fn a_section_that_nothing_cites_is_refused_with_its_line() {
        let sources = Sources::parse(SOURCES, Library::embedded()).unwrap();
        let error = sources.all_cited().unwrap_err().to_string();
        assert!(error.starts_with("profiles/requirements/sources.toml:5: no requirement cites `1` of a"), "{error}");
    }

    #[test]
    fn the_editions_of_a_guide_have_the_names_that_they_are_published_under() {
        let names = ["3.1.1", "4.0.0", "5.0.1", "6.1.0", "7.0.0"].map(edition);
        assert_eq!(names, ["STU3.1.1", "STU4", "STU5.0.1", "STU6.1", "STU7"]);
    }

    #[test]
    fn the_sections_that_nobody_has_read_again_only_become_fewer() {
        let sources = Sources::read(Library::embedded()).unwrap();
        // Read a section, take it out of `unread` and lower the number; never raise it.
        assert_eq!(sources.unread().count(), 24, "{:?}", sources.unread().collect::<Vec<_>>());
    }
}
