//! Files that a message, a picture or a refused request has let go of, and that count as somebody's until they are taken away.
//!
//! A file goes first, and its row when that is on the disk: a crash between the two leaves a row without a file, which the next look
//! takes away. Whether a file is named is asked before it goes; whoever names it meanwhile has found it there, so that it counts as
//! written just now, and stays.

use crate::blobs::{Blobs, Shelves};
use crate::columns::{size, size_number};
use crate::desk::Desk;
use crate::folder;
use crate::outcome::{Outcome, Stop};
use koine_model::AccountId;
use koine_model::media::Blob;
use koine_store::{Answer, Cleared};
use rusqlite::{Connection, params};
use std::io::ErrorKind;
use std::time::Duration;

/// A row, and whether something names its file.
pub(crate) struct Leftover {
    number: i64,
    blob: Blob,
    named: bool,
}

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its file is gone, or somebody else's.
    Done,
    /// Somebody has written the file of late: it is looked at again after all others.
    Later,
}

/// Counts blobs as leftovers of an account.
pub(crate) fn add(desk: &mut Desk, account: AccountId, blobs: &[Blob]) -> Outcome<()> {
    let mut statement =
        desk.connection.prepare_cached("INSERT INTO leftover (owner, hash, size) VALUES (?1, ?2, ?3)")?;
    for blob in blobs {
        statement.execute(params![account.number(), blob.hash, size_number(blob)])?;
    }
    Ok(())
}

/// The number of the last one that there is; zero where there is none.
pub(crate) fn last(connection: &Connection) -> Outcome<u64> {
    let mut statement = connection.prepare_cached("SELECT coalesce(max(number), 0) FROM leftover")?;
    let last = statement.query_row([], |row| row.get::<_, i64>(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}

/// The oldest ones.
pub(crate) fn oldest(connection: &Connection, until: u64, most: u32) -> Outcome<Vec<Leftover>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, hash, size,
             EXISTS (SELECT 1 FROM media WHERE media.hash = leftover.hash)
             OR EXISTS (SELECT 1 FROM account WHERE avatar_hash = leftover.hash)
             OR EXISTS (SELECT 1 FROM conversation WHERE avatar_hash = leftover.hash)
         FROM leftover WHERE number <= ?1 ORDER BY number LIMIT ?2",
    )?;
    let until = i64::try_from(until).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![until, most], |row| {
        let blob = Blob { hash: row.get(1)?, size: size(row, 2)? };
        Ok(Leftover { number: row.get(0)?, blob, named: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes the rows away that are done with, and puts the others behind all that there are.
pub(crate) fn settle(desk: &mut Desk, fates: &[(i64, Fate)]) -> Outcome<()> {
    let connection = &desk.connection;
    for (number, fate) in fates {
        if *fate == Fate::Later {
            connection
                .prepare_cached(
                    "INSERT INTO leftover (owner, hash, size) SELECT owner, hash, size FROM leftover WHERE number = ?1",
                )?
                .execute([number])?;
        }
        connection.prepare_cached("DELETE FROM leftover WHERE number = ?1")?.execute([number])?;
    }
    Ok(())
}

impl Blobs {
    /// Takes the files away that nothing names and nobody has written for the time of `unused`.
    pub(crate) async fn clear(
        &self,
        found: Vec<Leftover>,
        unused: Duration,
    ) -> Answer<(Vec<(i64, Fate)>, Cleared)> {
        self.run("take away media", move |shelves| shelves.clear(&found, unused)).await
    }
}

impl Shelves {
    fn clear(&self, found: &[Leftover], unused: Duration) -> Outcome<(Vec<(i64, Fate)>, Cleared)> {
        let mut cleared = Cleared::default();
        let mut fates = Vec::with_capacity(found.len());
        let mut changed = Vec::new();
        for Leftover { number, blob, named } in found {
            cleared.looked_at = cleared.looked_at.saturating_add(1);
            if *named {
                fates.push((*number, Fate::Done));
                continue;
            }
            let (shelf, file) = self.place(blob);
            let fate = match self.sweep_one(&file, unused, false) {
                Ok(Some(bytes)) => {
                    cleared.files = cleared.files.saturating_add(1);
                    cleared.bytes = cleared.bytes.saturating_add(bytes);
                    changed.push(shelf);
                    Fate::Done
                }
                Ok(None) => Fate::Later,
                // It went before, and its row did not.
                Err(Stop::File(error)) if error.kind() == ErrorKind::NotFound => Fate::Done,
                Err(error) => return Err(error),
            };
            fates.push((*number, fate));
        }
        changed.sort_unstable();
        changed.dedup();
        for shelf in changed {
            folder::sync(&shelf)?;
        }
        Ok((fates, cleared))
    }
}
