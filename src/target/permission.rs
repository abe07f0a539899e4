//! What a target permits: scenarios that change or burden it need a written permission, and on production two requests.

use super::{Environment, Target};

impl Target {
    /// Whether a scenario with these tags (without `@`) may run; the error is the reason for the report.
    ///
    /// `flag` is whether intrusive scenarios were asked for on the command line. Off the embedded tenant they need
    /// the stated permission; on a production target they also need `intrusive = true` and the flag.
    ///
    /// # Errors
    /// What is not permitted.
    pub fn allows<T: AsRef<str>>(&self, tags: impl IntoIterator<Item = T>, flag: bool) -> Result<(), Forbidden> {
        let intrusive = tags.into_iter().any(|tag| tag.as_ref().trim_start_matches('@') == "intrusive");
        if !intrusive || self.environment == Environment::Embedded {
            return Ok(());
        }
        let name = &self.name;
        if !self.permitted {
            return Err(Forbidden(format!(
                "intrusive: no written permission stated; set `permitted = true` in [targets.{name}] once you have it"
            )));
        }
        if self.environment == Environment::Production && !(self.intrusive && flag) {
            let missing = match (self.intrusive, flag) {
                (false, true) => format!("set `intrusive = true` in [targets.{name}]"),
                (true, false) => "ask for it on the command line with `--intrusive`".to_owned(),
                _ => format!("set `intrusive = true` in [targets.{name}] and pass `--intrusive`"),
            };
            return Err(Forbidden(format!("intrusive: not on a production target; {missing}")));
        }
        Ok(())
    }
}

/// A scenario that this target does not permit: the reason, as a phrase with the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Forbidden(String);
