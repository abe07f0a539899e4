//! The binary as its users meet it: exit codes, messages, reports, proofs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

mod attest;
mod bad_input;
mod browser;
mod chart;
mod configuration;
mod definitions;
mod firefox;
mod fleet;
mod guides;
mod login;
mod manners;
mod origins;
mod parking;
mod person;
#[cfg(unix)]
mod pipelines;
mod portals;
mod proof;
#[path = "../require/mod.rs"]
mod require;
mod runs;
mod secrets;
mod setup;
mod sign_in;
mod store;
mod tls;
#[cfg(unix)]
mod tune;
mod vocabulary;

use std::path::Path;
use std::process::{Command, Output};

/// The binary in `folder`, without colours and without what the environment says of Probity.
pub fn probity(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probity"));
    command.current_dir(folder).args(arguments).env("NO_COLOR", "1").env_remove("COLUMNS");
    command
}

/// Runs it and returns exit code, standard output and standard error.
pub fn ran(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// A reference target in this process, and a configuration that knows it as any other server.
pub struct Foreign {
    runtime: tokio::runtime::Runtime,
    serving: Option<probity::tenant::Serving>,
}

impl Foreign {
    /// A server with these faults.
    pub fn with(faults: &[&str]) -> Self {
        Self::start(faults, false)
    }

    /// The same, whose pages of sign-ins are made by scripts.
    pub fn with_script_pages(faults: &[&str]) -> Self {
        Self::start(faults, true)
    }

    fn start(faults: &[&str], script_pages: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let faults = faults.iter().map(|id| (*id).to_owned()).collect();
        let options = probity::tenant::Options { faults, script_pages, ..probity::tenant::Options::default() };
        let serving = runtime.block_on(probity::tenant::serve(options)).unwrap();
        Self { runtime, serving: Some(serving) }
    }

    fn serving(&self) -> &probity::tenant::Serving {
        self.serving.as_ref().unwrap()
    }

    /// Writes `probity.toml` into `folder`: preset `generic`, bodies by the default rule.
    pub fn configure(&self, folder: &Path) {
        let user = |name: &str, n: u8| {
            format!(
                "[targets.foreign.users.{name}]\nusername = \"user-{n}\"\npatient = \"patient-{n}\"\n\
                 password = {{ env = \"PROBITY_EMBEDDED_HARBOR_USER_{n}_PASSWORD\" }}\n"
            )
        };
        let text = format!(
            "[targets.foreign]\nfhir_base = \"{}/provider/patient-access/v2/harbor\"\nenvironment = \"preview\"\npermitted = true\n\
             [targets.foreign.limits]\nrequests_per_second = 0\nconcurrency = 8\n\
             [targets.foreign.waits]\ncluster_lag = \"0s\"\n\
             [targets.foreign.clients.public]\nid = \"probity-public\"\n\
             [targets.foreign.clients.second]\nid = \"probity-second\"\nredirect_uri = \"http://127.0.0.1:9797/second/callback\"\n\
             [targets.foreign.clients.confidential]\nid = \"probity-confidential\"\n\
             secret = {{ env = \"PROBITY_EMBEDDED_HARBOR_CONFIDENTIAL_SECRET\" }}\nmethod = \"basic\"\n{}{}{}",
            self.serving().origin(),
            user("a", 1),
            user("b", 2),
            user("c", 3)
        );
        std::fs::write(folder.join("probity.toml"), text).unwrap();
    }

    /// As [`Foreign::configure`], with parts of the text replaced.
    pub fn configure_with(&self, folder: &Path, changes: &[(&str, &str)]) {
        self.configure(folder);
        let path = folder.join("probity.toml");
        let text = changes.iter().fold(std::fs::read_to_string(&path).unwrap(), |text, (from, to)| {
            assert!(text.contains(from), "{from} is in the configuration");
            text.replace(from, to)
        });
        std::fs::write(path, text).unwrap();
    }

    /// The binary in `folder` with the secrets in its environment.
    pub fn probity(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = probity(folder, arguments);
        command.envs(self.serving().secrets());
        command
    }

    /// The secret that the environment calls so.
    pub fn secrets_by_name(&self, name: &str) -> String {
        self.serving().secrets()[name].clone()
    }

    /// The secrets of this start, by the names that the environment gives them.
    pub fn named_secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.serving().secrets().iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Waits for what a person's browser does.
    pub fn block_on<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// The secrets of this start.
    pub fn secrets(&self) -> Vec<String> {
        self.serving().secrets().values().cloned().collect()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _guard = self.runtime.enter();
        self.serving.take();
    }
}
