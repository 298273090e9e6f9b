//! Tokens: remembered by their hashes, forgotten when they have expired.

use crate::accounts::require_admitted;
use crate::columns::{account_id, damaged, timestamp};
use crate::desk::Desk;
use crate::outcome::{Outcome, Stop};
use koine_metrics::Limit;
use koine_model::session::SessionId;
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::{NewToken, TokenOwner, TokenRecord};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A token that lives.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    pub(crate) owner: TokenOwner,
    used: Timestamp,
    until: Timestamp,
}

impl Live {
    /// Whether a use is worth writing down: a client that polls would otherwise cost a commit each time.
    pub(crate) fn is_stale(&self, at: Timestamp, until: Timestamp) -> bool {
        let by_far = |new: Timestamp, old: Timestamp| new.0.saturating_sub(old.0) > GRAIN;
        by_far(at, self.used) || by_far(until, self.until)
    }
}

/// By how much a life must grow to be written down.
const GRAIN: i64 = 60 * 60 * 1000;

pub(crate) fn create(desk: &mut Desk, new: &NewToken) -> Outcome<SessionId> {
    let connection = &desk.connection;
    let account = new.account.number();
    require_admitted(connection, new.account)?;
    connection
        .prepare_cached("DELETE FROM token WHERE account = ?1 AND until <= ?2")?
        .execute(params![account, new.at.0])?;
    let live: i64 = connection
        .prepare_cached("SELECT count(*) FROM token WHERE account = ?1 AND device = ?2")?
        .query_row(params![account, new.device], |row| row.get(0))?;
    if usize::try_from(live).is_ok_and(|live| live >= new.most) {
        return Err(Limit::Tokens.met(Refusal::TooManyTokens).into());
    }
    connection
        .prepare_cached(
            "INSERT INTO token (hash, account, device, label, created, used, until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
        )?
        .execute(params![new.hash, account, new.device, new.label, new.at.0, new.until.0])?;
    let number = u64::try_from(connection.last_insert_rowid());
    number.map(SessionId).map_err(|_| Stop::UsedUp("a session"))
}

pub(crate) fn find(
    connection: &Connection,
    hash: &[u8; 32],
    device: &str,
    at: Timestamp,
) -> Outcome<Option<Live>> {
    let mut statement = connection.prepare_cached(
        "SELECT account, number, used, until FROM token WHERE hash = ?1 AND device = ?2 AND until > ?3",
    )?;
    let found = statement.query_row(params![hash, device, at.0], |row| {
        let owner = TokenOwner { account: account_id(row, 0)?, session: session(row, 1)? };
        Ok(Live { owner, used: timestamp(row, 2)?, until: timestamp(row, 3)? })
    });
    Ok(found.optional()?)
}

/// Lets a token live longer. One that was revoked meanwhile stays so.
pub(crate) fn extend(desk: &mut Desk, hash: &[u8; 32], at: Timestamp, until: Timestamp) -> Outcome<()> {
    desk.connection
        .prepare_cached("UPDATE token SET used = max(used, ?2), until = max(until, ?3) WHERE hash = ?1")?
        .execute(params![hash, at.0, until.0])?;
    Ok(())
}

pub(crate) fn revoke(desk: &mut Desk, account: AccountId, hash: &[u8; 32]) -> Outcome<Option<SessionId>> {
    let mut statement = desk
        .connection
        .prepare_cached("DELETE FROM token WHERE hash = ?1 AND account = ?2 RETURNING number")?;
    Ok(statement.query_row(params![hash, account.number()], |row| session(row, 0)).optional()?)
}

pub(crate) fn list(connection: &Connection, account: AccountId, at: Timestamp) -> Outcome<Vec<TokenRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, device, label, created, used FROM token WHERE account = ?1 AND until > ?2 ORDER BY number",
    )?;
    let rows = statement.query_map(params![account.number(), at.0], record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A row of number, device, label, and the moments of making and using.
pub(crate) fn record(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    Ok(TokenRecord {
        session: session(row, 0)?,
        device: row.get(1)?,
        label: row.get(2)?,
        created: timestamp(row, 3)?,
        used: timestamp(row, 4)?,
    })
}

pub(crate) fn end(desk: &mut Desk, account: AccountId, session: SessionId) -> Outcome<bool> {
    let deleted = desk
        .connection
        .prepare_cached("DELETE FROM token WHERE number = ?1 AND account = ?2")?
        .execute(params![number(session), account.number()])?;
    Ok(deleted > 0)
}

/// Forgets all of an account's, but for the one of a session.
pub(crate) fn end_others(
    connection: &Connection,
    account: AccountId,
    kept: Option<SessionId>,
) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM token WHERE account = ?1 AND number IS NOT ?2")?
        .execute(params![account.number(), kept.map(number)])?;
    Ok(())
}

/// Forgets all of an account's. Tells for which sessions those stood that lived.
pub(crate) fn end_all(desk: &mut Desk, account: AccountId, at: Timestamp) -> Outcome<Vec<SessionId>> {
    let connection = &desk.connection;
    let mut statement = connection
        .prepare_cached("SELECT number FROM token WHERE account = ?1 AND until > ?2 ORDER BY number")?;
    let rows = statement.query_map(params![account.number(), at.0], |row| session(row, 0))?;
    let living = rows.collect::<Result<_, _>>()?;
    end_others(connection, account, None)?;
    Ok(living)
}

fn session(row: &Row<'_>, column: usize) -> rusqlite::Result<SessionId> {
    let number = u64::try_from(row.get::<_, i64>(column)?);
    number.map(SessionId).map_err(|_| damaged(column, "a session's number"))
}

/// The number of a session's column. What no column can hold is nobody's, and neither is minus one.
pub(crate) fn number(session: SessionId) -> i64 {
    i64::try_from(session.0).unwrap_or(-1)
}
