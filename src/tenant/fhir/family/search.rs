//! Searches that fail, and parameters that are overlooked.

use super::interaction::Asked;
use super::member::{Family, Member, kind, parameter};

pub(super) const FAMILIES: [Family; 5] = [
    Family {
        id: "search.ignore",
        what: "a search of {0} does not look at {1}",
        read: |text| parameter(text).map(|(of, name)| Box::new(Ignore { of, name }) as Box<dyn Member>),
    },
    Family {
        id: "search.omit",
        what: "a search of {0} by {1} leaves a match out",
        read: |text| parameter(text).map(|(of, name)| Box::new(Omit { of, name }) as Box<dyn Member>),
    },
    Family {
        id: "search.crash",
        what: "a search of {0} by {1} answers 500",
        read: |text| {
            let (of, names) = text.split_once('.')?;
            let names = names.split('+').map(|name| parameter(&format!("{of}.{name}")).map(|(_, name)| name));
            let mut names = names.collect::<Option<Vec<String>>>()?;
            names.sort_unstable();
            Some(Box::new(Crash { of: kind(of)?, names }))
        },
    },
    Family {
        id: "search.fails-for",
        what: "searches of {0} fail for {1} alone",
        read: |text| {
            let (of, patient) = text.split_once('.')?;
            Some(Box::new(FailFor { of: kind(of)?, patient: patient.to_owned() }))
        },
    },
    Family {
        id: "search.post",
        what: "a search of {0} by POST finds nothing",
        read: |text| kind(text).map(|of| Box::new(NothingByPost { of }) as Box<dyn Member>),
    },
];

#[derive(Debug)]
struct Ignore {
    of: &'static str,
    name: String,
}

impl Member for Ignore {
    fn ignores(&self, kind: &str, parameter: &str) -> bool {
        kind == self.of && parameter == self.name
    }
}

#[derive(Debug)]
struct Omit {
    of: &'static str,
    name: String,
}

impl Member for Omit {
    fn omits(&self, kind: &str, parameter: &str) -> bool {
        kind == self.of && parameter == self.name
    }
}

/// A combination of parameters that brings the search down.
#[derive(Debug)]
struct Crash {
    of: &'static str,
    /// In alphabetical order.
    names: Vec<String>,
}

impl Member for Crash {
    fn crashes(&self, search: &Asked<'_>) -> bool {
        let is_control = |name: &str| name.starts_with('_') && name != "_id" && name != "_lastUpdated";
        let names = search.query.0.iter().map(|(name, _)| name.as_str());
        let mut own: Vec<&str> = names.filter(|name| !is_control(name)).collect();
        own.sort_unstable();
        search.kind == self.of && self.names == own
    }
}

#[derive(Debug)]
struct FailFor {
    of: &'static str,
    patient: String,
}

impl Member for FailFor {
    fn crashes(&self, search: &Asked<'_>) -> bool {
        search.kind == self.of && search.patient == Some(&self.patient)
    }
}

#[derive(Debug)]
struct NothingByPost {
    of: &'static str,
}

impl Member for NothingByPost {
    fn finds_nothing(&self, search: &Asked<'_>) -> bool {
        search.post && search.kind == self.of
    }
}
