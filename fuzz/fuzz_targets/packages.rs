//! Any bytes, read as a package: a package or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use probity::profile::compile::compile;
use probity::profile::package;

fuzz_target!(|bytes: &[u8]| {
    let Ok(folder) = tempfile::tempdir() else { return };
    for name in ["StructureDefinition-x.json", "x.tgz"] {
        let path = folder.path().join(name);
        if std::fs::write(&path, bytes).is_ok()
            && let Ok(package) = package::read(&path)
        {
            let _ = compile(&[package]);
        }
    }
});
