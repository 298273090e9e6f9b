//! The connections that read, beside the writer and without waiting for it.

use crate::open::{Options, reading_connection};
use crate::outcome::{Broken, Outcome, Stop};
use koine_model::Refusal;
use koine_store::{Answer, Failure};
use rusqlite::{Connection, ErrorCode};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// How many steps of SQLite's machine lie between two looks at the time: well under a millisecond of work.
const STEPS: i32 = 200;

/// A few connections, opened when they are first needed.
pub(crate) struct Readers {
    pool: Arc<Pool>,
    permits: Arc<Semaphore>,
    /// One search reads at a time, so that all other readers are left to those who want little.
    turn: Arc<Semaphore>,
    /// Those that read and those that wait for it.
    searches: Arc<Semaphore>,
    search_time: Duration,
}

struct Pool {
    database: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(database: PathBuf, options: &Options) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            pool: Arc::new(Pool { database, idle: Mutex::new(Vec::new()) }),
            permits: semaphore(options.readers),
            turn: semaphore(1),
            searches: semaphore(options.searches),
            search_time: options.search_time,
        }
    }

    /// Reads, in one transaction: everything that `operation` sees is of one moment.
    pub(crate) async fn read<T, F>(&self, attempt: &'static str, operation: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let permit = permit(&self.permits, attempt).await?;
        self.run(attempt, permit, None, operation).await
    }

    /// A place among those who search, to be kept until the search is over. `Busy` when there is none.
    pub(crate) fn admit_search(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.searches).try_acquire_owned().map_err(|_| Refusal::Busy)
    }

    /// Reads when no other search does, for as long as it takes.
    pub(crate) async fn search<T, F>(&self, attempt: &'static str, operation: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let permits = (permit(&self.turn, attempt).await?, permit(&self.permits, attempt).await?);
        self.run(attempt, permits, None, operation).await
    }

    /// Reads when no other search does, and gives up with `Busy` when it takes too long.
    pub(crate) async fn search_briefly<T, F>(&self, attempt: &'static str, operation: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let permits = (permit(&self.turn, attempt).await?, permit(&self.permits, attempt).await?);
        self.run(attempt, permits, Some(self.search_time), operation).await
    }

    async fn run<T, F, P>(
        &self,
        attempt: &'static str,
        permits: P,
        limit: Option<Duration>,
        operation: F,
    ) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
        P: Send + 'static,
    {
        let pool = Arc::clone(&self.pool);
        let reading = spawn_blocking(move || {
            // The permits stay here when the caller goes away: they count connections, not callers.
            let _permits = permits;
            match limit {
                None => pool.read(operation),
                Some(limit) => pool.read_within(limit, operation),
            }
        });
        match reading.await {
            Ok(outcome) => outcome.map_err(|stop| stop.attempting(attempt)),
            Err(error) => Err(Failure::new(attempt, error).into()),
        }
    }

    /// Ends reading.
    pub(crate) fn close(&self) {
        self.turn.close();
        self.permits.close();
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Pool {
    fn read<T>(&self, operation: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let connection = self.take()?;
        let outcome = read(&connection, operation);
        self.put_back(connection);
        outcome
    }

    /// The same, where SQLite asks now and then whether it is to go on.
    fn read_within<T>(
        &self,
        limit: Duration,
        operation: impl FnOnce(&Connection) -> Outcome<T>,
    ) -> Outcome<T> {
        let mut connection = self.take()?;
        let deadline = Instant::now() + limit;
        connection.progress_handler(STEPS, Some(move || Instant::now() >= deadline))?;
        let outcome = read(&connection, operation);
        connection.progress_handler(STEPS, None::<fn() -> bool>)?;
        self.put_back(connection);
        match outcome {
            Err(Stop::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) =>
            {
                Err(Refusal::Busy.into())
            }
            outcome => outcome,
        }
    }

    fn take(&self) -> Outcome<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(match idle {
            Some(connection) => connection,
            None => reading_connection(&self.database)?,
        })
    }

    fn put_back(&self, connection: Connection) {
        // One whose transaction did not end is of no use to anybody.
        if connection.is_autocommit() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

fn read<T>(connection: &Connection, operation: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
    let transaction = connection.unchecked_transaction()?;
    operation(&transaction)
}

async fn permit(semaphore: &Arc<Semaphore>, attempt: &'static str) -> Answer<OwnedSemaphorePermit> {
    let closed = |_| Failure::new(attempt, Stop::Broken(Broken::Closed)).into();
    Arc::clone(semaphore).acquire_owned().await.map_err(closed)
}
