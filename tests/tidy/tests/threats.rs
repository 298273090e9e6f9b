//! `docs/threats.md` names tests: each of them is there.

use koine_tidy::tree::{File, assert_none, files};

const PAGE: &str = "docs/threats.md";

#[test]
fn every_test_that_is_named_exists() {
    let files = files();
    let page = files.iter().find(|file| file.path == PAGE).expect("the page");
    let rows: Vec<(usize, &str)> = rows(&page.text);
    assert!(rows.len() > 20, "{} rows are found", rows.len());
    let mut offences = Vec::new();
    for (line, shown_by) in rows {
        let named: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            offences.push(format!("{PAGE}:{line}: no test"));
        }
        let missing = named.iter().filter(|name| !exists(&files, name));
        offences.extend(missing.map(|name| format!("{PAGE}:{line}: {name}")));
    }
    assert_none(
        "Each row of the page names tests that exist: `path::name`, or the path of a transcript. Whoever renames a test renames it there.",
        &offences,
    );
}

#[test]
fn what_is_no_test_is_noticed() {
    let file = File {
        path: "a.rs".to_owned(),
        text: "#[test]\nfn it_holds() {}\nfn helper() {}\npub async fn a_case(world: World) {}\n".to_owned(),
    };
    let files = [file, File { path: "b.test.ts".to_owned(), text: "test(\"it holds\", () => {".to_owned() }];
    assert!(exists(&files, "a.rs::it_holds") && exists(&files, "a.rs::a_case") && exists(&files, "a.rs"));
    assert!(exists(&files, "b.test.ts::it holds"));
    for missing in ["a.rs::it_hold", "a.rs::helper", "c.rs::it_holds", "b.test.ts::it hold", "c.txt"] {
        assert!(!exists(&files, missing), "{missing}");
    }
}

/// The last column of each row, and its line.
fn rows(page: &str) -> Vec<(usize, &str)> {
    let lines = page.lines().enumerate().filter(|(_, line)| line.starts_with("| ") && line.ends_with(" |"));
    let cells = lines.filter_map(|(index, line)| {
        let cell = line.trim_end_matches(" |").rsplit(" | ").next()?;
        (cell != "shown by").then_some((index + 1, cell))
    });
    cells.collect()
}

fn exists(files: &[File], name: &str) -> bool {
    let (path, test) = name.split_once("::").unwrap_or((name, ""));
    let Some(file) = files.iter().find(|file| file.path == path) else { return false };
    test.is_empty() || if file.is_rust() { has_test(&file.text, test) } else { has_title(&file.text, test) }
}

/// A test, a property, or a case of a suite that is handed its world.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(index, line)| {
        let Some((before, after)) = line.split_once(&format!("fn {name}(")) else { return false };
        let attributes =
            lines[..index].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
        let is_test =
            attributes.clone().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
        let is_case = before == "pub async " && after.starts_with("world: World)");
        is_test || is_case
    })
}

fn has_title(text: &str, title: &str) -> bool {
    text.contains(&format!("test(\"{title}\","))
}
