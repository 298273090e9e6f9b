//! `koine backup`: a copy of everything, made beside a running server.

use super::alone::check_owner;
use super::shown::print;
use super::watch::Shown;
use crate::arguments::BackupArguments;
use crate::settings::Settings;
use anyhow::ensure;
use koine_store_sqlite::{BackedUp, UpkeepError, back_up};

/// Makes the backup, and says what is in it.
pub(crate) fn run(settings: &Settings, arguments: &BackupArguments) -> anyhow::Result<()> {
    check_owner(&settings.data)?;
    let mut shown = Shown::new(false);
    let made = back_up(&settings.data, &arguments.into, arguments.force, &mut shown);
    let found = shown.end().concat();
    print(&found)?;
    let made = made.map_err(|error| match error {
        UpkeepError::Damaged { .. } => anyhow::Error::new(error)
            .context("no backup was made (--force makes one nevertheless, and koine fsck tells more)"),
        other => other.into(),
    })?;
    let BackedUp { entries, database_bytes, media, media_bytes, media_kept, media_missing } = made;
    print(&format!(
        "the backup in {} is whole: {entries} messages and acts, a database of {database_bytes} bytes, {media} media files of {media_bytes} bytes ({media_kept} of them were there before)\n",
        arguments.into.display()
    ))?;
    ensure!(
        media_missing == 0,
        "{media_missing} media files are missing or damaged in {}, and so are not in the backup",
        settings.data.display()
    );
    Ok(())
}
