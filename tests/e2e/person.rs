//! The driver `person`: somebody is asked, signs in in a browser of their own, and comes back to the app.

use crate::{Foreign, ran};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

/// What a run with a person came to: how often they were asked, the exit code, the verdicts by id.
struct Told {
    asked: usize,
    code: i32,
    run: Value,
}

impl Told {
    fn verdict(&self, id: &str) -> (&str, &str) {
        let all = self.run["scenarios"].as_array().unwrap();
        let own = all.iter().find(|s| s["requirement"]["id"] == id).unwrap();
        (own["verdict"].as_str().unwrap(), own["reason"].as_str().unwrap_or_default())
    }
}

/// Runs `wanted`; at each question `acts` does what a person does with the address, and says what they type.
fn run(foreign: &Foreign, folder: &Path, login: &str, wanted: &[&str], acts: impl Fn(&str) -> Option<String>) -> Told {
    foreign.configure(folder);
    let path = folder.join("probity.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n[targets.foreign.login]\ndriver = \"person\"\n{login}\n")).unwrap();
    let arguments: Vec<&str> = ["run", "--out", "r"].iter().chain(wanted).copied().collect();
    let mut command = foreign.probity(folder, &arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut typed = child.stdin.take().unwrap();
    let mut asked = 0;
    let mut heard = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some((_, rest)) = line.split_once("open     ") {
            asked += 1;
            if let Some(words) = acts(rest.split_whitespace().next().unwrap()) {
                typed.write_all(words.as_bytes()).unwrap();
            }
        }
        heard.push_str(&line);
        heard.push('\n');
    }
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    for secret in foreign.secrets() {
        assert!(!heard.contains(&secret) && !out.contains(&secret), "a secret was told");
    }
    assert!(!heard.contains("code_challenge") && !heard.contains("state="), "{heard}");
    let text = std::fs::read_to_string(folder.join("r/run.json")).unwrap_or_else(|_| panic!("{out}{heard}"));
    Told { asked, code, run: serde_json::from_str(&text).unwrap() }
}

/// Signs in as patient a, as a person's browser would; the last address is the one at which the browser ended.
fn signs_in(foreign: &Foreign, start: &str, decision: &str) -> Result<String, u16> {
    let password = foreign.secrets_by_name("PROBITY_EMBEDDED_HARBOR_USER_1_PASSWORD");
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let field = |page: &str, name: &str| {
        let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
        page[at..].split('"').nth(3).unwrap().to_owned()
    };
    foreign.block_on(async {
        let location = |answer: &reqwest::Response| answer.headers()["location"].to_str().unwrap().to_owned();
        let server = location(&http.get(start).send().await.unwrap());
        let answer = http.get(&server).send().await.unwrap();
        if !answer.status().is_success() {
            return Err(answer.status().as_u16());
        }
        let base = server.split("/authorize").next().unwrap().to_owned();
        let page = answer.text().await.unwrap();
        let transaction = field(&page, "transaction");
        let form = [("transaction", transaction.as_str()), ("username", "user-1"), ("password", password.as_str())];
        let answer = http
            .post(format!("{base}/login"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(&form))
            .send()
            .await
            .unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let page = answer.text().await.unwrap();
        let scopes =
            page.split("name=\"scope\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        let scopes: Vec<String> = scopes.filter(|scope| !scope.contains('?')).collect();
        let mut form = vec![("transaction", transaction.as_str()), ("decision", decision)];
        form.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        let action = format!("{base}/consent");
        let answer = http
            .post(action)
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(&form))
            .send()
            .await
            .unwrap();
        Ok(location(&answer))
    })
}

fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn visits(foreign: &Foreign, address: &str) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    foreign.block_on(async { drop(http.get(address).send().await.unwrap()) });
}

#[test]
fn one_sign_in_serves_all_checks_that_can_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    let wanted = ["smart.standalone.token-body", "g10.standalone.patient-context", "smart.refresh.works"];
    let told = run(&foreign, folder.path(), "", &wanted, |start| {
        visits(&foreign, &signs_in(&foreign, start, "approve").unwrap());
        None
    });
    assert_eq!((told.asked, told.code), (1, 0));
    assert_eq!(told.verdict("smart.standalone.token-body").0, "pass");
    assert_eq!(told.verdict("g10.standalone.patient-context").0, "pass");
    let (verdict, reason) = told.verdict("smart.refresh.works");
    assert!(verdict == "skip" && reason.contains("login.sign_ins"), "{reason}");
}

#[test]
fn what_a_person_types_is_an_answer_too() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    // The first sign-in is pasted; the request with a foreign redirect URI shows an error, and the person says so.
    let wanted = ["redirect.unregistered-host"];
    let told = run(&foreign, folder.path(), "sign_ins = \"each\"", &wanted, |start| {
        Some(match signs_in(&foreign, start, "approve") {
            Ok(back) => format!("nonsense\n{back}\n"),
            Err(_) => "error\n".to_owned(),
        })
    });
    assert_eq!(
        told.verdict("redirect.unregistered-host").0,
        "pass",
        "{:?}",
        told.verdict("redirect.unregistered-host")
    );
    assert!(told.asked >= 2);
}

#[test]
fn who_leaves_it_out_or_does_not_come_blames_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    for (login, typed, reason) in
        [("", Some("skip\n"), "left this sign-in out"), ("wait = \"1s\"", None, "nobody signed in")]
    {
        let told = run(&foreign, folder.path(), login, &["smart.standalone.token-body"], |_| typed.map(str::to_owned));
        assert_eq!((told.asked, told.code), (1, 3));
        let (verdict, why) = told.verdict("smart.standalone.token-body");
        assert!(verdict == "skip" && why.contains(reason), "{why}");
    }
}

#[test]
fn a_run_without_people_refuses_the_driver() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    foreign.configure(folder.path());
    let path = folder.path().join("probity.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n[targets.foreign.login]\ndriver = \"person\"\n")).unwrap();
    let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["run", "--non-interactive"]));
    assert!(code == 2 && err.contains("--non-interactive asks nobody"), "{err}");
}
