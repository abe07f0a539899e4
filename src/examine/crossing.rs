//! One patient's record asked for with another's token: which requests a way makes, and what came of them.

use super::Observation;
use super::canary::{Canaries, Echo, Leak};
use super::isolation::{Received, Record};
use std::collections::{BTreeMap, BTreeSet};

/// What finds each type: the parameter that names the patient, and the other parameters.
pub type Searches = BTreeMap<String, (String, Vec<(String, String)>)>;

/// Who asks, whose record it is, and what is known of how to ask for it.
pub struct Parties<'c> {
    /// Whose token is sent.
    pub asker: Record<'c>,
    /// Whose record is asked for.
    pub owner: Record<'c>,
    /// The FHIR base, without a slash at its end.
    pub base: String,
    /// What found each type for the owner: the parameter that names the patient, and the other parameters.
    pub searches: Searches,
    /// The link to a next page of one of the owner's own searches.
    pub next: Option<String>,
}

/// How many of the requests of a way are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Its first request for one type; which one changes from way to way.
    One(usize),
    /// Its first request for every type, its others for one type each.
    EveryType,
    /// Every request for every type.
    Everything,
}

/// A request with its names filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The request as it is written in the table of ways.
    pub template: &'static str,
    /// The type that it is made for, if it is made for each.
    pub of: Option<String>,
    /// The HTTP method.
    pub method: &'static str,
    /// The URL, below the FHIR base or whole.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body, and what it is called unless a header says.
    pub body: Option<(String, &'static str)>,
    /// The values of the record in it, which no report may show.
    pub values: Vec<String>,
}

impl Request {
    /// All of it as text: what it names is no leak when it is echoed.
    pub fn text(&self) -> String {
        let headers: Vec<String> = self.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let body = self.body.as_ref().map_or("", |(body, _)| body.as_str());
        format!("{} {} {} {body}", self.method, self.url, headers.join(" "))
    }
}

/// The requests of a way, and how many there are in the whole product of requests and types.
pub fn requests(asks: &[&'static str], parties: &Parties<'_>, extent: Extent) -> (Vec<Request>, usize) {
    let types: BTreeSet<&str> = parties.owner.own().filter_map(|body| body["resourceType"].as_str()).collect();
    let types: Vec<&str> = types.into_iter().collect();
    let mut made = Vec::new();
    let mut product = 0;
    for (at, template) in asks.iter().enumerate() {
        let for_each = template.contains("{Type}") || template.contains("{b.id}");
        let all: Vec<Request> = match for_each {
            true => types.iter().filter_map(|of| parties.fill(template, Some(of))).collect(),
            false => parties.fill(template, None).into_iter().collect(),
        };
        product += all.len();
        let one = |turn: usize| all.get(turn.checked_rem(all.len()).unwrap_or(0)).cloned();
        match extent {
            Extent::Everything => made.extend(all),
            Extent::EveryType if at == 0 => made.extend(all),
            Extent::EveryType => made.extend(one(at)),
            Extent::One(turn) if at == 0 || made.is_empty() => made.extend(one(turn)),
            Extent::One(_) => {}
        }
    }
    (made, product)
}

impl Parties<'_> {
    /// A template with its names filled in; none if a record shows nothing to put there.
    pub(super) fn fill(&self, template: &'static str, of: Option<&str>) -> Option<Request> {
        let (head, body) = match template.split_once(" || ") {
            Some((head, body)) => (head, Some(body)),
            None => (template, None),
        };
        let mut parts = head.split(" | ");
        let (method, path) = parts.next()?.split_once(' ')?;
        let method = METHODS.into_iter().find(|own| *own == method)?;
        let values = SHOWN_BY.iter().filter(|name| template.contains(&format!("{{b.{name}}}")));
        let mut values: Vec<String> = values.filter_map(|name| self.owner.value(name)).collect();
        if template.contains("{b.own-identifier}") {
            values.extend(self.owner.value(&format!("{}.identifier", of?)));
        }
        let mut headers = Vec::new();
        for header in parts {
            let (name, value) = header.split_once(": ")?;
            headers.push((name.to_ascii_lowercase(), self.filled(value, of, str::to_owned)?));
        }
        let body = match body {
            // `{search}` is a name, `{"query": ...}` is JSON.
            Some(body) if body.starts_with("{\"") => Some((self.filled(body, of, json)?, "application/fhir+json")),
            Some(body) => Some((self.filled(body, of, encoded)?, "application/x-www-form-urlencoded")),
            None => None,
        };
        let url = self.filled(path, of, encoded)?;
        Some(Request { template, of: of.map(str::to_owned), method, url, headers, body, values })
    }

    fn filled(&self, text: &str, of: Option<&str>, written: impl Fn(&str) -> String) -> Option<String> {
        let rest = of.map(|of| self.rest(of)).unwrap_or_default();
        // Without further parameters their separator goes too.
        let mut text = match rest.as_str() {
            "" => text.replace("&{rest}", "").replace("?{rest}", "").replace("{rest}", ""),
            rest => text.replace("{rest}", rest),
        };
        let mut from = 0;
        while let Some(open) = text[from..].find('{').map(|at| from + at) {
            let Some(close) = text[open..].find('}').map(|at| open + at) else { break };
            let name = &text[open + 1..close];
            if !is_name(name) {
                from = open + 1;
                continue;
            }
            let value = self.value(name, of, &written)?;
            text.replace_range(open..=close, &value);
            from = open + value.len();
        }
        Some(text)
    }

    /// What stands for a name; what is an address or a query already is not encoded again.
    fn value(&self, name: &str, of: Option<&str>, written: &impl Fn(&str) -> String) -> Option<String> {
        let own = |record: &Record<'_>, name: &str| record.value(name).map(|value| written(&value));
        Some(match name {
            "a" => written(self.asker.patient),
            "b" => written(self.owner.patient),
            "base" => self.base.clone(),
            "Type" => of?.to_owned(),
            "patient" => self.by(of?),
            "search" => {
                let rest = self.rest(of?);
                let first = format!("{}={}", self.by(of?), encoded(self.owner.patient));
                if rest.is_empty() { first } else { format!("{first}&{rest}") }
            }
            "b.id" => own(&self.owner, of?)?,
            "b.version" => own(&self.owner, &format!("{}.version", of?))?,
            "b.own-identifier" => own(&self.owner, &format!("{}.identifier", of?))?,
            "a.id" => own(&self.asker, of?)?,
            "b.next" => self.next.clone().filter(|url| self.is_own(url))?,
            // An address elsewhere is none of this server's.
            "b.attachment" => self.owner.value("attachment").filter(|url| self.is_own(url))?,
            name => own(&self.owner, name.strip_prefix("b.")?)?,
        })
    }

    fn is_own(&self, url: &str) -> bool {
        let base = url::Url::parse(&self.base).ok();
        let url = base.as_ref().and_then(|base| base.join(url).ok());
        url.zip(base).is_some_and(|(url, base)| url.origin() == base.origin())
    }

    /// The parameter that names the patient of a type.
    fn by(&self, of: &str) -> String {
        let known = self.searches.get(of).map(|(by, _)| by.clone());
        known.unwrap_or_else(|| if of == "Patient" { "_id" } else { "patient" }.to_owned())
    }

    fn rest(&self, of: &str) -> String {
        let pairs = self.searches.get(of).map(|(_, pairs)| pairs.as_slice()).unwrap_or_default();
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

/// What a record says of a person, by the names that requests have for it.
const SHOWN_BY: [&str; 8] =
    ["identifier", "identifier.value", "family", "given", "birthdate", "telecom", "postalcode", "attachment"];

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "OPTIONS", "TRACE", "PROPFIND", "REPORT"];

/// Whether what stands in braces is a name and not part of a JSON body or a GraphQL query.
fn is_name(text: &str) -> bool {
    let own = ["a", "b", "base", "Type", "patient", "search", "a.id"];
    own.contains(&text) || text.strip_prefix("b.").is_some_and(|rest| !rest.is_empty())
}

fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// The inside of a JSON string.
fn json(value: &str) -> String {
    serde_json::Value::from(value).to_string().trim_matches('"').to_owned()
}

/// A request that was made with the asker's token, and what came of it.
pub struct Try {
    /// The request.
    pub request: Request,
    /// The exchange of the last answer.
    pub number: u32,
    /// How long the answers were.
    pub bytes: usize,
    /// What of the owner's record they disclosed.
    pub leaks: BTreeSet<Leak>,
    /// Why they say nothing, if nobody answered for the server.
    pub no_answer: Option<String>,
    /// Whether the last of them is a Bundle that brought nothing.
    pub empty: bool,
}

impl Try {
    /// Looks for what is the owner's in the answers to a request: all of them, where it was redirected. `for_nobody` is the
    /// status for a resource that does not exist, where only the status of the last answer tells anything.
    pub fn new(
        request: Request,
        received: &[(u32, Received)],
        status: u16,
        for_nobody: Option<u16>,
        canaries: &Canaries,
    ) -> Self {
        let leaks = received.iter().flat_map(|(_, received)| canaries.leaks(received, Echo::Permitted));
        let exists = for_nobody.filter(|nobody| is_success(status) && !is_success(*nobody));
        let exists = exists.map(|nobody| Leak(format!("that it exists: {status}, and {nobody} for an unknown id")));
        Self {
            request,
            number: received.last().map_or(0, |(number, _)| *number),
            bytes: received.iter().map(|(_, received)| received.body.len()).sum(),
            leaks: leaks.chain(exists).collect(),
            no_answer: received.iter().find_map(|(_, received)| received.no_answer.clone()),
            empty: received.last().is_some_and(|(_, received)| received.is_empty()),
        }
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// So many exchanges show a leak; the rest is counted.
const SHOWN: usize = 10;

/// Whether nothing of the owner's record was disclosed by any of the requests. `controlled` says what showed the record to
/// its owner.
pub fn nothing_crossed(tries: &[Try], product: usize, values: usize, controlled: &str) -> Observation {
    let mut by_request: BTreeMap<&str, (BTreeSet<&Leak>, BTreeSet<&str>)> = BTreeMap::new();
    let leaking: Vec<&Try> = tries.iter().filter(|one| !one.leaks.is_empty()).collect();
    for one in &leaking {
        let (all, types) = by_request.entry(one.request.template).or_default();
        all.extend(&one.leaks);
        types.extend(one.request.of.as_deref());
    }
    let expected = "nothing of the record";
    if leaking.is_empty() {
        let bytes: usize = tries.iter().map(|one| one.bytes).sum();
        let types: BTreeSet<&str> = tries.iter().filter_map(|one| one.request.of.as_deref()).collect();
        let of_types = if types.is_empty() { String::new() } else { format!(" for {} types", types.len()) };
        let many = tries.len();
        let observed =
            format!("{many} of {product} requests{of_types}: {bytes} bytes hold none of {values} values; {controlled}");
        return Observation::new(true, expected, observed, tries.last().map(|one| one.number).into_iter().collect());
    }
    let cites = leaking.iter().map(|one| one.number).take(SHOWN).collect();
    let received = by_request.into_iter().map(|(template, (leaks, types))| of_request(template, &leaks, &types));
    let received: Vec<String> = received.collect();
    Observation::new(false, expected, format!("disclosed by {}", received.join("; by ")), cites)
}

fn of_request(template: &str, leaks: &BTreeSet<&Leak>, types: &BTreeSet<&str>) -> String {
    const MOST: usize = 4;
    let kinds: Vec<&str> = leaks.iter().take(MOST).map(|leak| leak.0.as_str()).collect();
    let more = if leaks.len() > MOST { format!(" and {} more", leaks.len() - MOST) } else { String::new() };
    let types: Vec<&str> = types.iter().copied().collect();
    let of = if types.is_empty() { String::new() } else { format!(" for {}", types.join(", ")) };
    format!("`{template}`{of}: {}{more}", kinds.join(", "))
}
