//! The HTML report in a real browser: its script runs under its own content security policy.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod require;

use std::process::Command;

/// The page after its script ran, or `None` without a browser.
fn page(path: &str) -> Option<String> {
    for name in ["chromium", "chromium-browser", "google-chrome"] {
        let profile = tempfile::tempdir().unwrap();
        let outcome = Command::new(name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("file://{}/{path}", env!("CARGO_MANIFEST_DIR")))
            .output();
        if let Ok(output) = outcome {
            return Some(String::from_utf8_lossy(&output.stdout).into_owned());
        }
    }
    require::require(None, "install chromium, to open the report in a browser")
}

#[test]
fn the_filter_of_the_report_works_in_a_browser() {
    let Some(page) = page("reports/sample/report.html") else { return };
    let form = page.split("<form").nth(1).unwrap_or_default().split('>').next().unwrap_or_default();
    assert!(form.contains("id=\"filter\""), "the page has no filter: {form}");
    assert!(!form.contains("hidden"), "the script that shows the filter did not run: {form}");
}
