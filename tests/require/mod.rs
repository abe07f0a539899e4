//! What a test wants beyond cargo and a C compiler. Without it the test says that it was skipped, and with
//! `PROBITY_REQUIRE_ALL`, which `.ci/run` sets, it fails.

#![allow(dead_code, clippy::print_stdout, reason = "each test takes what it wants, and says what it skips")]

use std::path::PathBuf;

/// `found`, or the skip or failure of the test that wants it; `advice` is how to get it.
pub fn require<T>(found: Option<T>, advice: &str) -> Option<T> {
    if found.is_none() {
        assert!(
            std::env::var_os("PROBITY_REQUIRE_ALL").is_none(),
            "with PROBITY_REQUIRE_ALL no test is skipped: {advice}"
        );
        println!("SKIPPED: {advice}");
    }
    found
}

/// The folder of the package of US Core 6.1.0. No registry has it, so a test without it is skipped wherever it runs.
pub fn us_core() -> Option<PathBuf> {
    let named = std::env::var_os("PROBITY_US_CORE_PACKAGE").map(PathBuf::from);
    if named.is_none() {
        println!("SKIPPED: set PROBITY_US_CORE_PACKAGE to the folder of the package of US Core 6.1.0");
    }
    named
}

/// The folder of R4's own definitions.
pub fn r4_definitions() -> Option<PathBuf> {
    let named = std::env::var_os("PROBITY_R4_DEFINITIONS").map(PathBuf::from);
    require(named, "set PROBITY_R4_DEFINITIONS to the folder of R4's definitions, which .ci/run fetches")
}
