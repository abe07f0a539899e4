//! tmp
use super::{Exit, output};
use clap::Args;
use std::path::PathBuf;
use crate::profile::{HeldTo, Validator, json::Document};
#[derive(Args)]
pub(super) struct ValidateArguments { paths: Vec<PathBuf>, #[arg(long, default_value_t=1)] repeat: usize, #[arg(long)] ndjson: bool }
pub(super) fn validate(a: &ValidateArguments) -> Exit {
    let library = crate::profile::Library::embedded();
    let v = Validator::new(library, HeldTo::Claimed);
    let mut texts = Vec::new();
    for p in &a.paths {
        if p.is_dir() { let mut all: Vec<_> = std::fs::read_dir(p).into_iter().flatten().flatten().map(|e| e.path()).collect(); all.sort(); for f in all { texts.push((f.display().to_string(), std::fs::read_to_string(&f).unwrap_or_default())); } }
        else { texts.push((p.display().to_string(), std::fs::read_to_string(p).unwrap_or_default())); }
    }
    for n in 0..a.repeat {
        let t = std::time::Instant::now();
        let mut parse = std::time::Duration::ZERO;
        for (name, text) in &texts {
            let t2 = std::time::Instant::now();
            match Document::parse(text) {
                Err(e) => output::print(&format!("{name}: {e}\n")),
                Ok(d) => { parse += t2.elapsed(); let j = v.judge(&d); if n == 0 { for i in &j.issues { output::print(&format!("{name}:{}:{} {} {} {} found {:?} [{} {}]\n", i.line, i.column, i.severity, i.path, i.message(), i.found, i.profile, i.element)); } for o in &j.not_evaluated { output::print(&format!("{name}: not evaluated {} {} {}\n", o.what, o.reason, o.count)); } } }
            }
        }
        if a.repeat > 1 && n + 1 == a.repeat { let e = t.elapsed(); output::print(&format!("{} in {:?}: {:.0}/s, parse {:?}\n", texts.len(), e, texts.len() as f64 / e.as_secs_f64(), parse)); }
    }
    Exit::Passed
}
