//! What an access token allows, as the FHIR side sees it.

/// An authenticated token.
#[derive(Debug, Clone)]
pub struct Access {
    /// Tenant that issued the token.
    pub tenant: String,
    /// The user who signed in.
    pub user: String,
    /// Patient in context.
    pub patient: Option<String>,
    /// OAuth client.
    pub client: String,
    /// Granted scopes on resources.
    pub scopes: Vec<Scope>,
    /// Encounter in context.
    pub encounter: Option<String>,
}

/// Whose records a scope speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The patient in context.
    Patient,
    /// What the user may see.
    User,
    /// The whole tenant.
    System,
}

/// The letters of a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions {
    /// c
    pub create: bool,
    /// r
    pub read: bool,
    /// u
    pub update: bool,
    /// d
    pub delete: bool,
    /// s
    pub search: bool,
}

/// One scope on a resource type.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Whose records.
    pub level: Level,
    /// Resource type or `*`.
    pub resource: String,
    /// Letters.
    pub permissions: Permissions,
    /// Granular restriction.
    pub query: Vec<(String, String)>,
}
