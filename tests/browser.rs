//! The HTML report in a real browser: its script runs under its own content security policy, and people can use it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "report/build.rs"]
#[allow(dead_code, reason = "the tests of reports take more of it")]
mod build;
#[path = "report/exchanges.rs"]
#[allow(dead_code, reason = "the tests of reports take more of it")]
mod exchanges;
mod require;
#[path = "report/sample.rs"]
#[allow(dead_code, reason = "the tests of reports take more of it")]
mod sample;

use probity::report::{Fleet, Format, Look, render};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// A driver of browsers, which ends with the test.
struct Service {
    process: Child,
    url: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn service() -> Option<Service> {
    let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut process = require::require(started.ok(), "install chromium-driver, to open the report in a browser")?;
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        let port = line.split("successfully on port ").nth(1)?.trim_end_matches('.');
        port.parse::<u16>().ok()
    });
    // Who reads nothing any more must not make it wait.
    std::thread::spawn(move || lines.for_each(drop));
    Some(Service { process, url: format!("http://127.0.0.1:{}", port.unwrap()) })
}

/// The report of a run of every kind of finding, in a file.
fn page() -> &'static Path {
    static PAGE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = PAGE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.html");
        std::fs::write(&file, render(&sample::run(), Format::Html, Look::default()).unwrap()).unwrap();
        (folder, file)
    });
    file
}

/// The table of three targets, in a folder.
fn fleet() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut fleet = Fleet::default();
    for name in ["north", "south", "west"] {
        fleet.add_as(name, &sample::run(), &format!("{name}/report.html"));
    }
    for (name, bytes) in fleet.files().unwrap() {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Opens that report at `hash` in a window of this size and shows it to `look`.
fn at(hash: &str, size: (u32, u32), look: impl AsyncFnOnce(&WebDriver)) {
    open(&format!("file://{}{hash}", page().display()), size, look);
}

/// Opens an address in a window of this size and shows it to `look`.
fn open(address: &str, size: (u32, u32), look: impl AsyncFnOnce(&WebDriver)) {
    let Some(service) = service() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut wanted = DesiredCapabilities::chrome();
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] {
            wanted.add_arg(argument).unwrap();
        }
        wanted.set("goog:loggingPrefs", json!({ "browser": "ALL" })).unwrap();
        let driver = WebDriver::new(&service.url, wanted).await.unwrap();
        driver.set_window_rect(0, 0, size.0, size.1).await.unwrap();
        driver.goto(address).await.unwrap();
        look(&driver).await;
        driver.quit().await.unwrap();
    });
}

const DESK: (u32, u32) = (1400, 900);

async fn script(driver: &WebDriver, text: &str) -> Value {
    driver.execute(text, vec![]).await.unwrap().json().clone()
}

/// Waits for what a script says to be true.
async fn until(driver: &WebDriver, text: &str) {
    let began = Instant::now();
    while script(driver, text).await != json!(true) {
        assert!(began.elapsed() < Duration::from_secs(20), "never true: {text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const SHOWN: &str =
    "return Array.from(document.querySelectorAll('details.scenario:not([hidden]) .inside'), (own) => own.id)";

async fn filtered(driver: &WebDriver, query: &str) -> Vec<String> {
    let field = driver.find(By::Id("query")).await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(query).await.unwrap();
    serde_json::from_value(script(driver, SHOWN).await).unwrap()
}

#[test]
fn the_filter_shows_what_was_asked_for_and_stays_in_sight() {
    at("", DESK, async |driver| {
        let all = filtered(driver, "").await.len();
        let failed = filtered(driver, "s:fail").await;
        assert!(!failed.is_empty() && failed.len() < all);
        assert!(filtered(driver, "s:fail r:pkce").await.iter().all(|id| id.starts_with("pkce.")));
        assert_eq!(filtered(driver, "!s:fail").await.len(), all - failed.len());
        let either = filtered(driver, "s:fail s:pass").await.len();
        assert_eq!(either, failed.len() + filtered(driver, "s:pass").await.len());
        assert_eq!(filtered(driver, "g:AUT-PAT-1").await, ["discovery.smart.present"]);
        assert!(filtered(driver, "\"no such text anywhere\"").await.is_empty());
        assert_eq!(script(driver, "return document.getElementById('none').hidden").await, json!(false));
        filtered(driver, "s:pass").await;
        script(driver, "scrollTo(0, document.body.scrollHeight)").await;
        let top = script(driver, "return document.getElementById('filter').getBoundingClientRect().top").await;
        assert_eq!(top, json!(0), "the filter has scrolled away");
    });
}

#[test]
fn a_filter_is_an_address_and_a_chip_is_a_filter() {
    at("#?q=s%3Afail%20r%3Apkce", DESK, async |driver| {
        let shown: Vec<String> = serde_json::from_value(script(driver, SHOWN).await).unwrap();
        assert!(!shown.is_empty() && shown.iter().all(|id| id.starts_with("pkce.")), "{shown:?}");
        let pressed = "return document.querySelector('.chip.fail').getAttribute('aria-pressed')";
        assert_eq!(script(driver, pressed).await, json!("true"));
        driver.find(By::Css(".chip.fail")).await.unwrap().click().await.unwrap();
        assert_eq!(script(driver, "return location.hash").await, json!("#?q=r%3Apkce"));
        assert_eq!(script(driver, pressed).await, json!("false"));
    });
}

#[test]
fn the_address_of_a_scenario_opens_it_with_its_exchanges() {
    at("#us-core.patient.read", DESK, async |driver| {
        until(driver, "return document.getElementById('us-core.patient.read').closest('details').open").await;
        until(driver, "return !!document.getElementById('us-core.patient.read').querySelector('.exchange')").await;
        let pane = script(
            driver,
            "return document.getElementById('us-core.patient.read').querySelector('.evidence').textContent",
        )
        .await;
        let pane = pane.as_str().unwrap();
        assert!(
            pane.contains("#9") && pane.contains("\"resourceType\": \"Patient\"") && pane.contains("curl"),
            "{pane}"
        );
    });
}

#[test]
fn another_exchange_of_a_scenario_is_one_press_away() {
    at("#isolation.other-tenant", DESK, async |driver| {
        let rows =
            "return document.getElementById('isolation.other-tenant').querySelectorAll('.timeline button').length > 1";
        until(driver, rows).await;
        let first = By::Css("[id='isolation.other-tenant'] .timeline button");
        let number = driver.find(first.clone()).await.unwrap().attr("data-exchange").await.unwrap().unwrap();
        driver.find(first).await.unwrap().click().await.unwrap();
        until(driver, &format!("return !!document.getElementById('isolation.other-tenant').querySelector('.exchange[data-number=\"{number}\"]')")).await;
    });
}

#[test]
fn the_console_stays_silent() {
    at("#pkce.wrong-verifier", DESK, async |driver| {
        until(driver, "return !!document.querySelector('.timeline')").await;
        // Whatever the policy refuses is said in the console, and so is every error.
        let errors = "return performance.getEntriesByType('resource').length";
        assert_eq!(script(driver, errors).await, json!(0), "something was loaded");
        assert_eq!(beyond(driver, "se/log", json!({ "type": "browser" })).await, json!([]));
    });
}

/// What WebDriver has no standard command for.
async fn beyond(driver: &WebDriver, command: &str, parameters: Value) -> Value {
    let session = driver.handle().session_id().to_string();
    let base = driver.handle().server_url().to_string();
    let url = format!("{}/session/{session}/{command}", base.trim_end_matches('/'));
    let answer = reqwest::Client::new().post(url).body(parameters.to_string()).send().await.unwrap();
    serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap()["value"].clone()
}

#[test]
fn on_a_phone_nothing_is_wider_than_the_screen() {
    at("#pkce.wrong-verifier", (500, 900), async |driver| {
        until(driver, "return !!document.querySelector('.timeline')").await;
        let wide = "return document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(script(driver, wide).await, json!(true));
    });
}

#[test]
fn printed_it_holds_every_finding_and_what_passed_takes_a_line() {
    at("", DESK, async |driver| {
        let media = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "media": "print" } });
        beyond(driver, "goog/cdp/execute", media).await;
        let hidden = "return Array.from(document.querySelectorAll('.scenario.fail .finding, .scenario.warn .finding'))\
            .filter((own) => own.getClientRects().length === 0 && !own.closest('.told > details')).length";
        assert_eq!(script(driver, hidden).await, json!(0));
        let tall = "return Math.max(...Array.from(document.querySelectorAll('.scenario.pass'), (own) => own.offsetHeight)) < 30";
        assert_eq!(script(driver, tall).await, json!(true));
        let foot = "return Array.from(document.styleSheets[1].cssRules[0].cssText.matchAll(/@bottom-[a-z]+/g)).length";
        assert_eq!(script(driver, foot).await, json!(2), "each page tells the run and its digest");
    });
}

#[test]
fn the_element_that_a_finding_names_is_marked_in_the_answer() {
    at("#us-core.patient.profile", DESK, async |driver| {
        until(driver, "return !!document.querySelector('.evidence pre mark')").await;
        let marked =
            "return Array.from(document.querySelectorAll('.evidence pre mark'), (own) => own.textContent.trim())";
        let marked: Vec<String> = serde_json::from_value(script(driver, marked).await).unwrap();
        assert_eq!(marked.len(), 1);
        assert!(marked[0].starts_with("\"identifier\": [") && marked[0].ends_with(']'), "{marked:?}");
        let whole =
            script(driver, "return document.querySelector('.evidence pre mark').closest('pre').textContent").await;
        let whole: Value = serde_json::from_str(whole.as_str().unwrap()).unwrap();
        assert_eq!(whole["identifier"][1]["value"], "2", "the answer is the same without the marks");
    });
}

#[test]
fn axe_finds_no_barrier_in_light_or_dark() {
    let file = std::env::var_os("PROBITY_AXE").and_then(|path| std::fs::read_to_string(path).ok());
    let advice = "set PROBITY_AXE to axe.min.js of the npm package axe-core, which .ci/run fetches";
    let Some(axe) = require::require(file, advice) else { return };
    let fleet = fleet();
    let report = format!("file://{}#pkce.wrong-verifier", page().display());
    let table = format!("file://{}", fleet.path().join("fleet.html").display());
    // The report is whole once its timeline is drawn.
    let pages = [
        (&report, "return !!document.querySelector('.timeline')"),
        (&table, "return !!document.querySelector('table')"),
    ];
    let looks = [("light", DESK), ("dark", DESK), ("dark", (500, 900))];
    for ((colours, size), (address, whole)) in looks.into_iter().flat_map(|look| pages.map(|page| (look, page))) {
        open(address, size, async |driver| {
            let scheme = json!([{ "name": "prefers-color-scheme", "value": colours }]);
            let media = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": scheme } });
            beyond(driver, "goog/cdp/execute", media).await;
            until(driver, whole).await;
            script(driver, "for (const own of document.querySelectorAll('details')) own.open = true").await;
            driver.execute(&axe, vec![]).await.unwrap();
            let run = "const done = arguments[arguments.length - 1];\
                axe.run({ preload: false, resultTypes: ['violations'] }).then((seen) => done(seen.violations.map((one) =>\
                    [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))])));";
            let seen = driver.execute_async(run, vec![]).await.unwrap().json().clone();
            assert_eq!(seen, json!([]), "{address}: {seen:#}");
        });
    }
}
