//! Bringing a backup back into a data folder.
//!
//! The folder need not be empty, since it may be where a disk is mounted. From the first step to the last a file in it says that it is
//! not whole, so that no server takes what is half there for all there is.
//!
//! What may turn out to be of no use is tried first: where the copy of the database cannot be made and made ready, what was in
//! the folder is there still, and can be served.

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
    let room = claim(&target, stamp)?;
    let unfinished = data.join(super::UNFINISHED);
    let blobs = match prepare(from, &source, &unfinished, watch) {
        Ok(blobs) => blobs,
        Err(error) => {
            give_back(&target, &room, &unfinished);
            return Err(error);
        }
    };
    let aside = make_room(&target, room)?;
    let (copied, named) = media::copy(blobs, from, data, watch)?;
    let database = target.database();
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

/// What is in the folder that is restored into.
enum Room {
    /// Nothing, or what an earlier attempt has made there.
    Own,
    /// Data that are to be moved into a folder of this stamp.
    Taken {
        stamp: String,
        /// Whether all of them are there still: no earlier attempt has begun to move them.
        is_untouched: bool,
    },
}

/// Says that the folder is not whole from now on. Tells what is in it.
///
/// What the file says is where data are moved to: a restore that goes on with one that was broken off moves the rest there, too. Once it
/// says nothing, all that lies in the folder is a restore's own.
fn claim(target: &Folder, stamp: Option<&str>) -> Result<Room, UpkeepError> {
    let (data, mark) = (target.path(), target.restoring());
    match fs::read_to_string(&mark) {
        Ok(begun) if begun.is_empty() => return Ok(Room::Own),
        Ok(stamp) => {
            let is_untouched = !aside_in(data, &stamp).exists();
            return Ok(Room::Taken { stamp, is_untouched });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(file("read", &mark)(error)),
    }
    let is_occupied = DATA.iter().any(|name| data.join(name).exists());
    let room = match stamp {
        _ if !is_occupied => Room::Own,
        Some(stamp) => Room::Taken { stamp: stamp.to_owned(), is_untouched: true },
        None => return Err(UpkeepError::Occupied { folder: data.to_owned() }),
    };
    match &room {
        Room::Own => write(data, &mark, "")?,
        Room::Taken { stamp, .. } => write(data, &mark, stamp)?,
    }
    Ok(room)
}

/// Makes the copy of the database, without its name, and lists the media that it names.
///
/// What was said since the backup is gone, and its numbers are given out again: before the copy has its name, it says so. The backup does
/// not, so that each time that it is brought back is another epoch.
fn prepare(
    from: &Path,
    source: &Path,
    unfinished: &Path,
    watch: &mut dyn Watch,
) -> Result<media::Blobs, UpkeepError> {
    let prepared = snapshot::copy(source, unfinished, epoch::renew, watch).and_then(|()| {
        let connection = reading_connection(source).map_err(database("open", source))?;
        media::list(&connection, from)
    });
    prepared.map_err(|error| match error {
        UpkeepError::Database { ref path, .. } if path.starts_with(from) => {
            UpkeepError::Unusable { folder: from.to_owned(), source: Box::new(error) }
        }
        other => other,
    })
}

/// Nothing comes of the restore. Data of which nothing was moved are whole again.
fn give_back(target: &Folder, room: &Room, unfinished: &Path) {
    let Room::Taken { is_untouched: true, .. } = room else { return };
    let given = remove(unfinished)
        .and_then(|()| remove(&target.restoring()))
        .and_then(|()| folder::sync(target.path()));
    if let Err(error) = given {
        tracing::warn!(folder = %target.path().display(), %error, "what a restore has begun there was not taken away");
    }
}

/// Moves aside what is in the folder and is not the restore's own. Tells where to.
fn make_room(target: &Folder, room: Room) -> Result<Option<PathBuf>, UpkeepError> {
    let Room::Taken { stamp, .. } = room else { return Ok(None) };
    let aside = move_aside(target.path(), &stamp)?;
    write(target.path(), &target.restoring(), "")?;
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

/// Where data are moved to. It is there as soon as the first of them may have been.
fn aside_in(data: &Path, stamp: &str) -> PathBuf {
    data.join(format!("replaced-{stamp}"))
}

fn move_aside(data: &Path, stamp: &str) -> Result<PathBuf, UpkeepError> {
    let aside = aside_in(data, stamp);
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
