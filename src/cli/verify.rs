//! `probity verify`: whether a bundle of evidence is whole, and what it is evidence of.

use super::words::one_of;
use super::{Exit, output};
use crate::report::{self, Verified};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct VerifyArguments {
    /// The evidence.zip of a run.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// How it is told.
    #[arg(long, default_value = "text", value_parser = one_of(&["text", "json"], |word| word))]
    format: &'static str,
}

pub(super) fn verify(arguments: &VerifyArguments) -> Exit {
    let path = arguments.bundle.display();
    let bytes = match std::fs::read(&arguments.bundle) {
        Ok(bytes) => bytes,
        Err(why) => return output::fail(Exit::Usage, &format!("cannot read {path}: {why}")),
    };
    let verified = match report::verify(&bytes) {
        Ok(verified) => verified,
        Err(why @ (report::NoEvidence::NoArchive(_) | report::NoEvidence::Run(_))) => {
            return output::fail(Exit::Usage, &format!("{path}: {why}"));
        }
        Err(why) => return output::fail(Exit::Failed, &format!("{path}: {why}")),
    };
    match arguments.format {
        "json" => output::print(&format!("{:#}\n", in_json(&verified))),
        _ => output::print(&in_words(&verified)),
    }
    // A report that does not follow from the run is as good as changed.
    if verified.rendered_again == Some(false) { Exit::Failed } else { Exit::Passed }
}

fn in_words(verified: &Verified) -> String {
    let (run, start) = (&verified.run, &verified.run.start);
    let again = match verified.rendered_again {
        Some(true) => "the reports are, byte for byte, what this version renders from run.json",
        Some(false) => "THE REPORTS ARE NOT what this version renders from run.json",
        None => "another version made the reports, so they were not rendered again",
    };
    format!(
        "{} files, none changed; {again}\nrun {} of Probity {}, against {} ({}), environment {}\n{} to {}; gate {} (fails on {})\n\
         sha256 {}\n",
        verified.files,
        report::inert(&start.id),
        report::inert(&start.probity),
        report::inert(&start.target.name),
        report::inert(&start.target.fhir_base),
        report::inert(&start.target.environment),
        start.started.format("%Y-%m-%d %H:%M:%S UTC"),
        run.finished.format("%Y-%m-%d %H:%M:%S UTC"),
        verified.gate,
        run.gate.fail_on.word(),
        verified.sha256,
    )
}

fn in_json(verified: &Verified) -> serde_json::Value {
    let run = &verified.run;
    json!({
        "run": run.start.id,
        "probity": run.start.probity,
        "target": run.start.target,
        "started": run.start.started,
        "finished": run.finished,
        "gate": verified.gate,
        "files": verified.files,
        "rendered_again": verified.rendered_again,
        "sha256": verified.sha256,
    })
}
