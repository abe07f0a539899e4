//! Sign-ins in Firefox, where no other browser is at hand: on pages that scripts make, and behind an authority of the configuration.

use crate::configuration::behind_tls;
use crate::{Foreign, probity, ran, require};
use std::path::PathBuf;

/// A folder with Firefox and its driver alone, to be the whole path of a run.
fn only_firefox() -> Option<tempfile::TempDir> {
    let found = [("geckodriver", at("geckodriver")), ("firefox", at("firefox-esr").or_else(|| at("firefox")))];
    let all = found.iter().all(|(_, path)| path.is_some()).then_some(());
    require::require(all, "install Firefox and geckodriver (cargo install geckodriver), to sign in with it")?;
    let folder = tempfile::tempdir().unwrap();
    for (name, path) in found {
        std::os::unix::fs::symlink(path.unwrap(), folder.path().join(name)).unwrap();
    }
    Some(folder)
}

fn at(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[test]
fn pages_made_by_scripts_are_signed_in_to_consented_and_refused() {
    let Some(path) = only_firefox() else { return };
    let server = Foreign::with_script_pages(&[]);
    let folder = tempfile::tempdir().unwrap();
    server.configure(folder.path());
    let ids = ["smart.standalone.redirect", "smart.standalone.token-body", "scope.unconsented", "launch.user-denies"];
    let arguments: Vec<&str> =
        ["run", "--target", "foreign", "--intrusive", "--out", "out"].into_iter().chain(ids).collect();
    let (code, out, err) = ran(server.probity(folder.path(), &arguments).env("PATH", path.path()));
    assert_eq!(code, 0, "{out}{err}");
    let text = std::fs::read_to_string(folder.path().join("out/run.json")).unwrap();
    assert!(text.contains("login: a page in the browser") && text.contains("\"pass\""), "the pages are recorded");
    assert!(server.secrets().iter().all(|secret| !text.contains(secret)), "no secret is in run.json");
}

#[test]
fn firefox_believes_the_authority_of_the_configuration() {
    let Some(path) = only_firefox() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut served = behind_tls(folder.path(), &["--script-pages"]);
    let login = ["login", "a", "--app", "public", "--config", "served.toml"];
    let (code, out, err) = ran(probity(folder.path(), &login).env("PATH", path.path()));
    served.kill().unwrap();
    served.wait().unwrap();
    assert!(code == 0 && out.contains("signed in: patient patient-1"), "{out}{err}");
}
