//! What operators ask of the store about accounts and tokens.

use crate::SqliteStore;
use crate::accounts::require_live;
use crate::columns::{PROFILE_WIDTH, account_id, profile, profile_columns};
use crate::desk::Desk;
use crate::invites;
use crate::outcome::Outcome;
use crate::tokens;
use async_trait::async_trait;
use koine_model::session::SessionId;
use koine_model::{AccountId, Timestamp};
use koine_store::{AccountRecord, Answer, InviteRecord, NewInvite, OperatorStore, TokenRecord};
use rusqlite::{Connection, OptionalExtension, Row, params};

#[async_trait]
impl OperatorStore for SqliteStore {
    async fn account_page(&self, after: Option<AccountId>, limit: usize) -> Answer<Vec<AccountRecord>> {
        self.read("list accounts", move |reader| page(reader, after, limit)).await
    }

    async fn account_record(&self, id: AccountId) -> Answer<Option<AccountRecord>> {
        self.read("read an account", move |reader| one(reader, id)).await
    }

    async fn account_disable(&self, id: AccountId, disabled: bool) -> Answer<bool> {
        self.change("disable or enable an account", move |desk| disable(desk, id, disabled)).await
    }

    async fn token_page(
        &self,
        after: SessionId,
        limit: usize,
        at: Timestamp,
    ) -> Answer<Vec<(AccountId, TokenRecord)>> {
        self.read("list all tokens", move |reader| token_page(reader, after, limit, at)).await
    }

    async fn token_end_all(&self, account: AccountId, at: Timestamp) -> Answer<Vec<SessionId>> {
        self.change("end all sessions", move |desk| tokens::end_all(desk, account, at)).await
    }

    async fn invite_create(&self, new: NewInvite) -> Answer<u64> {
        self.change("make an invitation", move |desk| invites::create(desk, &new)).await
    }

    async fn invite_list(&self) -> Answer<Vec<InviteRecord>> {
        self.read("list invitations", invites::list).await
    }

    async fn invite_is_good(&self, hash: [u8; 32], at: Timestamp) -> Answer<bool> {
        self.read("look at an invitation", move |reader| invites::is_good(reader, &hash, at)).await
    }

    async fn invite_revoke(&self, number: u64) -> Answer<bool> {
        self.change("revoke an invitation", move |desk| invites::revoke(desk, number)).await
    }
}

/// The columns that [`record`] reads, of a table `account`.
macro_rules! record_columns {
    () => {
        concat!(
            profile_columns!(),
            ", account.disabled, (SELECT max(used) FROM token WHERE token.account = account.id)"
        )
    };
}

fn page(connection: &Connection, after: Option<AccountId>, limit: usize) -> Outcome<Vec<AccountRecord>> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT ",
        record_columns!(),
        " FROM account WHERE id > ?1 ORDER BY id LIMIT ?2"
    ))?;
    let after = after.map_or(0, AccountId::number);
    let found = statement.query_map(params![after, most(limit)], record)?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn one(connection: &Connection, id: AccountId) -> Outcome<Option<AccountRecord>> {
    let mut statement =
        connection.prepare_cached(concat!("SELECT ", record_columns!(), " FROM account WHERE id = ?1"))?;
    Ok(statement.query_row([id.number()], record).optional()?)
}

fn record(row: &Row<'_>) -> rusqlite::Result<AccountRecord> {
    let seen: Option<i64> = row.get(PROFILE_WIDTH + 1)?;
    Ok(AccountRecord { profile: profile(row)?, disabled: row.get(PROFILE_WIDTH)?, seen: seen.map(Timestamp) })
}

fn disable(desk: &mut Desk, id: AccountId, disabled: bool) -> Outcome<bool> {
    let connection = &desk.connection;
    require_live(connection, id)?;
    let changed = connection
        .prepare_cached("UPDATE account SET disabled = ?2 WHERE id = ?1 AND disabled <> ?2")?
        .execute(params![id.number(), disabled])?;
    if disabled {
        tokens::end_others(connection, id, None)?;
    }
    Ok(changed > 0)
}

fn token_page(
    connection: &Connection,
    after: SessionId,
    limit: usize,
    at: Timestamp,
) -> Outcome<Vec<(AccountId, TokenRecord)>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, device, label, created, used, account FROM token
         WHERE number > ?1 AND until > ?2 ORDER BY number LIMIT ?3",
    )?;
    let rows = statement.query_map(params![tokens::number(after), at.0, most(limit)], |row| {
        Ok((account_id(row, 5)?, tokens::record(row)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
