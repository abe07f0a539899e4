//! What is gathered of the patients' records.

use crate::{Foreign, ran};
use serde_json::Value;

#[test]
fn what_points_to_a_profile_is_asked_of_whoever_shows_it() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    // The first patient is an adult: none of their records is of this profile.
    let wanted = "us-core.head-circumference.revinclude.provenance";
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &["run", "--out", "r", wanted]));
    assert_eq!(code, 0, "{out}{err}");
    let run: Value = serde_json::from_slice(&std::fs::read(folder.path().join("r/run.json")).unwrap()).unwrap();
    assert_eq!(run["scenarios"][0]["verdict"], "pass", "{out}");
}
