//! The waivers of a run: each is about a scenario that there is.

use super::{Exit, output};
use crate::record::{Id, Waiver};
use crate::suite::Catalogue;
use crate::target;
use std::path::Path;

/// The file beside a configuration.
pub(super) const DEFAULT: &str = "probity-waivers.toml";

/// The waivers in the file that was named, or in the one beside the configuration.
///
/// # Errors
/// How the process ends; the reason has been printed.
pub(super) fn read(named: Option<&Path>, folder: &Path, catalogue: &Catalogue) -> Result<Vec<Waiver>, Exit> {
    let path = &named.map_or_else(|| folder.join(DEFAULT), Path::to_path_buf);
    if named.is_none() && !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| output::fail(Exit::Usage, &format!("cannot read {}: {error}", path.display())))?;
    let all = target::waivers(&text, path).map_err(|error| output::refuse(&error))?;
    let known = |id: &Id| catalogue.scenarios().iter().any(|own| own.requirement.id == *id);
    match all.iter().find(|own| !known(&own.id)) {
        // A waiver that is misspelt waives nothing, and nobody would notice.
        Some(unknown) => {
            let help = "`probity list` has the ids of all scenarios";
            let what = format!("{}: there is no scenario `{}`\n  help: {help}", path.display(), unknown.id);
            Err(output::fail(Exit::Usage, &what))
        }
        None => Ok(all),
    }
}
