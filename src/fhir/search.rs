//! A search as a client makes it: the request in its forms, and every page of the answer.

use super::{Bundle, page, read};
use crate::http::{Answer, Call, Door, NoAnswer};
use crate::smart::{Session, Site};
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// Pages that are read of one search.
const MOST: usize = 200;
/// Empty pages in a row after which nothing is expected any more.
const HOLLOW: usize = 4;

/// Parameters and values of a search, in order.
pub type Pairs = Vec<(String, String)>;

/// Every page of a search.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The answers, the first page first.
    pub answers: Vec<Answer>,
    /// Those of them that are Bundles.
    pub bundles: Vec<Bundle>,
    /// How it ended.
    pub end: End,
}

/// How the pages of a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With the last page.
    Whole,
    /// An answer other than 200.
    Refused(u16),
    /// An answer that is no Bundle.
    NoBundle,
    /// A next link to another server, which must not get the token.
    Elsewhere,
    /// A next link to a page that was there before.
    Loop,
    /// One empty page after another.
    Hollow,
    /// More pages than are read: it was not seen how it ends.
    Endless,
    /// No answer came.
    Silent(NoAnswer),
}

impl End {
    /// A phrase for reports.
    pub fn words(&self) -> String {
        match self {
            Self::Whole => "to the last page".to_owned(),
            Self::Refused(status) => format!("status {status}"),
            Self::NoBundle => "an answer that is no Bundle".to_owned(),
            Self::Elsewhere => "a next link to another server".to_owned(),
            Self::Loop => "a next link to a page that was there before".to_owned(),
            Self::Hollow => format!("{HOLLOW} empty pages in a row, and a next link after them"),
            Self::Endless => format!("more than {MOST} pages"),
            Self::Silent(none) => none.to_string(),
        }
    }
}

impl Pages {
    /// The pages of a search that got no answer.
    pub fn silent(none: NoAnswer) -> Self {
        Self { answers: Vec::new(), bundles: Vec::new(), end: End::Silent(none) }
    }

    /// Why the search could not be tested, if it could not.
    pub fn untested(&self) -> Option<String> {
        matches!(self.end, End::Endless | End::Silent(_)).then(|| self.end.words())
    }

    /// The matches of all pages.
    pub fn matches(&self) -> impl Iterator<Item = &Value> {
        self.bundles.iter().flat_map(Bundle::matches)
    }

    /// Every resource of all pages.
    pub fn resources(&self) -> impl Iterator<Item = &Value> {
        self.bundles.iter().flat_map(Bundle::resources)
    }

    /// `Type/id` of the matches.
    pub fn ids(&self) -> BTreeSet<String> {
        self.matches().map(reference_to).collect()
    }

    /// The status of the last answer; 0 when none came.
    pub fn status(&self) -> u16 {
        self.answers.last().map_or(0, Answer::status)
    }

    /// The media type of each answer, as far as it names one.
    pub fn media_types(&self) -> impl Iterator<Item = Option<String>> {
        self.answers.iter().map(Answer::media_type)
    }

    /// The numbers of the exchanges.
    pub fn numbers(&self) -> Vec<u32> {
        self.answers.iter().map(Answer::number).collect()
    }
}

/// `Type/id` of a resource.
pub fn reference_to(resource: &Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    format!("{}/{}", text("resourceType"), text("id"))
}

/// A search below the FHIR base, percent-encoded.
pub fn path(of: &str, pairs: &[(String, String)]) -> String {
    // A plus sign for a space is of forms; in a query not every server reads it so.
    format!("{of}?{}", form(pairs).replace('+', "%20"))
}

fn form(pairs: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// All pages of a GET search, each shared with whoever asks the same.
///
/// # Errors
/// [`NoAnswer`] when one did not come.
pub async fn search(door: &Door, site: &Site, session: &Session, path: &str, purpose: &str) -> Result<Pages, NoAnswer> {
    let first = read(door, site, session, path, purpose).await?;
    follow(door, site, session, first, purpose).await
}

/// All pages of a search by POST.
///
/// # Errors
/// [`NoAnswer`] when one did not come.
pub async fn search_by_post(
    door: &Door,
    site: &Site,
    session: &Session,
    of: &str,
    pairs: &[(String, String)],
    purpose: &str,
) -> Result<Pages, NoAnswer> {
    let call = Call::post_form(site.fhir(&format!("{of}/_search")), pairs, purpose);
    let first = session.send(door, site, call.header("accept", super::JSON)).await?;
    follow(door, site, session, first, purpose).await
}

async fn follow(door: &Door, site: &Site, session: &Session, first: Answer, purpose: &str) -> Result<Pages, NoAnswer> {
    let mut pages = Pages { answers: Vec::new(), bundles: Vec::new(), end: End::Whole };
    let mut seen: BTreeSet<Url> = BTreeSet::from([first.url().clone()]);
    let mut answer = first;
    let mut empty = 0;
    loop {
        let status = answer.status();
        let bundle = answer.json().ok().and_then(Bundle::of);
        let asked = answer.url().clone();
        pages.answers.push(answer);
        if status != 200 {
            pages.end = End::Refused(status);
            return Ok(pages);
        }
        let Some(bundle) = bundle else {
            pages.end = End::NoBundle;
            return Ok(pages);
        };
        let next = bundle.next(&asked);
        empty = if bundle.resources().next().is_none() { empty + 1 } else { 0 };
        pages.bundles.push(bundle);
        let Some(next) = next else { return Ok(pages) };
        pages.end = match () {
            () if next.origin() != site.base().origin() => End::Elsewhere,
            () if !seen.insert(next.clone()) => End::Loop,
            () if empty >= HOLLOW => End::Hollow,
            () if pages.answers.len() >= MOST => End::Endless,
            () => End::Whole,
        };
        if pages.end != End::Whole {
            return Ok(pages);
        }
        answer = page(door, site, session, next, purpose).await?;
    }
}
