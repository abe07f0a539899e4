//! `probity profiles`: compile FHIR packages to rules, say what is compiled, export JSON Schemas.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Exit, output};
use crate::profile::compile::{Compiled, compile};
use crate::profile::package::{self, Package};
use crate::profile::{Library, schema};
use crate::suite;

#[derive(Args)]
pub(super) struct ProfilesArguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Compile FHIR packages (folders, .tgz, or HL7's definition bundles) to a folder of rules.
    Compile {
        /// The packages, dependencies first; where two define the same URL, the later one counts.
        #[arg(required = true, value_name = "PACKAGE")]
        packages: Vec<PathBuf>,
        /// The folder to write.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Write nothing; fail if the folder does not hold exactly what the packages compile to.
        #[arg(long)]
        check: bool,
    },
    /// List the compiled profiles and what was left open.
    List {
        /// A folder of compiled profiles [default: the embedded US Core 6.1.0].
        #[arg(long, value_name = "FOLDER")]
        profiles: Option<PathBuf>,
        /// Also list the rules and value sets that the packages leave open.
        #[arg(long)]
        open: bool,
    },
    /// Write the features of a guide's resource types, as a run with these profiles has them.
    Features {
        /// The folder of features; those of the guide go into `us-core` in it.
        #[arg(value_name = "FOLDER")]
        features: PathBuf,
        /// A folder of compiled profiles [default: the embedded US Core 6.1.0].
        #[arg(long, value_name = "FOLDER")]
        profiles: Option<PathBuf>,
        /// Write nothing; fail if a feature differs.
        #[arg(long)]
        check: bool,
    },
    /// Export a JSON Schema for each profile.
    Export {
        /// The form to export.
        #[arg(long, required = true)]
        json_schema: bool,
        /// A folder of compiled profiles [default: the embedded US Core 6.1.0].
        #[arg(long, value_name = "FOLDER")]
        profiles: Option<PathBuf>,
        /// The folder to write.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

pub(super) fn profiles(arguments: &ProfilesArguments) -> Exit {
    let done = match &arguments.verb {
        Verb::Compile { packages, out, check } => compile_to(packages, out, *check),
        Verb::List { profiles, open } => library(profiles.as_deref()).map(|l| list(l.get(), *open)),
        Verb::Features { features: folder, profiles, check } => {
            library(profiles.as_deref()).and_then(|l| features(folder, l.get(), *check))
        }
        Verb::Export { profiles, out, .. } => library(profiles.as_deref()).and_then(|l| export(l.get(), out)),
    };
    done.unwrap_or_else(|(exit, text)| output::fail(exit, &text))
}

type Outcome<T = Exit> = Result<T, (Exit, String)>;

/// The embedded rules, or those of a folder.
pub(super) enum Opened {
    Embedded(&'static Library),
    Folder(Box<Library>),
}

impl Opened {
    /// For the rest of the process: a run has one library.
    pub(super) fn kept(self) -> &'static Library {
        match self {
            Self::Embedded(library) => library,
            Self::Folder(library) => Box::leak(library),
        }
    }

    pub(super) fn get(&self) -> &Library {
        match self {
            Self::Embedded(library) => library,
            Self::Folder(library) => library,
        }
    }
}

/// Opens the rules that a verb asks for.
pub(super) fn library(folder: Option<&Path>) -> Outcome<Opened> {
    match folder {
        None => Ok(Opened::Embedded(Library::embedded())),
        Some(folder) => match Library::open(folder) {
            Ok(library) => Ok(Opened::Folder(Box::new(library))),
            Err(error) => Err((Exit::Usage, error.to_string())),
        },
    }
}

fn compile_to(packages: &[PathBuf], out: &Path, check: bool) -> Outcome {
    let usage = |error: &dyn std::fmt::Display| (Exit::Usage, error.to_string());
    let mut read: Vec<Package> = Vec::new();
    for path in packages {
        read.push(package::read(path).map_err(|e| usage(&e))?);
    }
    let compiled = compile(&read).map_err(|e| usage(&e))?;
    let files = compiled.files().map_err(|e| (Exit::Bug, format!("cannot write rules: {e}")))?;
    if check {
        for (name, content) in &files {
            if fs::read_to_string(out.join(name)).ok().as_ref() != Some(content) {
                let path = out.join(name);
                let text = format!("{} is not what these packages compile to; compile it again", path.display());
                return Err((Exit::Failed, text));
            }
        }
        return Ok(Exit::Passed);
    }
    let write = |path: &Path, cause: std::io::Error| (Exit::Usage, format!("cannot write {}: {cause}", path.display()));
    fs::create_dir_all(out).map_err(|e| write(out, e))?;
    for (name, content) in &files {
        let path = out.join(name);
        fs::write(&path, content).map_err(|e| write(&path, e))?;
    }
    output::print(&summary(&compiled, out));
    Ok(Exit::Passed)
}

fn summary(compiled: &Compiled, out: &Path) -> String {
    let mut text = String::new();
    let provenance = &compiled.provenance;
    for source in &provenance.packages {
        let _ = writeln!(text, "read {} {} ({} files)", source.package, source.version, source.files);
    }
    for (what, count) in &provenance.counts {
        let _ = writeln!(text, "{count:>6}  {}", what.replace('_', " "));
    }
    let _ = writeln!(text, "{:>6}  rules that cannot be evaluated", provenance.not_evaluated.len());
    let _ = writeln!(text, "{:>6}  value sets that are not known whole", provenance.open_value_sets.len());
    let _ = writeln!(text, "written to {}; 'probity profiles list --open' names what is left open", out.display());
    text
}

fn list(library: &Library, open: bool) -> Exit {
    let mut text = String::new();
    let provenance = library.provenance();
    for source in &provenance.packages {
        let _ = writeln!(text, "{} {}  sha256 {}", source.package, source.version, source.sha256);
    }
    for url in library.urls() {
        if let Some(structure) = library.structure(url).filter(|s| s.profile && s.of != "Extension") {
            let _ = writeln!(text, "{:<22} {url}", structure.of);
        }
    }
    if open {
        for left in &provenance.not_evaluated {
            let rule = &left.rule;
            let _ = writeln!(
                text,
                "not evaluated: {} at {} of {}: {}",
                rule.rule, rule.element, left.structure, rule.reason
            );
        }
        for (url, reasons) in &provenance.open_value_sets {
            let _ = writeln!(text, "not known whole: {url}: {}", reasons.join("; "));
        }
    }
    output::print(&text);
    Exit::Passed
}

fn export(library: &Library, out: &Path) -> Outcome {
    let write = |path: &Path, cause: std::io::Error| (Exit::Usage, format!("cannot write {}: {cause}", path.display()));
    fs::create_dir_all(out).map_err(|e| write(out, e))?;
    let mut count = 0;
    for (name, schema) in schema::all(library) {
        let path = out.join(format!("{name}.schema.json"));
        let text = serde_json::to_string_pretty(&schema).map_err(|e| (Exit::Bug, e.to_string()))?;
        fs::write(&path, text + "\n").map_err(|e| write(&path, e))?;
        count += 1;
    }
    output::print(&format!("{count} schemas written to {}\n", out.display()));
    Ok(Exit::Passed)
}

fn features(folder: &Path, library: &Library, check: bool) -> Outcome {
    let rendered = suite::rendered(library).map_err(|error| (Exit::Usage, error.to_string()))?;
    let mut stale = 0;
    for (name, wanted) in rendered {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_ref() == Some(&wanted) {
            continue;
        }
        stale += 1;
        if !check {
            let failed = |error: std::io::Error| (Exit::Usage, format!("cannot write {}: {error}", path.display()));
            path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
            fs::write(&path, wanted).map_err(failed)?;
        }
        output::print(&format!("{} {}\n", if check { "differs:" } else { "written:" }, path.display()));
    }
    Ok(if check && stale > 0 { Exit::Failed } else { Exit::Passed })
}
