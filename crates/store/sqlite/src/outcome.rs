//! How an operation ends inside the backend, before the name of the attempt is put to its failure.

use koine_model::Refusal;
use koine_store::{Error, Failure};
use std::sync::Arc;

/// What an operation on a connection comes to.
pub(crate) type Outcome<T> = Result<T, Stop>;

/// Why an operation stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// It may not be.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// SQLite could not.
    #[error("SQLite could not")]
    Sqlite(#[from] rusqlite::Error),
    /// A file could not be read or written.
    #[error("the file could not be read or written")]
    File(#[from] std::io::Error),
    /// What the database holds makes no sense.
    #[error("a stored value makes no sense: {0}")]
    Damaged(&'static str),
    /// The numbers of a kind have all been given out.
    #[error("no number is left for {0}")]
    UsedUp(&'static str),
    /// Nothing was done, or it was all taken back.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// What befalls all changes of one transaction, or anything at a store that is closed.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The transaction did not begin.
    #[error("the transaction could not be begun")]
    Begin(#[source] Arc<rusqlite::Error>),
    /// The database could not be opened again after its disk had failed.
    #[error("the database could not be opened again")]
    Lost,
    /// The transaction did not reach the disk.
    #[error("the transaction could not be committed")]
    Commit(#[source] Arc<rusqlite::Error>),
    /// A statement among the transaction's made it void.
    #[error("the transaction was rolled back")]
    RolledBack,
    /// There is a mistake in this program.
    #[error("the operation panicked")]
    Panicked,
    /// The store was closed before.
    #[error("the store is closed")]
    Closed,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Stop {
    /// The error as the store's callers know it.
    pub(crate) fn attempting(self, attempt: &'static str) -> Error {
        match self {
            Self::Refused(refusal) => Error::Refused(refusal),
            other => Error::Failed(Failure::new(attempt, other)),
        }
    }
}
