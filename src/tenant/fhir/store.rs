//! The resources of one tenant and who owns each.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::altered;
use super::family::Members;
use crate::tenant::entry::Entry;
use crate::tenant::fault::Faults;
use crate::tenant::people;

#[derive(Debug)]
struct Records {
    entries: Vec<Entry>,
    index: HashMap<String, usize>,
    /// The members of families of faults that are switched on.
    members: Members,
    /// What was asked before, for what goes wrong the second time only.
    asked: Mutex<HashSet<String>>,
}

/// The records of one tenant; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Arc<Records>);

impl Store {
    /// The synthetic people of a tenant: the same for the same tenant and seed, made once a process.
    pub fn synthesize(tenant: &str, seed: u64) -> Store {
        type Cache = Mutex<HashMap<(String, u64), Store>>;
        static CACHE: OnceLock<Cache> = OnceLock::new();
        let cache = CACHE.get_or_init(Cache::default);
        let mut made = cache.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let entries = people::synthesize(tenant, seed);
            let index = entries.iter().enumerate().map(|(n, e)| (e.reference(), n)).collect();
            Store(Arc::new(Records { entries, index, members: Members::default(), asked: Mutex::default() }))
        };
        made.entry((tenant.to_owned(), seed)).or_insert_with(make).clone()
    }

    /// The records as a system with these faults would hold them.
    pub fn with_faults(self, faults: &Faults) -> Store {
        if !faults.any() {
            return self;
        }
        let mut entries = self.0.entries.clone();
        let members = Members::of(faults);
        for entry in &mut entries {
            altered::alter(faults, entry);
            members.iter().for_each(|member| member.record(entry));
        }
        altered::alter_together(faults, &mut entries);
        Store(Arc::new(Records { entries, index: self.0.index.clone(), members, asked: Mutex::default() }))
    }

    /// The members of families of faults that are switched on.
    /// Whether a type is granted, whatever the patient left ticked; `None` where the patient decides.
    pub(in crate::tenant) fn consents(&self, kind: &str) -> Option<bool> {
        self.0.members.iter().find_map(|member| member.consents(kind))
    }

    pub(super) fn members(&self) -> &Members {
        &self.0.members
    }

    /// Whether this was asked before.
    pub(super) fn asked_before(&self, what: String) -> bool {
        !self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(what)
    }

    /// Whether this was asked before; asking so is no asking.
    pub(super) fn remembers(&self, what: &str) -> bool {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(what)
    }

    /// Id of the latest encounter of a patient.
    pub fn encounter_of(&self, patient: &str) -> Option<String> {
        self.first_of("Encounter", patient)
    }

    /// Id of the first resource of a type in a patient's compartment.
    pub fn first_of(&self, kind: &str, patient: &str) -> Option<String> {
        let mut own = self.entries().iter().filter(|e| e.kind == kind && e.owner.as_deref() == Some(patient));
        own.next().map(|e| e.id.clone())
    }

    /// Id of the Practitioner that a user is; none for portal users.
    pub fn practitioner_of(&self, user: &str) -> Option<String> {
        let login = |e: &&Entry| {
            let identifiers = e.body.get("identifier").and_then(Value::as_array).into_iter().flatten();
            e.kind == "Practitioner" && identifiers.filter_map(|i| i.get("value")).any(|v| v == user)
        };
        self.entries().iter().find(login).map(|e| e.id.clone())
    }

    /// Display name of a patient.
    pub fn patient_name(&self, patient: &str) -> Option<String> {
        let name = self.find("Patient", patient)?.body.pointer("/name/0/text")?;
        name.as_str().map(str::to_owned)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.0.entries
    }

    pub(super) fn find(&self, kind: &str, id: &str) -> Option<&Entry> {
        self.at(&format!("{kind}/{id}"))
    }

    pub(super) fn at(&self, reference: &str) -> Option<&Entry> {
        self.0.entries.get(*self.0.index.get(reference)?)
    }
}
