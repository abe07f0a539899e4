//! Redirect URIs that resemble the registered one (RFC 9700 4.1).

use url::Url;

/// The redirect URI called `place`, made from the registered one; `None` when no such place is known.
pub fn alter(registered: &Url, place: &str) -> Option<Url> {
    let mut url = registered.clone();
    match place {
        "a host that is not registered" => url.set_host(Some("app.attacker.example")).ok()?,
        "a host that begins like the registered one" => {
            let host = registered.host_str()?;
            url.set_host(Some(&format!("{host}.attacker.example"))).ok()?;
        }
        "the registered URI with a longer path" => {
            url.set_path(&format!("{}/extra", registered.path().trim_end_matches('/')));
        }
        "the registered URI with a query" => url.set_query(Some("next=https://app.attacker.example/")),
        "the registered URI with a path that climbs" => {
            // Encoded slashes survive URL parsers that would resolve plain ones.
            url.set_path(&format!("{}%2f..%2felsewhere", registered.path().trim_end_matches('/')));
        }
        _ => return None,
    }
    (url != *registered).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_differs_from_the_registered_one() {
        let registered = Url::parse("http://127.0.0.1:9797/callback").unwrap();
        for place in [
            "a host that is not registered",
            "a host that begins like the registered one",
            "the registered URI with a longer path",
            "the registered URI with a query",
            "the registered URI with a path that climbs",
        ] {
            let wrong = alter(&registered, place).unwrap();
            assert_ne!(wrong, registered, "{place}");
        }
        assert_eq!(alter(&registered, "nowhere"), None);
    }
}
