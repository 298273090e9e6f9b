//! Carrying a command out where no server runs: the command opens the store itself, for as long as it takes.

use super::ask::hear;
use super::carry_out::{WAITING, carry_out as carry};
use super::shown::Shown;
use super::wire::Request;
use crate::serve;
use crate::settings::Settings;
use koine_core::Surroundings;
use koine_store_sqlite::SqliteStore;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tokio::sync::mpsc;

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
    shown: &mut dyn Shown,
) -> anyhow::Result<()> {
    let core = serve::core(settings, store, Surroundings::default())?;
    let (lines, mut waiting) = mpsc::channel(WAITING);
    let showing = async {
        let mut heard = Ok(None);
        while let Some(line) = waiting.recv().await {
            heard = hear(line, shown);
            if !matches!(heard, Ok(None)) {
                break;
            }
        }
        // Nothing more is shown: the work is told so, and ends where it can.
        drop(waiting);
        heard
    };
    let ((), heard) = tokio::join!(carry(&core, request, lines), showing);
    core.close().await;
    match heard? {
        Some(()) => shown.end(),
        None => anyhow::bail!("the command ended without an answer"),
    }
}
