//! `koine restore`: bringing a backup back, where no server runs.

use super::alone::check_owner;
use super::shown::print;
use super::watch::Shown;
use crate::arguments::RestoreArguments;
use crate::settings::Settings;
use anyhow::ensure;
use koine_core::{Clock, SystemClock};
use koine_store_sqlite::{UpkeepError, restore};

/// Brings the backup back, and says what has come back.
pub(crate) fn run(settings: &Settings, arguments: &RestoreArguments) -> anyhow::Result<()> {
    let data = &settings.data;
    check_owner(data)?;
    let stamp = arguments.replace.then(|| stamp(SystemClock.now().0));
    let mut shown = Shown::new(false);
    let restored = restore(&arguments.from, data, stamp.as_deref(), arguments.force, &mut shown);
    print(&shown.end().concat())?;
    let restored = restored.map_err(|error| match error {
        UpkeepError::Damaged { .. } => anyhow::Error::new(error)
            .context("the backup was not restored (--force restores it nevertheless)"),
        other => other.into(),
    })?;
    let aside = restored
        .aside
        .map_or_else(String::new, |aside| format!("; what was there before is in {}", aside.display()));
    print(&format!(
        "{} was restored: {} messages and acts, {} media files{aside}\n",
        data.display(),
        restored.entries,
        restored.media
    ))?;
    let missing = restored.media_missing;
    ensure!(missing == 0, "{missing} media files are missing or damaged in the backup");
    Ok(())
}

/// A moment, in milliseconds since 1970, as the name of a folder.
fn stamp(milliseconds: i64) -> String {
    super::shown::moment(milliseconds).replace([':', '-'], "")
}
