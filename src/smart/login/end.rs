//! Where a sign-in must end: each place that the browser is sent to is compared with it before it is followed.

use url::Url;

/// Where the app waits.
#[derive(Clone, Debug)]
pub struct End {
    /// The URL that the request names.
    pub asked: Url,
    /// The URL that is registered for the app. It differs where an attack asks for another one.
    pub registered: Url,
    /// The `state` that belongs to the request, where there is one.
    pub state: Option<String>,
}

/// What a URL that the browser is sent to is to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The app waits there.
    Here,
    /// The answer for the app, at a place where it does not wait.
    Elsewhere,
}

impl End {
    /// The places where the app waits.
    pub(super) fn places(&self) -> [&Url; 2] {
        [&self.asked, &self.registered]
    }

    /// The launch URL of the app, at which an EHR launch ends.
    pub fn launch(url: &Url) -> Self {
        Self { asked: url.clone(), registered: url.clone(), state: None }
    }

    /// Whether `url` with these parameters is meant for the app. `from` is where the sign-in began, and `may_follow` is
    /// whether the sign-in may go on at `url`.
    pub(super) fn arrival(
        &self,
        url: &Url,
        parameters: &[(String, String)],
        from: &Url,
        may_follow: bool,
    ) -> Option<Arrival> {
        if [&self.asked, &self.registered].into_iter().any(|place| is_at(url, place)) {
            return Some(Arrival::Here);
        }
        let find = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        // The app's own origin serves no page of a sign-in, unless the server lives there too.
        let of_app = [&self.asked, &self.registered].into_iter().any(|place| {
            place.origin() == url.origin() && place.origin().is_tuple() && place.origin() != from.origin()
        });
        // An identity provider sends codes of its own to the server, with a state of its own.
        let ours = match (find("state"), &self.state) {
            (Some(state), Some(own)) => state == own,
            (Some(_), None) => false,
            (None, _) => !may_follow && find("code").is_some(),
        };
        (of_app || (ours && is_answer(parameters))).then_some(Arrival::Elsewhere)
    }
}

/// Whether the parameters hold an answer to an authorization request, and not only what the app's own address holds.
pub(super) fn is_answer(parameters: &[(String, String)]) -> bool {
    parameters.iter().any(|(name, _)| ["code", "error", "access_token", "id_token"].contains(&name.as_str()))
}

/// Whether `url` is `place`, with any parameters beside those of `place`. The paths are compared as they are written.
pub fn is_at(url: &Url, place: &Url) -> bool {
    let of = |url: &Url| {
        let (scheme, host) = (url.scheme().to_owned(), url.host_str().map(str::to_owned));
        (scheme, host, url.port_or_known_default(), url.path().to_owned())
    };
    of(url) == of(place) && place.query_pairs().all(|wanted| url.query_pairs().any(|own| own == wanted))
}

/// The parameters that a redirect carries: those of the query and of the fragment.
pub(super) fn parameters(url: &Url) -> Vec<(String, String)> {
    let fragment = url.fragment().unwrap_or_default().as_bytes();
    let pairs = url.query_pairs().chain(url::form_urlencoded::parse(fragment));
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(asked: &str, to: &str, may_follow: bool) -> Option<Arrival> {
        let url = |text: &str| Url::parse(text).unwrap();
        let registered = url("https://app.test/callback");
        let end = End { asked: url(asked), registered, state: Some("s1".to_owned()) };
        end.arrival(&url(to), &parameters(&url(to)), &url("https://as.test/authorize"), may_follow)
    }

    const OWN: &str = "https://app.test/callback";

    #[test]
    fn the_app_waits_at_the_asked_and_at_the_registered_uri() {
        assert_eq!(arrival(OWN, "https://app.test/callback?code=1&state=s1", true), Some(Arrival::Here));
        assert_eq!(arrival(OWN, "https://app.test/callback#code=1", true), Some(Arrival::Here));
        let other = "https://evil.test/x";
        assert_eq!(arrival(other, "https://evil.test/x?code=1", false), Some(Arrival::Here));
        assert_eq!(arrival(other, "https://app.test/callback?error=x", false), Some(Arrival::Here));
    }

    #[test]
    fn a_code_at_a_normalised_or_foreign_uri_is_elsewhere() {
        let climbing = "https://app.test/callback%2f..%2felsewhere";
        assert_eq!(arrival(climbing, "https://app.test/elsewhere?code=1&state=s1", true), Some(Arrival::Elsewhere));
        assert_eq!(arrival(OWN, "https://app.test/callback/?code=1&state=s1", true), Some(Arrival::Elsewhere));
        assert_eq!(arrival(OWN, "https://evil.test/?code=1&state=s1", true), Some(Arrival::Elsewhere));
        assert_eq!(arrival(OWN, "https://evil.test/?code=1", false), Some(Arrival::Elsewhere));
    }

    #[test]
    fn the_codes_of_an_identity_provider_are_its_own_affair() {
        assert_eq!(arrival(OWN, "https://as.test/oidc/callback?code=1&state=theirs", true), None);
        assert_eq!(arrival(OWN, "https://idp.test/login?client_id=as&state=theirs", false), None);
        assert_eq!(arrival(OWN, "https://as.test/oidc/callback?code=1", true), None);
    }

    #[test]
    fn a_query_that_the_request_names_must_come_back() {
        let (with, without) =
            (Url::parse("https://a.test/cb?next=x").unwrap(), Url::parse("https://a.test/cb").unwrap());
        assert!(is_at(&Url::parse("https://a.test/cb?next=x&code=1").unwrap(), &with));
        assert!(!is_at(&Url::parse("https://a.test/cb?code=1").unwrap(), &with));
        assert!(is_at(&Url::parse("https://a.test/cb?code=1").unwrap(), &without));
    }
}
