//! What a verified access token permits.

/// The scopes that are no resource scopes.
pub(super) const PLAIN: [&str; 8] = [
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "launch/encounter",
    "offline_access",
    "online_access",
];

/// The rights of one request.
#[derive(Clone, Debug)]
pub struct Access {
    /// The tenant that issued the token.
    pub tenant: String,
    /// The user name of the person who consented.
    pub user: String,
    /// The patient in context; patient-level scopes reach this patient only.
    pub patient: Option<String>,
    /// The `client_id`.
    pub client: String,
    /// The granted resource scopes.
    pub scopes: Vec<Scope>,
}

impl Access {
    /// The same where a defect looks neither at the patient nor at the scopes.
    pub(super) fn unfenced(self) -> Self {
        Self { scopes: Scope::parse("system/*.rs").into_iter().collect(), ..self }
    }
}

/// Whose data a scope speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The patient in context.
    Patient,
    /// Whatever the user may see.
    User,
    /// Everything.
    System,
}

/// What may be done: the letters of `cruds`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// `c`
    pub create: bool,
    /// `r`
    pub read: bool,
    /// `u`
    pub update: bool,
    /// `d`
    pub delete: bool,
    /// `s`
    pub search: bool,
}

/// One granted resource scope.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Whose data.
    pub level: Level,
    /// A resource type, or `*`.
    pub resource: String,
    /// What may be done; version 1 `read` is `rs`, `write` is `cud`.
    pub permissions: Permissions,
    /// Search parameters that narrow it, for example `("category", "http://...|laboratory")`.
    pub query: Vec<(String, String)>,
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
        let letters = match letters {
            "read" => "rs",
            "write" => "cud",
            "*" => "cruds",
            letters if is_ordered(letters) => letters,
            _ => return None,
        };
        if resource != "*" && !resource.chars().all(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        let permissions = Permissions {
            create: letters.contains('c'),
            read: letters.contains('r'),
            update: letters.contains('u'),
            delete: letters.contains('d'),
            search: letters.contains('s'),
        };
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Some(Self { level, resource: resource.to_owned(), permissions, query })
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
