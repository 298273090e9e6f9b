//! The log beside damaged pages of other tables: it is looked at to its end, as far as these are not needed.

use crate::lived_in::{damages, live_in, sqlite};
use koine_model::message::Part;
use koine_store::Store;
use koine_store_sqlite::{Depth, body};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What is wrong, what is said of it, and without which tables that is not known.
const WRONG: [(&str, &str, &[&str]); 5] = [
    ("DELETE FROM message WHERE place = (2 << 32) + 90", "conversation 2: message 90 is missing", &[]),
    (
        "UPDATE message SET body = x'01' WHERE place = (2 << 32) + 95",
        "conversation 2, message 95: what it says cannot be read",
        &[],
    ),
    ("UPDATE watermark SET seq = 999", "has got message 999 of conversation 1, which is not there yet", &[]),
    ("UPDATE media SET size = size + 1", "an attachment of it is not known to be its", &["media"]),
    (
        "DELETE FROM words WHERE rowid = (1 << 32) + 2",
        "conversation 1, message 2: it is not in the index of words",
        &["indexed", "words_docsize", "reindex"],
    ),
];

#[tokio::test]
async fn a_table_that_cannot_be_read_ends_no_look_at_the_log() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_in(&data).await.close().await;
    for (statement, ..) in WRONG {
        sqlite(&data, statement);
    }
    let spoilt = fs::read(data.join("koine.db")).unwrap();
    for (table, told) in [
        ("media", "the table media cannot be read: "),
        ("indexed", "the table indexed cannot be read: "),
        ("words_docsize", "the index of words cannot be read: "),
        ("reindex", "the index of words cannot be read: "),
    ] {
        fs::write(data.join("koine.db"), &spoilt).unwrap();
        let pages = pages(&data, &format!("name = '{table}'"));
        assert_eq!(pages.len(), 1, "all of {table}");
        blank(&data, &spoilt, pages[0]);
        let found = damages(&data, Depth::Rows);
        assert_eq!(found.iter().filter(|text| text.starts_with(told)).count(), 1, "{table}: {found:?}");
        for (_, expected, needed) in WRONG {
            let is_found = found.iter().any(|text| text.contains(expected));
            assert_eq!(is_found, !needed.contains(&table), "{table}: {expected}: {found:?}");
        }
        let different: BTreeSet<&String> = found.iter().collect();
        assert_eq!(different.len(), found.len(), "{table}: nothing is told twice: {found:?}");
    }
}

/// A long text lies on pages of its own.
#[tokio::test]
async fn a_text_that_cannot_be_read_ends_no_look_at_the_log() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_in(&data).await.close().await;
    let long = body::encode(&[Part::text("long ".repeat(4_000))]).unwrap();
    let long: String = long.iter().map(|byte| format!("{byte:02x}")).collect();
    sqlite(
        &data,
        &format!("UPDATE message SET body = x'{long}' WHERE place IN ((1 << 32) + 20, (2 << 32) + 93)"),
    );
    assert_eq!(damages(&data, Depth::Rows), [""; 0]);
    for (statement, ..) in WRONG {
        sqlite(&data, statement);
    }
    let spoilt = fs::read(data.join("koine.db")).unwrap();
    for (first, of) in pages(&data, "name = 'message' AND pagetype = 'overflow' AND path LIKE '%+000000'")
        .into_iter()
        .zip(["conversation 1, message 20", "conversation 2, message 93"])
    {
        blank(&data, &spoilt, first);
        let found = damages(&data, Depth::Rows);
        let here: Vec<_> = found.iter().filter(|text| text.starts_with(of)).collect();
        assert_eq!(here, [&format!("{of}: it cannot be read")], "{found:?}");
        for (_, expected, _) in WRONG {
            assert!(found.iter().any(|text| text.contains(expected)), "{of}: {expected}: {found:?}");
        }
        for never in ["what follows", "message 20 is missing", "message 93 is missing"] {
            assert!(!found.iter().any(|text| text.contains(never)), "{of}: {never}: {found:?}");
        }
    }
}

/// The numbers of the pages of which that is true.
fn pages(data: &Path, which: &str) -> Vec<usize> {
    let connection = Connection::open(data.join("koine.db")).unwrap();
    let mut statement =
        connection.prepare(&format!("SELECT pageno FROM dbstat WHERE {which} ORDER BY path")).unwrap();
    let pages = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    pages.map(|page| usize::try_from(page.unwrap()).unwrap()).collect()
}

fn blank(data: &Path, database: &[u8], page: usize) {
    let mut damaged = database.to_vec();
    damaged[(page - 1) * 4096..page * 4096].fill(0);
    fs::write(data.join("koine.db"), damaged).unwrap();
}
