//! `probity check`: in order, what of a target is configured, reachable, discoverable, and who can log in.

use super::setting::Setting;
use super::{Exit, TargetArguments, output};
use crate::fhir;
use crate::http::Door;
use crate::record::{Ledger, Page};
use crate::smart::{Endpoints, Launch, SessionKey, Sessions, Site, Trouble};
use crate::target::{ClientRole, Login};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The lines of the answer, and the worst of them.
struct Tally {
    exit: Exit,
}

impl Tally {
    fn good(&self, what: &str) {
        output::print(&format!("ok    {what}\n"));
    }

    fn open(&self, what: &str) {
        output::print(&format!("-     {what}\n"));
    }

    fn bad(&mut self, exit: Exit, what: &str) {
        output::print(&format!("FAIL  {what}\n"));
        if self.exit == Exit::Passed {
            self.exit = exit;
        }
    }
}

pub(super) async fn check(arguments: TargetArguments) -> Exit {
    let setting = match Setting::find(&arguments).await {
        Ok(setting) => setting,
        Err(exit) => return exit,
    };
    let target = Arc::clone(&setting.target);
    let mut tally = Tally { exit: Exit::Passed };
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
    let door = match Door::open(&target, Ledger::new(Box::new(|_| ()))) {
        Ok(door) => door,
        Err(what) => return output::fail(Exit::Usage, &what.to_string()),
    };
    let site = Site::main(Arc::clone(&target));
    reach(&door, &site, &mut tally).await;
    if tally.exit == Exit::Passed {
        log_in(&door, &site, &mut tally).await;
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

async fn log_in(door: &Door, site: &Site, tally: &mut Tally) {
    let target = site.target();
    if matches!(target.login, Login::None) {
        return;
    }
    let sessions = Sessions::default();
    for (name, user) in &target.users {
        if user.patient.is_none() && target.ehr.as_ref().is_some_and(|ehr| ehr.user == *name) {
            tally.open(&format!("login: {name} signs in to the EHR only"));
            continue;
        }
        let key = SessionKey {
            second_tenant: false,
            client: ClientRole::Public,
            user: name.clone(),
            scopes: None,
            launch: Launch::Standalone,
        };
        match sessions.get(door, &Page::default(), site, key).await {
            Ok(session) => {
                let agrees = match (&user.patient, &session.grant) {
                    (Some(wanted), Some(grant)) => grant.patient.as_ref().is_none_or(|own| own == wanted),
                    _ => true,
                };
                if agrees {
                    tally.good(&format!("login: {name} can sign in; granted {}", session.scope()));
                } else {
                    let what = format!("login: {name} can sign in, but for another patient than users.{name}.patient");
                    tally.bad(Exit::Usage, &what);
                }
            }
            Err(trouble) => {
                let exit = match trouble {
                    Trouble::NotConfigured(_) | Trouble::NotApplicable(_) => Exit::Usage,
                    Trouble::NoAnswer(_) | Trouble::Refused(_) | Trouble::Unclear(_) => Exit::Inconclusive,
                };
                let help =
                    format!("check users.{name} and the [login] section; login.max_pages and button texts are there");
                tally.bad(exit, &format!("login: {name}: {}\n      help: {help}", door.redact(&trouble.to_string())));
            }
        }
    }
}
