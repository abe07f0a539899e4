//! One search as a careful app makes it: where the server insists on a status, with every status there is (US Core 6.1.0,
//! General Guidance: searching with a status).

use crate::fhir::{self, End, Pages, Pairs};
use crate::http::{Answer, Door, NoAnswer};
use crate::profile::Library;
use crate::search::status;
use crate::smart::{Session, Site};

/// Statuses that are tried before the others.
const FEW: usize = 2;

/// A search that was made, with the parameters that it was made with in the end.
pub type Answered = (Pairs, Pages);

/// What asking needs.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The way to the target.
    pub door: &'a Door,
    /// The tenant.
    pub site: &'a Site,
    /// What statuses there are.
    pub library: &'a Library,
    /// Whether a refusal must say so in an `OperationOutcome` before statuses are named.
    pub strict: bool,
}

impl Asking<'_> {
    /// The search; or, where the server insists on a status, the same with all statuses joined by commas; or, where it
    /// does not take that, one search for each status that it takes.
    ///
    /// # Errors
    /// [`NoAnswer`] when one did not come.
    pub async fn ask(
        self,
        session: &Session,
        of: &str,
        pairs: &Pairs,
        purpose: &str,
    ) -> Result<Vec<Answered>, NoAnswer> {
        let first = self.search(session, of, pairs, purpose).await?;
        let refused = first.end == End::Refused(400) && (!self.strict || first.answers.last().is_some_and(explains));
        let status = status(self.library, of).filter(|(name, _)| refused && pairs.iter().all(|(own, _)| own != name));
        let Some((name, codes)) = status else { return Ok(vec![(pairs.clone(), first)]) };
        let with = |value: &str| {
            let mut pairs = pairs.clone();
            pairs.push((name.clone(), value.to_owned()));
            pairs
        };
        let all = with(&codes);
        let together = self.search(session, of, &all, purpose).await?;
        if !is_refused(&together) {
            return Ok(vec![(all, together)]);
        }
        // Several values in one search are optional for some statuses. If none of the first few is taken, the refusal is
        // about something else.
        let codes: Vec<&str> = codes.split(',').collect();
        let (few, others) = codes.split_at(FEW.min(codes.len()));
        let mut taken = self.each(session, of, few.iter().map(|code| with(code)), purpose).await?;
        if !taken.is_empty() {
            taken.extend(self.each(session, of, others.iter().map(|code| with(code)), purpose).await?);
        }
        Ok(if taken.is_empty() { vec![(pairs.clone(), first)] } else { taken })
    }

    /// Those of several searches that are not refused.
    async fn each(
        self,
        session: &Session,
        of: &str,
        all: impl Iterator<Item = Pairs>,
        purpose: &str,
    ) -> Result<Vec<Answered>, NoAnswer> {
        let made = all.map(|pairs| async move {
            let pages = self.search(session, of, &pairs, purpose).await?;
            Ok((pairs, pages))
        });
        let made: Result<Vec<Answered>, NoAnswer> = futures::future::join_all(made).await.into_iter().collect();
        Ok(made?.into_iter().filter(|(_, pages)| !is_refused(pages)).collect())
    }

    async fn search(self, session: &Session, of: &str, pairs: &Pairs, purpose: &str) -> Result<Pages, NoAnswer> {
        fhir::search(self.door, self.site, session, &fhir::path(of, pairs), purpose).await
    }
}

fn is_refused(pages: &Pages) -> bool {
    matches!(pages.end, End::Refused(400..=499))
}

fn explains(answer: &Answer) -> bool {
    answer.json().is_ok_and(|body| body["resourceType"] == "OperationOutcome")
}
