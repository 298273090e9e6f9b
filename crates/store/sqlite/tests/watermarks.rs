//! Watermarks that cannot be written: nothing else is held up by them, and the operator is told.

mod lived_in;

use koine_model::{ConversationId, Seq};
use koine_store::Store;
use koine_store_sqlite::{Depth, Options, SqliteStore};
use lived_in::{ANN, damages, live_in, say, see, sqlite};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// What was logged. The writer has a thread of its own, so the log is the whole program's.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn watermarks_that_cannot_be_written_hold_nothing_up() {
    tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).init();
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_in(&data).await.close().await;
    sqlite(
        &data,
        "CREATE TRIGGER full_insert BEFORE INSERT ON watermark BEGIN SELECT RAISE(ABORT, 'no watermark today'); END;
         CREATE TRIGGER full_update BEFORE UPDATE ON watermark BEGIN SELECT RAISE(ABORT, 'no watermark today'); END",
    );
    let store = SqliteStore::open(&data, Options::default()).unwrap();
    let before = see(&store).await.texts.len();
    assert_eq!(position(&store).await, Seq::new(50));
    store.watermark_advance(ANN, "phone", &[(ConversationId::new(1).unwrap(), Seq::new(60))]);
    say(&store, "it goes on").await;
    let after = see(&store).await;
    store.close().await;
    assert_eq!(after.texts.len(), before + 1);
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    let told =
        log.lines().find(|line| line.contains("watermarks were not written: messages may arrive twice"));
    assert!(told.is_some_and(|line| line.contains("WARN") && line.contains("no watermark today")), "{log}");
    sqlite(&data, "DROP TRIGGER full_insert; DROP TRIGGER full_update");
    assert_eq!(damages(&data, Depth::Bytes), [""; 0]);
    let store = SqliteStore::open(&data, Options::default()).unwrap();
    // What was said is there, and the watermark is as it was: what lies behind it comes twice.
    assert_eq!(see(&store).await.texts, after.texts);
    assert_eq!(position(&store).await, Seq::new(50));
    store.watermark_advance(ANN, "phone", &[(ConversationId::new(1).unwrap(), Seq::new(60))]);
    store.close().await;
    drop(store);
    let store = SqliteStore::open(&data, Options::default()).unwrap();
    assert_eq!(position(&store).await, Seq::new(60), "the next one is written");
    store.close().await;
}

/// How far the telephone has come in the direct conversation.
async fn position(store: &SqliteStore) -> Seq {
    let standings = store.watermark_list(ANN, "phone").await.unwrap();
    standings.iter().find(|it| it.conversation == ConversationId::new(1).unwrap()).unwrap().position
}
