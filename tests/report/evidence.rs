//! A bundle of evidence: whole, or found out.

use crate::sample;
use probity::report::{Format, Look, NoEvidence, render, verify};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn bundle() -> Vec<u8> {
    render(&sample::run(), Format::Evidence, Look::default()).unwrap()
}

fn unpacked(bundle: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bundle)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn packed(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_bundle_that_nobody_has_changed_is_whole() {
    let verified = verify(&bundle()).unwrap();
    assert_eq!(verified.run.start.id, sample::run().start.id);
    assert_eq!((verified.files, verified.rendered_again), (8, Some(true)));
    let manifest: serde_json::Value = serde_json::from_slice(&unpacked(&bundle())["manifest.json"]).unwrap();
    assert_eq!(manifest["gate"]["said"], verified.gate);
    assert_eq!(manifest["files"].as_array().unwrap().len(), 6);
}

#[test]
fn whatever_was_changed_added_or_taken_away_is_named() {
    let whole = unpacked(&bundle());
    for name in whole.keys() {
        let (mut changed, mut less) = (whole.clone(), whole.clone());
        changed.get_mut(name).unwrap().push(b' ');
        less.remove(name);
        let told = verify(&packed(&less)).unwrap_err();
        assert!(matches!(&told, NoEvidence::Missing(own) if own == name), "{name}: {told}");
        if name != "SHA256SUMS" {
            let told = verify(&packed(&changed)).unwrap_err();
            assert!(matches!(&told, NoEvidence::Changed(own) if own == name), "{name}: {told}");
        }
    }
    let mut more = whole;
    more.insert("note.txt".to_owned(), b"all is well".to_vec());
    assert!(matches!(verify(&packed(&more)), Err(NoEvidence::Added(own)) if own == "note.txt"));
}

#[test]
fn a_report_with_a_fitting_digest_that_does_not_follow_from_the_run_is_found_out() {
    let mut files = unpacked(&bundle());
    let page = String::from_utf8(files["report.html"].clone()).unwrap().replace("failed", "passed");
    files.insert("report.html".to_owned(), page.into_bytes());
    files.remove("SHA256SUMS");
    let sums = files.iter().fold(String::new(), |mut text, (name, bytes)| {
        let _ = writeln!(text, "{:x}  {name}", Sha256::digest(bytes));
        text
    });
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    assert_eq!(verify(&packed(&files)).unwrap().rendered_again, Some(false));
}

#[test]
fn what_is_no_bundle_is_refused() {
    let whole = bundle();
    for broken in [&b""[..], b"PK", b"not an archive at all", &whole[..whole.len() / 2]] {
        assert!(matches!(verify(broken), Err(NoEvidence::NoArchive(_))));
    }
}
