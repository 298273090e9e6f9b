//! `docs/operating.md` says of every metric what to make of it, and of none that there is not.

use koine_tidy::tree::{assert_none, files};
use std::collections::BTreeSet;

const CATALOGUE: &str = "crates/metrics/src/catalogue.rs";
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
