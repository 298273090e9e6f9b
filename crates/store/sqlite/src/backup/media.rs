//! The media of a backup: those that its database names.

use super::BackedUp;
use crate::blobs;
use crate::copy::{self, Changed, remove};
use crate::folder;
use crate::named;
use crate::sweep::{files, shelves};
use crate::upkeep::{Finding, Grade, Part, UpkeepError, Watch, file};
use koine_model::media::Blob;
use rusqlite::Connection;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How the name of a copy ends that is not whole.
const UNFINISHED: &str = "unfinished";

pub(crate) type Named = HashSet<[u8; 32]>;

/// What a database names: the hash and the size of each blob.
pub(crate) type Blobs = BTreeMap<[u8; 32], u64>;

/// Lists what the database of the folder `from` names.
pub(crate) fn list(connection: &Connection, from: &Path) -> Result<Blobs, UpkeepError> {
    let mut blobs = Blobs::new();
    let listed = named::each(connection, |blob| {
        blobs.insert(blob.hash, blob.size);
        rusqlite::Result::Ok(())
    });
    listed.map_err(crate::upkeep::database("read the media of", &from.join("media"))).map(|()| blobs)
}

/// Copies these from the media of one folder to those of another, and leaves what is there already. All bytes
/// are read: what is not what its name says is not copied, and not left there where there is better. Also tells which blobs these are.
pub(crate) fn copy(
    blobs: Blobs,
    from: &Path,
    to: &Path,
    watch: &mut dyn Watch,
) -> Result<(BackedUp, Named), UpkeepError> {
    let (folder, from, to) = (to, from.join("media"), to.join("media"));
    folder::create(&to).map_err(file("make", &to))?;
    let total = blobs.values().fold(0_u64, |sum, size| sum.saturating_add(*size));
    let (mut told, mut changed, mut done) = (BackedUp::default(), Changed::default(), 0_u64);
    for (&hash, &size) in &blobs {
        let copied = copy_one(&from, &to, &Blob { hash, size }, &mut changed)?;
        if let Copied::Not(why) = copied {
            told.media_missing += 1;
            watch.found(Finding { grade: Grade::Damage, text: why });
        } else {
            told.media += 1;
            told.media_bytes = told.media_bytes.saturating_add(size);
            told.media_kept += u64::from(matches!(copied, Copied::Before));
        }
        done = done.saturating_add(size);
        watch.progress(Part::Media, done, total);
    }
    // Its name as well, before a database has its own that names what is in there.
    changed.add(&to);
    changed.add(folder);
    changed.sync().map_err(file("write", &to))?;
    Ok((told, blobs.into_keys().collect()))
}

enum Copied {
    Now,
    Before,
    Not(String),
}

fn copy_one(from: &Path, to: &Path, blob: &Blob, changed: &mut Changed) -> Result<Copied, UpkeepError> {
    let (shelf, place) = blobs::place(blob);
    let (source, target, shelf) = (from.join(&place), to.join(&place), to.join(shelf));
    let is_there = fs::metadata(&target).is_ok_and(|found| found.len() == blob.size);
    // Disks forget, too: what an earlier backup has put there is read as well.
    if is_there && copy::hash_of(&target).is_ok_and(|hash| hash == blob.hash) {
        // It may have come by a backup that was broken off before it synced the name.
        changed.add(&shelf);
        return Ok(Copied::Before);
    }
    if !source.is_file() {
        return Ok(Copied::Not(format!("a media file is missing: {}", source.display())));
    }
    folder::create(&shelf).map_err(file("make", &shelf))?;
    let unfinished = target.with_extension(UNFINISHED);
    let copied = copy::copy(&source, &unfinished).map_err(|error| file("copy", &source)(error));
    match copied {
        Ok(hash) if hash == blob.hash => {
            fs::rename(&unfinished, &target).map_err(file("give its name to", &target))?;
            changed.add(&shelf);
            Ok(Copied::Now)
        }
        other => {
            remove(&unfinished).map_err(file("remove", &unfinished))?;
            other?;
            Ok(Copied::Not(format!("a media file has other bytes than were put there: {}", source.display())))
        }
    }
}

/// Takes away what an earlier backup has named and this one does not, and what was never finished.
pub(super) fn remove_others(folder: &Path, named: &Named) -> Result<(), UpkeepError> {
    let media = folder.join("media");
    for shelf in shelves(&media).map_err(file("read", &media))? {
        for (path, hash) in files(&shelf).map_err(file("read", &shelf))? {
            if !named.contains(&hash) {
                remove(&path).map_err(file("remove", &path))?;
            }
        }
        for path in unfinished(&shelf).map_err(file("read", &shelf))? {
            remove(&path).map_err(file("remove", &path))?;
        }
    }
    Ok(())
}

/// What a process that was killed has not finished in one of the directories of media.
fn unfinished(shelf: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(shelf)?.map(|entry| entry.map(|entry| entry.path()));
    let is_unfinished = |path: &PathBuf| path.extension().is_some_and(|kind| kind == UNFINISHED);
    paths.filter(|path| path.as_ref().map_or(true, is_unfinished)).collect()
}
