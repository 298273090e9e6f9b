//! Media that messages name: which bytes, under which id.

use crate::columns::{size, size_number};
use crate::outcome::Outcome;
use koine_model::media::{Blob, Media};
use koine_model::message::Part;
use koine_model::{AccountId, MediaId};
use rusqlite::{Connection, OptionalExtension, params};

/// Makes the media of a message known by their ids. One that is known stays what it is: a message may repeat it.
pub(crate) fn insert(connection: &Connection, parts: &[Part], place: i64, owner: AccountId) -> Outcome<()> {
    for part in parts {
        let Part::Media(media) = part else { continue };
        connection
            .prepare_cached(
                "INSERT INTO media (id, hash, size, mime, name, place, owner) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                media.id.0.to_be_bytes(),
                media.blob.hash,
                size_number(&media.blob),
                media.mime,
                media.name,
                place,
                owner.number()
            ])?;
    }
    Ok(())
}

/// Makes the media of the message at `place` unknown. The bytes stay: another message may have the same ones.
pub(crate) fn remove(connection: &Connection, place: i64) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM media WHERE place = ?1")?.execute([place])?;
    Ok(())
}

/// The bytes of all that an account has on the disk.
pub(crate) fn kept(connection: &Connection, account: AccountId) -> Outcome<u64> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM media_use WHERE account = ?1")?;
    let bytes = statement.query_row([account.number()], |row| row.get::<_, i64>(0)).optional()?;
    Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
}

pub(crate) fn find(connection: &Connection, id: MediaId) -> Outcome<Option<Media>> {
    let mut statement =
        connection.prepare_cached("SELECT hash, size, mime, name FROM media WHERE id = ?1")?;
    let found = statement.query_row([id.0.to_be_bytes()], |row| {
        let blob = Blob { hash: row.get(0)?, size: size(row, 1)? };
        Ok(Media { id, blob, mime: row.get(2)?, name: row.get(3)? })
    });
    Ok(found.optional()?)
}
