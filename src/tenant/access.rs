//! What a verified access token permits.

/// The rights of one request.
#[derive(Clone, Debug)]
pub(super) struct Access {
    /// The tenant that issued the token.
    pub(super) tenant: String,
    /// The user name of the person who consented.
    pub(super) user: String,
    /// The patient in context; patient-level scopes reach this patient only.
    pub(super) patient: Option<String>,
    /// The `client_id`.
    pub(super) client: String,
    /// The granted resource scopes.
    pub(super) scopes: Vec<Scope>,
}

/// Whose data a scope speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The patient in context.
    Patient,
    /// Whatever the user may see.
    User,
    /// Everything.
    System,
}

/// One granted resource scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// Whose data.
    pub(super) level: Level,
    /// A resource type, or `*`.
    pub(super) resource: String,
    /// Letters of `cruds`; version 1 `read` is `rs`, `write` is `cud`.
    pub(super) permissions: String,
    /// Search parameters that narrow it, for example `("category", "http://...|laboratory")`.
    pub(super) query: Vec<(String, String)>,
}

impl Scope {
    /// Reads a resource scope of version 1 or 2; `None` for other or malformed ones.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (level, rest) = text.split_once('/')?;
        let level = match level {
            "patient" => Level::Patient,
            "user" => Level::User,
            "system" => Level::System,
            _ => return None,
        };
        let (resource, rest) = rest.split_once('.')?;
        let (letters, query) = rest.split_once('?').unwrap_or((rest, ""));
        let permissions = match letters {
            "read" => "rs",
            "write" => "cud",
            "*" => "cruds",
            letters if is_ordered(letters) => letters,
            _ => return None,
        };
        if resource != "*" && !resource.chars().all(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Some(Self { level, resource: resource.to_owned(), permissions: permissions.to_owned(), query })
    }

    /// Whether it permits `interaction` (a letter of `cruds`) on `resource`, leaving its query aside.
    pub(super) fn permits(&self, resource: &str, interaction: char) -> bool {
        (self.resource == "*" || self.resource == resource) && self.permissions.contains(interaction)
    }
}

/// Version 2 permissions are letters of `cruds` in that order, each at most once.
fn is_ordered(letters: &str) -> bool {
    let mut rest = "cruds";
    !letters.is_empty()
        && letters.chars().all(|c| match rest.find(c) {
            Some(at) => {
                rest = &rest[at + 1..];
                true
            }
            None => false,
        })
}
