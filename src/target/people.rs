//! Clients and users: who knocks at the target, and the secrets they bring.

use super::Secret;
use super::error::{At, ConfigError};
use super::keys;
use super::load::Loader;
use super::model::{Client, ClientAuth, ClientRole, KeyAlg, SecretMethod, Supplied, User};
use super::section::{Section, Use, suggestion};
use super::tree::Kind;
use std::collections::BTreeMap;

type Read<T> = Result<T, ConfigError>;

impl Loader<'_> {
    pub(super) fn clients(&mut self, parent: &Section<'_>) -> Read<BTreeMap<String, Client>> {
        let mut clients = BTreeMap::new();
        let Some(table) = parent.names("clients")? else { return Ok(clients) };
        for (name, entry) in table.entries() {
            let Some(role) = ClientRole::ALL.into_iter().find(|role| role.word() == name) else {
                return Err(entry.key.error(
                    format!("there is no client role `{name}`"),
                    "clients are named by what they are registered for",
                    suggestion(name, &ClientRole::ALL.map(ClientRole::word), "roles"),
                ));
            };
            let section = Section::open(&entry.node, &entry.key, table.name(name), keys::CLIENT)?;
            clients.insert(name.clone(), self.client(role, &section)?);
        }
        Ok(clients)
    }

    fn client(&mut self, role: ClientRole, section: &Section<'_>) -> Read<Client> {
        const METHODS: [(&str, Option<SecretMethod>); 3] =
            [("basic", Some(SecretMethod::Basic)), ("post", Some(SecretMethod::Post)), ("tls", None)];
        const ALGS: [(&str, KeyAlg); 2] = [("ES384", KeyAlg::Es384), ("RS384", KeyAlg::Rs384)];
        let id = section.text("id")?.ok_or_else(|| section.missing("id", "add `id = \"...\"`: the client_id"))?;
        let method = section.choice("method", &METHODS)?;
        let alg = section.choice("alg", &ALGS)?;
        let kid = section.text("kid")?.map(str::to_owned);
        let (secret, key) = (self.secret(section, "secret")?, self.secret(section, "key")?);
        let by_certificate = method == Some(None);
        let needs = match role {
            ClientRole::Confidential | ClientRole::Asymmetric if by_certificate => None,
            ClientRole::Confidential => Some("secret"),
            ClientRole::Asymmetric => Some("key"),
            ClientRole::Public | ClientRole::ShortLived | ClientRole::Second => None,
        };
        for part in ["secret", "key"] {
            let fits = match role {
                ClientRole::Confidential | ClientRole::Asymmetric => needs == Some(part),
                ClientRole::Public => false,
                ClientRole::ShortLived | ClientRole::Second => part == "secret" || secret.is_none(),
            };
            if let Some(entry) = section.entry(part).filter(|_| !fits) {
                return Err(entry.key.error(
                    format!("`{}` does not belong here", section.name(part)),
                    format!("the `{}` client does not authenticate this way", role.word()),
                    "remove it, or describe the client under `confidential` (secret) or `asymmetric` (key)",
                ));
            }
        }
        if let Some(part) = needs.filter(|part| section.entry(part).is_none()) {
            return Err(
                section.missing(part, format!("add `{part} = {{ env = \"NAME\" }}` or `{{ file = \"path\" }}`"))
            );
        }
        let auth = match (secret, key) {
            _ if by_certificate => ClientAuth::Certificate,
            (Some(secret), _) => ClientAuth::Secret { secret, method: method.flatten().unwrap_or(SecretMethod::Basic) },
            (None, Some(key)) => ClientAuth::PrivateKey { key, alg: alg.unwrap_or(KeyAlg::Es384), kid },
            (None, None) => ClientAuth::Public,
        };
        Ok(Client {
            role,
            id: id.to_owned(),
            auth,
            redirect_uri: section.url("redirect_uri", Use::Redirect)?,
            scopes: section.list("scopes")?,
            authorize: extra(section, "authorize", &AUTHORIZE)?,
            token: extra(section, "token", &TOKEN)?,
        })
    }

    pub(super) fn users(&mut self, parent: &Section<'_>) -> Read<BTreeMap<String, User>> {
        let mut users = BTreeMap::new();
        let Some(table) = parent.names("users")? else { return Ok(users) };
        for (name, entry) in table.entries() {
            let section = Section::open(&entry.node, &entry.key, table.name(name), keys::USER)?;
            let password = self.secret(&section, "password")?;
            let totp = self.secret(&section, "totp")?;
            let username = section.text("username")?;
            if password.is_some() && username.is_none() {
                return Err(section.missing("username", "add `username = \"...\"` to go with the password"));
            }
            let tokens = match section.section("tokens", keys::TOKENS)? {
                Some(tokens) => Some(self.tokens(&tokens)?),
                None => None,
            };
            let patient = section.text("patient")?.map(str::to_owned);
            if let Some(entry) = section.entry("patient").filter(|_| name == "b")
                && users.get("a").is_some_and(|a: &User| a.patient == patient)
            {
                return Err(entry.node.at.error(
                    format!("`{}` is the patient of `{}` too", section.name("patient"), table.name("a")),
                    "the same person",
                    "isolation is examined between `a` and `b`: name the patient that each account must see",
                ));
            }
            users.insert(
                name.clone(),
                User { username: username.unwrap_or_default().to_owned(), password, totp, patient, tokens },
            );
        }
        Ok(users)
    }

    fn tokens(&mut self, section: &Section<'_>) -> Read<Supplied> {
        Ok(Supplied {
            access_token: self
                .secret(section, "access_token")?
                .ok_or_else(|| section.missing("access_token", "add `access_token = { env = \"NAME\" }`"))?,
            refresh_token: self.secret(section, "refresh_token")?,
            scope: section.text("scope")?.map(str::to_owned),
            expires_in: section.duration("expires_in")?,
        })
    }

    /// The secret that the reference `key` leads to.
    pub(super) fn secret(&mut self, parent: &Section<'_>, key: &str) -> Read<Option<Secret>> {
        let Some(entry) = parent.entry(key) else { return Ok(None) };
        let name = parent.name(key);
        if matches!(entry.node.kind, Kind::Text(_)) {
            return Err(entry.node.at.error(
                format!("`{name}` holds a secret in plain text"),
                "configuration files are copied and committed; secrets are only referred to",
                format!("put it in an environment variable and write `{key} = {{ env = \"NAME\" }}`, or `{{ file = \"path\" }}`"),
            ));
        }
        let Kind::Table(_) = &entry.node.kind else {
            return Err(parent.wrong(key, &entry.node, "a reference to a secret", "{ env = \"NAME\" }"));
        };
        let reference = Section::open(&entry.node, &entry.key, &name, keys::SECRET)?;
        match (reference.text("env")?, reference.text("file")?) {
            (Some(variable), None) => self.out_of_env(&name, variable, &entry.node.at).map(Some),
            (None, Some(file)) => self.out_of_file(&name, file, &entry.node.at).map(Some),
            (both, _) => Err(entry.node.at.error(
                format!("`{name}` is not one reference"),
                if both.is_some() { "has both `env` and `file`" } else { "has neither `env` nor `file`" },
                format!("write `{key} = {{ env = \"NAME\" }}` or `{key} = {{ file = \"path\" }}`"),
            )),
        }
    }

    fn out_of_env(&self, name: &str, variable: &str, at: &At) -> Read<Secret> {
        match self.values.get(variable) {
            Some(value) if !value.is_empty() => Ok(Secret::new(value)),
            found => Err(at.error(
                format!("the secret `{name}` is missing"),
                format!(
                    "the environment variable `{variable}` is {}",
                    if found.is_some() { "empty" } else { "not set" }
                ),
                format!(
                    "set `{variable}` in the environment of probity, or refer to a file with {{ file = \"path\" }}"
                ),
            )),
        }
    }

    fn out_of_file(&mut self, name: &str, file: &str, at: &At) -> Read<Secret> {
        let path = self.folder.join(file);
        let missing = |why: String| {
            let help = format!("put the secret alone into `{}`, readable by you only", path.display());
            at.error(format!("the secret `{name}` is missing"), why, help)
        };
        let text = std::fs::read_to_string(&path).map(zeroize::Zeroizing::new).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => missing("there is no such file".to_owned()),
            kind => missing(format!("the file cannot be read: {kind}")),
        })?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(missing("the file is empty".to_owned()));
        }
        if is_open(&path) {
            let path = path.display();
            self.warnings.push(format!("`{name}`: everybody can read `{path}`; restrict it with `chmod 600 {path}`"));
        }
        Ok(Secret::new(secret))
    }
}

/// What Probity makes itself: another value in its place would change what a check is about.
const AUTHORIZE: [&str; 10] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "nonce",
    "launch",
    "code_challenge",
    "code_challenge_method",
];
const TOKEN: [&str; 9] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// A table of parameters that requests have beside those that Probity makes.
fn extra(section: &Section<'_>, key: &str, own: &[&str]) -> Read<Vec<(String, String)>> {
    let Some(table) = section.names(key)? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (name, entry) in table.entries() {
        if own.contains(&name.as_str()) {
            return Err(entry.key.error(
                format!("`{}` cannot be set", table.name(name)),
                "Probity makes this parameter itself",
                "remove it; scopes and redirect URIs have keys of their own",
            ));
        }
        all.extend(table.text(name)?.map(|value| (name.clone(), value.to_owned())));
    }
    Ok(all)
}

/// Whether every user of this machine may read the file.
#[cfg(unix)]
fn is_open(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &std::path::Path) -> bool {
    false
}
