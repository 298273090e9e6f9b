//! Where the writer works: its connection, the transaction that is open on it, and what it remembers.

use crate::outcome::{Broken, Outcome, Stop};
use crate::rooms::Rooms;
use crate::watermarks::Reported;
use rusqlite::Connection;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

/// What an operation that changes something is given.
pub(crate) struct Desk {
    /// The one connection that writes.
    pub(crate) connection: Connection,
    /// What is remembered of conversations.
    pub(crate) rooms: Rooms,
    /// The watermarks that wait to be written.
    pub(crate) reported: Arc<Reported>,
    /// Why the open transaction cannot be committed any more.
    broken: Option<Broken>,
}

impl Desk {
    pub(crate) fn new(connection: Connection, reported: Arc<Reported>) -> Self {
        Self { connection, rooms: Rooms::default(), reported, broken: None }
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) {
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
        Err(broken)
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
