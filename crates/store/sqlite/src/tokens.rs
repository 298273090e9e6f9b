//! Tokens: remembered by their hashes, forgotten when they have expired.

use crate::accounts::require_live;
use crate::columns::{account_id, timestamp};
use crate::desk::Desk;
use crate::outcome::Outcome;
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::NewToken;
use rusqlite::{Connection, OptionalExtension, params};

/// A token that lives.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    pub(crate) account: AccountId,
    pub(crate) until: Timestamp,
}

/// By how much a life must grow to be written down: a client that polls would otherwise cost a commit each time.
pub(crate) const GRAIN: i64 = 60 * 60 * 1000;

pub(crate) fn create(desk: &mut Desk, new: &NewToken) -> Outcome<()> {
    let connection = &desk.connection;
    let account = new.account.number();
    require_live(connection, new.account)?;
    connection
        .prepare_cached("DELETE FROM token WHERE account = ?1 AND until <= ?2")?
        .execute(params![account, new.at.0])?;
    let live: i64 = connection
        .prepare_cached("SELECT count(*) FROM token WHERE account = ?1")?
        .query_row([account], |row| row.get(0))?;
    if usize::try_from(live).is_ok_and(|live| live >= new.most) {
        return Err(Refusal::TooManyTokens.into());
    }
    connection
        .prepare_cached("INSERT INTO token (hash, account, device, until) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![new.hash, account, new.device, new.until.0])?;
    Ok(())
}

pub(crate) fn find(
    connection: &Connection,
    hash: &[u8; 32],
    device: &str,
    at: Timestamp,
) -> Outcome<Option<Live>> {
    let mut statement = connection
        .prepare_cached("SELECT account, until FROM token WHERE hash = ?1 AND device = ?2 AND until > ?3")?;
    let found = statement.query_row(params![hash, device, at.0], |row| {
        Ok(Live { account: account_id(row, 0)?, until: timestamp(row, 1)? })
    });
    Ok(found.optional()?)
}

/// Lets a token live longer. One that was revoked meanwhile stays so.
pub(crate) fn extend(desk: &mut Desk, hash: &[u8; 32], until: Timestamp) -> Outcome<()> {
    desk.connection
        .prepare_cached("UPDATE token SET until = max(until, ?2) WHERE hash = ?1")?
        .execute(params![hash, until.0])?;
    Ok(())
}

pub(crate) fn revoke(desk: &mut Desk, account: AccountId, hash: &[u8; 32]) -> Outcome<bool> {
    let deleted = desk
        .connection
        .prepare_cached("DELETE FROM token WHERE hash = ?1 AND account = ?2")?
        .execute(params![hash, account.number()])?;
    Ok(deleted > 0)
}
