//! The sources obey the module table in `src/lib.rs` and the habits of this project.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// One row of the module table.
struct Row {
    may_use: BTreeSet<String>,
    fences: Vec<String>,
}

/// A Rust file: where it is (relative, with `/`), what it says, and what it does (no comments, texts or tests).
struct File {
    path: String,
    text: String,
    code: String,
}

fn table() -> BTreeMap<String, Row> {
    let text = std::fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! |")).skip(2);
    let words = |cell: &str| cell.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_end().trim_end_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "a row of the module table has four cells: {row}");
        (cells[0].to_owned(), Row { may_use: words(cells[2]).into_iter().collect(), fences: words(cells[3]) })
    })
    .collect()
}

fn rust_files(folder: &str) -> Vec<File> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                // What other projects build is not ours.
                true if path.ends_with("target") && path.with_file_name("Cargo.toml").exists() => {}
                true => walk(&path, found),
                false if path.extension().is_some_and(|ext| ext == "rs") => found.push(path),
                false => {}
            }
        }
    }
    let mut paths = Vec::new();
    walk(&Path::new(ROOT).join(folder), &mut paths);
    paths.sort();
    let file = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(ROOT).unwrap().to_str().unwrap().replace('\\', "/");
        let code = code(&text);
        File { path, text, code }
    };
    paths.into_iter().map(file).collect()
}

/// The text without comments, string literals and a test module at its end.
fn code(text: &str) -> String {
    let tests = Regex::new(r"(?m)^#\[cfg\(test\)\]\s*\n(?:#\[[^\n]*\n)*mod \w+ \{").unwrap();
    let text = tests.find(text).map_or(text, |found| &text[..found.start()]);
    let noise = Regex::new(
        r###"(?s)//[^\n]*|/\*.*?\*/|\br##"(?:.*?)"##|\br#"(?:.*?)"#|\br"[^"]*"|"(?:[^"\\]|\\.)*"|'(?:[^'\\\n]|\\[^\n]{1,8}?)'"###,
    );
    noise.unwrap().replace_all(text, " ").into_owned()
}

impl File {
    /// The top-level module that the file belongs to.
    fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let module = inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(module, _)| module);
        (!matches!(module, "lib" | "main")).then_some(module)
    }

    /// How many modules deep its content is.
    fn depth(&self) -> usize {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        inside.split('/').count()
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// The top-level modules that its code names.
    fn uses(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let up = format!(r"(?:\bcrate|\bsuper(?:::super){{{}}})::\s*", self.depth() - 1);
        for place in Regex::new(&up).unwrap().find_iter(&self.code) {
            if place.as_str().starts_with("super") && self.code[..place.start()].ends_with("super::") {
                continue;
            }
            let rest = &self.code[place.end()..];
            match rest.strip_prefix('{') {
                Some(list) => found.extend(first_names(list)),
                None => found.extend(first_names(rest).into_iter().take(1)),
            }
        }
        found
    }
}

/// The first name of every path in a brace list (or of the one path) at the start of `text`.
fn first_names(text: &str) -> Vec<String> {
    let (mut names, mut depth, mut fresh) = (Vec::new(), 0usize, true);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            ';' => break,
            c if depth == 0 && fresh && (c.is_alphabetic() || c == '_') => {
                let mut end = at + c.len_utf8();
                while let Some((next, _)) = chars.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
                    end = next + 1;
                }
                names.push(text[at..end].to_owned());
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_module_table_names_every_module() {
    let lib = std::fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).unwrap();
    let declared: BTreeSet<String> =
        Regex::new(r"(?m)^pub mod (\w+);").unwrap().captures_iter(&lib).map(|found| found[1].to_owned()).collect();
    let present: BTreeSet<String> =
        rust_files("src").iter().filter_map(|file| file.module().map(str::to_owned)).collect();
    let listed: BTreeSet<String> = table().into_keys().collect();
    assert_eq!(listed, declared, "the table and the `pub mod` lines of src/lib.rs differ");
    assert_eq!(listed, present, "the table of src/lib.rs and the folders of src/ differ");
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let table = table();
    let mut problems = Vec::new();
    for file in rust_files("src").iter().filter(|file| !file.is_test()) {
        let Some((module, row)) = file.module().and_then(|module| Some((module, table.get(module)?))) else { continue };
        let allowed = &row.may_use;
        for used in file.uses().iter().filter(|used| table.contains_key(*used) && *used != module) {
            if !allowed.contains("all") && !allowed.contains(used) {
                problems.push(format!("{}: `{module}` may not use `{used}`", file.path));
            }
        }
    }
    none(problems);
}

#[test]
fn judging_asks_nobody() {
    let asks = Regex::new(r"\basync\b|\bawait\b|\bDoor\b").unwrap();
    let pure = |file: &&File| matches!(file.module(), Some("examine" | "search" | "profile" | "record" | "report"));
    let files = rust_files("src");
    let asking = files.iter().filter(pure).filter(|file| asks.is_match(&file.code));
    none(asking.map(|file| format!("{}: it waits for something, or holds the way to the target", file.path)).collect());
}

#[test]
fn fenced_crates_stay_inside_their_fences() {
    let table = table();
    let files = rust_files("src");
    let mut problems = Vec::new();
    let crates: BTreeSet<&String> = table.values().flat_map(|row| &row.fences).collect();
    for name in crates {
        let named = Regex::new(&format!(r"(?:^|[^\w:])(?:::)?{name}::|\buse {name}\b")).unwrap();
        for file in files.iter().filter(|file| !file.is_test()) {
            let home = file.module().and_then(|module| table.get(module));
            if named.is_match(&file.code) && home.is_some_and(|row| !row.fences.contains(name)) {
                problems.push(format!("{}: `{name}` is fenced in elsewhere", file.path));
            }
        }
    }
    none(problems);
}

#[test]
fn files_are_short_and_say_what_they_own() {
    let folders = ["src", "tests", "benches", "examples"];
    let mut problems = Vec::new();
    for file in folders.iter().flat_map(|folder| rust_files(folder)) {
        let lines = file.text.lines().count();
        if lines >= 400 {
            problems.push(format!("{}: {lines} lines, which is not under 400", file.path));
        }
        if !file.text.lines().next().is_some_and(|line| line.len() > 4 && line.starts_with("//! ")) {
            problems.push(format!("{}: the first line does not say with `//!` what the file owns", file.path));
        }
    }
    none(problems);
}

#[test]
fn modules_are_named_after_what_they_own() {
    const EMPTY: [&str; 9] = ["util", "utils", "common", "helper", "helpers", "manager", "imp", "misc", "shared"];
    let pattern = Regex::new(r"\bmod (\w+)").unwrap();
    let mut problems = Vec::new();
    for file in ["src", "tests", "benches"].iter().flat_map(|folder| rust_files(folder)) {
        let declared = pattern.captures_iter(&file.code).map(|found| found[1].to_owned());
        let own = file.path.trim_end_matches(".rs").split('/').map(str::to_owned);
        for name in declared.chain(own).filter(|name| EMPTY.contains(&name.as_str())) {
            problems.push(format!("{}: `{name}` is no name for a module", file.path));
        }
    }
    none(problems);
}

/// The files that git tracks, or nothing outside of a repository.
fn tracked() -> Vec<String> {
    let listing = Command::new("git").args(["ls-files", "-z"]).current_dir(ROOT).output();
    let Ok(listing) = listing else { return Vec::new() };
    let text = String::from_utf8_lossy(&listing.stdout);
    text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

#[test]
fn tracked_files_know_no_machine() {
    let paths = Regex::new(r#"(?:^|[\s"'`=(:])(?:/(?:home|root|Users|work)/[\w.-]+|[A-Z]:\\+Users\\)"#).unwrap();
    let hosts = Regex::new(r"(?i)\b(?:artifactory|jfrog|verdaccio|nexus\d*)\b|\.(?:corp|internal)\b[:/]").unwrap();
    let mut problems = Vec::new();
    for path in tracked().iter().filter(|path| *path != "tests/architecture.rs") {
        let Ok(text) = std::fs::read_to_string(Path::new(ROOT).join(path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            for (pattern, what) in [(&paths, "a path of a machine"), (&hosts, "a host of a registry")] {
                if let Some(found) = pattern.find(line) {
                    problems.push(format!("{path}:{}: {what}: {}", number + 1, found.as_str().trim()));
                }
            }
        }
    }
    none(problems);
}

#[test]
fn dependencies_come_from_the_public_registry() {
    let lock = std::fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap();
    let foreign = |line: &&str| line.starts_with("source = ") && !line.contains("github.com/rust-lang/crates.io-index");
    none(lock.lines().filter(foreign).map(str::to_owned).collect());
}

#[test]
fn the_reader_of_sources_sees_what_it_should() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned(), code: code(text) };
    let names = |path, text| file(path, text).uses().into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names("src/http/door.rs", "use crate::record::Id; // crate::cli\nlet x = \"crate::suite\";"), "record");
    assert_eq!(names("src/http/door.rs", "use crate::{record::{Id, Run}, target};"), "record target");
    assert_eq!(names("src/http/door.rs", "use super::super::tenant::X;\nuse super::limits::Y;"), "tenant");
    assert_eq!(names("src/http/mod.rs", "use super::suite;"), "suite");
    assert_eq!(names("src/http/a/b.rs", "use super::super::door;"), "");
    assert_eq!(names("src/http/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n use crate::tenant; }"), "");
    assert_eq!(file("src/http/mod.rs", "").depth(), 1);
    assert!(table().contains_key("record") && table()["cli"].may_use.contains("all"));
}
