//! How many resources a second one core judges, warm, with all issues collected.
//!
//! The tenant's records are at hand everywhere; `PROBITY_EXAMPLES=FOLDER` adds the examples of a package.
//! `cargo bench --bench validate`

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use probity::profile::json::Document;
use probity::profile::{HeldTo, Library, Validator};

fn main() {
    divan::main();
}

fn records() -> Vec<String> {
    probity::tenant::records("harbor", 61).iter().map(ToString::to_string).collect()
}

fn examples() -> Vec<String> {
    let Some(folder) = std::env::var_os("PROBITY_EXAMPLES") else { return Vec::new() };
    let files = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = files.map(|f| f.unwrap().path()).collect();
    paths.sort();
    // Compact, as servers send them: HL7 publishes its examples indented.
    let compact = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap().to_string();
    paths.into_iter().map(|p| compact(std::fs::read_to_string(p).unwrap())).collect()
}

/// From text to verdict.
#[divan::bench(args = ["records", "examples"])]
fn text_to_verdict(bencher: Bencher<'_, '_>, which: &str) {
    let texts = if which == "records" { records() } else { examples() };
    let validator = Validator::new(Library::embedded(), HeldTo::Claimed);
    bencher.counter(ItemsCount::new(texts.len())).bench_local(|| {
        for text in &texts {
            let document = Document::parse(text).unwrap();
            black_box(validator.judge(&document));
        }
    });
}

/// From a parsed text to the verdict.
#[divan::bench(args = ["records", "examples"])]
fn tree_to_verdict(bencher: Bencher<'_, '_>, which: &str) {
    let texts = if which == "records" { records() } else { examples() };
    let documents: Vec<_> = texts.iter().map(|t| Document::parse(t).unwrap()).collect();
    let validator = Validator::new(Library::embedded(), HeldTo::Claimed);
    bencher.counter(ItemsCount::new(texts.len())).bench_local(|| {
        for document in &documents {
            black_box(validator.judge(document));
        }
    });
}

/// The text alone.
#[divan::bench(args = ["records", "examples"])]
fn text_to_tree(bencher: Bencher<'_, '_>, which: &str) {
    let texts = if which == "records" { records() } else { examples() };
    bencher.counter(ItemsCount::new(texts.len())).bench_local(|| {
        for text in &texts {
            black_box(Document::parse(text).unwrap());
        }
    });
}
