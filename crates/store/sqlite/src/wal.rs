//! The write-ahead log: when it is taken into the database, and what is believed of it after a sync has failed.
//!
//! A system whose sync failed may forget what it has not written, go on showing it, and say that the next sync succeeded. So
//! nothing of what was to be synced then counts until it was written once more.
//!
//! - A commit that fails leaves whole frames in the log, which a process that starts would take for a commit. So they are
//!   written over at once (`Desk::finish`), and the next commit begins where they began.
//! - SQLite notes how much of the log it has taken into the database before it syncs the database, where somebody reads
//!   meanwhile. So after a failure all connections are closed and opened again (`Desk::renew`): then it begins anew.
//! - A process that starts may find a log that the system shows and the disk does not have: see [`settle`].

use crate::OpenError;
use crate::folder::Folder;
use rusqlite::Connection;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many pages the log has when it is taken into the database.
const PAGES: u32 = 1000;
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
        let told = length.clone();
        connection.wal_hook(Some(move |_: &mut _, pages| {
            told.0.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(length)
    }

    /// Whether it is time to take it into the database.
    pub(crate) fn is_long(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= PAGES
    }
}

/// Takes the log into the database, as far as nobody reads what it replaces.
pub(crate) fn take_in(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Puts the log on disk, whatever became of the syncs of the process that wrote it: it is written once more, byte for byte.
pub(crate) fn settle(connection: &Connection, folder: &Folder) -> Result<(), OpenError> {
    let database = folder.database();
    let failed = |source| OpenError::Database { database: database.clone(), source };
    // Another program, an operator's `sqlite3` say, writes nothing meanwhile.
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let log = log_of(&database);
    let rewritten = rewrite(&log).map_err(|source| OpenError::Log { log, source });
    connection.execute_batch("ROLLBACK").map_err(failed)?;
    rewritten
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

fn log_of(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}
