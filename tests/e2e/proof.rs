//! Every check can fail: each fault is noticed by exactly the requirements it breaks, and each requirement has a fault.

use crate::{probity, ran};

#[test]
fn every_fault_is_noticed_by_exactly_the_requirements_it_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["prove", "-q", "--jobs", "6"]));
    assert_eq!(code, 0, "{out}{err}");
    println!("{out}");
}

#[test]
fn a_fault_that_no_one_knows_is_nothing_selected() {
    let folder = tempfile::tempdir().unwrap();
    let (code, ..) = ran(&mut probity(folder.path(), &["prove", "no-such-fault"]));
    assert_eq!(code, 4);
}
