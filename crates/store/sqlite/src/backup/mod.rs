//! Copies of a data folder that are made beside a running server, and bringing them back.
//!
//! A backup is a folder: a file that says what it is, the database, and the media that it names. The database has its name only
//! when everything that belongs to it is on disk: until then, the one from before has it, with all that belongs to that.
//! Uploads that were not finished are left out.

pub(crate) mod media;
mod restore;
mod snapshot;

pub use restore::{Restored, restore};

use crate::check::{self, Depth};
use crate::copy::remove;
use crate::folder::{self, Folder};
use crate::hold::Hold;
use crate::open::reading_connection;
use crate::upkeep::{UpkeepError, Watch, database, file};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What a backup holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BackedUp {
    /// How many messages and acts.
    pub entries: u64,
    /// How many bytes the database has.
    pub database_bytes: u64,
    /// How many media files.
    pub media: u64,
    /// How many bytes they have.
    pub media_bytes: u64,
    /// How many of these files were there from an earlier backup.
    pub media_kept: u64,
    /// How many are missing, since the data folder has them no more, or damaged: `watch` was told which.
    pub media_missing: u64,
}

/// By this file a backup is known.
const MARK: &str = "koine-backup";
const MARK_TEXT: &str = "This folder is a backup that koine has made. `koine restore` brings it back; `koine fsck --data` checks it.
It is whole when there is a file koine.db in it. Another `koine backup` into this folder replaces it, and copies new media only.
";
/// The database's name until everything is on disk.
const UNFINISHED: &str = "koine.db.unfinished";

/// Copies the data folder `data` into the folder `into`, which is made, or is an earlier backup.
///
/// What was acknowledged before this began is in the backup. It takes what it needs of one moment, and never waits for the server
/// nor makes the server wait. A copy in which the check finds damage is thrown away, unless `force` says to keep it.
///
/// # Errors
///
/// When the backup is not whole; what was there before is there still.
pub fn back_up(
    data: &Path,
    into: &Path,
    force: bool,
    watch: &mut dyn Watch,
) -> Result<BackedUp, UpkeepError> {
    let source = Folder::at(data).database();
    if !source.is_file() {
        return Err(UpkeepError::NoData { folder: data.to_owned() });
    }
    let target = prepare(data, into)?;
    let _lock = target.lock()?;
    mark(into)?;
    // Before the database is read: what it names then is there, and stays until it is copied.
    let _hold = Hold::keep(data).map_err(file("hold the media of", data))?;
    let unfinished = into.join(UNFINISHED);
    let copied = snapshot::copy(&source, &unfinished, |_| Ok(()), watch)
        .and_then(|()| complete(data, into, &unfinished, force, watch));
    if copied.is_err() {
        // Without its name it is nothing, and it may be what fills the disk.
        let _ = remove(&unfinished);
    }
    copied
}

/// Whether this folder is a backup that was finished.
pub(crate) fn is_backup(folder: &Path) -> Result<bool, UpkeepError> {
    let has = |name: &str| folder.join(name).is_file();
    match (has(MARK), has("koine.db")) {
        (true, false) => Err(UpkeepError::Unfinished { folder: folder.to_owned() }),
        (is_marked, _) => Ok(is_marked),
    }
}

fn complete(
    data: &Path,
    into: &Path,
    unfinished: &Path,
    force: bool,
    watch: &mut dyn Watch,
) -> Result<BackedUp, UpkeepError> {
    let verdict = check::check_database(into, unfinished, Depth::Rows, watch)?;
    if verdict.damages > 0 && !force {
        return Err(UpkeepError::Damaged { folder: data.to_owned(), damages: verdict.damages });
    }
    let connection = reading_connection(unfinished).map_err(database("open", unfinished))?;
    let blobs = media::list(&connection, data)?;
    drop(connection);
    let (media, named) = media::copy(blobs, data, into, watch)?;
    let finished = Folder::at(into).database();
    fs::rename(unfinished, &finished).map_err(file("give its name to", &finished))?;
    folder::sync(into).map_err(file("write", into))?;
    // Only now nothing needs what the earlier backup has named.
    media::remove_others(into, &named)?;
    let database_bytes = fs::metadata(&finished).map_err(file("look at", &finished))?.len();
    Ok(BackedUp { entries: verdict.entries, database_bytes, ..media })
}

/// The folder of the backup: a new one, an empty one, or one from before.
fn prepare(data: &Path, into: &Path) -> Result<Folder, UpkeepError> {
    match fs::read_dir(into) {
        Ok(mut entries) => {
            if entries.next().is_some() && !into.join(MARK).is_file() {
                return Err(UpkeepError::Foreign { folder: into.to_owned() });
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(file("read", into)(error)),
    }
    for left in ["koine.db-wal", "koine.db-journal"] {
        // Whoever opens the new backup would take that for a part of it.
        if fs::metadata(into.join(left)).is_ok_and(|found| found.len() > 0) {
            return Err(UpkeepError::Used { folder: into.to_owned() });
        }
    }
    let is_new = !into.exists();
    let folder = Folder::prepare(into)?;
    if let Err(error) = keep_apart(data, into) {
        if is_new {
            // It was made to know where it is.
            let _ = fs::remove_dir(into);
        }
        return Err(error);
    }
    Ok(folder)
}

/// Neither folder may lie in the other.
pub(crate) fn keep_apart(one: &Path, other: &Path) -> Result<(), UpkeepError> {
    let real =
        |path: &Path| -> Result<PathBuf, UpkeepError> { path.canonicalize().map_err(file("find", path)) };
    let (real_one, real_other) = (real(one)?, real(other)?);
    if real_one.starts_with(&real_other) || real_other.starts_with(&real_one) {
        return Err(UpkeepError::Entangled { one: one.to_owned(), other: other.to_owned() });
    }
    Ok(())
}

fn mark(into: &Path) -> Result<(), UpkeepError> {
    let path = into.join(MARK);
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(MARK_TEXT.as_bytes())?;
        file.sync_all()?;
        folder::sync(into)
    };
    write().map_err(file("write", &path))
}
