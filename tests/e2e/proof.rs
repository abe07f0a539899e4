//! Every check can fail: each fault is noticed by exactly the requirements it breaks, and each requirement has a fault.

use crate::{probity, ran};

#[test]
fn every_fault_is_noticed_by_exactly_the_requirements_it_breaks() {
    let folder = tempfile::tempdir().unwrap();
    // Without optimisation a part of it is what a person can wait for; the optimised suite takes the whole sample.
    let part = if cfg!(debug_assertions) { "1/5" } else { "1/1" };
    let (code, out, err) = ran(&mut probity(folder.path(), &["prove", "-q", "--jobs", "8", "--part", part]));
    assert_eq!(code, 0, "{out}{err}");
    println!("{out}");
}

#[test]
fn a_fault_that_no_one_knows_is_nothing_selected() {
    let folder = tempfile::tempdir().unwrap();
    let (code, ..) = ran(&mut probity(folder.path(), &["prove", "no-such-fault"]));
    assert_eq!(code, 4);
}

/// What of its own requirements a member of a family must break at least. Where the fault hides all resources of a profile,
/// that is told by the must-support scenario: the embedded data is declared complete.
const ABOUT: [(&str, &[&str]); 32] = [
    ("search.fails-for", &[".search."]),
    ("search.content", &[".search."]),
    ("page.whole", &[".paging"]),
    ("include.content", &[".include."]),
    ("search.ignore", &[".search.", ".claimed-searches"]),
    ("search.omit", &[".search."]),
    ("search.crash", &[".search."]),
    ("search.comparator", &[".comparators."]),
    ("search.zone", &[".date-forms."]),
    ("search.precision", &[".date-forms."]),
    ("search.token", &[".token.", ".must-support"]),
    ("search.or", &[".alternatives."]),
    ("search.post", &[".post"]),
    ("search.patient-form", &[".patient-reference"]),
    ("page.repeats", &[".paging"]),
    ("page.loses", &[".paging"]),
    ("bundle", &[".searchset"]),
    ("include.none", &[".include."]),
    ("include.stray", &[".include."]),
    ("revinclude.none", &[".revinclude."]),
    ("revinclude.stray", &[".revinclude."]),
    ("read.fails", &[".read", ".must-support"]),
    ("read.differs", &[".read"]),
    ("capability.silent", &[".capability"]),
    ("data.drop", &[".must-support", ".conforms"]),
    ("data.twice", &[".conforms", ".must-support"]),
    ("data.code", &[".conforms", ".must-support", ".types"]),
    ("data.reference", &[".references", ".must-support"]),
    ("gateway", &["isolation-patient."]),
    ("beyond", &["scope."]),
    ("consent.keeps", &["g10.access.limited."]),
    ("consent.loses", &["g10.access.limited."]),
];

#[test]
fn every_member_of_a_family_breaks_what_it_is_about() {
    let library = probity::profile::Library::embedded();
    let groups = probity::search::groups(library);
    let mut astray = Vec::new();
    for fault in probity::tenant::faults().iter().filter(|fault| fault.member) {
        let (family, arguments) = fault.id.split_once(':').unwrap();
        let (subject, rest) = arguments.split_once('.').unwrap_or((arguments, ""));
        let about = ABOUT.iter().find(|(name, _)| *name == family).unwrap_or_else(|| panic!("{family}")).1;
        let own = groups.iter().filter(|group| group.of == subject || group.profile.ends_with(&format!("/{subject}")));
        let mut names: Vec<String> = own.map(|group| group.name.clone()).collect();
        names.push(probity::search::kebab(subject));
        if subject == "us-core-documentreference" {
            names.push("clinical-notes".to_owned());
        }
        let is_about = |id: &&String| {
            // What a gateway lets past is of every type: one way's own requirement tells, not only the sum of all ways.
            let sums = ["every-answer", "b-to-a", "second-client", "confidential-client", "asymmetric-client"];
            let way = matches!(family, "gateway" | "beyond") && !sums.iter().any(|sum| id.ends_with(sum));
            let limited = id.strip_prefix("g10.access.limited.").is_some_and(|of| names.iter().any(|name| name == of));
            let mine = way || limited || names.iter().any(|name| id.starts_with(&format!("us-core.{name}.")));
            // A form of a parameter is told by the parameter's name, a search by all its names.
            let parameter = rest.split('.').next().unwrap_or_default();
            let named = match family {
                "search.crash" => id.ends_with(&format!(".{rest}")),
                "search.fails-for" => true,
                f if f.starts_with("search.") && !parameter.is_empty() => {
                    id.contains(parameter) || id.ends_with(".claimed-searches")
                }
                _ => true,
            };
            mine && named && about.iter().any(|part| id.contains(part))
        };
        if !fault.breaks.iter().any(|id| is_about(&id)) {
            astray.push(format!("{} breaks {:?}", fault.id, fault.breaks));
        }
    }
    assert!(astray.is_empty(), "{}", astray.join("\n"));
}
