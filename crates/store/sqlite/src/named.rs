//! Which media the database names: those of messages, and the pictures of people and groups.

use crate::columns::size;
use crate::outcome::Outcome;
use koine_model::media::Blob;
use rusqlite::Connection;
use std::collections::HashSet;

/// Hands over each blob that is named, perhaps more than once.
pub(crate) fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    mut take: impl FnMut(Blob) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection.prepare(
        "SELECT hash, size FROM media
         UNION ALL SELECT avatar_hash, avatar_size FROM account WHERE avatar_hash IS NOT NULL
         UNION ALL SELECT avatar_hash, avatar_size FROM conversation WHERE avatar_hash IS NOT NULL",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(Blob { hash: row.get(0)?, size: size(row, 1)? })?;
    }
    Ok(())
}

/// The hashes of all.
pub(crate) fn hashes(connection: &Connection) -> Outcome<HashSet<[u8; 32]>> {
    let mut hashes = HashSet::new();
    each(connection, |blob| {
        hashes.insert(blob.hash);
        Outcome::Ok(())
    })?;
    Ok(hashes)
}
