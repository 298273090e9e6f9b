//! Whether the media that the database names are there, and what else lies beside them.

use super::{Check, Depth};
use crate::blobs;
use crate::columns::damaged;
use crate::copy::hash_of;
use crate::outcome::Outcome;
use crate::sweep::{files, shelves};
use crate::upkeep::Part;
use koine_model::media::Blob;
use rusqlite::Row;
use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Each blob once, with one of those that name it.
const NAMED: &str = "
    SELECT hash, size, max(what) FROM (
        SELECT hash, size, printf('conversation %d, message %d: the attachment \"%s\"', place >> 32, place & 4294967295, name) AS what
        FROM media
        UNION ALL SELECT avatar_hash, avatar_size, printf('account %d: the picture', id) FROM account WHERE avatar_hash IS NOT NULL
        UNION ALL SELECT avatar_hash, avatar_size, printf('conversation %d: the picture', id) FROM conversation
                  WHERE avatar_hash IS NOT NULL)
    GROUP BY hash, size";

pub(super) fn check(check: &mut Check<'_>, depth: Depth) -> Outcome<()> {
    let media = check.data.join("media");
    let mut total = 0_u64;
    let mut named = HashMap::new();
    let mut statement = check.connection.prepare(NAMED)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let blob = blob(row)?;
        if let Some(size) = named.insert(blob.hash, blob.size) {
            let what: String = row.get(2)?;
            check.damage(format!("{what} has {} bytes, and also {size}", blob.size));
        }
        total = total.saturating_add(blob.size);
    }
    drop(rows);
    let mut done = 0_u64;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (blob, what) = (blob(row)?, row.get::<_, String>(2)?);
        if let Some(wrong) = wrong(&media, &blob, depth) {
            check.damage(format!("{what} {wrong}"));
        }
        done = done.saturating_add(blob.size);
        if depth == Depth::Bytes {
            check.watch.progress(Part::Media, done, total);
        }
    }
    unnamed(check, &media, &named)
}

fn blob(row: &Row<'_>) -> rusqlite::Result<Blob> {
    let size = u64::try_from(row.get::<_, i64>(1)?).map_err(|_| damaged(1, "a size"))?;
    Ok(Blob { hash: row.get(0)?, size })
}

/// What is wrong with the file of a blob, if anything is.
fn wrong(media: &Path, blob: &Blob, depth: Depth) -> Option<String> {
    let path = media.join(blobs::place(blob).1);
    let found = match fs::metadata(&path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Some(format!("is missing: there is no {}", path.display()));
        }
        Err(error) => return Some(format!("cannot be read: {}: {error}", path.display())),
    };
    if found != blob.size {
        return Some(format!("has {found} bytes instead of {}: {}", blob.size, path.display()));
    }
    if depth != Depth::Bytes {
        return None;
    }
    match hash_of(&path) {
        Ok(hash) if hash == blob.hash => None,
        Ok(_) => Some(format!("has other bytes than were put there: {}", path.display())),
        Err(error) => Some(format!("cannot be read: {}: {error}", path.display())),
    }
}

/// Whether the files that somebody has let go of have the sizes by which they count, as far as they are there still.
pub(super) fn let_go(check: &mut Check<'_>) -> Outcome<()> {
    let media = check.data.join("media");
    let mut statement =
        check.connection.prepare("SELECT hash, size, number, owner FROM leftover ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut gone = 0_u64;
    while let Some(row) = rows.next()? {
        let (blob, number, owner) = (blob(row)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?);
        let path = media.join(blobs::place(&blob).1);
        match fs::metadata(&path) {
            Ok(found) if found.len() == blob.size => {}
            Ok(found) => check.damage(format!(
                "the leftover {number} of account {owner} has {} bytes instead of {}: {}",
                found.len(),
                blob.size,
                path.display()
            )),
            Err(error) if error.kind() == ErrorKind::NotFound => gone += 1,
            Err(error) => check.damage(format!(
                "the leftover {number} of account {owner} cannot be read: {}: {error}",
                path.display()
            )),
        }
    }
    if gone > 0 {
        check.note(format!(
            "{gone} files that somebody has let go of are gone, and count as theirs until the server looks for them"
        ));
    }
    Ok(())
}

/// Blobs that nothing names do no harm, and take room.
fn unnamed(check: &mut Check<'_>, media: &Path, named: &HashMap<[u8; 32], u64>) -> Outcome<()> {
    if !media.is_dir() {
        return Ok(());
    }
    let (mut count, mut bytes) = (0_u64, 0_u64);
    for shelf in shelves(media)? {
        for (path, hash) in files(&shelf)? {
            // Somebody may take it away just now.
            if !named.contains_key(&hash)
                && let Ok(found) = fs::metadata(path)
            {
                count += 1;
                bytes = bytes.saturating_add(found.len());
            }
        }
    }
    if count > 0 {
        check.note(format!(
            "{count} media files ({bytes} bytes) are named by nothing: the server takes away those that somebody has let go of, and koine prune --media all of them"
        ));
    }
    Ok(())
}
