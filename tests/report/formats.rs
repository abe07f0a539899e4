//! The formats as a whole: names, determinism, the committed sample.

use crate::sample;
use probity::report::{Format, Look, render};
use std::path::Path;

#[test]
fn every_format_is_found_by_its_name() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "pdf".parse::<Format>().unwrap_err().to_string();
    assert_eq!(
        error,
        "unknown report format `pdf`: use console, html, junit, json, sarif, markdown, csv, ctrf, tap, allure, annotations, g10, evidence, messages, har"
    );
}

#[test]
fn rendering_a_run_twice_gives_the_same_bytes() {
    for format in Format::ALL {
        let once = render(&sample::run(), format, Look::default()).unwrap();
        let again = render(&sample::run(), format, Look::default()).unwrap();
        assert!(once == again, "{format} differs");
    }
}

/// The run in `reports/sample` is a real one; `PROBITY_BLESS=1` renders its reports anew. Read the difference before committing it.
#[test]
fn the_committed_sample_is_what_the_code_renders() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let run = probity::report::read(std::fs::File::open(folder.join("run.json")).unwrap()).unwrap();
    let known = probity::suite::Catalogue::embedded().unwrap();
    for scenario in &run.scenarios {
        let id = &scenario.requirement.id;
        assert!(
            known.scenarios().iter().any(|own| own.requirement.id == *id),
            "{id} is in the sample and nowhere else"
        );
    }
    // The archives hold what is beside them.
    for format in Format::ALL.into_iter().filter(|format| !matches!(format, Format::Evidence | Format::Allure)) {
        let path = folder.join(format.file_name());
        let bytes = render(&run, format, Look::default()).unwrap();
        if std::env::var_os("PROBITY_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let committed = std::fs::read(&path).unwrap();
        assert!(
            committed == bytes,
            "{} is not what the code renders; run this test with PROBITY_BLESS=1 and review the difference",
            path.display()
        );
    }
}
