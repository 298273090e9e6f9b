//! `docs/operating.md` says of every metric and limit what to make of it, and of none that there is not; and tests look at all of them.

use koine_tidy::tree::{assert_none, files};
use std::collections::BTreeSet;

const CATALOGUE: &str = "crates/metrics/src/catalogue.rs";
const LIMITS: &str = "crates/metrics/src/limit.rs";
const PAGE: &str = "docs/operating.md";

#[test]
fn every_metric_is_documented() {
    let files = files();
    let text =
        |path: &str| &files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path}")).text;
    let counted = names(text(CATALOGUE), '"');
    let documented = names(text(PAGE), '`');
    assert!(counted.len() > 20, "{counted:?}");
    let missing = counted.difference(&documented).map(|name| format!("{PAGE} lacks {name}"));
    let invented = documented.difference(&counted).map(|name| format!("{CATALOGUE} lacks {name}"));
    assert_none(
        "Each metric has a row in the tables of the page, with its labels and what to make of it.",
        &missing.chain(invented).collect::<Vec<_>>(),
    );
}

#[test]
fn every_limit_that_is_counted_is_documented() {
    let files = files();
    let text =
        |path: &str| &files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path}")).text;
    // `Name = "key",`
    let lines = text(LIMITS).lines().filter_map(|line| line.trim().strip_suffix("\",")?.split_once(" = \""));
    let counted: BTreeSet<&str> = lines.map(|(_, name)| name).collect();
    assert!(counted.len() >= 30, "{counted:?}");
    let section = text(PAGE).split("### Limits that are met").nth(1).unwrap_or_default();
    let rows = section.split("\n#").next().unwrap_or_default().lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let documented: BTreeSet<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let missing = counted.difference(&documented).map(|name| format!("{PAGE} lacks {name}"));
    let invented = documented.difference(&counted).map(|name| format!("{LIMITS} lacks {name}"));
    assert_none(
        "Each limit that is counted has a place in the table of the page.",
        &missing.chain(invented).collect::<Vec<_>>(),
    );
}

/// What is counted must be right, which only a server that serves can show.
#[test]
fn every_metric_is_looked_at_by_an_end_to_end_test() {
    let files = files();
    let text =
        |path: &str| &files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path}")).text;
    let tests = || files.iter().filter(|file| file.path.starts_with("tests/e2e/") && file.is_rust());
    let unseen = names(text(CATALOGUE), '"').into_iter();
    let unseen = unseen.filter(|name| !tests().any(|file| file.text.contains(name.as_str())));
    assert_none(
        "Each metric is compared with what was done by a test of the real binary.",
        &unseen.map(|name| format!("no test in tests/e2e names {name}")).collect::<Vec<_>>(),
    );
}

#[test]
fn a_name_ends_where_its_labels_begin() {
    let page =
        "| `koine_tea_total{kind}` | x |\n`koine` and `koine.db`, `koine_gateway=debug`, `process_open_fds`";
    let expected = ["koine_tea_total", "process_open_fds"].map(str::to_owned);
    assert_eq!(names(page, '`'), BTreeSet::from(expected));
}

/// The names of metrics that stand between two of these marks.
fn names(text: &str, mark: char) -> BTreeSet<String> {
    let marked = text.lines().flat_map(|line| line.split(mark).skip(1).step_by(2));
    let names = marked.map(|marked| marked.split('{').next().unwrap_or_default());
    let is_name = |name: &&str| {
        let rest = name.strip_prefix("koine_").or(name.strip_prefix("process_"));
        rest.is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
        })
    };
    names.filter(is_name).map(str::to_owned).collect()
}
