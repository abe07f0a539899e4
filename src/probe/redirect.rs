//! Redirect URIs that resemble the registered one (RFC 9700 4.1).

use super::Need;
use crate::smart::Ask;
use url::Url;

attacks! {
    "The redirect URI of an authorization request."
    RedirectPlace of Ask, control SignIn;

    OtherHost "an unregistered host" {
        does: "asks for the code to be sent to another host",
        matters: "codes that are sent to an attacker's host are stolen codes",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| with_host(url, "app.attacker.example")),
    }
    LookalikeHost "a lookalike host" {
        does: "asks with a host name that has the registered one as its beginning",
        matters: "a comparison by prefix lets an attacker register a host that passes",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| {
            let longer = format!("{}.attacker.example", url.host_str().unwrap_or_default());
            with_host(url, &longer);
        }),
    }
    OtherScheme "another scheme" {
        does: "asks with http in place of https, or the reverse",
        matters: "a code that travels in the clear is read on the way",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| {
            let other = if url.scheme() == "https" { "http" } else { "https" };
            let _ = url.set_scheme(other);
        }),
    }
    Fragment "a fragment" {
        does: "asks with a fragment that was not registered",
        matters: "a browser carries a fragment on to the next page; RFC 6749 3.1.2 forbids it",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| url.set_fragment(Some("probity"))),
    }
    UserInfo "a user name" {
        does: "asks with the registered host as the user name of another host",
        matters: "a comparison by prefix takes what stands before the @ for the host",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| {
            let host = url.host_str().unwrap_or_default().to_owned();
            let _ = url.set_username(&host);
            with_host(url, "app.attacker.example");
        }),
    }
    Script "a script" {
        does: "asks with a javascript: URL that holds the registered URI",
        matters: "a page of the server that links or redirects there runs an attacker's script in its own name",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| {
            if let Ok(script) = Url::parse(&format!("javascript:alert(1)//{}", it.registered)) {
                redirect(it, |url| *url = script);
            }
        },
    }
    SecondValue "a second value" {
        does: "names the registered redirect URI and one of an attacker in the same request",
        matters: "who compares the first and sends to the last sends codes to an attacker; RFC 6749 3.1 forbids it",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| {
            let mut other = it.registered.clone();
            with_host(&mut other, "second.attacker.example");
            it.parameters.push(("redirect_uri".to_owned(), other.to_string()));
            it.redirect_uri = other;
        },
    }
    LongerPath "a longer path" {
        does: "asks with one more segment behind the registered path",
        matters: "another page of the same host may pass the code on to an attacker",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| lengthen(url, "/extra")),
    }
    Slash "a slash more" {
        does: "asks with a slash behind the registered path",
        matters: "redirect URIs are compared character by character: what is almost the same is another page (RFC 9700 4.1.3)",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }),
    }
    OtherCase "a path in capitals" {
        does: "asks with the letters of the registered path in the other case",
        matters: "paths tell upper and lower case apart: what is almost the same is another page (RFC 3986 6.2.2.1)",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [LettersInPath],
        intrudes: [],
        make: |it| {
            let own = it.redirect_uri.path().to_owned();
            let other = if own == own.to_uppercase() { own.to_lowercase() } else { own.to_uppercase() };
            if other == own {
                return Err(Need::LettersInPath);
            }
            redirect(it, |url| url.set_path(&other));
            Ok(())
        },
    }
    Query "an added query" {
        does: "asks with a query that was not registered",
        matters: "an open redirect in the app then carries the code to an attacker",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        make: |it| redirect(it, |url| url.set_query(Some("next=https://app.attacker.example/"))),
    }
    ClimbingPath "a climbing path" {
        does: "asks with a path that leaves the registered one by encoded dots and slashes",
        matters: "a comparison before decoding and a browser after decoding see different places",
        right: "a page of the server that says so; no redirect, and no code",
        needs: [],
        intrudes: [],
        // Encoded slashes survive URL parsers that would resolve plain ones.
        make: |it| redirect(it, |url| lengthen(url, "%2f..%2felsewhere")),
    }
}

/// Changes the redirect URI of the request, and where its answer is awaited.
fn redirect(ask: &mut Ask, change: impl FnOnce(&mut Url)) {
    change(&mut ask.redirect_uri);
    let changed = ask.redirect_uri.to_string();
    ask.set("redirect_uri", Some(&changed));
}

fn with_host(url: &mut Url, host: &str) {
    // Only a URL without a host refuses another one; redirect URIs of the configuration have one.
    let _ = url.set_host(Some(host));
}

fn lengthen(url: &mut Url, end: &str) {
    let path = format!("{}{end}", url.path().trim_end_matches('/'));
    url.set_path(&path);
}
