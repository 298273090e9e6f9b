//! The matrix stands in `docs/interop.md`, in sections between marks.

use super::Table;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Sections are written one after the other.
static PAGE: Mutex<()> = Mutex::new(());

/// Checks that nothing went wrong and that the section stands in the page as it is; `UPDATE_EXPECT=1` writes it there.
pub fn is_written_down(section: &str, tables: &[Table], log: &str) {
    let matrix = tables.iter().map(Table::markdown).collect::<Vec<_>>().join("\n");
    eprintln!("{matrix}");
    let wrong: Vec<_> = tables.iter().flat_map(Table::wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{log}");
    let _turn = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/interop.md");
    let page = std::fs::read_to_string(&path).expect("docs/interop.md");
    let (begins, ends) = (format!("<!-- {section}: begins -->\n"), format!("<!-- {section}: ends -->\n"));
    let (before, rest) =
        page.split_once(&begins).unwrap_or_else(|| panic!("docs/interop.md has no {begins}"));
    let (known, after) = rest.split_once(&ends).unwrap_or_else(|| panic!("docs/interop.md has no {ends}"));
    if known.trim() == matrix.trim() {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_EXPECT").is_some(),
        "{section} in docs/interop.md is not current: run with UPDATE_EXPECT=1"
    );
    let page = format!("{before}{begins}\n{}\n\n{ends}{after}", matrix.trim());
    std::fs::write(&path, page).expect("docs/interop.md can be written");
}
