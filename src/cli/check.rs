//! `probity check`: checks a target step by step: configuration, network, discovery, sign-in of every user.

use super::setting::{Notes, Setting};
use super::words::one_of;
use super::{Exit, TargetArguments, output};
use crate::fhir;
use crate::http::Door;
use crate::record::{SetupRecord, SetupState};
use crate::report::inert;
use crate::smart::{Endpoints, Launch, SessionKey, Site, open_shared};
use crate::target::{ClientRole, Login};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

#[derive(Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// How it is told: each step when it is done, or all of them at the end.
    #[arg(long, default_value = "text", value_parser = one_of(&["text", "json"], |word| word))]
    format: &'static str,
}

/// The steps, and how the worst of them ends the process.
struct Tally {
    exit: Exit,
    /// Kept for whoever wants all at once.
    kept: Option<Vec<Value>>,
}

impl Tally {
    fn tell(&mut self, state: &str, mark: &str, what: &str) {
        let Some(kept) = &mut self.kept else {
            return output::print(&format!("{mark:<6}{}\n", inert(what)));
        };
        let (what, help) = what.split_once("\n      help: ").map_or((what, None), |(what, help)| (what, Some(help)));
        let (step, told) = what.split_once(": ").unwrap_or((what, ""));
        kept.push(json!({ "step": step, "state": state, "told": told, "help": help }));
    }

    fn good(&mut self, what: &str) {
        self.tell("ok", "ok", what);
    }

    fn open(&mut self, what: &str) {
        self.tell("open", "-", what);
    }

    fn bad(&mut self, exit: Exit, what: &str) {
        self.tell("fail", "FAIL", what);
        if self.exit == Exit::Passed {
            self.exit = exit;
        }
    }
}

pub(super) async fn check(arguments: CheckArguments) -> Exit {
    let kept = (arguments.format == "json").then(Vec::new);
    let mut tally = Tally { exit: Exit::Passed, kept };
    let exit = examine(&arguments.target, &mut tally).await;
    if let Some(kept) = tally.kept {
        output::print(&format!("{:#}\n", Value::from(kept)));
    }
    exit
}

async fn examine(arguments: &TargetArguments, tally: &mut Tally) -> Exit {
    let setting = match Setting::find(arguments).await {
        Ok(setting) => setting,
        Err(exit) => return exit,
    };
    let target = Arc::clone(&setting.target);
    tally.good(&format!(
        "configured: target {} (preset {}, {}), {} clients, {} users",
        target.name,
        target.preset,
        target.environment.word(),
        target.clients.len(),
        target.users.len()
    ));
    for (what, there) in [
        ("a patient (users.a)", target.users.contains_key("a")),
        ("a public client", target.clients.contains_key(ClientRole::Public.word())),
        ("a second patient (users.b)", target.users.contains_key("b")),
        ("a second tenant (other_tenant)", target.other_tenant.is_some()),
        ("an EHR launch (ehr)", target.ehr.is_some()),
        ("a confidential client", target.clients.contains_key(ClientRole::Confidential.word())),
        ("a client with short-lived tokens", target.clients.contains_key(ClientRole::ShortLived.word())),
    ] {
        if there {
            tally.good(&format!("configured: {what}"));
        } else {
            tally.open(&format!("not configured: {what}; the scenarios that need it will be skipped"));
        }
    }
    let (door, notes) = match setting.door() {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let site = Site::main(Arc::clone(&target));
    reach(&door, &site, tally).await;
    if tally.exit == Exit::Passed {
        log_in(&door, &site, &notes, tally).await;
    }
    tally.exit
}

async fn reach(door: &Door, site: &Site, tally: &mut Tally) {
    match fhir::capability(door, site).await {
        Err(none) => {
            let help = "check fhir_base, the network and the certificate authority (tls.extra_ca)";
            tally.bad(Exit::Inconclusive, &format!("reachable: {none}\n      help: {help}"));
            return;
        }
        Ok(answer) if answer.is_success() => tally.good("reachable: [base]/metadata answers"),
        Ok(answer) => {
            let what = format!("reachable: [base]/metadata answers {}; is fhir_base right?", answer.status());
            tally.bad(Exit::Inconclusive, &what);
        }
    }
    if matches!(site.target().login, Login::None) {
        tally.open("discoverable: not needed, the login driver is `none`");
        return;
    }
    match Endpoints::discover(door, site).await {
        Ok(endpoints) => {
            tally.good(&format!("discoverable: authorize {}, token {}", endpoints.authorize, endpoints.token));
            let named = [
                Some(&endpoints.authorize),
                Some(&endpoints.token),
                endpoints.introspect.as_ref(),
                endpoints.revoke.as_ref(),
            ];
            let foreign = named.into_iter().flatten().filter(|url| !door.may_receive(url));
            let origins: BTreeSet<String> = foreign.map(|url| url.origin().ascii_serialization()).collect();
            for origin in origins {
                let name = &site.target().name;
                tally.bad(
                    Exit::Usage,
                    &format!(
                        "origins: discovery names endpoints at {origin}, which the configuration does not name; passwords, codes and \
                         tokens would go there\n      help: if that is right, add \"{origin}\" to allow_origins in [targets.{name}]"
                    ),
                );
            }
        }
        Err(trouble) => {
            let help = "set authorize and token in the configuration if the server does not publish them";
            tally.bad(Exit::Inconclusive, &format!("discoverable: {trouble}\n      help: {help}"));
        }
    }
}

/// Every sign-in that scenarios may build on, each once.
fn sign_ins(site: &Site) -> Vec<(bool, SessionKey)> {
    let target = site.target();
    let key = |client, user: &str, launch| SessionKey {
        second_tenant: false,
        client,
        user: user.to_owned(),
        scopes: None,
        launch,
        kept: None,
    };
    let of_ehr = |name: &str| target.ehr.as_ref().is_some_and(|ehr| ehr.user == name);
    let people = target.users.iter().filter(|(name, user)| user.patient.is_some() || !of_ehr(name));
    let mut keys: Vec<(bool, SessionKey)> =
        people.map(|(name, _)| (false, key(ClientRole::Public, name, Launch::Standalone))).collect();
    let others = ClientRole::ALL.into_iter().filter(|role| *role != ClientRole::Public);
    let others = others.filter(|role| target.clients.contains_key(role.word()) && target.users.contains_key("a"));
    keys.extend(others.map(|role| (false, key(role, "a", Launch::Standalone))));
    if let Some((ehr, client)) = target.ehr.as_ref().and_then(|ehr| Some((ehr, ClientRole::named(&ehr.client)?))) {
        keys.push((false, key(client, &ehr.user, Launch::Ehr)));
    }
    if let Some(other) = &target.other_tenant {
        let second =
            |name: &String| SessionKey { second_tenant: true, ..key(ClientRole::Public, name, Launch::Standalone) };
        keys.extend(other.users.keys().map(|name| (true, second(name))));
    }
    keys
}

async fn log_in(door: &Door, site: &Site, notes: &Notes, tally: &mut Tally) {
    if matches!(site.target().login, Login::None) {
        return;
    }
    for (second, key) in sign_ins(site) {
        let site = if second { site.second() } else { Ok(site.clone()) };
        let opened = match site {
            Ok(site) => open_shared(door, &site, key.clone()).await,
            Err(trouble) => Err(trouble),
        };
        let note = notes.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let what = note
            .as_ref()
            .map_or_else(|| format!("user {} with the {} app", key.user, key.client.word()), |note| note.what.clone());
        match (opened, note.filter(SetupRecord::is_broken)) {
            (_, Some(note)) => {
                let exit = if note.state == SetupState::Misconfigured { Exit::Usage } else { Exit::Inconclusive };
                let (reason, help) = (note.reason.unwrap_or_default(), note.help.unwrap_or_default());
                tally.bad(exit, &format!("login: {what}: {reason}\n      help: {help}"));
            }
            (Err(trouble), None) => {
                tally.bad(Exit::of_trouble(&trouble), &format!("login: {what}: {}", door.redact(&trouble.to_string())));
            }
            (Ok(session), None) => {
                tally.good(&format!("login: {what}; {}", session.in_words()));
            }
        }
    }
}
