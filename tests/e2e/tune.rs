//! A run that is made again whenever its configuration changes.

use crate::Foreign;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{ChildStderr, Command, Stdio};

/// What it says until it waits.
fn until_it_waits(lines: &mut Lines<BufReader<ChildStderr>>) -> String {
    let mut said = String::new();
    for line in lines.map_while(Result::ok) {
        said += &format!("{line}\n");
        if line.contains("waiting for a change") {
            return said;
        }
    }
    panic!("it ended: {said}");
}

#[test]
fn a_change_of_the_configuration_runs_again_and_tells_what_came_of_it() {
    let target = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    target.configure(folder.path());
    let path = folder.path().join("probity.toml");
    let right = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, right.replace("id = \"probity-public\"", "id = \"nobody-knows-it\"")).unwrap();

    let out = folder.path().join("out.txt");
    let mut child = target
        .probity(folder.path(), &["run", "--watch-config", "--out", "tuned", "pkce.missing-verifier"])
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    until_it_waits(&mut lines);
    let told = || std::fs::read_to_string(&out).unwrap();
    assert!(told().contains("Gate inconclusive"), "{}", told());

    // What cannot be read is told, and ends nothing.
    std::fs::write(&path, "[targets.foreign\n").unwrap();
    let said = until_it_waits(&mut lines);
    assert!(said.contains("probity.toml"), "{said}");

    std::fs::write(&path, right).unwrap();
    until_it_waits(&mut lines);
    let told = told();
    let (_, last) = told.rsplit_once("Gate passed").unwrap_or_else(|| panic!("{told}"));
    assert!(last.contains("pkce.missing-verifier") && last.contains("-> pass"), "{last}");

    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(0), "it ends as the last run did");
}
