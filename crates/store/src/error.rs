//! Two kinds of no.

use koine_model::Refusal;
use std::error::Error as StdError;

/// What a store method answers.
pub type Answer<T> = Result<T, Error>;

/// Why a store method did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may not be, and the client may know why.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// It could not be done.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What went wrong inside, for the log alone.
#[derive(Debug, thiserror::Error)]
#[error("cannot {attempt}")]
pub struct Failure {
    attempt: &'static str,
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    /// `attempt` names what was tried, such as "append a message".
    pub fn new(attempt: &'static str, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { attempt, cause: cause.into() }
    }
}
