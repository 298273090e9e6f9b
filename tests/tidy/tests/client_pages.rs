//! Every dialect has a page for those who write a client, with an example of each message: those of its document, and what else
//! its transcripts show the server say.

use koine_testkit::pages;
use koine_tidy::protocols::table::{self, Row};
use koine_tidy::protocols::{Said, Speaker, document, spoken};
use koine_tidy::tree::{self, File};
use std::collections::BTreeSet;

#[test]
fn every_message_has_an_example_on_its_page() {
    let files = tree::files();
    let mut missing = Vec::new();
    for dialect in koine_registry::all() {
        let Some(row) = table::row(dialect.name()) else { continue };
        let page = pages::read(row.dialect);
        let examples: String =
            pages::kinds(&page).into_iter().map(|kind| pages::examples(&page, kind)).collect();
        let shown = types(&examples, row);
        let wanted = documented(row).into_iter().chain(said_by_the_server(&files, row));
        let lacks = wanted.filter(|said| !shown.contains(said)).collect::<BTreeSet<Said>>();
        missing.extend(lacks.into_iter().map(|(speaker, kind)| {
            format!(
                "docs/dialects/{}.md: no line with {} {{{:?}: {kind}}}",
                row.dialect,
                speaker.mark(),
                row.key
            )
        }));
    }
    let rule = "Whoever writes a client finds an example of every message on the dialect's page (docs/dialects), which its tests/page.rs plays.";
    tree::assert_none(rule, &missing);
}

/// In whichever encoding: a page would be twice as long and say nothing more.
fn types(transcript: &str, row: &Row) -> BTreeSet<Said> {
    let of = |encoding| spoken::types(transcript, row, encoding).unwrap_or_else(|wrong| panic!("{wrong}"));
    row.encodings.iter().flat_map(|encoding| of(*encoding)).collect()
}

fn documented(row: &Row) -> BTreeSet<Said> {
    let path = tree::root().join(format!("docs/protocols/{}.md", row.dialect));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    document::types(&text, row).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// What the server says beyond the document. An answer that only repeats a client's own made-up type is no message.
fn said_by_the_server(files: &[File], row: &Row) -> BTreeSet<Said> {
    let folder = format!("dialects/{}/tests/transcripts/", row.dialect);
    let transcripts =
        files.iter().filter(|file| file.path.starts_with(&folder) && file.path.ends_with(".txt"));
    let all: BTreeSet<Said> = transcripts.flat_map(|file| types(&file.text, row)).collect();
    let is_known = |kind: &str| documented(row).iter().any(|(_, known)| known == kind);
    let echoed = |kind: &String| all.contains(&(Speaker::Client, kind.clone())) && !is_known(kind);
    all.iter().filter(|(speaker, kind)| *speaker == Speaker::Server && !echoed(kind)).cloned().collect()
}
