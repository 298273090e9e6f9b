//! What the writer's desk stands on: the connection, which is opened again when a sync has failed, and its log.

use crate::OpenError;
use crate::folder::Folder;
use crate::open::writing_connection;
use crate::turns::Turns;
use crate::wal::{self, Length, Noted};
use rusqlite::Connection;
use tokio::time::Instant;

/// The connection that writes, and what is known of its log.
pub(crate) struct Ground {
    pub(crate) connection: Connection,
    /// How long the log has become.
    pub(crate) log: Length,
    /// When it is taken in.
    pub(crate) turns: Turns,
    /// The database is to be opened again, before anything else is done.
    pub(crate) is_lost: bool,
}

impl Ground {
    pub(crate) fn new(mut connection: Connection) -> rusqlite::Result<Self> {
        let log = Length::of(&mut connection)?;
        Ok(Self { connection, log, turns: Turns::default(), is_lost: false })
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
        // What stood on it is gone with the desk: what is remembered of conversations, and what was prepared.
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
}
