//! `probity login`: one sign-in, told step by step, and shown by a person to be taken down.

use crate::{Foreign, probity, ran, require};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[test]
fn each_decision_is_told_and_nothing_that_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    foreign.configure(folder.path());
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &["login", "a", "--app", "confidential"]));
    assert_eq!(code, 0, "{out}{err}");
    let told: Vec<&str> = out.lines().collect();
    assert!(
        told[0].contains("\"User name\" <- the user's name, \"Password\" <- the password, press \"Sign in\""),
        "{out}"
    );
    assert!(told[1].contains("press \"Allow access\"") && out.contains("signed in: patient patient-1"), "{out}");
    for secret in foreign.secrets() {
        assert!(!out.contains(&secret) && !err.contains(&secret));
    }
}

#[test]
fn what_does_not_work_is_told_with_its_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    foreign.configure_with(folder.path(), &[("id = \"probity-public\"", "id = \"nobody\"")]);
    let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["login"]));
    assert!(code == 3 && err.contains("help: check id and redirect_uri"), "{err}");
    let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["login", "--app", "publik"]));
    assert!(code == 2 && err.contains("there is no role `publik`"), "{err}");
    let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["login", "zoe"]));
    assert!(code == 2 && err.contains("users.zoe"), "{err}");
}

/// A WebDriver server of the test's own, which a second client may drive.
struct Served {
    process: std::process::Child,
    url: String,
}

impl Served {
    fn start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        let found = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok();
        let mut process = require::require(found, "install chromium and its chromedriver, to take a sign-in down")?;
        let out = BufReader::new(process.stdout.take().unwrap());
        let mut lines = out.lines().map_while(Result::ok);
        // The first line tells the port that was asked for, which is 0.
        let told = |line: String| line.rsplit_once("on port ").map(|(_, port)| port.trim_end_matches('.').to_owned());
        let port = lines.by_ref().filter_map(told).find(|port| port != "0").unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, url: format!("http://127.0.0.1:{port}") })
    }

    /// What a script answers in the page of the only browser; nothing while there is none.
    fn script(&self, foreign: &Foreign, script: &str) -> Value {
        foreign.block_on(async {
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let get = http.get(format!("{}/sessions", self.url)).send().await;
            let Ok(Ok(text)) = (match get {
                Ok(answer) => Ok(answer.text().await),
                Err(why) => Err(why),
            }) else {
                return Value::Null;
            };
            let all: Value = serde_json::from_str(&text).unwrap_or_default();
            let Some(id) = all["value"][0]["id"].as_str() else { return Value::Null };
            let body = json!({ "script": script, "args": [] }).to_string();
            let call = http.post(format!("{}/session/{id}/execute/sync", self.url)).body(body);
            let Ok(answer) = call.header("content-type", "application/json").send().await else { return Value::Null };
            let text = answer.text().await.unwrap_or_default();
            serde_json::from_str::<Value>(&text).unwrap_or_default()["value"].clone()
        })
    }

    /// Does something once the page is looked at and has what it is about.
    fn does(&self, foreign: &Foreign, wants: &str, script: &str) {
        let guarded = format!(
            "if (!window.probityRecords || !document.querySelector('{wants}')) return false; {script}; return true;"
        );
        let began = std::time::Instant::now();
        while self.script(foreign, &guarded) != true {
            assert!(began.elapsed().as_secs() < 60, "the page with {wants} does not come");
            std::thread::yield_now();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

#[test]
fn what_a_person_does_becomes_steps_without_what_they_typed() {
    let Some(driver) = Served::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    let own = format!("[targets.foreign.login]\nwebdriver_url = \"{}\"\n[targets.foreign.limits]", driver.url);
    foreign.configure_with(folder.path(), &[("[targets.foreign.limits]", &own)]);
    let arguments = ["login", "a", "--record", "steps.toml", "--headless"];
    let mut command = foreign.probity(folder.path(), &arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let password = foreign.secrets_by_name("PROBITY_EMBEDDED_HARBOR_USER_1_PASSWORD");
    let fill = |name: &str, text: &str| {
        format!(
            "{{ const own = document.querySelector('[name={name}]'); own.value = {}; \
             own.dispatchEvent(new Event('change', {{ bubbles: true }})); }}",
            json!(text)
        )
    };
    let typed = format!(
        "{}{} document.querySelector('button').click()",
        fill("username", "user-1"),
        fill("password", &password)
    );
    driver.does(&foreign, "[name=username]", &typed);
    driver.does(&foreign, "[name=decision]", "document.querySelector('[value=approve]').click()");
    let done = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && out.contains("signed in: patient patient-1"), "{out}{err}");
    let steps = std::fs::read_to_string(folder.path().join("steps.toml")).unwrap();
    assert!(!steps.contains(&password) && !steps.contains("user-1") && !steps.contains("Allow access"), "{steps}");
    let table: toml::Table = steps.parse().unwrap();
    let all = table["targets"]["foreign"]["login"]["steps"].as_array().unwrap();
    let told: Vec<String> = all.iter().map(|step| step.to_string().replace(['\n', ' '], "")).collect();
    assert!(
        told.iter().any(|step| step.contains("fill=\"Username\"") && step.contains("with=\"username\"")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|step| step.contains("fill=\"Password\"") && step.contains("with=\"password\"")),
        "{told:?}"
    );
    assert!(told.iter().any(|step| step.contains("click=\"Signin\"")), "{told:?}");

    // What was written is good to sign in with.
    let path = folder.path().join("probity.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace(&own, "[targets.foreign.limits]");
    std::fs::write(&path, format!("{text}\n{steps}")).unwrap();
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &["login", "a"]));
    assert!(code == 0 && out.contains("signed in"), "{out}{err}");
    let (code, _, err) = ran(&mut probity(folder.path(), &["login", "--record", "steps.toml", "--target", "nobody"]));
    assert!(code == 2, "{err}");
}
