//! Where the writer works: its connection, the transaction that is open on it, and what it remembers.

use crate::ground::Ground;
use crate::outcome::{Broken, Outcome, Stop};
use crate::rooms::Rooms;
use crate::schema;
use crate::statements::Statements;
use crate::turns::Turns;
use crate::wal::{self, Length};
use crate::watermarks::Reported;
use koine_metrics::catalogue::WAL_FAILURES;
use rusqlite::Connection;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use tokio::time::Instant;

/// What an operation that changes something is given.
pub(crate) struct Desk<'g> {
    /// The one connection that writes.
    pub(crate) connection: &'g Connection,
    /// What stays prepared on it.
    pub(crate) statements: Statements<'g>,
    /// What is remembered of conversations.
    pub(crate) rooms: Rooms,
    /// The watermarks that wait to be written.
    pub(crate) reported: Arc<Reported>,
    /// How long the log has become.
    log: &'g Length,
    /// When it is taken in.
    turns: &'g mut Turns,
    /// The database is to be opened again, before anything else is done.
    is_lost: &'g mut bool,
    /// Why the open transaction cannot be committed any more.
    broken: Option<Broken>,
}

impl<'g> Desk<'g> {
    pub(crate) fn new(ground: &'g mut Ground, reported: Arc<Reported>) -> Self {
        let Ground { connection, log, turns, is_lost } = ground;
        Self {
            connection,
            statements: Statements::default(),
            rooms: Rooms::default(),
            reported,
            log,
            turns,
            is_lost,
            broken: None,
        }
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) {
        if *self.is_lost {
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
            .and_then(|()| schema::touch(self.connection))
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
        if *self.is_lost || !self.turns.is_due(pages, now) {
            return;
        }
        match wal::take_in(self.connection) {
            Ok(()) => self.turns.taken_in(pages),
            Err(error) => {
                tracing::error!(%error, pages, "the log was not taken into the database, which is opened again");
                WAL_FAILURES.count();
                self.turns.failed(pages, now);
                *self.is_lost = true;
            }
        }
    }

    /// Whether the database is to be opened again, now.
    pub(crate) fn is_to_be_opened(&self) -> bool {
        *self.is_lost && self.turns.may_open(Instant::now())
    }

    /// As if the log could not have been taken in.
    #[cfg(test)]
    pub(crate) fn lose(&mut self) {
        *self.is_lost = true;
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
