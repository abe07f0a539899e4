//! Any text, judged as a resource: no panic, no hang, and every place that is told is in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probity::profile::json::Document;
use probity::profile::{HeldTo, Library, Validator};

fuzz_target!(|text: &str| {
    let Ok(document) = Document::parse(text) else { return };
    let judgement = Validator::new(Library::embedded(), HeldTo::Guide).judge(&document);
    for issue in judgement.issues {
        assert!(text.get(issue.span.0..issue.span.1).is_some());
    }
});
