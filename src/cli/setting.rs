//! Where a verb's target comes from: the configuration file, or the embedded reference target.

use super::{Exit, TargetArguments, output};
use crate::http::Door;
use crate::record::{Entry, Ledger, SetupRecord};
use crate::target::{self, Authorities, Target, Values};
use crate::tenant::{self, Serving};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file looked for when none is named.
pub(super) const DEFAULT_CONFIG: &str = "probity.toml";

/// What was written down of the setup, newest last.
pub(super) type Notes = Arc<Mutex<Vec<SetupRecord>>>;

/// A target, and the server behind it when it is the embedded one.
pub(super) struct Setting {
    /// Who is examined.
    pub(super) target: Arc<Target>,
    /// Folder of the configuration file, where the waivers are looked for.
    pub(super) folder: PathBuf,
    /// Keeps the embedded target alive.
    _serving: Option<Serving>,
}

impl Setting {
    /// A door to the target for a verb that makes no report: of what is written down only the setup is kept.
    ///
    /// # Errors
    /// How the process ends; the reason has been printed.
    pub(super) fn door(&self) -> Result<(Door, Notes), Exit> {
        let notes = Notes::default();
        let kept = Arc::clone(&notes);
        let ledger = Ledger::new(Box::new(move |entry| {
            if let Entry::Setup(setup) = entry {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push((**setup).clone());
            }
        }));
        match Door::open(&self.target, ledger, None) {
            Ok(door) => Ok((door, notes)),
            Err(what) => Err(output::fail(Exit::Usage, &what.to_string())),
        }
    }

    /// Finds the target that the arguments name, and starts it if it is the embedded one.
    ///
    /// # Errors
    /// How the process ends; the reason has been printed.
    pub(super) async fn find(arguments: &TargetArguments) -> Result<Self, Exit> {
        let wants_embedded = arguments.target.as_deref() == Some("embedded");
        let path = arguments.config_path();
        let exists = path.exists();
        if !exists && (arguments.config.is_some() || (arguments.target.is_some() && !wants_embedded)) {
            let text = format!(
                "there is no configuration file {}\n  help: write one with `probity init`, or name one with --config",
                path.display()
            );
            return Err(output::fail(Exit::Usage, &text));
        }
        if wants_embedded || !exists {
            return Self::embedded(Vec::new(), 0).await;
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| output::fail(Exit::Usage, &format!("cannot read {}: {error}", path.display())))?;
        let loaded = target::load(&text, &path, arguments.target.as_deref(), &Values::default());
        let target = loaded.map_err(|error| output::refuse(&error))?;
        for warning in &target.warnings {
            output::note(&format!("probity: warning: {warning}"));
        }
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { target: Arc::new(target), folder, _serving: None })
    }

    /// Starts the embedded target with these faults.
    ///
    /// # Errors
    /// How the process ends; the reason has been printed.
    pub(super) async fn embedded(faults: Vec<String>, port: u16) -> Result<Self, Exit> {
        let options = tenant::Options { port, faults, ..tenant::Options::default() };
        let serving = tenant::serve(options).await.map_err(|error| output::fail(Exit::Usage, &error.to_string()))?;
        let values = Values::new(serving.secrets().clone());
        let mut target = target::embedded(serving.origin(), &values)
            .map_err(|error| output::fail(Exit::Bug, &error.render(output::colour_on_stderr())))?;
        target.tls.extra_ca = serving
            .authority()
            .map(|pem| Authorities { pem: pem.as_bytes().to_vec(), from: "the embedded target".to_owned() });
        Ok(Self { target: Arc::new(target), folder: PathBuf::new(), _serving: Some(serving) })
    }
}
