//! One answer as a watcher sees it, and what kind of answer it is.

use crate::http::{Answer, Call};
use serde_json::Value;
use std::cell::OnceCell;
use url::Url;

/// Whose answers are watched.
pub struct Place {
    /// The FHIR base.
    pub base: Url,
    /// That of the other tenant, where one is configured.
    pub other: Option<Url>,
}

impl Place {
    /// Whether the server is reached by TLS.
    pub(super) fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Whether the server is reached on the machine of its client.
    pub(super) fn is_loopback(&self) -> bool {
        match self.base.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }

    /// Whether the server is itself on a private network: private addresses say nothing then.
    pub(super) fn is_private(&self) -> bool {
        let named =
            |name: &str| !name.contains('.') || [".local", ".internal", ".lan"].iter().any(|end| name.ends_with(end));
        match self.base.host() {
            Some(url::Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
            Some(url::Host::Ipv6(address)) => address.is_unique_local(),
            Some(url::Host::Domain(name)) => !self.is_loopback() && named(name),
            None => true,
        }
    }
}

/// One answer.
pub struct Sight<'a> {
    pub(super) call: &'a Call,
    pub(super) answer: &'a Answer,
    pub(super) place: &'a Place,
    json: OnceCell<Option<Value>>,
    form: OnceCell<Vec<(String, String)>>,
}

impl<'a> Sight<'a> {
    /// The answer to a request.
    pub fn new(call: &'a Call, answer: &'a Answer, place: &'a Place) -> Self {
        Self { call, answer, place, json: OnceCell::new(), form: OnceCell::new() }
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| serde_json::from_slice(self.answer.body()).ok()).as_ref()
    }

    /// The resource type of the body.
    pub(super) fn resource_type(&self) -> Option<&str> {
        self.json()?.get("resourceType")?.as_str()
    }

    /// The fields of the form that was sent.
    pub(super) fn form(&self) -> &[(String, String)] {
        self.form.get_or_init(|| url::form_urlencoded::parse(self.call.text().as_bytes()).into_owned().collect())
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.form().iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether the FHIR API gave it, its documents of discovery aside.
    pub(super) fn is_fhir(&self) -> bool {
        let (url, base) = (self.answer.url(), &self.place.base);
        !self.call.is_oauth()
            && url.origin() == base.origin()
            && url.path().starts_with(base.path().trim_end_matches('/'))
            && !url.path().contains("/.well-known/")
    }

    /// Whether it carries data of the FHIR API that is not for everybody.
    pub(super) fn is_record(&self) -> bool {
        self.is_fhir()
            && self.answer.is_success()
            && self.resource_type().is_some_and(|of| !matches!(of, "CapabilityStatement" | "OperationOutcome"))
    }

    /// Whether a token was asked for.
    pub(super) fn is_token_request(&self) -> bool {
        self.call.is_oauth() && self.call.method() == "POST" && self.field("grant_type").is_some()
    }

    /// Whether a client asked for a token, or about one (RFC 7009 2.1; RFC 7662 2.1), or handed a request in (RFC 9126 2.1).
    pub(super) fn is_client_request(&self) -> bool {
        let posts = self.call.is_oauth() && self.call.method() == "POST";
        let by_app = self.call.header_value("accept").is_some_and(|wanted| wanted.contains("json"));
        let pushes = by_app && self.field("response_type").is_some();
        posts && (self.field("token").is_some() || pushes) || self.is_token_request()
    }

    /// Whether a token came.
    pub(super) fn has_token(&self) -> bool {
        self.call.is_oauth() && self.json().is_some_and(|body| body["access_token"].is_string())
    }

    /// Whether it is a page of the authorization server with a form, such as those for login and consent.
    pub(super) fn is_page_with_form(&self) -> bool {
        self.is_page() && find_ignoring_case(&self.answer.text(), "<form")
    }

    /// Whether it is a page of the authorization server.
    pub(super) fn is_page(&self) -> bool {
        self.call.is_oauth() && self.answer.media_type().is_some_and(|of| of.contains("html"))
    }

    /// A request without what differs from one time to another: the method and the kind of what was asked.
    pub(super) fn asked(&self) -> String {
        let url = self.answer.url();
        let path = url.path().strip_prefix(self.place.base.path().trim_end_matches('/')).unwrap_or(url.path());
        let kind = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
        let query = if names.is_empty() { String::new() } else { format!(" by {}", names.join(", ")) };
        format!("{} {}{query}", self.call.method(), if self.is_fhir() { kind } else { path })
    }
}

pub(super) fn find_ignoring_case(text: &str, wanted: &str) -> bool {
    text.as_bytes().windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// The directives of a header with commas or semicolons: lower case, with their values.
pub(super) fn directives(value: &str) -> impl Iterator<Item = (String, String)> + '_ {
    value.split([',', ';']).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_ascii_lowercase())
    })
}
