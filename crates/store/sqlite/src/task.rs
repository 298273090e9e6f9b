//! A change on its way through the writer: the operation, its outcome, and who waits for it.

use crate::desk::Desk;
use crate::outcome::{Broken, Outcome, Stop};
use koine_store::Answer;
use std::panic::{self, AssertUnwindSafe};
use tokio::sync::oneshot;

/// A change whose type the writer need not know.
pub(crate) trait Work: Send {
    /// Does it, in the transaction that is open at the desk.
    fn run(&mut self, desk: &mut Desk);
    /// Answers: after the commit, or with the reason why there was none.
    fn deliver(self: Box<Self>, broken: Option<&Broken>);
}

/// How an operation is kept from leaving half of itself behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// By a savepoint.
    Savepoint,
    /// By itself: it checks everything before its first change, and spoils the transaction when that fails.
    Itself,
}

/// A change and who waits for it.
pub(crate) struct Task<T, F> {
    attempt: &'static str,
    guard: Guard,
    operation: Option<F>,
    outcome: Option<Outcome<T>>,
    waiting: oneshot::Sender<Answer<T>>,
}

impl<T, F> Task<T, F>
where
    T: Send,
    F: FnOnce(&mut Desk) -> Outcome<T> + Send,
{
    pub(crate) fn new(
        attempt: &'static str,
        guard: Guard,
        operation: F,
        waiting: oneshot::Sender<Answer<T>>,
    ) -> Self {
        Self { attempt, guard, operation: Some(operation), outcome: None, waiting }
    }
}

impl<T, F> Work for Task<T, F>
where
    T: Send,
    F: FnOnce(&mut Desk) -> Outcome<T> + Send,
{
    fn run(&mut self, desk: &mut Desk) {
        let Some(operation) = self.operation.take() else { return };
        self.outcome = Some(match self.guard {
            Guard::Savepoint => desk.in_savepoint(operation),
            Guard::Itself => panic::catch_unwind(AssertUnwindSafe(|| operation(desk))).unwrap_or_else(|_| {
                desk.spoil(Broken::Panicked);
                Err(Stop::Broken(Broken::Panicked))
            }),
        });
    }

    fn deliver(self: Box<Self>, broken: Option<&Broken>) {
        let outcome = match (broken, self.outcome) {
            (Some(broken), _) => Err(Stop::Broken(broken.clone())),
            (None, Some(outcome)) => outcome,
            (None, None) => Err(Stop::Broken(Broken::RolledBack)),
        };
        // Whoever went away meanwhile does not want to know.
        let _ = self.waiting.send(outcome.map_err(|stop| stop.attempting(self.attempt)));
    }
}
