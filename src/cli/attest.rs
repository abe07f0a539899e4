//! `probity attest`: asks a person what no program can see, and writes down what they say.

use super::{Exit, TargetArguments, output};
use crate::record::{Attestation, Id};
use crate::suite::{Catalogue, Scenario};
use crate::target;
use chrono::{NaiveDate, Utc};
use clap::Args;
use std::fmt::Write as _;
use std::io::{BufRead, Write as _};
use std::path::{Path, PathBuf};

/// The file looked for when none is named.
pub(super) const DEFAULT: &str = "probity-attestations.toml";
/// The tag of what a person answers for.
const TAG: &str = "@attestation";

#[derive(Args)]
pub(super) struct AttestArguments {
    /// Which questions: ids or dotted prefixes of ids; all that are outstanding when none is given.
    #[arg(value_name = "ID|PREFIX")]
    wanted: Vec<String>,
    #[command(flatten)]
    target: TargetArguments,
    /// The file that the answers are added to [default: probity-attestations.toml beside the configuration].
    #[arg(long, value_name = "FILE")]
    attestations: Option<PathBuf>,
    /// Who answers: name and role. It is asked when it is not given.
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Ask nothing: list the questions and who has answered them.
    #[arg(long)]
    list: bool,
}

pub(super) fn attest(arguments: &AttestArguments) -> Exit {
    match ask_all(arguments) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn ask_all(arguments: &AttestArguments) -> Result<Exit, Exit> {
    let catalogue = Catalogue::embedded().map_err(|error| output::fail(Exit::Bug, &error.to_string()))?;
    let wanted = if arguments.wanted.is_empty() { vec![TAG.to_owned()] } else { arguments.wanted.clone() };
    let selected = catalogue.select(&wanted).map_err(|none| output::fail(Exit::NothingSelected, &none.to_string()))?;
    let questions: Vec<&Scenario> =
        selected.into_iter().filter_map(|at| catalogue.scenarios().get(at)).filter(|own| is_asked(own)).collect();
    if questions.is_empty() {
        let text = "nobody is asked about these\n  help: `probity list @attestation` lists what a person answers for";
        return Err(output::fail(Exit::NothingSelected, text));
    }
    let (name, folder) = target_of(&arguments.target)?;
    let path = arguments.attestations.clone().unwrap_or_else(|| folder.join(DEFAULT));
    let today = Utc::now().date_naive();
    let known = read(&path, &catalogue, today)?;
    let answer = |own: &Scenario| Attestation::newest(&known, &own.requirement.id, &name, today);
    if arguments.list {
        for own in questions {
            let state = match answer(own) {
                Some(one) if one.holds => format!("attested by {}, on {}", one.by, one.on),
                Some(one) => format!("does not hold, says {}, on {}", one.by, one.on),
                None => "outstanding".to_owned(),
            };
            output::print(&format!("{}\n  {}\n  {state}\n", own.requirement.id, own.requirement.text));
        }
        return Ok(Exit::Passed);
    }
    let open: Vec<&Scenario> = questions.into_iter().filter(|own| answer(own).is_none()).collect();
    output::print(&format!("{} outstanding for the target {name}.\n", count(open.len())));
    let mut desk = Desk {
        folder: path.parent().unwrap_or(Path::new("")),
        by: arguments.by.clone(),
        input: std::io::stdin().lock(),
    };
    let mut given = 0;
    for (number, own) in open.iter().enumerate() {
        output::print(&format!("\n{} of {}: {}\n", number + 1, open.len(), described(own)));
        let Some(said) = desk.question(&own.requirement.id, &name, today) else { continue };
        append(&path, &said)
            .map_err(|why| output::fail(Exit::Usage, &format!("cannot write {}: {why}", path.display())))?;
        given += 1;
    }
    output::print(&format!("\n{} written to {}; the next run counts them.\n", count(given), path.display()));
    Ok(Exit::Passed)
}

fn count(number: usize) -> String {
    if number == 1 { "1 answer".to_owned() } else { format!("{number} answers") }
}

/// Whether a person answers for it.
pub(super) fn is_asked(own: &Scenario) -> bool {
    own.tags.iter().any(|tag| *tag == TAG[1..])
}

/// The target's name, and the folder of the configuration. Nothing of the target itself is needed.
///
/// # Errors
/// How the process ends; the reason has been printed.
fn target_of(arguments: &TargetArguments) -> Result<(String, PathBuf), Exit> {
    let path = arguments.config_path();
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let named = arguments.target.as_deref();
    if named == Some("embedded") || (arguments.config.is_none() && !path.exists()) {
        return Ok((named.unwrap_or("embedded").to_owned(), folder));
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| output::fail(Exit::Usage, &format!("cannot read {}: {error}", path.display())))?;
    let name = target::chosen(&text, &path, named).map_err(|error| output::refuse(&error))?;
    Ok((name, folder))
}

fn described(own: &Scenario) -> String {
    let requirement = &own.requirement;
    let mut text = format!("{}\n  {}\n", requirement.id, requirement.text);
    if let Some(advice) = &requirement.advice {
        let _ = writeln!(text, "  How to look: {advice}");
    }
    for source in &requirement.sources {
        let section = source.section.as_ref().map_or_else(String::new, |section| format!(", {section}"));
        let _ = writeln!(text, "  Source: {}{section}", source.specification);
    }
    text
}

/// Where questions are asked and answered.
struct Desk<'d, R> {
    folder: &'d Path,
    by: Option<String>,
    input: R,
}

impl<R: BufRead> Desk<'_, R> {
    /// What the person says; `None` leaves it outstanding.
    fn question(&mut self, id: &Id, target: &str, today: NaiveDate) -> Option<Attestation> {
        let holds = loop {
            match self.line("Does it hold? [y]es, [n]o, [s]kip: ")?.to_lowercase().as_str() {
                "y" | "yes" => break true,
                "n" | "no" => break false,
                "s" | "skip" | "" => return None,
                _ => {}
            }
        };
        let statement = self.filled("What did you see, and where? ")?;
        let by = match self.by.clone() {
            Some(by) => by,
            None => self.filled("Who are you (name, role)? ")?,
        };
        self.by = Some(by.clone());
        let (evidence, sha256) = self.evidence()?;
        let target = Some(target.to_owned());
        Some(Attestation { id: id.clone(), target, holds, statement, by, on: today, until: None, evidence, sha256 })
    }

    fn evidence(&mut self) -> Option<(Option<String>, Option<String>)> {
        loop {
            let name = self.line("A file that shows it, if there is one: ")?;
            if name.is_empty() {
                return Some((None, None));
            }
            match target::digest(&self.folder.join(&name)) {
                Ok(digest) => return Some((Some(name), Some(digest))),
                Err(why) => output::print(&format!("{name} cannot be read: {why}\n")),
            }
        }
    }

    fn filled(&mut self, prompt: &str) -> Option<String> {
        loop {
            let said = self.line(prompt)?;
            if !said.is_empty() {
                return Some(said);
            }
        }
    }

    /// One line; `None` at the end of the input.
    fn line(&mut self, prompt: &str) -> Option<String> {
        output::print(prompt);
        let _ = std::io::stdout().flush();
        let mut text = String::new();
        match self.input.read_line(&mut text) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(text.trim().to_owned()),
        }
    }
}

#[derive(serde::Serialize)]
struct File<'f> {
    attestation: [&'f Attestation; 1],
}

fn append(path: &Path, said: &Attestation) -> std::io::Result<()> {
    let text = toml::to_string(&File { attestation: [said] }).map_err(std::io::Error::other)?;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    let gap = if file.metadata()?.len() == 0 { "" } else { "\n" };
    file.write_all(format!("{gap}{text}").as_bytes())
}

/// The attestations of a file; none when there is no such file. Each must be of a scenario that a person answers for.
///
/// # Errors
/// How the process ends; the reason has been printed.
pub(super) fn read(path: &Path, catalogue: &Catalogue, today: NaiveDate) -> Result<Vec<Attestation>, Exit> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| output::fail(Exit::Usage, &format!("cannot read {}: {error}", path.display())))?;
    let all = target::attestations(&text, path, today).map_err(|error| output::refuse(&error))?;
    let asked = |id: &Id| catalogue.scenarios().iter().any(|own| own.requirement.id == *id && is_asked(own));
    match all.iter().find(|own| !asked(&own.id)) {
        Some(unknown) => Err(output::fail(
            Exit::Usage,
            &format!(
                "{}: nobody is asked about `{}`\n  help: `probity list @attestation` lists what a person answers for",
                path.display(),
                unknown.id
            ),
        )),
        None => Ok(all),
    }
}
