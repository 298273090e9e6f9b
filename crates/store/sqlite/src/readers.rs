//! The connections that read, beside the writer and without waiting for it.

use crate::crew::Crew;
use crate::open::{Options, lasting_connection};
use crate::outcome::{Outcome, Stop};
use koine_model::Refusal;
use koine_store::Answer;
use rusqlite::{Connection, ErrorCode};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How many steps of SQLite's machine lie between two looks at the time: well under a millisecond of work.
const STEPS: i32 = 200;

/// A few connections, opened when they are first needed.
pub(crate) struct Readers {
    pool: Arc<Pool>,
    crew: Crew,
    /// One search reads at a time, by a thread of its own: the others are left to those who want little.
    searcher: Crew,
    /// Those that read and those that wait for it.
    searches: Arc<Semaphore>,
    search_time: Duration,
}

/// The connections, and whether they may be used.
pub(crate) struct Pool {
    database: PathBuf,
    idle: Mutex<Idle>,
    /// Whoever reads shares it; it is held alone while there must be no connection.
    gate: RwLock<()>,
}

/// Those that nobody uses.
#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    /// Whether the store ends: no connection may be left.
    closed: bool,
}

impl Readers {
    pub(crate) fn new(database: PathBuf, options: &Options) -> Self {
        let pool = Pool { database, idle: Mutex::default(), gate: RwLock::new(()) };
        let searches = Semaphore::new(options.searches.clamp(1, Semaphore::MAX_PERMITS));
        Self {
            pool: Arc::new(pool),
            crew: Crew::new(options.readers, options.waiting_reads),
            searcher: Crew::new(1, options.waiting_reads),
            searches: Arc::new(searches),
            search_time: options.search_time,
        }
    }

    /// Reads, in one transaction: everything that `operation` sees is of one moment.
    pub(crate) async fn read<T, F>(&self, attempt: &'static str, operation: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let pool = Arc::clone(&self.pool);
        self.crew.run(attempt, move || pool.read(operation)).await
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
        let pool = Arc::clone(&self.pool);
        self.searcher.run(attempt, move || pool.read(operation)).await
    }

    /// Reads when no other search does, and gives up with `Busy` when it takes too long.
    pub(crate) async fn search_briefly<T, F>(&self, attempt: &'static str, operation: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        let (pool, limit) = (Arc::clone(&self.pool), self.search_time);
        self.searcher.run(attempt, move || pool.read_within(limit, operation)).await
    }

    /// The connections themselves.
    pub(crate) fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.pool)
    }

    /// Ends reading.
    pub(crate) fn close(&self) {
        self.crew.dismiss();
        self.searcher.dismiss();
        let mut idle = self.pool.idle();
        idle.closed = true;
        idle.connections.clear();
    }
}

impl Pool {
    /// Does something while no reading connection is open. It waits for those who read, and they for it.
    pub(crate) fn without_readers<T>(&self, operation: impl FnOnce() -> T) -> T {
        let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.idle().connections.clear();
        operation()
    }

    /// Has those that are not in use give back memory.
    pub(crate) fn rest(&self) {
        let _gate = self.enter();
        // One after the other, and none of them while others wait for one.
        let count = self.idle().connections.len();
        for _ in 0..count {
            let Some(connection) = self.idle().connections.pop() else { return };
            give_back(&connection);
            let mut idle = self.idle();
            if !idle.closed {
                idle.connections.insert(0, connection);
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, operation: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let _gate = self.enter();
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
        let _gate = self.enter();
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
        let idle = self.idle().connections.pop();
        Ok(match idle {
            Some(connection) => connection,
            None => lasting_connection(&self.database)?,
        })
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle();
        // One whose transaction did not end is of no use to anybody.
        if connection.is_autocommit() && !idle.closed {
            idle.connections.push(connection);
        }
    }
}

/// Lets go of the pages that a connection keeps in memory and does not use.
pub(crate) fn give_back(connection: &Connection) {
    if let Err(error) = connection.execute_batch("PRAGMA shrink_memory") {
        tracing::debug!(%error, "a connection keeps its memory");
    }
}

fn read<T>(connection: &Connection, operation: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
    let transaction = connection.unchecked_transaction()?;
    operation(&transaction)
}
