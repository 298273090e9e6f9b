//! Invitations: who has been asked into a group and has not answered.

use crate::accounts::exists;
use crate::columns::{conversation, conversation_columns};
use crate::conversations;
use crate::desk::Desk;
use crate::members;
use crate::outcome::{Outcome, Stop};
use koine_model::conversation::Conversation;
use koine_model::{AccountId, ConversationId, Refusal, Timestamp};
use rusqlite::{Connection, params};

/// The groups to which `account` is invited, oldest invitation first.
pub(crate) fn list(connection: &Connection, account: AccountId) -> Outcome<Vec<Conversation>> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT ",
        conversation_columns!(),
        " FROM invitation JOIN conversation ON conversation.id = invitation.conversation
         WHERE invitation.account = ?1 ORDER BY invitation.number"
    ))?;
    let found = statement.query_map([account.number()], conversation)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(crate) fn answer(
    desk: &mut Desk,
    id: ConversationId,
    account: AccountId,
    accept: bool,
    at: Timestamp,
) -> Outcome<Conversation> {
    if !remove(desk.connection, id, account)? {
        return Err(Refusal::NotThere.into());
    }
    if accept {
        members::join(desk, id, account, at)?;
    }
    conversations::find(desk.connection, id)?.ok_or(Stop::Damaged("an invitation's group"))
}

pub(crate) fn is_invited(connection: &Connection, id: ConversationId, account: AccountId) -> Outcome<bool> {
    let both = [account.number(), id.number()];
    exists(connection, "SELECT 1 FROM invitation WHERE account = ?1 AND conversation = ?2", both)
}

pub(crate) fn insert(
    connection: &Connection,
    id: ConversationId,
    account: AccountId,
    at: Timestamp,
) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO invitation (conversation, account, at) VALUES (?1, ?2, ?3)")?
        .execute(params![id.number(), account.number(), at.0])?;
    Ok(())
}

/// Takes an invitation back, and tells whether there was one.
pub(crate) fn remove(connection: &Connection, id: ConversationId, account: AccountId) -> Outcome<bool> {
    let mut statement =
        connection.prepare_cached("DELETE FROM invitation WHERE account = ?1 AND conversation = ?2")?;
    Ok(statement.execute([account.number(), id.number()])? > 0)
}

pub(crate) fn remove_all(connection: &Connection, account: AccountId) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM invitation WHERE account = ?1")?.execute([account.number()])?;
    Ok(())
}
