//! `koine fsck`: whether everything in the data folder is as it must be, beside a running server or in a backup.

use super::alone::check_owner;
use super::shown::print;
use super::watch::Shown;
use crate::arguments::FsckArguments;
use crate::settings::Settings;
use anyhow::ensure;
use koine_store_sqlite::{Depth, Salvaged, check, salvage};
use std::path::Path;

/// Checks, and says what was found.
pub(crate) fn run(settings: &Settings, arguments: &FsckArguments) -> anyhow::Result<()> {
    let data = &settings.data;
    check_owner(data)?;
    if let Some(into) = &arguments.salvage {
        return save(data, into);
    }
    let depth = if arguments.quick { Depth::Sizes } else { Depth::Bytes };
    let mut shown = Shown::new(true);
    let verdict = check(data, depth, &mut shown);
    print(&shown.end().concat())?;
    let verdict = verdict?;
    let damages = verdict.damages;
    ensure!(damages == 0, "{} is damaged: {damages} findings", data.display());
    print(&format!("{} is sound: {} messages and acts\n", data.display(), verdict.entries))
}

/// Saves what can be read, and says what was lost.
fn save(data: &Path, into: &Path) -> anyhow::Result<()> {
    let mut shown = Shown::new(false);
    let saved = salvage(data, into, &mut shown);
    print(&shown.end().concat())?;
    let Salvaged { entries, lost, in_part, media, media_missing, verdict } = saved?;
    print(&format!(
        "{} messages and acts and {} media files were saved to {}; {lost} entries are lost and stand there as removed messages\n",
        entries.saturating_sub(lost),
        media,
        into.display()
    ))?;
    if in_part > 0 {
        print(&format!(
            "{in_part} tables could not be read to their end: more may be lost than is counted here\n"
        ))?;
    }
    ensure!(media_missing == 0, "{media_missing} media files are missing or damaged");
    let damages = verdict.damages;
    ensure!(damages == 0, "what was saved is still damaged: {damages} findings");
    Ok(())
}
