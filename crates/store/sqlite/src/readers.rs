//! The connections that read, beside the writer and without waiting for it.

use crate::open::reading_connection;
use crate::outcome::{Broken, Outcome, Stop};
use koine_store::{Answer, Failure};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// A few connections, opened when they are first needed.
pub(crate) struct Readers {
    pool: Arc<Pool>,
    permits: Arc<Semaphore>,
}

struct Pool {
    database: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(database: PathBuf, readers: usize) -> Self {
        let pool = Pool { database, idle: Mutex::new(Vec::new()) };
        Self { pool: Arc::new(pool), permits: Arc::new(Semaphore::new(readers.max(1))) }
    }

    /// Reads, in one transaction: everything that `operation` sees is of one moment.
    pub(crate) async fn read<T, F>(&self, attempt: &'static str, operation: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let closed = || Failure::new(attempt, Stop::Broken(Broken::Closed));
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| closed())?;
        let pool = Arc::clone(&self.pool);
        let reading = spawn_blocking(move || {
            // The permit stays here when the caller goes away: it counts connections, not callers.
            let _permit = permit;
            pool.read(operation)
        });
        match reading.await {
            Ok(outcome) => outcome.map_err(|stop| stop.attempting(attempt)),
            Err(error) => Err(Failure::new(attempt, error).into()),
        }
    }

    /// Ends reading.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Pool {
    fn read<T>(&self, operation: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => reading_connection(&self.database)?,
        };
        let transaction = connection.unchecked_transaction()?;
        let outcome = operation(&transaction);
        drop(transaction);
        if connection.is_autocommit() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        outcome
    }
}
