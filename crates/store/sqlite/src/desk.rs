//! Where the writer works: its connection, the transaction that is open on it, and what it remembers.

use crate::OpenError;
use crate::folder::Folder;
use crate::open::writing_connection;
use crate::outcome::{Broken, Outcome, Stop};
use crate::rooms::Rooms;
use crate::schema;
use crate::turns::Turns;
use crate::wal::{self, Length, Noted};
use crate::watermarks::Reported;
use koine_metrics::catalogue::WAL_FAILURES;
use rusqlite::Connection;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use tokio::time::Instant;

/// What an operation that changes something is given.
pub(crate) struct Desk {
    /// The one connection that writes.
    pub(crate) connection: Connection,
    /// What is remembered of conversations.
    pub(crate) rooms: Rooms,
    /// The watermarks that wait to be written.
    pub(crate) reported: Arc<Reported>,
    /// How long the log has become.
    log: Length,
    /// When it is taken in.
    turns: Turns,
    /// The database is to be opened again, before anything else is done.
    is_lost: bool,
    /// Why the open transaction cannot be committed any more.
    broken: Option<Broken>,
}

impl Desk {
    pub(crate) fn new(mut connection: Connection, reported: Arc<Reported>) -> rusqlite::Result<Self> {
        let log = Length::of(&mut connection)?;
        Ok(Self {
            connection,
            rooms: Rooms::default(),
            reported,
            log,
            turns: Turns::default(),
            is_lost: false,
            broken: None,
        })
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) {
        if self.is_lost {
            self.spoil(Broken::Lost);
        }
        if self.connection.is_autocommit()
            && self.broken.is_none()
            && let Err(error) = self.execute("BEGIN IMMEDIATE")
        {
            self.broken = Some(Broken::Begin(Arc::new(error)));
        }
    }

    /// Says that the open transaction must not be committed.
    pub(crate) fn spoil(&mut self, why: Broken) {
        self.broken.get_or_insert(why);
    }

    /// Whether the open transaction can no longer be committed. SQLite rolls back by itself when a disk is full.
    pub(crate) fn is_broken(&mut self) -> bool {
        if self.broken.is_none() && self.connection.is_autocommit() {
            self.broken = Some(Broken::RolledBack);
        }
        self.broken.is_some()
    }

    /// Commits what was done since [`Desk::begin`], or takes it back.
    pub(crate) fn finish(&mut self) -> Result<(), Broken> {
        if self.broken.is_none()
            && !self.connection.is_autocommit()
            && let Err(error) = self.execute("COMMIT")
        {
            self.broken = Some(Broken::Commit(Arc::new(error)));
        }
        let Some(broken) = self.broken.take() else { return Ok(()) };
        self.rooms.clear();
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
        tracing::error!(error = &broken as &dyn std::error::Error, "changes were taken back");
        if matches!(broken, Broken::Commit(_)) {
            self.cover();
        }
        Err(broken)
    }

    /// Writes something harmless over what a commit that failed has left in the log: a process that starts would take it for
    /// committed. Where that fails as well, it has at least come into the log.
    fn cover(&mut self) {
        let covered = self
            .execute("BEGIN IMMEDIATE")
            .and_then(|()| schema::touch(&self.connection))
            .and_then(|()| self.execute("COMMIT"));
        if let Err(error) = covered {
            tracing::debug!(%error, "what a failed commit has left could not be covered for good");
        }
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    /// Takes the log into the database when it has become long. What is answered does not depend on it.
    pub(crate) fn take_in_the_log(&mut self) {
        let (pages, now) = (self.log.pages(), Instant::now());
        if self.is_lost || !self.turns.is_due(pages, now) {
            return;
        }
        match wal::take_in(&self.connection) {
            Ok(()) => self.turns.taken_in(pages),
            Err(error) => {
                tracing::error!(%error, pages, "the log was not taken into the database, which is opened again");
                WAL_FAILURES.count();
                self.turns.failed(pages, now);
                self.is_lost = true;
            }
        }
    }

    /// Whether the database is to be opened again, now.
    pub(crate) fn is_to_be_opened(&self) -> bool {
        self.is_lost && self.turns.may_open(Instant::now())
    }

    /// Opens the database again, so that nothing counts of what was to be synced. There must be no other connection.
    pub(crate) fn renew(&mut self, folder: &Folder) {
        let opened = self.reopen(folder);
        self.turns.tried_to_open(opened.is_ok(), Instant::now());
        match opened {
            Ok(()) => tracing::warn!("the database was opened again"),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the database is not opened again");
            }
        }
    }

    fn reopen(&mut self, folder: &Folder) -> Result<(), OpenError> {
        let failed = |source| OpenError::Database { database: folder.database(), source };
        // The last one to go would take the rest of the log into the database.
        wal::keep(&self.connection, true).map_err(failed)?;
        self.rooms.clear();
        self.connection = Connection::open_in_memory().map_err(failed)?;
        let mut connection = writing_connection(folder)?;
        // What a failed commit has left counts again from here on, or does not: what is committed behind it must not stand on
        // bytes that are in memory alone.
        wal::settle(&connection, folder)?;
        // Where nobody else has the database open, nothing of the log counts as taken in now.
        if Noted::of(&connection).map_err(failed)?.taken_in > 0 {
            wal::keep(&connection, true).map_err(failed)?;
            return Err(OpenError::Shared { database: folder.database() });
        }
        connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        self.log = Length::of(&mut connection).map_err(failed)?;
        self.connection = connection;
        self.is_lost = false;
        Ok(())
    }

    /// Takes the whole log into the database. Where that fails, the log stays for the next start.
    pub(crate) fn close_the_log(&self) {
        if self.is_lost {
            // Part of the log counts as taken in, and is not: only a start takes it in from its first page.
            if let Err(error) = wal::keep(&self.connection, true) {
                tracing::error!(%error, "the write-ahead log is not kept");
            }
            return;
        }
        let taken = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = taken {
            tracing::warn!(%error, "the write-ahead log was not taken into the database");
            if let Err(error) = wal::keep(&self.connection, true) {
                tracing::error!(%error, "the write-ahead log is not kept");
            }
        }
    }

    /// As if the log could not have been taken in.
    #[cfg(test)]
    pub(crate) fn lose(&mut self) {
        self.is_lost = true;
    }

    /// Does all of `operation` or nothing of it, within the transaction that is open.
    pub(crate) fn in_savepoint<T>(&mut self, operation: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.execute("SAVEPOINT job")?;
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| operation(self))).unwrap_or_else(|_| {
            self.rooms.clear();
            Err(Stop::Broken(Broken::Panicked))
        });
        let ended = match outcome {
            Ok(_) => self.execute("RELEASE job"),
            Err(_) if self.connection.is_autocommit() => Ok(()),
            Err(_) => self.execute("ROLLBACK TO job").and_then(|()| self.execute("RELEASE job")),
        };
        if ended.is_err() {
            self.spoil(Broken::RolledBack);
        }
        outcome
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }
}
