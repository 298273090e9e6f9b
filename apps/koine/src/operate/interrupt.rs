//! Stopping a command half-way: by Ctrl-C, or by SIGTERM as a timer of the system sends it.

use anyhow::Context;
use std::fmt;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The command was stopped, and says what is left to do.
#[derive(Debug)]
pub(crate) struct Interrupted {
    by: Sent,
    left: String,
}

/// What a process was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sent {
    Interrupt,
    Terminate,
}

/// The signals that mean stop. Where they are not listened for, they end the process as ever.
pub(super) struct Signals(Option<(Signal, Signal)>);

impl Signals {
    /// Listens for them where the command can stop half-way.
    pub(super) fn listen(can_stop: bool) -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        Ok(Self(match can_stop {
            true => Some((listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)),
            false => None,
        }))
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Sent {
        let Some((interrupt, terminate)) = &mut self.0 else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => Sent::Interrupt,
            _ = terminate.recv() => Sent::Terminate,
        }
    }
}

impl Interrupted {
    pub(super) fn new(by: Sent, left: impl Into<String>) -> Self {
        Self { by, left: left.into() }
    }

    /// It was stopped once more, before it had ended.
    pub(super) fn unheard(by: Sent) -> Self {
        Self::new(by, "what was under way was not waited for, so that it is not known what was done")
    }

    /// The exit code that shells expect of it: 128 and the number of the signal.
    pub(crate) fn code(&self) -> u8 {
        match self.by {
            Sent::Interrupt => 130,
            Sent::Terminate => 143,
        }
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped: {}", self.left)
    }
}

impl std::error::Error for Interrupted {}
