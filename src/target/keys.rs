//! Every key that the configuration knows, table by table.

pub(super) const ROOT: &[&str] = &["default", "targets"];

pub(super) const TARGET: &[&str] = &[
    "preset",
    "environment",
    "tenant",
    "origin",
    "fhir_base",
    "authorize",
    "token",
    "allow_origins",
    "redirect_uri",
    "second_redirect_uri",
    "launch_url",
    "scopes",
    "ehr_scopes",
    "bodies",
    "permitted",
    "data_complete",
    "smart_version",
    "require",
    "features",
    "intrusive",
    "clients",
    "users",
    "login",
    "ehr",
    "other_tenant",
    "limits",
    "waits",
    "tls",
    "proxy",
    "own_address",
    "deletions",
    "without_clients",
];

pub(super) const CLIENT: &[&str] =
    &["id", "secret", "method", "key", "alg", "kid", "redirect_uri", "scopes", "authorize", "token"];

pub(super) const USER: &[&str] = &["username", "password", "totp", "patient", "tokens"];

pub(super) const TOKENS: &[&str] = &["access_token", "refresh_token", "scope", "expires_in"];

pub(super) const LOGIN: &[&str] = &[
    "driver",
    "webdriver_url",
    "page_timeout",
    "wait",
    "open",
    "sign_ins",
    "username_field",
    "password_field",
    "submit_text",
    "consent_approve",
    "consent_deny",
    "picker",
    "max_pages",
    "extra",
    "steps",
];

pub(super) const STEP: &[&str] = &["fill", "click", "choose", "wait_for", "with", "text", "option"];

pub(super) const EHR: &[&str] = &["url", "user", "client", "listen", "wait"];

pub(super) const OTHER_TENANT: &[&str] = &["tenant", "fhir_base", "authorize", "token", "clients", "users"];

pub(super) const LIMITS: &[&str] =
    &["requests", "requests_per_second", "concurrency", "timeout", "connect_timeout", "body_size", "retries"];

pub(super) const WAITS: &[&str] = &["cluster_lag", "longest", "code", "clock_skew"];

pub(super) const TLS: &[&str] = &["extra_ca", "client_certificate", "client_key"];

pub(super) const OWN_ADDRESS: &[&str] = &["listen", "url"];

pub(super) const SECRET: &[&str] = &["env", "file"];

pub(super) const WAIVERS: &[&str] = &["waiver"];

pub(super) const WAIVER: &[&str] = &["id", "reason", "owner", "expires"];

pub(super) const ATTESTATIONS: &[&str] = &["attestation"];

pub(super) const ATTESTATION: &[&str] =
    &["id", "target", "holds", "statement", "by", "on", "until", "evidence", "sha256"];
