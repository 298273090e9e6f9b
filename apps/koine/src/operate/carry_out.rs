//! Carrying a request out over a core: the same in the running server and in a command that runs alone.

use super::wire::{Item, Line, Progress, Request};
use super::{accounts, invites, prune, sessions};
use koine_core::{Core, Error};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How many lines wait for whoever asked. Behind them the work waits too.
pub(super) const WAITING: usize = 64;

/// Where what is found goes, and whether anybody still wants it.
#[derive(Clone)]
pub(super) struct Report {
    lines: mpsc::Sender<Line>,
    stop: CancellationToken,
}

/// Why a request was not carried out to its end.
#[derive(Debug)]
pub(super) enum Problem {
    /// For whoever asked: a sentence.
    Told(String),
    /// It was to stop: what was not done, in a sentence.
    Stopped(String),
    /// Whoever asked has gone away.
    Gone,
}

impl Problem {
    pub(super) fn told(sentence: impl Into<String>) -> Self {
        Self::Told(sentence.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Told(refusal.to_string()),
            // It is logged as well: the operator may look there first.
            Error::Failed(failure) => {
                let failure = format!("{:#}", anyhow::Error::from(failure));
                tracing::error!(%failure, "an operator's command failed");
                Self::Told(failure)
            }
        }
    }
}

impl Report {
    /// Tells what was found. Waits for whoever asked, and ends the work when they have gone.
    pub(super) async fn item(&self, item: Item) -> Result<(), Problem> {
        self.lines.send(Line::Item(item)).await.map_err(|_| Problem::Gone)
    }

    /// Tells how far it is. Nobody waits for that: what comes too fast is left out.
    pub(super) fn progress(&self, progress: Progress) {
        let _ = self.lines.try_send(Line::Progress(progress));
    }

    /// Whether the work is to end where it can, with what was done until then: whoever asked has said so, or has gone away.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_cancelled() || self.lines.is_closed()
    }
}

/// Carries `request` out; what can stop half-way does so when `stop` is cancelled. The last line says how it ended.
pub(super) async fn carry_out(
    core: &Arc<Core>,
    request: Request,
    lines: mpsc::Sender<Line>,
    stop: CancellationToken,
) {
    let report = Report { lines, stop };
    let done = match request {
        Request::Account(request) => accounts::carry_out(core, request, &report).await,
        Request::Prune(request) => prune::carry_out(core, request, &report).await,
        Request::Sessions(request) => sessions::carry_out(core, request, &report).await,
        Request::Invite(request) => invites::carry_out(core, request, &report).await,
    };
    let last = match done {
        Ok(()) => Line::Done,
        Err(Problem::Told(why)) => Line::Failed(why),
        Err(Problem::Stopped(left)) => Line::Stopped(left),
        Err(Problem::Gone) => return,
    };
    // Whoever has gone away by now does not want to know.
    let _ = report.lines.send(last).await;
}
