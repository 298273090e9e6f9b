//! Every message type that a dialect's document names is shown by one of its transcripts, from the side that sends it.

use koine_tidy::protocols::table::{self, Row};
use koine_tidy::protocols::{document, own, spoken};
use koine_tidy::tree;
use std::collections::BTreeSet;

#[test]
fn every_documented_type_has_a_transcript() {
    let mut missing = Vec::new();
    for dialect in koine_registry::all() {
        let name = dialect.name();
        if table::WITHOUT_DOCUMENT.contains(&name) {
            missing.extend(missing_of_own(name));
            continue;
        }
        let Some(row) = table::row(name) else {
            missing.push(format!("{name} has no row in tests/tidy/src/protocols/table.rs"));
            continue;
        };
        missing.extend(missing_of(row));
    }
    let rule = "Every message type of a protocol document is shown by a transcript, from the side that sends it, in every encoding \
                of the dialect. Write the conversation (docs/transcripts.md says how); if the document does not mean it so, correct \
                the dialect's row in tests/tidy/src/protocols/table.rs.";
    tree::assert_none(rule, &missing);
}

/// Of a dialect whose document is our own, every request, answer, event and code of an error is shown.
fn missing_of_own(dialect: &str) -> Vec<String> {
    let page = std::fs::read_to_string(tree::root().join(format!("docs/{dialect}.md"))).expect("its page");
    let documented = own::documented(&page);
    assert!(documented.len() > 50, "the page of {dialect} has lost its tables");
    let folder = format!("dialects/{dialect}/tests/transcripts/");
    let mut shown = BTreeSet::new();
    for file in tree::files().iter().filter(|file| file.path.starts_with(&folder)) {
        shown
            .extend(own::shown(&file.text, dialect).unwrap_or_else(|wrong| panic!("{}: {wrong}", file.path)));
    }
    let line = |named: &own::Named| format!("{folder}: nothing shows {named:?} of docs/{dialect}.md");
    documented.difference(&shown).map(line).collect()
}

fn missing_of(row: &Row) -> Vec<String> {
    let path = tree::root().join(format!("docs/protocols/{}.md", row.dialect));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let documented = document::types(&text, row).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(!documented.is_empty(), "{} names no message types", path.display());
    let folder = format!("dialects/{}/tests/transcripts/", row.dialect);
    let files = tree::files();
    let transcripts: Vec<_> =
        files.iter().filter(|file| file.path.starts_with(&folder) && file.path.ends_with(".txt")).collect();
    let mut missing = Vec::new();
    for encoding in row.encodings {
        let mut shown = BTreeSet::new();
        for file in &transcripts {
            let types = spoken::types(&file.text, row, *encoding);
            shown.extend(types.unwrap_or_else(|wrong| panic!("{}: {wrong}", file.path)));
        }
        missing.extend(spoken::missing(&documented, &shown, row, *encoding));
    }
    missing
}
