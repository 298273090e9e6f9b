//! Every message type that a dialect's document names is shown by one of its transcripts, from the side that sends it; and so is every error.

use koine_tidy::protocols::table::{self, Row};
use koine_tidy::protocols::{document, errors, own, spoken};
use koine_tidy::tree::{self, File};
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

#[test]
fn every_documented_error_has_a_transcript() {
    let dialects = koine_registry::all();
    let rows = dialects.iter().filter_map(|dialect| table::row(dialect.name()));
    let missing: Vec<_> = rows.flat_map(errors_missing_of).collect();
    let rule = "Every error that a protocol document or its notes list is shown by a transcript, sent by the server, in every encoding of \
                the dialect. Write the conversation in which it comes (docs/transcripts.md: a server can fail, be under maintenance, \
                and see time pass); what koine never sends stands in the dialect's row in tests/tidy/src/protocols/table.rs, with the reason.";
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
    let text = page(row, ".md");
    let documented = document::types(&text, row).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(!documented.is_empty(), "the document of {} names no message types", row.dialect);
    let transcripts = transcripts(row);
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

fn errors_missing_of(row: &Row) -> Vec<String> {
    let listed = errors::listed(&page(row, ".md"), &page(row, ".notes.md"), row);
    assert!(!listed.is_empty(), "the document of {} lists no errors", row.dialect);
    let transcripts = transcripts(row);
    let mut missing = Vec::new();
    for encoding in row.encodings {
        let mut shown = BTreeSet::new();
        for file in &transcripts {
            let errors = errors::shown(&file.text, row, *encoding);
            shown.extend(errors.unwrap_or_else(|wrong| panic!("{}: {wrong}", file.path)));
        }
        missing.extend(errors::missing(&listed, &shown, row, *encoding));
    }
    missing
}

fn page(row: &Row, ending: &str) -> String {
    let path = tree::root().join(format!("docs/protocols/{}{ending}", row.dialect));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn transcripts(row: &Row) -> Vec<File> {
    let folder = format!("dialects/{}/tests/transcripts/", row.dialect);
    let is_ours = |file: &File| file.path.starts_with(&folder) && file.path.ends_with(".txt");
    tree::files().into_iter().filter(is_ours).collect()
}
