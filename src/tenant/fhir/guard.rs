//! Who sees what: scopes, the patient's compartment and granular restrictions.

use super::matching::Criterion;
use super::store::Store;
use super::table;
use crate::tenant::access::{Access, Level};
use crate::tenant::entry::Entry;
use crate::tenant::fault::Faults;

/// What is asked of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Read,
    Search,
    /// To come along with another resource.
    Include,
}

/// The rights of one request.
#[derive(Clone)]
pub(super) struct Guard<'a> {
    pub(super) store: &'a Store,
    pub(super) access: &'a Access,
    pub(super) faults: &'a Faults,
    /// A fault lifted the patient's fence for this request.
    pub(super) lifted: bool,
}

struct Grant<'a> {
    level: Level,
    query: &'a [(String, String)],
}

impl<'a> Guard<'a> {
    fn grants(&self, kind: &str, need: Need) -> Vec<Grant<'a>> {
        // A document's scope covers the attachment it points to.
        let names = |resource: &str| {
            resource == "*" || resource == kind || (kind == "Binary" && resource == "DocumentReference")
        };
        let mut grants: Vec<Grant<'a>> = Vec::new();
        for scope in &self.access.scopes {
            let allowed = match need {
                Need::Read => {
                    scope.permissions.read || scope.permissions.search && self.faults.on("scope.search-includes-read")
                }
                Need::Search => {
                    scope.permissions.search || scope.permissions.read && self.faults.on("scope.read-includes-search")
                }
                Need::Include => scope.permissions.read || scope.permissions.search,
            };
            if allowed && names(&scope.resource) {
                let query: &[(String, String)] = if kind == scope.resource { &scope.query } else { &[] };
                grants.push(Grant { level: scope.level, query });
            }
        }
        let unchecked = match need {
            Need::Read => self.faults.on("scope.read-unchecked"),
            Need::Search => self.faults.on("scope.search-unchecked"),
            Need::Include => false,
        };
        if unchecked && grants.is_empty() {
            grants.push(Grant { level: Level::Patient, query: &[] });
        }
        grants
    }

    /// Does any scope grant this on the type?
    pub(super) fn granted(&self, kind: &str, need: Need) -> bool {
        !self.grants(kind, need).is_empty()
    }

    /// May this request see the resource?
    pub(super) fn sees(&self, entry: &Entry, need: Need) -> bool {
        if self.faults.on("control.b-invisible") && entry.owner.as_deref() == Some("patient-2") {
            return false;
        }
        self.grants(&entry.kind, need)
            .iter()
            .any(|grant| (self.lifted || self.within(grant.level, entry)) && self.fits(grant.query, entry))
    }

    /// May an include add the resource?
    pub(super) fn includes(&self, entry: &Entry) -> bool {
        if self.faults.on("scope.include-unchecked") {
            return self.lifted || self.within(Level::Patient, entry);
        }
        self.sees(entry, Need::Include)
    }

    fn within(&self, level: Level, entry: &Entry) -> bool {
        let Some(owner) = entry.owner.as_deref() else { return true };
        match level {
            Level::System => true,
            Level::Patient => self.access.patient.as_deref() == Some(owner),
            Level::User => {
                self.faults.on("scope.user-is-everybody")
                    || self.store.practitioner_of(&self.access.user).is_some()
                    || self.own().as_deref() == Some(owner)
            }
        }
    }

    /// The patient a portal user is.
    fn own(&self) -> Option<String> {
        let number = self.access.user.strip_prefix("user-")?;
        Some(format!("patient-{number}"))
    }

    /// The patient whose data a request without further words is about.
    pub(super) fn patient(&self) -> Option<String> {
        self.access.patient.clone().or_else(|| self.own())
    }

    /// Is access to the type confined by search parameters?
    pub(super) fn is_granular(&self, kind: &str) -> bool {
        self.access.scopes.iter().any(|scope| scope.resource == kind && !scope.query.is_empty())
    }

    /// Is the resource within the last constraint that the scopes put on its type?
    pub(super) fn within_last_constraint(&self, entry: &Entry) -> bool {
        let constrained =
            |scope: &&crate::tenant::access::Scope| scope.resource == entry.kind && !scope.query.is_empty();
        self.access.scopes.iter().rfind(constrained).is_some_and(|scope| self.fits(&scope.query, entry))
    }

    fn fits(&self, query: &[(String, String)], entry: &Entry) -> bool {
        if self.faults.on("granular.ignored") {
            return true;
        }
        query.iter().all(|(name, value)| {
            let parameter = table::types().get(&entry.kind).and_then(|t| t.parameter(name));
            // A restriction this server does not understand grants nothing.
            parameter
                .and_then(|p| Criterion::parse(name, None, value, p, "").ok())
                .is_some_and(|c| c.matches(&entry.body))
        })
    }
}
