//! A JSON document with members to judge: the SMART configuration, OpenID metadata, a key set, a CapabilityStatement, the
//! body of a token response.

use super::Observation;
use serde_json::Value;
use url::Url;

/// The document under examination.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// The exchange in which it came.
    pub number: u32,
}

/// The texts of a list, or of a single value.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Null => Vec::new(),
        other => vec![text(other)],
    }
}

/// Values for a report.
pub(super) fn in_words(values: &[String]) -> String {
    if values.is_empty() { "absent or empty".to_owned() } else { values.join(", ") }
}

/// Whether a value is this canonical URL, of any version.
pub(super) fn is_canonical(value: &str, canonical: &str) -> bool {
    value.split('|').next() == Some(canonical)
}

impl Document {
    pub(super) fn seen(&self, met: bool, expected: impl Into<String>, observed: impl Into<String>) -> Observation {
        Observation::new(met, expected, observed, vec![self.number])
    }

    /// The member at a dotted path.
    fn member(&self, path: &str) -> &Value {
        path.split('.').fold(&self.value, |value, name| value.get(name).unwrap_or(&Value::Null))
    }

    fn values(&self, path: &str) -> Vec<String> {
        texts(self.member(path))
    }

    /// Whether it is as a schema says; `errors` are the rules that it breaks, each a finding of its own.
    pub fn follows_schema(&self, name: &str, errors: Vec<String>) -> Vec<Observation> {
        let expected = format!("as the schema `{name}` says");
        if errors.is_empty() {
            return vec![self.seen(true, expected, "every rule of the schema holds")];
        }
        errors.into_iter().map(|error| self.seen(false, expected.as_str(), error)).collect()
    }

    /// Whether a member has a value.
    pub fn is_present(&self, path: &str) -> Observation {
        let value = self.member(path);
        let met = !matches!(value, Value::Null) && value != "" && value.as_array().is_none_or(|a| !a.is_empty());
        self.seen(met, format!("`{path}` present"), if met { "present" } else { "absent or empty" })
    }

    /// Whether a member has one value, one of these.
    pub fn is_one_of(&self, path: &str, wanted: &[&str]) -> Observation {
        let values = self.values(path);
        let met = matches!(values.as_slice(), [one] if wanted.contains(&one.as_str()));
        self.seen(met, format!("`{path}` one of {}", wanted.join(", ")), in_words(&values))
    }

    /// Whether a list has this value.
    pub fn holds(&self, path: &str, wanted: &str) -> Observation {
        let values = self.values(path);
        let met = values.iter().any(|value| value == wanted);
        self.seen(met, format!("`{path}` with `{wanted}`"), in_words(&values))
    }

    /// Whether a list has one of these values.
    pub fn holds_one_of(&self, path: &str, wanted: &[&str]) -> Observation {
        let values = self.values(path);
        let met = values.iter().any(|value| wanted.contains(&value.as_str()));
        self.seen(met, format!("`{path}` with one of {}", wanted.join(", ")), in_words(&values))
    }

    /// Whether a list has all these values.
    pub fn holds_each(&self, path: &str, wanted: &[String]) -> Observation {
        let values = self.values(path);
        let missing: Vec<&str> = wanted.iter().filter(|wanted| !values.contains(wanted)).map(String::as_str).collect();
        let observed =
            if missing.is_empty() { "all of them".to_owned() } else { format!("missing: {}", missing.join(", ")) };
        self.seen(missing.is_empty(), format!("`{path}` with {}", wanted.join(", ")), observed)
    }

    /// Whether a list has this canonical URL, of any version.
    pub fn holds_canonical(&self, path: &str, wanted: &str) -> Observation {
        let values = self.values(path);
        let met = values.iter().any(|value| is_canonical(value, wanted));
        self.seen(met, format!("`{path}` with {wanted}"), in_words(&values))
    }

    /// Whether a list is without this value.
    pub fn lacks(&self, path: &str, unwanted: &str) -> Observation {
        let values = self.values(path);
        let met = !values.iter().any(|value| value == unwanted);
        self.seen(met, format!("`{path}` without `{unwanted}`"), in_words(&values))
    }

    /// The members that name places, and those places where they are absolute URLs.
    fn addresses(&self) -> impl Iterator<Item = (&str, Option<Url>)> {
        let names = |name: &str| name.ends_with("_endpoint") || name.ends_with("_uri") || name == "issuer";
        let members = self.value.as_object().into_iter().flatten().filter(move |(name, _)| names(name));
        members.map(|(name, value)| (name.as_str(), value.as_str().and_then(|text| Url::parse(text).ok())))
    }

    fn all_addresses(&self, expected: &str, wrong: &[String]) -> Observation {
        let observed = if wrong.is_empty() { "every one is".to_owned() } else { wrong.join("; ") };
        self.seen(wrong.is_empty(), expected, observed)
    }

    /// Whether no address leads to another tenant: its host where the two have different ones, else the parts of the path
    /// that differ. One authorization server for both tenants has neither.
    pub fn leads_not_to(&self, other: &Url, own: &Url) -> Observation {
        let parts =
            |url: &Url| -> Vec<String> { url.path_segments().into_iter().flatten().map(str::to_owned).collect() };
        let (theirs, ours) = (parts(other), parts(own));
        let only_theirs: Vec<&String> = theirs.iter().filter(|part| !part.is_empty() && !ours.contains(part)).collect();
        let leads = |url: &Url| {
            let hosts = other.host() != own.host() && url.host() == other.host();
            hosts || (url.host() == other.host() && parts(url).iter().any(|part| only_theirs.contains(&part)))
        };
        let wrong: Vec<&str> =
            self.addresses().filter(|(_, url)| url.as_ref().is_some_and(leads)).map(|(name, _)| name).collect();
        let observed = if wrong.is_empty() { "none does".to_owned() } else { format!("they do: {}", wrong.join(", ")) };
        self.seen(wrong.is_empty(), "no address of this tenant", observed)
    }

    /// Whether no endpoint is asked in the clear; a loopback host may be.
    pub fn encrypted(&self) -> Observation {
        let open = |url: &Url| url.scheme() != "https" && !is_loopback(url);
        let wrong = self.addresses().filter_map(|(name, url)| Some((name, url.filter(open)?)));
        let wrong: Vec<String> = wrong.map(|(name, url)| format!("{name} is {}: {url}", url.scheme())).collect();
        self.all_addresses("https URLs", &wrong)
    }

    /// Whether every endpoint is the same wherever the document was found.
    pub fn absolute(&self) -> Observation {
        let wrong = self.addresses().filter(|(_, url)| url.is_none());
        let wrong: Vec<String> = wrong.map(|(name, _)| format!("{name} is not an absolute URL")).collect();
        self.all_addresses("absolute URLs", &wrong)
    }

    /// Whether it names the issuer under which it was found.
    pub fn has_issuer(&self, wanted: &str) -> Observation {
        let own = self.values("issuer");
        self.seen(own == [wanted], format!("`issuer` {wanted}"), in_words(&own))
    }

    /// Whether it says of a member what another document says.
    pub fn agrees_with(&self, other: &Value, name: &str) -> Observation {
        let (own, wanted) = (texts(&self.value[name]), texts(&other[name]));
        self.seen(own == wanted, format!("`{name}` {}", in_words(&wanted)), in_words(&own))
    }

    /// Whether no key of a key set has a private part.
    pub fn no_private_part(&self) -> Observation {
        const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        let keys = self.value["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let parts = |(at, key): (usize, &Value)| -> Vec<String> {
            let own = PRIVATE.iter().filter(|name| key.get(**name).is_some());
            own.map(|name| format!("keys[{at}].{name}")).collect()
        };
        let found: Vec<String> = keys.iter().enumerate().flat_map(parts).collect();
        let observed = if found.is_empty() { format!("{} public keys", keys.len()) } else { found.join(", ") };
        self.seen(found.is_empty(), "public keys only", observed)
    }
}

impl Document {
    /// Whether every key of a key set is long enough for what it signs (NIST SP 800-131A; RFC 7518 3.3 and 3.4).
    pub fn strong_keys(&self) -> Observation {
        use base64::Engine as _;
        let keys = self.value["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let bits = |key: &Value| {
            let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap_or_default());
            let bytes = bytes.unwrap_or_default();
            let lead = bytes.iter().take_while(|byte| **byte == 0).count();
            bytes.get(lead).map_or(0, |first| (bytes.len() - lead) * 8 - first.leading_zeros() as usize)
        };
        let weak = keys.iter().enumerate().filter_map(|(at, key)| match key["kty"].as_str() {
            Some("RSA") if bits(key) < 2048 => Some(format!("keys[{at}] is RSA of {} bits", bits(key))),
            Some("oct") => Some(format!("keys[{at}] is a shared secret")),
            _ => None,
        });
        let weak: Vec<String> = weak.collect();
        let observed = if weak.is_empty() { format!("{} strong keys", keys.len()) } else { weak.join(", ") };
        self.seen(weak.is_empty(), "RSA keys of 2048 bits or more, or keys on curves", observed)
    }

    /// Whether it tells no secret: no member, however deep, that has the name of one and a value.
    pub fn tells_no_secret(&self) -> Observation {
        const SECRETS: [&str; 8] =
            ["client_secret", "password", "passwd", "secret", "private_key", "privatekey", "api_key", "access_token"];
        fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => members.iter().for_each(|(name, value)| {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    let told = value.as_str().is_some_and(|text| !text.is_empty());
                    if told && SECRETS.contains(&name.to_ascii_lowercase().as_str()) {
                        found.push(path.clone());
                    }
                    walk(value, &path, found);
                }),
                Value::Array(all) => {
                    all.iter().enumerate().for_each(|(at, value)| walk(value, &format!("{path}[{at}]"), found));
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        walk(&self.value, "", &mut found);
        let observed = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        self.seen(found.is_empty(), "no secret", observed)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
