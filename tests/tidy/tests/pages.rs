//! What is written for people: the pages are there, and what they point at exists.

use koine_tidy::tree::{File, assert_none, files, root};

#[test]
fn the_pages_of_the_project_are_there() {
    let pages = [
        "README.md",
        "ARCHITECTURE.md",
        "STYLE.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "Makefile",
    ];
    let missing: Vec<_> =
        pages.into_iter().filter(|page| !root().join(page).is_file()).map(str::to_owned).collect();
    assert_none("These pages are what people look for first.", &missing);
}

#[test]
fn every_dialect_tells_what_it_speaks() {
    let folder = |name: &str| format!("dialects/{name}/README.md");
    let dialects = koine_registry::all();
    let pages = dialects.iter().map(|dialect| folder(dialect.name()));
    let missing: Vec<_> = pages.filter(|page| !root().join(page).is_file()).collect();
    assert_none(
        "A dialect's README.md says what is spoken, to which document, and what is degraded and how.",
        &missing,
    );
}

#[test]
fn every_decision_says_what_follows_from_it() {
    let files = files();
    let mut offences = Vec::new();
    for file in
        files.iter().filter(|file| file.path.starts_with("docs/decisions/") && file.path.ends_with(".md"))
    {
        let sections = ["## Context", "## Decision", "## Consequence"];
        let missing: Vec<_> = sections.into_iter().filter(|section| !file.text.contains(section)).collect();
        if !missing.is_empty() {
            offences.push(format!("{} lacks {}", file.path, missing.join(", ")));
        }
    }
    assert_none("A decision is recorded with its context and what follows from it.", &offences);
}

#[test]
fn links_lead_somewhere() {
    let files = files();
    let mut offences = Vec::new();
    // The protocol documents stand as they were published, with links to pages that were not.
    for file in
        files.iter().filter(|file| file.path.ends_with(".md") && !file.path.starts_with("docs/protocols/"))
    {
        let folder = root().join(&file.path).parent().map(std::path::Path::to_owned).unwrap_or_default();
        let broken = links(file).filter(|link| !folder.join(link).exists());
        offences.extend(broken.map(|link| format!("{}: {link}", file.path)));
    }
    assert_none(
        "A link of a page leads to a file of the repository, from the folder of the page.",
        &offences,
    );
}

/// The targets of `[…](…)` that are files.
fn links(file: &File) -> impl Iterator<Item = &str> {
    let targets = file.text.split("](").skip(1).filter_map(|after| after.split([')', '#', ' ']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
}
