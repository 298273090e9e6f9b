//! Being stopped by a signal: whoever presses Ctrl-C gets neither a server that runs on nor a folder full of messages.
//!
//! A signal only leaves its number. Waiting for what comes ends by it, [`check`] fails, and on its way out everything that was started or made is
//! taken away as after any other failure. A second signal does not wait for that.

use anyhow::{Context, bail};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The number of the signal that came; 0 while none has. There is one for the process, as signals are sent to processes.
static CAME: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Has Ctrl-C and SIGTERM end this program in order.
pub(crate) fn listen() -> anyhow::Result<()> {
    let came = CAME.get_or_init(Arc::default);
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first one finds nothing that ends it at once.
        flag::register_conditional_default(signal, again.clone())
            .and_then(|_| flag::register(signal, again.clone()))
            .and_then(|_| flag::register_usize(signal, came.clone(), usize::try_from(signal).unwrap_or(0)))
            .context("signals cannot be listened for")?;
    }
    Ok(())
}

/// Fails once a signal has come.
pub(crate) fn check() -> anyhow::Result<()> {
    if code().is_some() {
        bail!("it was stopped");
    }
    Ok(())
}

/// The exit code that shells expect of whoever was stopped: 128 and the number of the signal.
pub(crate) fn code() -> Option<u8> {
    let signal = CAME.get().map_or(0, |came| came.load(Ordering::Relaxed));
    u8::try_from(signal).ok().filter(|signal| *signal > 0).map(|signal| 128 + signal)
}
