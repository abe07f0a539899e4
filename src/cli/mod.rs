//! The verbs of the command line: one file a verb.

mod attest;
mod blackout;
mod check;
mod diff;
mod exit;
mod explain;
mod fleet;
mod folder;
mod init;
mod inputs;
mod jwks;
mod list;
mod login;
mod output;
mod park;
mod profiles;
mod progress;
mod prove;
mod report;
mod run;
mod sample;
mod serve;
mod setting;
mod steps;
mod store;
mod terminology;
mod trial;
mod tune;
mod validate;
mod verify;
mod waivers;
mod words;

pub use exit::Exit;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Examines a SMART on FHIR patient-access API and says, with evidence, what conforms and what is unsafe.
#[derive(Parser)]
#[command(name = "probity", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run scenarios against a target and write reports.
    Run(Box<run::RunArguments>),
    /// List scenarios: id, strength, severity, name.
    List(list::ListArguments),
    /// Say what a requirement demands, where it is written, and what its scenario does.
    Explain(explain::ExplainArguments),
    /// Check a target step by step: configuration, network, discovery, sign-in of every user.
    Check(check::CheckArguments),
    /// Sign in once, told step by step; see it in a browser, or show how it is done.
    Login(login::LoginArguments),
    /// Ask a person what no program can see, and write down what they say.
    Attest(attest::AttestArguments),
    /// Print or serve the public keys of the configured clients, to register them at a server.
    Jwks(jwks::JwksArguments),
    /// Serve the embedded reference target until interrupted.
    Serve(serve::ServeArguments),
    /// Prove that the checks can fail: give the embedded target one fault at a time and see who notices.
    Prove(prove::ProveArguments),
    /// Put the parts of runs together, and show many targets in one table.
    Merge(fleet::MergeArguments),
    /// Render the reports of an earlier run again, also of one that was killed.
    Report(report::ReportArguments),
    /// Look whether a bundle of evidence is whole, and tell what it is evidence of.
    Verify(verify::VerifyArguments),
    /// Tell what a run says differently from an older one.
    Diff(diff::DiffArguments),
    /// Judge FHIR resources against FHIR R4 and the profiles of US Core.
    Validate(validate::ValidateArguments),
    /// Compile, list or export profiles.
    Profiles(profiles::ProfilesArguments),
    /// Write a commented configuration file.
    Init(init::InitArguments),
    /// List the phrases that feature files may use, with an example and the names that each takes.
    Steps(steps::StepsArguments),
    /// Write manual pages, one for each verb.
    Man {
        /// The folder for the pages; it is made if it is not there.
        folder: PathBuf,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Which target.
#[derive(Args, Clone)]
struct TargetArguments {
    /// The target's name in the configuration; `embedded` is the reference target that is part of Probity.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// The configuration file [default: probity.toml, if there is one; else the embedded target is taken].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl TargetArguments {
    /// The configuration that was named, or the usual one.
    fn config_path(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| PathBuf::from(setting::DEFAULT_CONFIG))
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // A panic's message may quote what a target sent; its place is all that may be shown.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        eprintln!("probity: bug: panic{place}; please report it");
    }));
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Passed };
            // Nothing can be done when the terminal is gone.
            let _ = error.print();
            return exit.into();
        }
    };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dispatch(arguments.verb)));
    outcome.unwrap_or(Exit::Bug).into()
}

fn dispatch(verb: Verb) -> Exit {
    match verb {
        Verb::Run(arguments) => on_runtime(run::run(*arguments)),
        Verb::List(arguments) => list::list(&arguments),
        Verb::Explain(arguments) => explain::explain(&arguments),
        Verb::Check(arguments) => on_runtime(check::check(arguments)),
        Verb::Login(arguments) => on_runtime(login::login(arguments)),
        Verb::Attest(arguments) => attest::attest(&arguments),
        Verb::Jwks(arguments) => on_runtime(jwks::jwks(arguments)),
        Verb::Serve(arguments) => on_runtime(serve::serve(arguments)),
        Verb::Prove(arguments) => prove::prove(&arguments),
        Verb::Merge(arguments) => on_runtime(fleet::merge(arguments)),
        Verb::Report(arguments) => report::report(&arguments),
        Verb::Verify(arguments) => verify::verify(&arguments),
        Verb::Diff(arguments) => diff::diff(&arguments),
        Verb::Validate(arguments) => validate::validate(&arguments),
        Verb::Profiles(arguments) => profiles::profiles(&arguments),
        Verb::Init(arguments) => init::init(&arguments),
        Verb::Steps(arguments) => steps::steps(&arguments),
        Verb::Man { folder } => {
            let made = std::fs::create_dir_all(&folder);
            match made.and_then(|()| clap_mangen::generate_to(Arguments::command(), &folder)) {
                Ok(()) => Exit::Passed,
                Err(why) => output::fail(Exit::Usage, &format!("cannot write to {}: {why}", folder.display())),
            }
        }
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "probity", &mut script);
            output::print(&String::from_utf8_lossy(&script));
            Exit::Passed
        }
    }
}

/// Runs a verb on a runtime of its own; the verb's future stays on this thread.
fn on_runtime(verb: impl Future<Output = Exit>) -> Exit {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(verb);
            runtime.shutdown_background();
            exit
        }
        Err(error) => output::fail(Exit::Bug, &format!("cannot start the runtime: {error}")),
    }
}
