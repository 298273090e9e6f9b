//! Stopping a command half-way: by Ctrl-C, by SIGTERM as a timer of the system sends it, or by the end of its terminal.

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
    HangUp,
}

/// The signals that mean stop. Where they are not listened for, they end the process as ever.
pub(super) struct Signals(Option<Heard>);

struct Heard {
    interrupt: Signal,
    terminate: Signal,
    /// `None` under `nohup`.
    hang_up: Option<Signal>,
}

impl Signals {
    /// Listens for them where the command can stop half-way.
    pub(super) fn listen(can_stop: bool) -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        if !can_stop {
            return Ok(Self(None));
        }
        Ok(Self(Some(Heard {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: if outlives_its_terminal() { None } else { Some(listen(SignalKind::hangup())?) },
        })))
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Sent {
        let Some(Heard { interrupt, terminate, hang_up }) = &mut self.0 else {
            return std::future::pending().await;
        };
        let hung_up = async {
            match hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => Sent::Interrupt,
            _ = terminate.recv() => Sent::Terminate,
            _ = hung_up => Sent::HangUp,
        }
    }
}

/// Whether it was started so that the end of its terminal does not end it: listening would make it hear that again.
fn outlives_its_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // One bit for each signal, and SIGHUP is the first.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
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
            Sent::HangUp => 129,
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
