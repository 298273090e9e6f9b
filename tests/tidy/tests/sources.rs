//! What STYLE.md and the design say about the files themselves, held against all of them.

use koine_tidy::style;
use koine_tidy::tree::{File, assert_none, files};
use std::io::Write;

/// What a file may have at most.
const MOST_LINES: usize = 600;
/// What most files stay below.
const PLEASANT_LINES: usize = 400;

#[test]
fn only_dialects_know_dialects() {
    let dialects = koine_registry::all();
    let names = style::dialect_names(&dialects.iter().map(|dialect| dialect.name()).collect::<Vec<_>>());
    let mut offences = Vec::new();
    for file in files().iter().filter(|file| style::knows_no_dialect(&file.path)) {
        offences.extend(style::lines_with(file, &names));
        if names.iter().any(|name| file.path.contains(name)) {
            offences.push(file.path.clone());
        }
    }
    assert_none(
        "No dialect's name occurs in crates/, in apps/koine, in apps/load or in a schema: what differs between dialects is a method of koine_dialect's \
         traits (device, carriages, embeds_media, …), and tests make a dialect of their own up.",
        &offences,
    );
}

#[test]
fn a_file_begins_with_what_it_is_for() {
    let files = files();
    let silent = files.iter().filter(|file| file.is_rust() && !file.text.starts_with("//! "));
    let offences: Vec<_> = silent.map(|file| file.path.clone()).collect();
    assert_none("The first line of a file is `//!`: what it is for and what it leaves out.", &offences);
}

#[test]
fn no_file_is_too_long() {
    let files = files();
    let lengths: Vec<_> = files
        .iter()
        .filter(|file| file.is_rust())
        .map(|file| (file.text.lines().count(), &file.path))
        .collect();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > PLEASANT_LINES).collect();
    if !long.is_empty() {
        // Past the test harness, which swallows what a test that passes prints.
        let list: Vec<_> = long.iter().map(|(lines, path)| format!("{path} ({lines})")).collect();
        let _ = writeln!(std::io::stderr(), "notice: more than {PLEASANT_LINES} lines: {}", list.join(", "));
    }
    let too_long = long.iter().filter(|(lines, _)| *lines > MOST_LINES);
    let offences: Vec<_> = too_long.map(|(lines, path)| format!("{path}: {lines} lines")).collect();
    assert_none(
        "No file has more than 600 lines: make it a folder, one noun or one message a file.",
        &offences,
    );
    assert!(
        long.len() * 10 <= lengths.len(),
        "nine files of ten stay below {PLEASANT_LINES} lines: {long:?}"
    );
}

#[test]
fn nothing_is_left_to_be_done() {
    // Put together here, so that this file does not find itself.
    let words: Vec<String> =
        [("todo", "!("), ("todo", "!["), ("unimplemented", "!"), ("dbg", "!("), ("#[", "ignore")]
            .map(|(word, mark)| format!("{word}{mark}"))
            .into();
    let offences: Vec<_> = files()
        .iter()
        .filter(|file| file.is_rust())
        .flat_map(|file| style::lines_with(file, &words))
        .collect();
    assert_none(
        "Nothing is left for later in the code: write it, or say what is missing in the dialect's README or in an issue; a test that \
         cannot run is deleted or repaired.",
        &offences,
    );
}

#[test]
fn the_input_path_cannot_panic() {
    let files = files();
    let mut offences = Vec::new();
    for file in files.iter().filter(|file| is_on_the_input_path(file)) {
        if file.name() == "lib.rs" && file.path.matches('/').count() == 3 && !style::denies_panics(&file.text)
        {
            offences.push(format!("{}: the attribute is missing or lacks a lint", file.path));
        }
        let exceptions: Vec<String> =
            style::INPUT_PATH_LINTS.iter().map(|lint| format!("allow(clippy::{lint}")).collect();
        offences.extend(style::lines_with(file, &exceptions));
    }
    let rule = format!(
        "Nothing that a peer sends can panic: src/lib.rs of each dialect, of crates/dialect, crates/gateway and crates/kernel has \
         `#![cfg_attr(not(test), deny(…))]` with clippy's {}, and makes no exceptions: use `get`, `try_from`, `saturating_add`, or a named fault.",
        style::INPUT_PATH_LINTS.join(", ")
    );
    assert_none(&rule, &offences);
    let crates =
        files.iter().filter(|file| is_on_the_input_path(file) && style::denies_panics(&file.text)).count();
    assert!(crates >= 4, "only {crates} crates are looked at");
}

/// The file that asks the kernel what no library asks.
const ASKS_THE_KERNEL: &str = "crates/kernel/src/lib.rs";

#[test]
fn unsafe_code_stands_where_it_must() {
    let files = files();
    let mut offences = Vec::new();
    let is_first = |file: &&File| {
        let is_crate = ["/src/lib.rs", "/src/main.rs"].iter().any(|end| file.path.ends_with(end));
        // The fuzz targets are put together by a macro of libFuzzer's, which is unsafe.
        is_crate && !file.path.starts_with("fuzz/")
    };
    for file in files.iter().filter(is_first) {
        let folder = file.path.split("src/").next().unwrap_or_default();
        let word = if ASKS_THE_KERNEL.starts_with(folder) { "deny" } else { "forbid" };
        let attribute = format!("#![{word}(unsafe_code)]");
        if !file.text.lines().any(|line| line == attribute) {
            offences.push(format!("{}: {attribute} is missing", file.path));
        }
    }
    // Put together here, so that this file does not find itself.
    let exception = ["allow", "expect"].map(|word| format!("[{word}(unsafe{}", "_code"));
    let elsewhere = files.iter().filter(|file| file.is_rust() && file.path != ASKS_THE_KERNEL);
    offences.extend(elsewhere.flat_map(|file| style::lines_with(file, &exception)));
    assert_none(
        "Every crate forbids unsafe code but one, whose file asks the kernel, and expects the lint there, at each place and with a reason.",
        &offences,
    );
}

#[test]
fn no_path_of_somebodys_machine_is_written_down() {
    let homes: Vec<String> = ["work", "root"].map(|folder| format!("/{folder}/")).into();
    let offences: Vec<_> = files().iter().flat_map(|file| style::lines_with(file, &homes)).collect();
    assert_none(
        "Paths are relative to the repository, or made at run time (CARGO_MANIFEST_DIR, tempfile).",
        &offences,
    );
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let mut offences = Vec::new();
    for file in files().iter().filter(|file| file.name() == "Cargo.toml" && file.path.contains('/')) {
        let manifest: toml::Table =
            file.text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.path));
        let lints =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        if lints != Some(true) {
            offences.push(file.path.clone());
        }
    }
    assert_none("Every crate has `[lints] workspace = true`.", &offences);
}

#[test]
fn names_say_what_is_in_them() {
    let files = files();
    let of_files =
        files.iter().filter(|file| !style::empty_words(&file.path).is_empty()).map(|file| file.path.clone());
    let declarations = files.iter().filter(|file| file.is_rust()).flat_map(|file| {
        let lines = file.text.lines().enumerate().filter(|(_, line)| style::declares_empty_name(line));
        lines.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim()))
    });
    // The tests of this very rule name what it forbids.
    let offences: Vec<_> = of_files
        .chain(declarations)
        .filter(|offence| !offence.starts_with("tests/tidy/src/style.rs"))
        .collect();
    assert_none(
        "Whole words, the field's own terms: no `get_`, Manager, Helper, utils, and nothing called common; name the thing by what it \
         does or holds.",
        &offences,
    );
}

fn is_on_the_input_path(file: &File) -> bool {
    let is_dialect = file.path.starts_with("dialects/") && !file.path.starts_with("dialects/registry/");
    let is_source = file.path.contains("/src/") && file.is_rust();
    is_source
        && (is_dialect
            || file.path.starts_with("crates/dialect/")
            || file.path.starts_with("crates/gateway/")
            || file.path.starts_with("crates/kernel/"))
}
