//! Any text, compiled as FHIRPath: an expression or an error with a place in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probity::profile::path::Path;

fuzz_target!(|text: &str| {
    if let Err(error) = Path::compile(text) {
        assert!(error.offset <= text.len());
    }
});
