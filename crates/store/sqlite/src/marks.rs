//! How far people have come: what they have read, and what has arrived on any device of theirs.

use crate::blocks;
use crate::columns::{conversation_id, seq};
use crate::conversations;
use crate::desk::Desk;
use crate::members;
use crate::outcome::Outcome;
use crate::watermarks::{self, Positions};
use koine_model::conversation::Kind;
use koine_model::{AccountId, ConversationId, Place, Refusal, Seq};
use koine_store::Marks;
use rusqlite::{Connection, OptionalExtension, params};

/// Records that `account` has read everything up to `until`. Tells whether it had not before.
pub(crate) fn read(desk: &mut Desk, account: AccountId, until: Place, most: u32) -> Outcome<(bool, Marks)> {
    let Place { conversation, seq } = until;
    let connection = &desk.connection;
    if members::since(connection, conversation, account)?.is_none() {
        return Err(Refusal::UnknownConversation.into());
    }
    if seq > watermarks::last_seq(connection, conversation)? {
        return Err(Refusal::UnknownMessage.into());
    }
    let advanced = connection
        .prepare_cached(
            "INSERT INTO read_mark (account, conversation, seq) SELECT ?1, ?2, ?3 WHERE ?3 > 0
             ON CONFLICT (account, conversation) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq",
        )?
        .execute(params![account.number(), conversation.number(), seq.number()])?;
    let reported = desk.reported.of_any_device(account);
    Ok((advanced > 0, of(connection, conversation, account, &reported, most)?))
}

/// How far a member has come. `reported` is what may not be written yet of their devices, as it was before this began to read.
pub(crate) fn of(
    connection: &Connection,
    conversation: ConversationId,
    account: AccountId,
    reported: &Positions,
    most: u32,
) -> Outcome<Marks> {
    let written = watermarks::furthest(connection, account, conversation)?;
    let delivered = reported.get(&conversation).copied().unwrap_or_default().max(written);
    let read = read_by(connection, conversation, account)?;
    Ok(Marks { read, delivered, shared: are_shared(connection, conversation, most)? })
}

/// The same for whoever may be a member.
pub(crate) fn find(
    connection: &Connection,
    conversation: ConversationId,
    account: AccountId,
    reported: &Positions,
    most: u32,
) -> Outcome<Option<Marks>> {
    match members::since(connection, conversation, account)? {
        Some(_) => of(connection, conversation, account, reported, most).map(Some),
        None => Ok(None),
    }
}

/// Whether the members may see each other's marks.
pub(crate) fn are_shared(connection: &Connection, id: ConversationId, most: u32) -> Outcome<bool> {
    let Some(conversation) = conversations::find(connection, id)? else { return Ok(false) };
    if conversation.kind == Kind::Group {
        let beyond = connection
            .prepare_cached("SELECT 1 FROM member WHERE conversation = ?1 LIMIT 1 OFFSET ?2")?
            .exists(params![id.number(), most])?;
        return Ok(!beyond);
    }
    match members::list(connection, id, 2)?.0[..] {
        [one, other] => Ok(!blocks::between(connection, one, other)?),
        _ => Ok(true),
    }
}

/// How far somebody has read one conversation.
pub(crate) fn read_by(connection: &Connection, id: ConversationId, account: AccountId) -> Outcome<Seq> {
    let mut statement =
        connection.prepare_cached("SELECT seq FROM read_mark WHERE account = ?1 AND conversation = ?2")?;
    let found = statement.query_row([account.number(), id.number()], |row| seq(row, 0));
    Ok(found.optional()?.unwrap_or_default())
}

/// How far somebody has read everywhere.
pub(crate) fn read_everywhere(connection: &Connection, account: AccountId) -> Outcome<Positions> {
    let mut statement =
        connection.prepare_cached("SELECT conversation, seq FROM read_mark WHERE account = ?1")?;
    let rows = statement.query_map([account.number()], |row| Ok((conversation_id(row, 0)?, seq(row, 1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets how far `account` has read a conversation that it is leaving.
pub(crate) fn remove(connection: &Connection, id: ConversationId, account: AccountId) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM read_mark WHERE account = ?1 AND conversation = ?2")?
        .execute([account.number(), id.number()])?;
    Ok(())
}
