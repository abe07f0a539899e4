//! The HTML rendering: one page, whole without network and script.

use crate::sample;
use base64::Engine as _;
use probity::record::{Run, Verdict};
use probity::report::{Format, Look, render};
use scraper::{Html, Selector};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

fn page(run: &Run) -> Html {
    Html::parse_document(&String::from_utf8(render(run, Format::Html, Look::default()).unwrap()).unwrap())
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: &scraper::ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_policy_allows_only_what_is_written_in_the_page() {
    let page = page(&sample::run());
    let policy = select(&page, "meta[http-equiv=Content-Security-Policy]")[0].attr("content").unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for (directive, element) in [("style-src", "style"), ("script-src", "script:not([type])")] {
        let own = policy.split("; ").find(|own| own.starts_with(directive)).unwrap();
        let digests = select(&page, element).into_iter().map(|element| {
            let digest = Sha256::digest(element.text().collect::<String>());
            format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(digest))
        });
        let digests: Vec<String> = digests.collect();
        assert_eq!(own, format!("{directive} {}", digests.join(" ")));
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = page(&sample::run());
    assert!(select(&page, "[src], link, img, iframe, object, embed, base, [style]").is_empty());
    let style = select(&page, "style")[0].inner_html();
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn every_scenario_is_found_under_its_id_and_every_inner_link_leads_somewhere() {
    let run = sample::run();
    let page = page(&run);
    let ids: Vec<&str> = select(&page, "[id]").iter().filter_map(|e| e.attr("id")).collect();
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id is given twice");
    for scenario in &run.scenarios {
        assert!(unique.contains(scenario.requirement.id.as_str()));
    }
    // A link that sets the filter leads nowhere without script.
    for link in select(&page, "a[href^='#']:not([href^='#?q='])") {
        let target = &link.attr("href").unwrap()[1..];
        assert!(unique.contains(target), "#{target} leads nowhere");
    }
}

#[test]
fn what_needs_a_reader_is_open_and_comes_first() {
    let run = sample::run();
    let page = page(&run);
    for scenario in select(&page, "details.scenario") {
        let verdict = scenario.attr("data-verdict").unwrap();
        assert_eq!(
            scenario.attr("open").is_some(),
            !["pass", "skip", "attested", "outstanding"].contains(&verdict),
            "{verdict}"
        );
    }
    let order: Vec<&str> = select(&page, "details.scenario").iter().map(|e| e.attr("data-verdict").unwrap()).collect();
    let first = |verdict| order.iter().position(|own| *own == verdict).unwrap();
    assert!(
        first("fail") < first("error") && first("error") < first("warn") && first("skip") < first("pass"),
        "{order:?}"
    );
}

#[test]
fn what_reads_alike_is_one_cause() {
    let mut run = sample::run();
    let failed = run.scenarios.iter().find(|scenario| scenario.requirement.id.as_str() == "pkce.wrong-verifier");
    let failed = failed.unwrap().clone();
    for n in 0..9 {
        let mut other = failed.clone();
        other.requirement.id = format!("pkce.other-{n}").parse().unwrap();
        run.scenarios.push(other);
    }
    let page = page(&run);
    let causes: Vec<String> = select(&page, "section[aria-labelledby=causes] > ol > li").iter().map(text).collect();
    let own: Vec<&String> = causes.iter().filter(|cause| cause.contains("pkce.wrong-verifier")).collect();
    assert_eq!(own.len(), 1);
    assert!(
        own[0].contains("10 scenarios") && own[0].contains("and 5 more") && own[0].contains("pkce.other-8"),
        "{own:?}"
    );
}

#[test]
fn the_answer_that_a_finding_rests_on_stands_beside_it_without_script() {
    let page = page(&sample::run());
    let evidence = text(&select(&page, "[id='pkce.wrong-verifier'] .evidence article")[0]);
    assert!(evidence.contains("#4 POST") && evidence.contains("\"access_token\": \"string\""), "{evidence}");
    assert!(select(&page, "details.scenario.pass article").is_empty(), "what passed needs none");
}

#[test]
fn what_differs_from_the_expectation_is_marked() {
    let page = page(&sample::run());
    let marked = select(&page, ".finding ins");
    assert!(!marked.is_empty());
    assert!(select(&page, ".finding.met ins, .finding.met del").is_empty());
}

#[test]
fn the_run_as_tables_leads_to_the_filter() {
    let page = page(&sample::run());
    let steps: Vec<String> = select(&page, "section[aria-labelledby=steps] tbody th").iter().map(text).collect();
    assert!(steps.windows(2).all(|two| two[0] != two[1]) && steps.contains(&"AUT-PAT-1".to_owned()), "{steps:?}");
    assert!(select(&page, "section[aria-labelledby=areas] a").iter().any(|a| a.attr("href") == Some("#?q=r:pkce.")));
}

#[test]
fn what_no_verdict_speaks_of_and_what_a_person_says_have_their_tables() {
    let mut run = sample::run();
    let outstanding = run.scenarios.iter_mut().find(|own| own.verdict == Verdict::Outstanding).unwrap();
    let id = outstanding.requirement.id.clone();
    let word = serde_json::json!({ "id": id, "holds": true, "statement": "seen in the console", "by": "Dana, QA", "on": "2026-11-30" });
    outstanding.attestation = Some(serde_json::from_value(word).unwrap());
    let page = page(&run);
    let rows = |section: &str| -> Vec<String> {
        select(&page, &format!("section[aria-labelledby={section}] tbody tr")).iter().map(text).collect()
    };
    let left = rows("not-evaluated");
    assert_eq!(left.len(), 1, "{left:?}");
    for part in ["value set urn:test:codes", "not at hand", "us-core.patient.profile"] {
        assert!(left[0].contains(part), "{part}: {left:?}");
    }
    let said = rows("attestations");
    let own = said.iter().find(|row| row.contains(id.as_str())).unwrap();
    for part in ["seen in the console", "Dana, QA", "2026-11-30"] {
        assert!(own.contains(part), "{part}: {own}");
    }
}

#[test]
fn what_was_not_tested_never_looks_passed() {
    let run = sample::run();
    let page = page(&run);
    for (verdict, label) in [(Verdict::Skip, "skipped"), (Verdict::Error, "could not test"), (Verdict::Pass, "passed")]
    {
        let labels = select(&page, &format!("details.scenario.{} > summary > .label", verdict.word()));
        assert_eq!(labels.len(), run.counts().get(verdict));
        assert!(labels.iter().all(|l| text(l) == label && l.attr("class").unwrap().contains(verdict.word())));
    }
}

#[test]
fn the_page_can_be_walked_by_landmarks_headings_and_keyboard() {
    let page = page(&sample::run());
    assert_eq!(select(&page, "html")[0].attr("lang"), Some("en"));
    for landmark in ["body > header", "body > nav[aria-labelledby]", "body > main#results", "body > footer", "h1"] {
        assert_eq!(select(&page, landmark).len(), 1, "{landmark}");
    }
    assert_eq!(select(&page, "body > a")[0].attr("href"), Some("#results"));
    for table in select(&page, "table") {
        assert!(table.select(&Selector::parse("caption").unwrap()).next().is_some());
        assert!(table.select(&Selector::parse("th:not([scope])").unwrap()).next().is_none());
    }
}

#[test]
fn only_web_addresses_become_links() {
    let mut run = sample::run();
    let sources =
        ["javascript:alert(1)", "data:text/html,x", "file:///etc/hosts", "//host.test", "https://ok.test/a b"];
    let proto = run.scenarios[0].requirement.sources[0].clone();
    run.scenarios[0].requirement.sources =
        sources.iter().map(|url| probity::record::Source { url: Some((*url).to_owned()), ..proto.clone() }).collect();
    let page = page(&run);
    let own = format!("[id='{}'] .background a", run.scenarios[0].requirement.id);
    let links: Vec<&str> = select(&page, &own).iter().filter_map(|a| a.attr("href")).collect();
    assert_eq!(links, ["https://ok.test/a%20b"]);
}

#[test]
fn an_interrupted_run_and_its_gate_are_marked() {
    let page = page(&sample::interrupted());
    assert!(text(&select(&page, ".interrupted")[0]).contains("2 of the planned 14 scenarios ended"));
    assert_eq!(text(&select(&page, "#gate")[0]), "Gate undecided: the run was interrupted.");
}

#[test]
fn a_run_of_thousands_of_exchanges_stays_of_a_size_that_opens() {
    let mut run = sample::run();
    let proto = run.exchanges[8].as_ref().clone();
    run.exchanges = (1..=4000)
        .map(|number| {
            let mut exchange = proto.clone();
            exchange.number = number;
            let body = probity::record::Body::Text { text: format!("{number}{}", "x".repeat(20_000)), bytes: 20_000 };
            exchange.response.as_mut().unwrap().body = body;
            std::sync::Arc::new(exchange)
        })
        .collect();
    let bytes = render(&run, Format::Html, Look::default()).unwrap();
    assert!(bytes.len() < 6 << 20, "{} bytes", bytes.len());
}
