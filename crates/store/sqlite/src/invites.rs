//! Invitations to the server: codes with which people may register, remembered by their hashes.

use crate::columns::{damaged, timestamp};
use crate::desk::Desk;
use crate::outcome::{Outcome, Stop};
use koine_model::{Refusal, Timestamp};
use koine_store::{InviteRecord, NewInvite};
use rusqlite::{Connection, params};

pub(crate) fn create(desk: &mut Desk, new: &NewInvite) -> Outcome<u64> {
    let connection = &desk.connection;
    connection
        .prepare_cached("INSERT INTO invite (hash, uses, used, created, until) VALUES (?1, ?2, 0, ?3, ?4)")?
        .execute(params![new.hash, new.uses, new.at.0, new.until.0])?;
    u64::try_from(connection.last_insert_rowid()).map_err(|_| Stop::UsedUp("an invitation"))
}

pub(crate) fn list(connection: &Connection) -> Outcome<Vec<InviteRecord>> {
    let mut statement =
        connection.prepare_cached("SELECT number, uses, used, created, until FROM invite ORDER BY number")?;
    let rows = statement.query_map([], |row| {
        let number = u64::try_from(row.get::<_, i64>(0)?);
        Ok(InviteRecord {
            number: number.map_err(|_| damaged(0, "an invitation's number"))?,
            uses: row.get(1)?,
            used: row.get(2)?,
            created: timestamp(row, 3)?,
            until: timestamp(row, 4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn is_good(connection: &Connection, hash: &[u8; 32], at: Timestamp) -> Outcome<bool> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM invite WHERE hash = ?1 AND used < uses AND until > ?2")?;
    Ok(statement.exists(params![hash, at.0])?)
}

/// Counts a use, within the transaction that makes the account.
pub(crate) fn take(connection: &Connection, hash: &[u8; 32], at: Timestamp) -> Outcome<()> {
    let taken = connection
        .prepare_cached("UPDATE invite SET used = used + 1 WHERE hash = ?1 AND used < uses AND until > ?2")?
        .execute(params![hash, at.0])?;
    if taken == 0 { Err(Refusal::BadInvitation.into()) } else { Ok(()) }
}

pub(crate) fn revoke(desk: &mut Desk, number: u64) -> Outcome<bool> {
    // What no column can hold is no invitation's number.
    let Ok(number) = i64::try_from(number) else { return Ok(false) };
    Ok(desk.connection.prepare_cached("DELETE FROM invite WHERE number = ?1")?.execute([number])? > 0)
}
