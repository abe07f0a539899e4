//! From a document to a [`Target`].

use super::Values;
use super::error::{ConfigError, Source};
use super::model::*;
use super::own_address::own_address;
use super::section::{Section, Use, is_loopback, suggestion};
use super::tree::{Entry, merge, parse};
use super::{keys, preset};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// Reads the target `name` from a configuration; without a name the `default` one, or the only one.
///
/// `text` is the content of the file at `path`; relative paths inside it start at the folder of `path`.
///
/// # Errors
/// The first mistake, with its place and the next step.
pub fn load(text: &str, path: &Path, name: Option<&str>, values: &Values) -> Result<Target, ConfigError> {
    let source = Source::new(path.display().to_string(), text, false);
    let document = parse(text, &source)?;
    let root = Section::open(&document, &document.at, "", keys::ROOT)?;
    let (name, entry) = choose(&root, name)?;
    let label = format!("targets.{name}");
    let own = Section::open(&entry.node, &entry.key, &label, keys::TARGET)?;
    let preset = own.text("preset")?.unwrap_or("generic");
    let at = own.entry("preset").map_or(&entry.key, |entry| &entry.node.at);
    let mut whole = merge(preset::layers(preset, at)?, entry.node.clone());
    preset::fill(&mut whole, preset, at)?;
    let section = Section::open(&whole, &entry.key, &label, keys::TARGET)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Loader { values, folder, warnings: Vec::new() }.target(name, preset, &section)
}

/// The reference tenant at `origin` (`http://127.0.0.1:PORT`); `values` hold its secrets.
///
/// # Errors
/// An origin that is not a loopback URL, or a secret that `values` lack.
pub fn embedded(origin: &str, values: &Values) -> Result<Target, ConfigError> {
    let origin = toml::Value::String(origin.to_owned());
    let text = format!("[targets.embedded]\npreset = \"embedded\"\norigin = {origin}\n");
    load(&text, Path::new("the embedded tenant"), None, values)
}

/// The names of the targets in a configuration, in alphabetical order.
///
/// # Errors
/// The file is not TOML, or has other tables than those of targets.
pub fn names(text: &str, path: &Path) -> Result<Vec<String>, ConfigError> {
    let document = parse(text, &Source::new(path.display().to_string(), text, false))?;
    let root = Section::open(&document, &document.at, "", keys::ROOT)?;
    let targets = root.names("targets")?;
    Ok(targets.iter().flat_map(Section::entries).map(|(name, _)| name.clone()).collect())
}

/// The name of the target that is meant: the one that was named, the default, or the only one.
///
/// # Errors
/// The file is not TOML, or says of no target that it is meant.
pub fn chosen(text: &str, path: &Path, name: Option<&str>) -> Result<String, ConfigError> {
    let document = parse(text, &Source::new(path.display().to_string(), text, false))?;
    let root = Section::open(&document, &document.at, "", keys::ROOT)?;
    choose(&root, name).map(|(name, _)| name.to_owned())
}

fn choose<'a>(root: &Section<'a>, name: Option<&str>) -> Result<(&'a str, &'a Entry), ConfigError> {
    let targets: Vec<(&str, &Entry)> = match root.names("targets")? {
        Some(section) => section.entries().map(|(name, entry)| (name.as_str(), entry)).collect(),
        None => Vec::new(),
    };
    let known: Vec<&str> = targets.iter().map(|(name, _)| *name).collect();
    let (wanted, at) = match (name, root.text("default")?) {
        (Some(name), _) => (name, &root.at),
        (None, Some(name)) => (name, root.entry("default").map_or(&root.at, |entry| &entry.node.at)),
        (None, None) => match targets.as_slice() {
            [only] => return Ok(*only),
            [] => {
                return Err(root.at.error(
                    "the configuration has no targets",
                    "expected a table [targets.NAME]",
                    "write one with `probity init`, or examine the embedded tenant without a configuration",
                ));
            }
            [(_, first), ..] => {
                return Err(first.key.error(
                    "there are several targets and none was named",
                    "the first of them",
                    format!("name one of {} on the command line, or add `default = \"NAME\"`", known.join(", ")),
                ));
            }
        },
    };
    targets.into_iter().find(|(name, _)| *name == wanted).ok_or_else(|| {
        let label = if name.is_some() { "not in this file" } else { "not a target of this file" };
        at.error(format!("there is no target `{wanted}`"), label, suggestion(wanted, &known, "targets"))
    })
}

pub(super) struct Loader<'v> {
    pub(super) values: &'v Values,
    pub(super) folder: &'v Path,
    pub(super) warnings: Vec<String>,
}

impl Loader<'_> {
    fn target(mut self, name: &str, preset: &str, section: &Section<'_>) -> Result<Target, ConfigError> {
        let fhir_base = section.url("fhir_base", Use::Base)?.ok_or_else(|| {
            section.missing(
                "fhir_base",
                "add `fhir_base = \"https://...\"`, or a `preset` that knows it (such as netsmart-preview with `tenant`)",
            )
        })?;
        let environment = self.environment(section, preset, &fhir_base)?;
        let mut clients = self.clients(section)?;
        let without = section.list("without_clients")?.unwrap_or_default();
        if let Some(unknown) = without.iter().find(|name| !clients.contains_key(*name)) {
            let at = section.entry("without_clients").map_or(&section.at, |entry| &entry.node.at);
            let title = format!("`{}` names `{unknown}`, which is no client here", section.name("without_clients"));
            return Err(at.error(title, "nothing to leave out", suggestion(unknown, &words(&clients), "clients")));
        }
        clients.retain(|name, _| !without.contains(name));
        let users = self.users(section)?;
        let ehr = self.ehr(section, &clients, &users)?;
        let other_tenant = self.other_tenant(section, &fhir_base)?;
        let limits = limits(section)?;
        let waits = waits(section)?;
        let tls = match section.section("tls", keys::TLS)? {
            Some(tls) => self.tls(&tls)?,
            None => Tls::default(),
        };
        let (authorize, token) = (section.url("authorize", Use::Request)?, section.url("token", Use::Request)?);
        let allow_origins = origins(section)?;
        let named = [Some(&fhir_base), authorize.as_ref(), token.as_ref()].into_iter().flatten();
        let own_address = own_address(section, named.chain(&allow_origins).all(is_loopback))?;
        Ok(Target {
            name: name.to_owned(),
            preset: preset.to_owned(),
            environment,
            fhir_base,
            authorize,
            token,
            allow_origins,
            redirect_uri: section.url("redirect_uri", Use::Redirect)?,
            second_redirect_uri: section.url("second_redirect_uri", Use::Redirect)?,
            launch_url: section.url("launch_url", Use::Request)?,
            scopes: section.list("scopes")?.unwrap_or_default(),
            ehr_scopes: section.list("ehr_scopes")?.unwrap_or_default(),
            clients,
            users,
            login: super::login::login(section)?,
            ehr,
            other_tenant,
            limits,
            bodies: bodies(section, environment)?,
            permitted: section.flag("permitted")?.unwrap_or(false),
            require: section.list("require")?.unwrap_or_default(),
            features: section.text("features")?.map(|folder| self.folder.join(folder)),
            data_complete: section.flag("data_complete")?.unwrap_or(false),
            smart_version: section
                .choice("smart_version", &[("2.0", SmartVersion::V2_0), ("2.2", SmartVersion::V2_2)])?,
            intrusive: section.flag("intrusive")?.unwrap_or(false),
            waits,
            tls,
            proxy: section.url("proxy", Use::Proxy)?,
            own_address,
            deletions: section.flag("deletions")?.unwrap_or(false),
            warnings: self.warnings,
        })
    }

    fn authorities(&self, tls: &Section<'_>) -> Result<Option<Authorities>, ConfigError> {
        let Some((file, entry)) = tls.text("extra_ca")?.zip(tls.entry("extra_ca")) else { return Ok(None) };
        let path = self.folder.join(file);
        let pem = std::fs::read(&path).map_err(|why| {
            let title = format!("cannot read {}: {why}", path.display());
            entry.node.at.error(title, "names no file that can be read", "name a file in PEM form")
        })?;
        Ok(Some(Authorities { pem, from: path.display().to_string() }))
    }

    fn tls(&mut self, tls: &Section<'_>) -> Result<Tls, ConfigError> {
        let file = |key: &str| Ok(tls.text(key)?.map(|file| self.folder.join(file)));
        let (extra_ca, certificate) = (self.authorities(tls)?, file("client_certificate")?);
        let client = match (certificate, self.secret(tls, "client_key")?) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => {
                return Err(tls.missing(
                    "client_key",
                    "add `client_key = { file = \"client.key\" }`, the key of the certificate",
                ));
            }
            (None, Some(_)) => {
                return Err(
                    tls.missing("client_certificate", "add `client_certificate = \"client.pem\"` to go with the key")
                );
            }
        };
        Ok(Tls { extra_ca, client })
    }

    fn environment(&self, section: &Section<'_>, preset: &str, base: &Url) -> Result<Environment, ConfigError> {
        const WORDS: [(&str, Environment); 3] = [
            ("embedded", Environment::Embedded),
            ("preview", Environment::Preview),
            ("production", Environment::Production),
        ];
        let found = section.choice("environment", &WORDS)?.unwrap_or(Environment::Production);
        let Some(entry) = section.entry("environment") else { return Ok(found) };
        let refuse = |label: String, help: &str| {
            Err(entry.node.at.error(format!("`{}` is not acceptable", section.name("environment")), label, help))
        };
        if found == Environment::Embedded && !is_loopback(base) {
            return refuse("embedded is for loopback only".to_owned(), "choose preview or production");
        }
        if !entry.node.at.source.builtin && preset == "netsmart-production" && found != Environment::Production {
            return refuse(
                format!("preset `{preset}` is a production system"),
                "remove the key, or use netsmart-preview",
            );
        }
        Ok(found)
    }

    fn ehr(
        &self,
        section: &Section<'_>,
        clients: &BTreeMap<String, Client>,
        users: &BTreeMap<String, User>,
    ) -> Result<Option<EhrLaunch>, ConfigError> {
        let Some(ehr) = section.section("ehr", keys::EHR)? else { return Ok(None) };
        let (url, listen) = (ehr.url("url", Use::Request)?, ehr.flag("listen")?.unwrap_or(false));
        if url.is_none() && !listen {
            return if ehr.at.source.builtin {
                Ok(None)
            } else {
                Err(ehr.missing("url", "add the page of the EHR that launches the app, or `listen = true`"))
            };
        }
        let launch_url = section.url("launch_url", Use::Request)?;
        if let Some(entry) = ehr.entry("listen").filter(|_| listen && url.is_none())
            && launch_url.is_none_or(|url| url.scheme() != "http")
        {
            return Err(entry.node.at.error(
                format!("`{}` needs a `launch_url` to listen on", ehr.name("listen")),
                "launch_url is not http on loopback",
                "register and configure a launch_url such as \"http://127.0.0.1:9797/launch\"",
            ));
        }
        let named = |key: &str, known: Vec<&str>| {
            let name = ehr.text(key)?.unwrap_or_default();
            if known.contains(&name) {
                return Ok(name.to_owned());
            }
            let at = ehr.entry(key).filter(|e| !e.node.at.source.builtin).map_or(&ehr.at, |e| &e.node.at);
            let title = format!("`{}` names `{name}`, which is not in `{}s`", ehr.name(key), section.name(key));
            let help = match suggestion(name, &known, &format!("{key}s")) {
                near if near.starts_with("did") => near,
                _ => format!("add [{}.{name}], or name one of: {}", section.name(&format!("{key}s")), known.join(", ")),
            };
            Err(at.error(title, "named here", help.trim_end_matches(", or name one of: ")))
        };
        Ok(Some(EhrLaunch {
            url,
            user: named("user", words(users))?,
            client: named("client", words(clients))?,
            listen,
            wait: ehr.duration("wait")?.unwrap_or_default(),
        }))
    }

    fn other_tenant(&mut self, section: &Section<'_>, own: &Url) -> Result<Option<OtherTenant>, ConfigError> {
        let Some(other) = section.section("other_tenant", keys::OTHER_TENANT)? else { return Ok(None) };
        let fhir_base = other
            .url("fhir_base", Use::Base)?
            .ok_or_else(|| other.missing("fhir_base", "add the FHIR base URL of the second tenant"))?;
        if fhir_base == *own {
            return Err(other.at.error(
                format!("`{}` is the target itself", other.path),
                "has the same FHIR base URL",
                "name a tenant that is not the one under test, or remove the table",
            ));
        }
        Ok(Some(OtherTenant {
            fhir_base,
            authorize: other.url("authorize", Use::Request)?,
            token: other.url("token", Use::Request)?,
            users: self.users(&other)?,
            clients: self.clients(&other)?,
        }))
    }
}

fn words<T>(map: &BTreeMap<String, T>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

fn bodies(section: &Section<'_>, environment: Environment) -> Result<Bodies, ConfigError> {
    const WORDS: [(&str, Bodies); 3] = [("full", Bodies::Full), ("shape", Bodies::Shape), ("none", Bodies::None)];
    let found = section.choice("bodies", &WORDS)?.unwrap_or(Bodies::Shape);
    match section.entry("bodies") {
        Some(entry) if found == Bodies::Full && environment == Environment::Production => Err(entry.node.at.error(
            format!("`{}` is not acceptable", section.name("bodies")),
            "would keep health records of real people",
            "use \"shape\" or \"none\" on a production target",
        )),
        _ => Ok(found),
    }
}

/// `allow_origins`: each a scheme, a host and perhaps a port.
fn origins(section: &Section<'_>) -> Result<Vec<Url>, ConfigError> {
    let mut all = Vec::new();
    for text in section.list("allow_origins")?.unwrap_or_default() {
        let url = Url::parse(&text).ok().filter(|url| {
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            let plain = url.username().is_empty() && url.password().is_none();
            bare && plain && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
        });
        match (url, section.entry("allow_origins")) {
            (Some(url), _) => all.push(url),
            (None, entry) => {
                return Err(entry.map_or(&section.at, |entry| &entry.node.at).error(
                    format!("`{}` holds `{text}`, which is not an origin", section.name("allow_origins")),
                    "expected scheme, host and port",
                    "write the origin alone, such as \"https://login.example.org\" (http on loopback only)",
                ));
            }
        }
    }
    Ok(all)
}

fn limits(section: &Section<'_>) -> Result<Limits, ConfigError> {
    let limits = required(section, "limits", keys::LIMITS)?;
    Ok(Limits {
        requests: limits.number("requests", 1, u32::MAX)?.unwrap_or(50_000),
        requests_per_second: limits.number("requests_per_second", 0, 10_000)?.unwrap_or(4),
        concurrency: limits.number("concurrency", 1, 256)?.unwrap_or(2),
        timeout: positive(&limits, "timeout")?,
        connect_timeout: positive(&limits, "connect_timeout")?,
        body_bytes: limits.size("body_size")?.unwrap_or(10 << 20),
        retries: limits.number("retries", 0, 10)?.unwrap_or(0),
    })
}

fn waits(section: &Section<'_>) -> Result<Waits, ConfigError> {
    let waits = required(section, "waits", keys::WAITS)?;
    Ok(Waits {
        cluster_lag: waits.duration("cluster_lag")?.unwrap_or_default(),
        longest: waits.duration("longest")?.unwrap_or_default(),
        code: waits.duration("code")?.unwrap_or_default(),
        clock_skew: waits.duration("clock_skew")?.unwrap_or_default(),
    })
}

pub(super) fn required<'a>(section: &Section<'a>, key: &str, known: &[&str]) -> Result<Section<'a>, ConfigError> {
    section.section(key, known)?.ok_or_else(|| section.missing(key, format!("add [{}]", section.name(key))))
}

pub(super) fn positive(section: &Section<'_>, key: &str) -> Result<Duration, ConfigError> {
    let value = section.duration(key)?.unwrap_or(Duration::from_secs(30));
    match section.entry(key) {
        Some(entry) if value.is_zero() => Err(entry.node.at.error(
            format!("`{}` is out of range", section.name(key)),
            "nothing can answer in no time",
            "write a duration above zero, such as \"30s\"",
        )),
        _ => Ok(value),
    }
}
