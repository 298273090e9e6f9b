//! Opening a data folder: what can be chosen, what can go wrong, and how connections are set up.

use crate::folder::Folder;
use crate::wal;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What can be chosen about a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many reads go on at the same time, beside those of a search.
    pub readers: usize,
    /// How many of the changes that wait for the writer are made even when whoever asked has gone away meanwhile.
    /// Those behind them are forgotten with their callers, so that callers who come and go cannot make the queue long.
    pub certain: usize,
    /// How many changes may wait for the writer. What is beyond is refused as busy.
    pub waiting: usize,
    /// How many reads may wait for a thread. What is beyond is refused as busy. A connection reads one thing after the other, so that
    /// this is to be more than there may be connections.
    pub waiting_reads: usize,
    /// How many searches may be under way, of which one reads and the others wait for it. What is beyond is refused as busy.
    pub searches: usize,
    /// How long the reading of one search may take. One that takes longer is refused as busy.
    pub search_time: Duration,
    /// Is called by the writer's thread when nothing was changed for a second, and every few seconds from then on, once memory for pages of
    /// the database was let go of.
    pub when_quiet: fn(),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 3,
            certain: 1024,
            waiting: 8192,
            waiting_reads: 32_768,
            searches: 32,
            search_time: Duration::from_millis(500),
            when_quiet: || {},
        }
    }
}

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the data folder {} is in use by another process", folder.display())]
    InUse {
        /// Which folder.
        folder: PathBuf,
    },
    /// It is not there and cannot be made.
    #[error("the data folder {} cannot be created", folder.display())]
    Create {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing can be written in it.
    #[error("the data folder {} is not writable", folder.display())]
    Unwritable {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file system does not lock files.
    #[error("the data folder {} cannot be locked against other processes", folder.display())]
    Lock {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A backup was only half restored into it.
    #[error("the data folder {} was not restored to the end: run koine restore once more", folder.display())]
    Unrestored {
        /// Which folder.
        folder: PathBuf,
    },
    /// A newer program has written it.
    #[error("the database {} has schema {found}, and this program knows only {known}: use a newer one", database.display())]
    Newer {
        /// Which file.
        database: PathBuf,
        /// The version of its schema.
        found: u32,
        /// The newest version that is known here.
        known: u32,
    },
    /// It is no database, or a damaged one.
    #[error("the database {} cannot be opened", database.display())]
    Database {
        /// Which file.
        database: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// SQLite cannot have the file that it needs beside every database that is written through a log.
    #[error("the database {} cannot be opened, since SQLite can write no koine.db-shm beside it: the disk is full, or can only be read", database.display())]
    Beside {
        /// Which file.
        database: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The copy that is made before a change of schema could not be made.
    #[error("the database cannot be copied to {} before its schema changes", copy.display())]
    Backup {
        /// Where to.
        copy: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// After a failed sync the database must be opened anew by everybody at once, and somebody else does not let go of it.
    #[error("another program has the database {} open: nothing is changed until it has let go", database.display())]
    Shared {
        /// Which file.
        database: PathBuf,
    },
    /// What the last process has left in the log could not be put on disk.
    #[error("the log {} cannot be written", log.display())]
    Log {
        /// Which file.
        log: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A change of schema failed. The database is as it was.
    #[error("the database {} cannot be brought from schema {from} to {to} (the step to {step} failed), and is as it was{copy}", database.display())]
    Migrate {
        /// Which file.
        database: PathBuf,
        /// The version that it has.
        from: u32,
        /// The version that it should have.
        to: u32,
        /// The version to which the step leads that failed.
        step: u32,
        /// Where a copy of it lies.
        copy: Copied,
        /// Why. It does not hold the statements that change the schema.
        source: Box<rusqlite::Error>,
    },
    /// The folder for media cannot be made or cleaned.
    #[error("the media folder {} cannot be prepared", folder.display())]
    Media {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The system gives no thread.
    #[error("the writer's thread cannot be started")]
    Thread(#[source] std::io::Error),
}

/// Where the copy lies that was made before a change of schema, if one was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Copied(pub Option<PathBuf>);

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(copy) => write!(f, "; a copy of it is {}", copy.display()),
            None => Ok(()),
        }
    }
}

/// How long a connection waits for a lock that some other program (an operator's `sqlite3`) holds.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than there are statements.
const STATEMENTS: usize = 160;
/// How much of the database a connection has in its own memory at most, in KiB (a negative number, for SQLite). Whoever comes back to 1,000
/// conversations has the last page of each of them read more than once. It is given back when nothing happens.
const CACHE: i32 = -8192;

/// The connection that the writer will have. It keeps the log when it is closed until [`wal::settle`] was done. Its foreign keys are not enforced yet: a change of schema comes first.
pub(crate) fn writing_connection(folder: &Folder) -> Result<Connection, OpenError> {
    let database = folder.database();
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match Connection::open_with_flags(&database, flags) {
        Ok(connection) => connection,
        // Nothing beside it was asked for yet.
        Err(source) => return Err(OpenError::Database { database, source }),
    };
    let prepare = || -> rusqlite::Result<()> {
        // Before anything can fail: see `wal`.
        wal::keep(&connection, true)?;
        set_up(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 1000)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        connection.pragma_update(None, "foreign_keys", false)
    };
    match prepare() {
        Ok(()) => Ok(connection),
        Err(source) if is_beside(&source) => Err(OpenError::Beside { database, source }),
        Err(source) => Err(OpenError::Database { database, source }),
    }
}

/// Whether SQLite could not have the file beside the database through which its readers and its writer know of each other.
pub(crate) fn is_beside(error: &rusqlite::Error) -> bool {
    let of_it = [ffi::SQLITE_IOERR_SHMOPEN, ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_SHMMAP];
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            failure.code == ErrorCode::CannotOpen || of_it.contains(&failure.extended_code)
        }
        _ => false,
    }
}

/// A connection that cannot change anything.
pub(crate) fn reading_connection(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    set_up(&connection)?;
    Ok(connection)
}

/// The same for one that is used again and again. It has read the schema, which whoever looks at a damaged file cannot.
pub(crate) fn lasting_connection(database: &Path) -> rusqlite::Result<Connection> {
    let connection = reading_connection(database)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise SQLite looks at the values that a statement is given, and plans it anew whenever they change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
