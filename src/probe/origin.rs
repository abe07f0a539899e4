//! Pages of other origins that ask the server from a user's browser (Fetch Standard, CORS protocol).

use url::Url;

/// Whose page asks.
pub struct PageOrigin {
    /// The redirect URI of the app: its origin may be known to the server.
    pub registered: Url,
    /// The value of the header Origin.
    pub origin: String,
}

attacks! {
    "The page of another origin that asks the server."
    ForeignPage of PageOrigin, control Read;

    Stranger "a stranger" {
        does: "asks with the Origin of a site that nobody registered",
        matters: "a server that lets any page read with the user's cookies gives records to every site that the user visits",
        right: "no Access-Control-Allow-Origin for it together with Access-Control-Allow-Credentials: true",
        needs: [],
        intrudes: [],
        make: |it| "https://app.attacker.example".clone_into(&mut it.origin),
    }
    Nobody "no origin" {
        does: "asks with the Origin null, as a page in a sandbox does",
        matters: "anybody can make a page whose origin is null",
        right: "no Access-Control-Allow-Origin: null together with Access-Control-Allow-Credentials: true",
        needs: [],
        intrudes: [],
        make: |it| "null".clone_into(&mut it.origin),
    }
    Lookalike "a lookalike of the app" {
        does: "asks with an Origin that begins like the one of the registered app",
        matters: "a comparison by prefix lets an attacker register a host that passes",
        right: "no Access-Control-Allow-Origin for it together with Access-Control-Allow-Credentials: true",
        needs: [],
        intrudes: [],
        make: |it| {
            let host = it.registered.host_str().unwrap_or("app").to_owned();
            it.origin = format!("{}://{host}.attacker.example", it.registered.scheme());
        },
    }
}
