//! Bringing a backup back into a data folder.
//!
//! The folder need not be empty, since it may be where a disk is mounted. From the first step to the last a file in it says that it is
//! not whole, so that no server takes what is half there for all there is.

use super::{media, snapshot};
use crate::OpenError;
use crate::check::{self, Depth};
use crate::copy::remove;
use crate::epoch;
use crate::folder::{self, Folder};
use crate::hold::Hold;
use crate::open::reading_connection;
use crate::upkeep::{UpkeepError, Watch, database, file};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What was brought back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Restored {
    /// How many messages and acts.
    pub entries: u64,
    /// How many media files.
    pub media: u64,
    /// How many of them are missing or damaged in the backup: `watch` was told which.
    pub media_missing: u64,
    /// Where what was in the folder before lies now.
    pub aside: Option<PathBuf>,
}

/// What belongs to the data of a server, and is moved aside.
const DATA: &[&str] = &["koine.db", "koine.db-wal", "koine.db-shm", "koine.db-journal", "media"];
/// What would be taken for a part of whatever database lies beside it.
const BESIDE: &[&str] = &["koine.db-wal", "koine.db-shm", "koine.db-journal"];

/// Brings the backup `from` back into the data folder `data`, which is made if it is not there.
///
/// `stamp` names the folder into which the data that are there are moved; without it, data that are there are an error.
/// The backup is checked first.
///
/// # Errors
///
/// When there is a server in the data folder, or something that reads it, the backup is none or damaged (unless `force`), or a file cannot be written.
pub fn restore(
    from: &Path,
    data: &Path,
    stamp: Option<&str>,
    force: bool,
    watch: &mut dyn Watch,
) -> Result<Restored, UpkeepError> {
    if !super::is_backup(from)? {
        return Err(UpkeepError::NoBackup { folder: from.to_owned() });
    }
    // Nobody makes another backup into it meanwhile, if only since it can only be read.
    let _source_lock = match Folder::at(from).lock() {
        Err(OpenError::Unwritable { source, .. }) if source.kind() == ErrorKind::ReadOnlyFilesystem => None,
        locked => Some(locked?),
    };
    let source = Folder::at(from).database();
    let verdict = check::check_database(from, &source, Depth::Rows, watch)?;
    if verdict.damages > 0 && !force {
        return Err(UpkeepError::Damaged { folder: from.to_owned(), damages: verdict.damages });
    }
    let target = Folder::prepare(data)?;
    super::keep_apart(from, data)?;
    let _lock = target.lock()?;
    // Whoever reads there would go on with other media than those that its database names.
    let hold = Hold::take(data).map_err(file("hold the media of", data))?;
    let _hold = hold.ok_or_else(|| UpkeepError::Held { folder: data.to_owned() })?;
    let aside = make_room(&target, stamp)?;
    let connection = reading_connection(&source).map_err(database("open", &source))?;
    let (copied, named) = media::copy(&connection, from, data, watch)?;
    drop(connection);
    let database = target.database();
    let unfinished = data.join(super::UNFINISHED);
    // What was said since the backup is gone, and its numbers are given out again: before the copy has its name, it says so. The
    // backup does not, so that each time that it is brought back is another epoch.
    snapshot::copy(&source, &unfinished, epoch::renew, watch)?;
    for name in BESIDE {
        remove(&data.join(name)).map_err(file("remove", data))?;
    }
    fs::rename(&unfinished, &database).map_err(file("give its name to", &database))?;
    media::remove_others(data, &named)?;
    folder::sync(data).map_err(file("write", data))?;
    remove(&target.restoring()).map_err(file("remove", &target.restoring()))?;
    folder::sync(data).map_err(file("write", data))?;
    Ok(Restored { entries: verdict.entries, media: copied.media, media_missing: copied.media_missing, aside })
}

/// Says that the folder is not whole from now on, and moves aside what is in it. Tells where to.
///
/// What the file says is where to: a restore that goes on with one that was broken off moves the rest there, too. Once it says
/// nothing, all that lies in the folder is a restore's own.
fn make_room(target: &Folder, stamp: Option<&str>) -> Result<Option<PathBuf>, UpkeepError> {
    let (data, mark) = (target.path(), target.restoring());
    let stamp = match fs::read_to_string(&mark) {
        Ok(begun) if begun.is_empty() => return Ok(None),
        Ok(begun) => Some(begun),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let is_occupied = DATA.iter().any(|name| data.join(name).exists());
            match stamp {
                None if is_occupied => return Err(UpkeepError::Occupied { folder: data.to_owned() }),
                stamp => stamp.filter(|_| is_occupied).map(str::to_owned),
            }
        }
        Err(error) => return Err(file("read", &mark)(error)),
    };
    let Some(stamp) = stamp else {
        write(data, &mark, "")?;
        return Ok(None);
    };
    write(data, &mark, &stamp)?;
    let aside = move_aside(data, &stamp)?;
    write(data, &mark, "")?;
    Ok(Some(aside))
}

fn write(data: &Path, mark: &Path, text: &str) -> Result<(), UpkeepError> {
    let unfinished = mark.with_extension("unfinished");
    let write = || {
        let mut file = File::create(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, mark)?;
        folder::sync(data)
    };
    write().map_err(file("write", mark))
}

fn move_aside(data: &Path, stamp: &str) -> Result<PathBuf, UpkeepError> {
    let aside = data.join(format!("replaced-{stamp}"));
    folder::create(&aside).map_err(file("make", &aside))?;
    let mut names: Vec<String> = DATA.iter().map(|name| (*name).to_owned()).collect();
    for entry in fs::read_dir(data).map_err(file("read", data))? {
        let name = entry.map_err(file("read", data))?.file_name();
        names.extend(name.into_string().ok().filter(|name| name.starts_with("koine.db.v")));
    }
    for name in names {
        match fs::rename(data.join(&name), aside.join(&name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            moved => moved.map_err(file("move aside", data))?,
        }
    }
    folder::sync(&aside).and_then(|()| folder::sync(data)).map_err(file("write", data))?;
    Ok(aside)
}
