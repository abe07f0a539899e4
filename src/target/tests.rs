//! The configuration as its readers meet it: what loads, what is refused and what the refusal says.

use super::tree::{Kind, Node, parse};
use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const MINE: &str = "[targets.mine]\nfhir_base = \"https://fhir.example.org/r4/\"\n";

fn values(names: &[&str]) -> Values {
    Values::new(names.iter().map(|name| ((*name).to_owned(), format!("value of {name}"))).collect())
}

fn read(text: &str) -> Result<Target, ConfigError> {
    load(text, Path::new("probity.toml"), None, &Values::default())
}

fn refusal(text: &str) -> String {
    read(text).expect_err("refused").to_string()
}

fn embedded_values() -> Values {
    let mut names = Vec::new();
    for tenant in ["HARBOR", "MEADOW"] {
        names
            .extend(["CONFIDENTIAL_SECRET", "ASYMMETRIC_KEY", "CLINICIAN_1_PASSWORD"].map(|n| format!("{tenant}_{n}")));
        names.extend((1..=4).map(|n| format!("{tenant}_USER_{n}_PASSWORD")));
    }
    Values::new(names.into_iter().map(|n| (format!("PROBITY_EMBEDDED_{n}"), format!("secret {n}"))).collect())
}

#[test]
fn a_target_needs_no_more_than_its_fhir_base() {
    let target = read(MINE).unwrap();
    assert_eq!((target.name.as_str(), target.preset.as_str()), ("mine", "generic"));
    assert_eq!(target.environment, Environment::Production, "the careful choice is the default");
    assert_eq!(target.bodies, Bodies::Shape);
    assert_eq!(target.limits.requests_per_second, 4);
    assert_eq!(target.limits.body_bytes, 10 * 1024 * 1024);
    assert_eq!(target.waits.clock_skew.as_secs(), 5);
    assert!(matches!(target.login, Login::Form(_)) && target.ehr.is_none() && target.other_tenant.is_none());
    assert!(!target.permitted && target.clients.is_empty());
}

#[test]
fn paths_join_the_base_whatever_its_last_slash() {
    let target = read(MINE).unwrap();
    assert_eq!(target.fhir_base.as_str(), "https://fhir.example.org/r4");
    assert_eq!(target.fhir("").as_str(), "https://fhir.example.org/r4");
    assert_eq!(target.fhir("/Patient/1").as_str(), "https://fhir.example.org/r4/Patient/1");
    assert_eq!(target.fhir("Patient?name=a|b").as_str(), "https://fhir.example.org/r4/Patient?name=a|b");
    assert_eq!(target.fhir("//evil.example/x").host_str(), Some("fhir.example.org"));
}

#[test]
fn the_embedded_tenant_is_described_completely() {
    let target = embedded("http://127.0.0.1:4567", &embedded_values()).unwrap();
    assert_eq!(target.environment, Environment::Embedded);
    assert_eq!(target.fhir_base.as_str(), "http://127.0.0.1:4567/provider/patient-access/v2/harbor");
    assert_eq!(target.clients.keys().collect::<Vec<_>>().len(), 5);
    assert_eq!(target.users.keys().collect::<Vec<_>>(), ["a", "b", "c", "clinician"]);
    assert_eq!(target.users["b"].patient.as_deref(), Some("patient-2"));
    assert_eq!(target.users["b"].password.as_ref().map(Secret::expose), Some("secret HARBOR_USER_2_PASSWORD"));
    let ehr = target.ehr.unwrap();
    assert_eq!(
        ehr.url.unwrap().as_str(),
        "http://127.0.0.1:4567/ehr/harbor?client=probity-confidential&patient=patient-1"
    );
    let other = target.other_tenant.unwrap();
    assert_eq!(other.fhir("metadata").path(), "/provider/patient-access/v2/meadow/metadata");
    assert_eq!(other.users["a"].password.as_ref().map(Secret::expose), Some("secret MEADOW_USER_1_PASSWORD"));
    assert_eq!(other.clients.len(), 5);
    assert_eq!((target.limits.requests_per_second, target.limits.concurrency), (0, 16));
    assert!(target.waits.cluster_lag.is_zero() && target.warnings.is_empty());
}

#[test]
fn netsmart_presets_form_their_urls_from_the_tenant() {
    let text =
        "[targets.p]\npreset = \"netsmart-production\"\ntenant = \"t-1\"\n[targets.p.other_tenant]\ntenant = \"t-2\"\n";
    let target = read(text).unwrap();
    assert_eq!(target.fhir_base.as_str(), "https://fhir.netsmartcloud.com/provider/patient-access/v2/t-1");
    assert_eq!(target.token.unwrap().as_str(), "https://fhir.netsmartcloud.com/auth/t-1/oauth2/v1/token");
    let other = target.other_tenant.unwrap();
    assert_eq!(other.fhir_base.as_str(), "https://fhir.netsmartcloud.com/provider/patient-access/v2/t-2");
    assert_eq!(other.token.unwrap().as_str(), "https://fhir.netsmartcloud.com/auth/t-2/oauth2/v1/token");
    assert_eq!((target.limits.requests_per_second, target.limits.concurrency), (4, 2));
    let preview = read("[targets.p]\npreset = \"netsmart-preview\"\ntenant = \"t-1\"\n").unwrap();
    assert_eq!(preview.fhir_base.host_str(), Some("fhirtest.netsmartcloud.com"));
    assert!(preview.other_tenant.is_none() && preview.environment == Environment::Preview);
}

#[test]
fn every_preset_loads_with_what_it_asks_for() {
    for name in presets() {
        let origin = "origin = \"http://127.0.0.1:1\"\ntenant = \"t\"\nfhir_base = \"http://127.0.0.1:1/r4\"\n";
        let text = format!("[targets.t]\npreset = \"{name}\"\n{origin}");
        let target = load(&text, Path::new("probity.toml"), None, &embedded_values());
        assert_eq!(target.unwrap_or_else(|error| panic!("{name}: {error}")).preset, name);
    }
}

#[test]
fn the_target_is_the_named_one_or_the_default_or_the_only_one() {
    let two = "[targets.x]\nfhir_base = \"https://x.example/r4\"\n[targets.y]\nfhir_base = \"https://y.example/r4\"\n";
    let named = |text: &str, name| load(text, Path::new("p.toml"), name, &Values::default()).map(|t| t.name);
    assert_eq!(named(two, Some("y")).unwrap(), "y");
    assert_eq!(named(&format!("default = \"x\"\n{two}"), None).unwrap(), "x");
    assert_eq!(named(MINE, None).unwrap(), "mine");
    assert_eq!(names(two, Path::new("p.toml")).unwrap(), ["x", "y"]);
    insta::assert_snapshot!("several_targets", named(two, None).unwrap_err());
    insta::assert_snapshot!("unknown_target", named(two, Some("why")).unwrap_err());
    insta::assert_snapshot!("unknown_default", named(&format!("default = \"mime\"\n{MINE}"), None).unwrap_err());
}

#[test]
fn intrusive_scenarios_need_permission_and_on_production_two_requests() {
    let allows = |keys: &str, flag| read(&format!("{MINE}{keys}\n")).unwrap().allows(["security", "intrusive"], flag);
    assert!(read(MINE).unwrap().allows(["security"], false).is_ok());
    assert!(allows("", true).unwrap_err().to_string().contains("permitted = true"));
    assert!(allows("permitted = true", true).unwrap_err().to_string().contains("intrusive = true"));
    assert!(allows("permitted = true\nintrusive = true", false).unwrap_err().to_string().contains("--intrusive"));
    assert!(allows("permitted = true\nintrusive = true", true).is_ok());
    assert!(allows("permitted = true\nenvironment = \"preview\"", false).is_ok());
    assert!(embedded("http://127.0.0.1:1", &embedded_values()).unwrap().allows(["intrusive"], false).is_ok());
}

#[test]
fn mistakes_in_the_document_are_pointed_at() {
    insta::assert_snapshot!("empty_file", refusal(""));
    insta::assert_snapshot!("not_toml", refusal("[targets.mine]\nfhir_base = https://fhir.example.org\n"));
    insta::assert_snapshot!("unknown_key", refusal(&format!("{MINE}[targets.mine.limits]\nconcurency = 2\n")));
    insta::assert_snapshot!("unknown_key_far_from_all", refusal(&format!("{MINE}colour = \"red\"\n")));
    insta::assert_snapshot!("wrong_type", refusal(&format!("{MINE}scopes = \"openid\"\n")));
    insta::assert_snapshot!("wrong_table", refusal("targets = 3\n"));
    insta::assert_snapshot!("bad_duration", refusal(&format!("{MINE}[targets.mine.limits]\ntimeout = \"30\"\n")));
    insta::assert_snapshot!("out_of_range", refusal(&format!("{MINE}[targets.mine.limits]\nconcurrency = 0\n")));
    insta::assert_snapshot!("bad_choice", refusal(&format!("{MINE}environment = \"prodution\"\n")));
    insta::assert_snapshot!("unknown_client", refusal(&format!("{MINE}[targets.mine.clients.privat]\nid = \"x\"\n")));
    insta::assert_snapshot!("missing_base", refusal("[targets.mine]\n"));
    insta::assert_snapshot!(
        "ehr_without_user",
        refusal(&format!("{MINE}[targets.mine.ehr]\nurl = \"https://e.example/\"\n"))
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    let twins = "users.a = { patient = \"p\" }\nusers.b = { patient = \"p\" }\n";
    insta::assert_snapshot!("one_patient_for_two_users", refusal(&format!("{MINE}{twins}")));
    let same = "other_tenant = { fhir_base = \"https://fhir.example.org/r4\" }\n";
    insta::assert_snapshot!("the_tenant_itself_as_the_other", refusal(&format!("{MINE}{same}")));
    let listen = "launch_url = \"https://app.example.org/launch\"\nehr = { listen = true }\n";
    insta::assert_snapshot!("nowhere_to_listen", refusal(&format!("{MINE}{listen}")));
    assert!(refusal(&format!("{MINE}bodies = \"full\"\n")).contains("real people"));
    for origin in ["login.example.org", "https://login.example.org/path", "http://login.example.org"] {
        assert!(refusal(&format!("{MINE}allow_origins = [\"{origin}\"]\n")).contains("not an origin"), "{origin}");
    }
    assert!(
        refusal(&format!("{MINE}clients.public = {{ id = \"p\", secret = {{ env = \"PATH\" }} }}\n"))
            .contains("not belong")
    );
}

#[test]
fn mistakes_about_presets_are_pointed_at() {
    insta::assert_snapshot!("unknown_preset", refusal("[targets.p]\npreset = \"netsmart-prevew\"\n"));
    insta::assert_snapshot!("missing_tenant", refusal("[targets.p]\npreset = \"netsmart-preview\"\n"));
    insta::assert_snapshot!("bad_tenant", refusal("[targets.p]\npreset = \"netsmart-preview\"\ntenant = \"../x\"\n"));
    insta::assert_snapshot!(
        "production_as_preview",
        refusal("[targets.p]\npreset = \"netsmart-production\"\ntenant = \"t\"\nenvironment = \"preview\"\n")
    );
}

#[test]
fn urls_that_would_leak_or_mislead_are_refused() {
    let base = |url: &str| refusal(&format!("[targets.mine]\nfhir_base = \"{url}\"\n"));
    insta::assert_snapshot!("bad_url", base("fhir.example.org/r4"));
    insta::assert_snapshot!("http_on_a_foreign_host", base("http://fhir.example.org/r4"));
    insta::assert_snapshot!("credentials_in_url", base("https://me:hunter2@fhir.example.org/r4"));
    insta::assert_snapshot!("query_in_base", base("https://fhir.example.org/r4?x=1"));
    assert!(base("https://fhir.example.org/r4#x").contains("fragment"));
    assert!(base("http://localhost.example.org/r4").contains("loopback"));
    assert!(refusal(&format!("{MINE}environment = \"embedded\"\n")).contains("loopback"));
    assert!(refusal(&format!("{MINE}redirect_uri = \"javascript:alert(1)\"\n")).contains("scheme"));
    assert!(read(&format!("{MINE}redirect_uri = \"com.example.app:/callback\"\n")).is_ok());
    assert!(read("[targets.l]\nfhir_base = \"http://[::1]:8080/r4\"\n").is_ok());
}

#[test]
fn secrets_are_only_referred_to() {
    let confidential = |secret: &str| format!("{MINE}[targets.mine.clients.confidential]\nid = \"c\"\n{secret}\n");
    insta::assert_snapshot!("missing_secret", refusal(&confidential("secret = { env = \"PROBITY_TEST_ABSENT\" }")));
    insta::assert_snapshot!("missing_secret_file", refusal(&confidential("secret = { file = \"absent/secret\" }")));
    insta::assert_snapshot!("literal_secret", refusal(&confidential("secret = \"hunter2\"")));
    insta::assert_snapshot!("secret_of_a_wrong_type", refusal(&confidential("secret = 7")));
    insta::assert_snapshot!("no_secret", refusal(&confidential("")));
    let text = confidential("secret = { env = \"S\" }");
    let target = load(&text, Path::new("probity.toml"), None, &values(&["S"])).unwrap();
    let ClientAuth::Secret { secret, method } = &target.clients["confidential"].auth else { panic!("no secret") };
    assert_eq!((secret.expose(), *method), ("value of S", SecretMethod::Basic));
    assert!(!format!("{target:?}").contains("value of S"));
}

#[test]
fn no_message_shows_what_may_be_a_secret() {
    for line in [
        "[targets.mine.users.a]\nusername = \"u\"\npasword = \"hunter2\"",
        "[targets.mine]\nusers.a = { nam = \"u\", password = \"hunter2\" }",
        "[targets.mine]\nclients.confidential = { secret = 'hunter2' id",
        "[targets.mine]\nclient_secret = \"hunter2",
        "[targets.mine.clients.asymmetric]\nkey = \"\"\"-----BEGIN PRIVATE KEY-----\nhunter2\n-----END\"\"\"",
        "[targets.mine]\nx = '''\n-----BEGIN EC PRIVATE KEY-----\nhunter2",
        "[targets.mine.clients.confidential]\nid = \"x\"\nsecret = { value = \"hunter2\" }",
        "[targets.mine]\nusers.a = { nam = 1, password = { env = \"A\" }, tokens = { access_token = [\"hunter2\"] } }",
        "[targets.mine]\nfhir_base = \"http://me:hunter2@fhir.example.org\"",
    ] {
        let error = read(line).expect_err(line);
        assert!(!format!("{error} {error:?} {}", error.render(true)).contains("hunter2"), "{line}\n{error}");
    }
}

#[test]
fn a_file_that_ends_anywhere_is_refused_with_a_place() {
    let whole = uncommented().replace("alice", "ålice 🩺").replace('\n', "\r\n");
    let ends = whole.char_indices().map(|(at, _)| at).skip(1).step_by(41);
    for end in ends {
        if let Err(error) = read(&whole[..end]) {
            assert!(error.to_string().contains("probity.toml:"), "{error}");
        }
    }
    assert!(refusal("\u{feff}[targets.x]\nfhir_bas = 1\n").contains("did you mean `fhir_base`?"));
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_everybody_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{MINE}[targets.mine.users.a]\nusername = \"u\"\npassword = {{ file = \"pw\" }}\n");
    std::fs::write(folder.path().join("pw"), "correct horse\n").unwrap();
    for (mode, warnings) in [(0o644, 1), (0o600, 0)] {
        std::fs::set_permissions(folder.path().join("pw"), PermissionsExt::from_mode(mode)).unwrap();
        let target = load(&text, &folder.path().join("probity.toml"), None, &Values::default()).unwrap();
        assert_eq!(target.users["a"].password.as_ref().map(Secret::expose), Some("correct horse"));
        assert_eq!(target.warnings.len(), warnings, "{:?}", target.warnings);
    }
}

/// The reference with every commented key in force.
fn uncommented() -> String {
    let live = |line: &'static str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest,
        _ => line,
    };
    super::REFERENCE.lines().map(live).collect::<Vec<_>>().join("\n")
}

/// The keys below every table whose path ends with `tail` (`*` is any name).
fn keys_at(node: &Node, tail: &[&str], found: &mut BTreeSet<String>) {
    let Kind::Table(entries) = &node.kind else { return };
    match tail {
        [] => found.extend(entries.keys().cloned()),
        ["*", rest @ ..] => entries.values().for_each(|entry| keys_at(&entry.node, rest, found)),
        [name, rest @ ..] => entries.get(*name).into_iter().for_each(|entry| keys_at(&entry.node, rest, found)),
    }
}

fn tree(text: &str) -> Node {
    parse(text, &super::error::Source::new("reference", text, false)).unwrap()
}

#[test]
fn the_reference_loads_as_it_is_and_with_everything_in_force() {
    assert_eq!(read(super::REFERENCE).unwrap().name, "mine");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("asymmetric.pem"), "key").unwrap();
    std::fs::write(folder.path().join("client.key"), "key").unwrap();
    std::fs::write(folder.path().join("ca.pem"), "certificate").unwrap();
    let names = [
        "MY_CLIENT_SECRET",
        "MY_PASSWORD_A",
        "MY_PASSWORD_B",
        "MY_PASSWORD_CLINICIAN",
        "MY_ACCESS_TOKEN_A",
        "MY_REFRESH_TOKEN_A",
        "MY_OTHER_PASSWORD_A",
        "MY_TOTP_A",
    ];
    let target = load(&uncommented(), &folder.path().join("probity.toml"), None, &values(&names)).unwrap();
    assert_eq!(target.clients.len(), ClientRole::ALL.len());
    assert!(target.other_tenant.is_some() && target.ehr.is_some());
}

#[test]
fn a_step_of_the_sign_in_is_one_thing_that_can_be_done() {
    let with =
        |step: &str| format!("{MINE}[targets.mine.login]\ndriver = \"auto\"\n[[targets.mine.login.steps]]\n{step}\n");
    for (name, step) in [
        ("step_without_an_act", "with = \"username\""),
        ("step_with_two_acts", "click = \"Next\"\nfill = \"User\""),
        ("step_that_fills_with_nothing", "fill = \"User\""),
        ("step_with_a_wrong_selector", "click = \"css=##\""),
        ("step_with_an_unknown_key", "klick = \"Next\""),
    ] {
        insta::assert_snapshot!(name, refusal(&with(step)));
    }
}

#[test]
fn the_reference_mentions_every_key() {
    let document = tree(&uncommented());
    let tables: [(&[&str], &[&str]); 12] = [
        (&[], keys::ROOT),
        (&["targets", "*"], keys::TARGET),
        (&["targets", "*", "clients", "*"], keys::CLIENT),
        (&["targets", "*", "users", "*"], keys::USER),
        (&["targets", "*", "users", "*", "tokens"], keys::TOKENS),
        (&["targets", "*", "login"], keys::LOGIN),
        (&["targets", "*", "ehr"], keys::EHR),
        (&["targets", "*", "other_tenant"], keys::OTHER_TENANT),
        (&["targets", "*", "limits"], keys::LIMITS),
        (&["targets", "*", "waits"], keys::WAITS),
        (&["targets", "*", "tls"], keys::TLS),
        (&["targets", "*", "own_address"], keys::OWN_ADDRESS),
    ];
    for (path, known) in tables {
        let mut found = BTreeSet::new();
        keys_at(&document, path, &mut found);
        assert_eq!(found, known.iter().map(|key| (*key).to_owned()).collect(), "in {path:?}");
    }
}

#[test]
fn the_defaults_of_the_reference_are_those_of_the_program() {
    fn leaves(node: &Node, path: &str, found: &mut BTreeMap<String, String>) {
        let text = |node: &Node| match &node.kind {
            Kind::Text(text) => text.clone(),
            Kind::Integer(number) => number.to_string(),
            Kind::Boolean(value) => value.to_string(),
            other => other.word().to_owned(),
        };
        match &node.kind {
            Kind::Table(entries) => {
                entries.iter().for_each(|(name, e)| leaves(&e.node, &format!("{path}.{name}"), found))
            }
            Kind::Array(items) => {
                drop(found.insert(path.to_owned(), items.iter().map(text).collect::<Vec<_>>().join("|")))
            }
            _ => drop(found.insert(path.to_owned(), text(node))),
        }
    }
    let (mut shown, mut used) = (BTreeMap::new(), BTreeMap::new());
    leaves(&tree(&uncommented()), "", &mut shown);
    leaves(&tree(preset("generic").unwrap()), ".targets.mine", &mut used);
    for (path, value) in used {
        assert_eq!(shown.get(&path), Some(&value), "{path}");
    }
}

#[test]
fn waivers_say_what_who_why_and_until_when() {
    let read = |text: &str| waivers(text, Path::new("probity-waivers.toml"));
    let good =
        "[[waiver]]\nid = \"pkce.plain\"\nreason = \"vendor fixes it in 4.2\"\nowner = \"ops\"\nexpires = 2030-01-31\n";
    let list = read(good).unwrap();
    assert_eq!((list[0].id.as_str(), list[0].expires.to_string().as_str()), ("pkce.plain", "2030-01-31"));
    assert!(read("").unwrap().is_empty());
    insta::assert_snapshot!("waived_twice", read(&format!("{good}{good}")).unwrap_err());
    insta::assert_snapshot!("waiver_without_owner", read(&good.replace("owner = \"ops\"\n", "")).unwrap_err());
    insta::assert_snapshot!("waiver_with_a_bad_day", read(&good.replace("2030-01-31", "\"soon\"")).unwrap_err());
    insta::assert_snapshot!("waiver_with_a_bad_id", read(&good.replace("pkce.plain", "PKCE plain")).unwrap_err());
    insta::assert_snapshot!("waiver_with_an_unknown_key", read(&good.replace("expires", "expiry")).unwrap_err());
    insta::assert_snapshot!("waiver_as_a_table", read(&good.replace("[[waiver]]", "[waiver]")).unwrap_err());
}
