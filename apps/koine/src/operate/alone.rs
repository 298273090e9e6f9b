//! Carrying a command out where no server runs: the command opens the store itself, for as long as it takes.

use super::carry_out::{WAITING, carry_out as carry};
use super::interrupt::{Interrupted, Sent, Signals};
use super::screen::Screen;
use super::wire::Request;
use crate::serve;
use crate::settings::Settings;
use koine_core::{Core, Surroundings};
use koine_store_sqlite::SqliteStore;
use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Refuses data of another user: files that this one makes there could not be opened by the server later.
pub(super) fn check_owner(folder: &Path) -> anyhow::Result<()> {
    // What cannot be looked at, the store will complain about.
    let owner = std::fs::metadata(folder).ok().map(|found| found.uid());
    let own = std::fs::metadata("/proc/self").ok().map(|found| found.uid());
    match (owner, own) {
        (Some(owner), Some(own)) if owner != own => anyhow::bail!(
            "the data folder {} belongs to user {owner}, and this is user {own}: run the command as the user as whom the server runs",
            folder.display()
        ),
        _ => Ok(()),
    }
}

/// Carries `request` out over `store`, and lets go of it.
pub(super) async fn carry_out(
    store: SqliteStore,
    settings: &Settings,
    request: Request,
    mut screen: Screen<'_>,
) -> anyhow::Result<()> {
    // Whoever stops it before, stops a store that is opened, which may take minutes: that ends as by a kill.
    let mut signals = Signals::listen(request.can_stop())?;
    let core = serve::core(settings, store, Surroundings::default())?;
    let (lines, mut waiting) = mpsc::channel(WAITING);
    let (stop, hurry, sent) = (CancellationToken::new(), CancellationToken::new(), Cell::new(None));
    let showing = async {
        let mut heard = Ok(false);
        loop {
            tokio::select! {
                line = waiting.recv() => {
                    let Some(line) = line else { break };
                    heard = screen.hear(line, sent.get());
                    if !matches!(heard, Ok(false)) {
                        break;
                    }
                }
                by = signals.next() => {
                    if sent.replace(Some(by)).is_some() {
                        hurry.cancel();
                    } else {
                        screen.stopping();
                        stop.cancel();
                    }
                }
            }
        }
        // Nothing more is shown: the work is told so, and ends where it can.
        drop(waiting);
        heard
    };
    let work = async { tokio::join!(carry(&core, request, lines, stop.clone()), showing) };
    let ((), heard) = tokio::select! {
        done = work => done,
        // A kill would do no more harm: whatever is not committed is not there.
        () = hurry.cancelled() => {
            leave(core);
            return Err(Interrupted::unheard(sent.get().unwrap_or(Sent::Interrupt)).into());
        }
    };
    tokio::select! {
        () = core.close() => {}
        // What was done is on the disk by now, and only the store's end is waited for.
        _ = signals.next() => leave(core),
    }
    match heard? {
        true => screen.end(),
        false => anyhow::bail!("the command ended without an answer"),
    }
}

/// Ends without waiting for the store: whoever lets go of that waits for what its writer is at.
fn leave(core: Arc<Core>) {
    std::mem::forget(core);
}
