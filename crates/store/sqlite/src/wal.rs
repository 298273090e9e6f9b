//! The write-ahead log: when it is taken into the database, and what is believed of it after a sync has failed.
//!
//! A system whose sync failed may forget what it has not written, go on showing it, and say that the next sync succeeded. So
//! nothing of what was to be synced then counts until it was written once more.
//!
//! - A commit that fails leaves whole frames in the log, which a process that starts would take for a commit. So they are
//!   written over at once (`Desk::finish`), and the next commit begins where they began.
//! - SQLite notes how much of the log it has taken into the database before it syncs the database, where somebody reads
//!   meanwhile. So after a failure all connections are closed and opened again (`Ground::renew`): then it begins anew.
//! - That holds only where no other process has the database open, whose memory keeps the note alive: see [`Noted`].
//! - A process that starts may find a log that the system shows and the disk does not have: see [`settle`]. Until that is done no
//!   connection takes the log into the database, not even by being closed.

use crate::OpenError;
use crate::folder::Folder;
use koine_metrics::catalogue::WAL_PAGES;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is written once more at a time, in bytes.
const BUFFER: usize = 256 << 10;

/// How long the log is.
#[derive(Clone, Default)]
pub(crate) struct Length(Arc<AtomicU32>);

impl Length {
    /// Is told by `connection` after each commit from now on, instead of its taking the log into the database by itself: that
    /// would not say what went wrong.
    pub(crate) fn of(connection: &mut Connection) -> rusqlite::Result<Self> {
        let length = Self::default();
        length.tell(Noted::of(connection)?.pages);
        let told = length.clone();
        connection.wal_hook(Some(move |_: &mut _, pages| {
            told.tell(u32::try_from(pages).unwrap_or(0));
            Ok(())
        }))?;
        Ok(length)
    }

    fn tell(&self, pages: u32) {
        self.0.store(pages, Ordering::Relaxed);
        WAL_PAGES.set(pages.into());
    }

    /// How many pages it has.
    pub(crate) fn pages(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What SQLite has noted of the log, in memory that all processes share which have the database open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Noted {
    /// How many pages it has.
    pub(crate) pages: u32,
    /// How many of them are said to be in the database.
    pub(crate) taken_in: u32,
}

impl Noted {
    /// What is noted now.
    pub(crate) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| {
            // There are -1 pages where there is no log.
            let pages = |number: i64| u32::try_from(number).unwrap_or(0);
            Ok(Self { pages: pages(row.get(1)?), taken_in: pages(row.get(2)?) })
        })
    }
}

/// Takes the log into the database, as far as nobody reads what it replaces.
pub(crate) fn take_in(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Whether the last connection that is closed leaves the log as it is, instead of taking it into the database.
pub(crate) fn keep(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep).map(drop)
}

/// Puts the log on disk, whatever became of the syncs of the process that wrote it: it is written once more, byte for byte. Until
/// that is done, closing the connection keeps the log.
pub(crate) fn settle(connection: &Connection, folder: &Folder) -> Result<(), OpenError> {
    let database = folder.database();
    let failed = |source| OpenError::Database { database: database.clone(), source };
    keep(connection, true).map_err(failed)?;
    // Another program, an operator's `sqlite3` say, writes nothing meanwhile.
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let log = log_of(&database);
    let rewritten = rewrite(&log).map_err(|source| OpenError::Log { log, source });
    connection.execute_batch("ROLLBACK").map_err(failed)?;
    rewritten?;
    keep(connection, false).map_err(failed)
}

fn rewrite(log: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut buffer = vec![0; BUFFER];
    let mut place = 0;
    loop {
        file.seek(SeekFrom::Start(place))?;
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        file.seek(SeekFrom::Start(place))?;
        file.write_all(bytes)?;
        place += u64::try_from(read).unwrap_or(0);
    }
    file.sync_all()
}

/// Where the log of a database lies.
pub(crate) fn log_of(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}
