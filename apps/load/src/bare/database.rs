//! The least that a server on SQLite does for a message: a row, whose place in its conversation is dense and survives a restart.
//!
//! What came together is one transaction, and each conversation in it is counted on once. The settings are those of the server's
//! store, and as there the log is taken into the database when everybody has been answered.

use crate::clock;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// The database.
pub(super) struct Database {
    connection: Connection,
    /// How many pages the log has.
    log: Arc<AtomicI32>,
}

/// What is kept of a message.
pub(super) struct Message<'a> {
    /// Where it was said.
    pub(super) conversation: i64,
    /// Who has said it.
    pub(super) author: i64,
    /// The whole frame, since nothing here understands it.
    pub(super) body: &'a [u8],
}

/// From how many pages on the log is taken in.
const LONG: i32 = 1000;

impl Database {
    /// Makes it.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        connection.pragma_update(None, "cache_size", -8192)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(
            "CREATE TABLE conversation (id INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
             CREATE TABLE message (
                 place INTEGER PRIMARY KEY,
                 author INTEGER NOT NULL,
                 at INTEGER NOT NULL,
                 body BLOB NOT NULL
             ) STRICT;",
        )?;
        let log = Arc::new(AtomicI32::new(0));
        let told = Arc::clone(&log);
        connection.wal_hook(Some(move |_: &mut _, pages| {
            told.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { connection, log })
    }

    /// Gives each message its place, in the order in which they came; all are on the disk when this is done.
    pub(super) fn append(&mut self, mut messages: Vec<Message<'_>>) -> rusqlite::Result<()> {
        let connection = &self.connection;
        let at = i64::try_from(clock::now().as_micros()).unwrap_or(i64::MAX);
        // Those of one conversation stay in their order.
        messages.sort_by_key(|message| message.conversation);
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut count = connection.prepare_cached(
            "INSERT INTO conversation (id, last) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET last = last + ?2 RETURNING last",
        )?;
        let mut insert = connection
            .prepare_cached("INSERT INTO message (place, author, at, body) VALUES (?1, ?2, ?3, ?4)")?;
        for together in messages.chunk_by(|one, other| one.conversation == other.conversation) {
            let Some(Message { conversation, .. }) = together.first() else { continue };
            let many = i64::try_from(together.len()).unwrap_or(i64::MAX);
            let last: i64 = count.query_row([*conversation, many], |row| row.get(0))?;
            for (message, seq) in together.iter().zip(last - many + 1..) {
                let place = conversation << 32 | seq;
                insert.execute(params![place, message.author, at, message.body])?;
            }
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Takes the log into the database where it has become long.
    pub(super) fn take_in_the_log(&mut self) -> rusqlite::Result<()> {
        if self.log.load(Ordering::Relaxed) < LONG {
            return Ok(());
        }
        self.log.store(0, Ordering::Relaxed);
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(connection: &Connection) -> Vec<(i64, i64, i64, Vec<u8>)> {
        let mut all = connection
            .prepare("SELECT place >> 32, place & 0xffffffff, author, body FROM message ORDER BY place")
            .unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        all.query_map([], row).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn places_are_dense_in_each_conversation_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bare.db");
        let mut database = Database::open(&path).unwrap();
        let say = |conversation, author, body: &'static str| Message {
            conversation,
            author,
            body: body.as_bytes(),
        };
        database.append(vec![say(4, 4, "a"), say(2, 2, "b"), say(4, 5, "c")]).unwrap();
        database.append(vec![say(4, 4, "d"), say(2, 3, "e")]).unwrap();
        // It stands in the log or in the database, whichever; whoever opens it anew sees it all.
        let expected = [(2, 1, 2, "b"), (2, 2, 3, "e"), (4, 1, 4, "a"), (4, 2, 5, "c"), (4, 3, 4, "d")];
        let expected =
            expected.map(|(room, seq, author, body)| (room, seq, author, body.as_bytes().to_vec()));
        drop(database);
        let connection = Connection::open(&path).unwrap();
        assert_eq!(rows(&connection), expected);
        let lasts: Vec<(i64, i64)> = connection
            .prepare("SELECT id, last FROM conversation ORDER BY id")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(lasts, [(2, 2), (4, 3)]);
    }

    #[test]
    fn the_log_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bare.db");
        let mut database = Database::open(&path).unwrap();
        let body = vec![7; 100_000];
        for _ in 0..200 {
            database.append(vec![Message { conversation: 1, author: 1, body: &body }]).unwrap();
            database.take_in_the_log().unwrap();
        }
        let log = std::fs::metadata(folder.path().join("bare.db-wal")).unwrap().len();
        assert!(log < 10 << 20, "20 MB were written, and the log has {log} bytes");
        assert_eq!(rows(&database.connection).len(), 200);
    }
}
