//! The action and the templates for pipelines, run by hand: a gate that fails ends them, and its reports are there.

use crate::{Foreign, ran};
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FAULT: &str = "pkce.verifier-optional";
/// What is examined: one scenario fails on that fault.
const SELECTION: [&str; 2] = ["pkce.wrong-verifier", "pkce.missing-verifier"];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The script of a step of the action, as YAML has it: the lines that are indented further than `run: |`.
fn script(step: &str) -> String {
    let action = read(".github/actions/probity/action.yml");
    let (_, rest) = action.split_once(&format!("- name: {step}\n")).unwrap();
    let (before, rest) = rest.split_once("run: |\n").unwrap();
    let indent = before.lines().last().unwrap().len();
    let own = rest.lines().take_while(|line| line.is_empty() || line.len() - line.trim_start().len() > indent);
    own.map(|line| format!("{}\n", line.trim())).collect()
}

/// A folder with the binary where the action puts it.
fn runner() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("probity/bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::hard_link(env!("CARGO_BIN_EXE_probity"), bin.join("probity"))
        .or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_probity"), bin.join("probity")).map(|_| ()))
        .unwrap();
    folder
}

/// Runs the action's step in `folder` and returns exit code, output, summary and outputs.
fn act(target: &Foreign, folder: &Path, arguments: &str) -> (i32, String, String, String) {
    let runner = runner();
    let (summary, outputs) = (runner.path().join("summary"), runner.path().join("outputs"));
    std::fs::write(&summary, "").unwrap();
    let mut command = Command::new("bash");
    command
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script("Run")])
        .current_dir(folder)
        .envs(target.named_secrets())
        .env("RUNNER_TEMP", runner.path())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("GITHUB_OUTPUT", &outputs)
        .env("ARGUMENTS", arguments)
        .env("NO_COLOR", "1");
    let (code, out, err) = ran(&mut command);
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    (code, format!("{out}{err}"), text(&summary), text(&outputs))
}

#[test]
fn the_action_ends_as_the_gate_does_and_tells_why() {
    let target = Foreign::with(&[FAULT]);
    let folder = tempfile::tempdir().unwrap();
    target.configure(folder.path());
    let (code, told, summary, outputs) = act(&target, folder.path(), &format!("run\n{}", SELECTION.join("\n")));
    assert_eq!(code, 1, "{told}");
    assert!(outputs.contains("exit-code=1"), "{outputs}");
    assert!(summary.contains("Gate failed") && summary.contains("pkce.missing-verifier"), "{summary}");
    let annotated = told.lines().find(|line| line.starts_with("::error")).unwrap_or_else(|| panic!("{told}"));
    assert!(annotated.contains("pkce.missing-verifier"), "{annotated}");
    let run = std::fs::read_dir(folder.path().join("reports")).unwrap().next().unwrap().unwrap().path();
    for name in ["report.html", "junit.xml", "run.json", "results.sarif"] {
        assert!(run.join(name).is_file(), "{name} is kept");
    }

    // A later step that cannot begin tells nothing of the earlier run.
    let (code, told, summary, outputs) = act(&target, folder.path(), "run\n--config\nnowhere.toml");
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("nowhere.toml") && outputs.contains("exit-code=2"), "{told}{outputs}");
    assert_eq!(summary, "");
    assert!(!told.contains("::error"), "{told}");
}

#[test]
fn the_action_tells_of_each_of_many_targets() {
    let target = Foreign::with(&[FAULT]);
    let folder = tempfile::tempdir().unwrap();
    target.configure(folder.path());
    let path = folder.path().join("probity.toml");
    let one = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{one}\n{}", one.replace("targets.foreign", "targets.second"))).unwrap();
    let (code, told, summary, _) = act(&target, folder.path(), "run\n--all-targets\npkce.missing-verifier");
    assert_eq!(code, 1, "{told}");
    assert_eq!(summary.matches("Gate failed").count(), 2, "{summary}");
    assert!(summary.contains("foreign") && summary.contains("second"), "{summary}");
}

#[test]
fn the_templates_publish_what_a_failing_gate_leaves() {
    let target = Foreign::with(&[FAULT]);
    for (file, always) in
        [("gitlab-ci.yml", "when: always"), ("azure-pipelines.yml", "condition: always()"), ("Jenkinsfile", "always {")]
    {
        let text = read(&format!("deploy/pipelines/{file}"));
        let command = text.lines().find_map(|line| line.split_once("probity run ")).unwrap().1.trim_end_matches('\'');
        let arguments: Vec<&str> = ["run"].into_iter().chain(command.split_whitespace()).chain(SELECTION).collect();
        let folder = tempfile::tempdir().unwrap();
        target.configure(folder.path());
        let (code, out, err) = ran(&mut target.probity(folder.path(), &arguments));
        assert_eq!(code, 1, "{file}: {out}{err}");
        assert!(out.contains("Gate failed") && out.contains("pkce.missing-verifier"), "{file}: {out}");
        let junit =
            text.split_whitespace().map(|word| word.trim_matches(['\'', ','])).find(|word| word.ends_with("junit.xml"));
        let junit = std::fs::read_to_string(folder.path().join(junit.unwrap())).unwrap();
        assert!(junit.contains("<failure"), "{file}");
        assert!(text.contains(always), "{file} publishes also when the gate fails");
    }
}
