//! Memberships: who is in a conversation, since when, and who goes.

use crate::accounts::require_live;
use crate::blocks;
use crate::columns::{
    CONVERSATION_WIDTH, account_id, conversation, conversation_columns, conversation_id, last, last_place,
    place, place_number, seq, timestamp,
};
use crate::conversations::{self, joined_group, led_group};
use crate::desk::Desk;
use crate::invitations;
use crate::marks;
use crate::outcome::Outcome;
use crate::watermarks;
use koine_metrics::Limit;
use koine_model::conversation::Conversation;
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Refusal, Seq, Timestamp};
use koine_store::{Departure, Member, Membership};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;

/// Proof that `account` is a member now.
pub(crate) fn find(
    connection: &Connection,
    id: ConversationId,
    account: AccountId,
) -> Outcome<Option<Member>> {
    let mut statement = connection
        .prepare_cached("SELECT since, words FROM member WHERE account = ?1 AND conversation = ?2")?;
    let found = statement
        .query_row([account.number(), id.number()], |row| Ok((seq(row, 0)?, row.get(1)?)))
        .optional()?;
    let Some((since, words)) = found else { return Ok(None) };
    let found = conversations::find(connection, id)?;
    Ok(found.map(|conversation| Member::attested_by_store(account, conversation, since, words)))
}

/// The last message from before `account` came, where it is a member.
pub(crate) fn since(connection: &Connection, id: ConversationId, account: AccountId) -> Outcome<Option<Seq>> {
    let mut statement =
        connection.prepare_cached("SELECT since FROM member WHERE account = ?1 AND conversation = ?2")?;
    Ok(statement.query_row([account.number(), id.number()], |row| seq(row, 0)).optional()?)
}

/// The same for all that `account` is a member of.
pub(crate) fn since_everywhere(
    connection: &Connection,
    account: AccountId,
) -> Outcome<HashMap<ConversationId, Seq>> {
    let mut statement =
        connection.prepare_cached("SELECT conversation, since FROM member WHERE account = ?1")?;
    let rows = statement.query_map([account.number()], |row| Ok((conversation_id(row, 0)?, seq(row, 1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A membership, and what its account has set there.
pub(crate) struct Placed {
    pub(crate) membership: Membership,
    /// Whether it wants to be told in words of what is done to messages.
    pub(crate) words: bool,
    /// Whether it has taken the conversation off its list.
    cleared: bool,
}

impl Placed {
    fn is_listed(&self) -> bool {
        is_listed(self.cleared, self.membership.since, self.membership.last)
    }
}

/// Whether a conversation is on a list: what was cleared is there again when something is said in it.
fn is_listed(cleared: bool, since: Seq, last: Seq) -> bool {
    !cleared || last > since
}

/// All that `account` is a member of, by id.
pub(crate) fn memberships(connection: &Connection, account: AccountId) -> Outcome<Vec<Membership>> {
    Ok(all(connection, account)?.into_iter().map(|placed| placed.membership).collect())
}

/// The same without what it has cleared and nothing was said in since.
pub(crate) fn listed(connection: &Connection, account: AccountId) -> Outcome<Vec<Placed>> {
    let mut found = all(connection, account)?;
    found.retain(Placed::is_listed);
    Ok(found)
}

/// Of these the named ones.
pub(crate) fn named(
    connection: &Connection,
    account: AccountId,
    ids: &[ConversationId],
) -> Outcome<Vec<Placed>> {
    let mut statement = connection.prepare_cached(
        "SELECT since, words, cleared FROM member WHERE account = ?1 AND conversation = ?2",
    )?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let set = |row: &Row<'_>| Ok((seq(row, 0)?, row.get(1)?, row.get(2)?));
        let member = statement.query_row([account.number(), id.number()], set).optional()?;
        let Some((since, words, cleared)) = member else { continue };
        let Some(conversation) = conversations::find(connection, *id)? else { continue };
        let last = watermarks::last_seq(connection, *id)?;
        found.push(Placed { membership: Membership { conversation, since, last }, words, cleared });
    }
    found.retain(Placed::is_listed);
    found.sort_unstable_by_key(|placed| placed.membership.conversation.id);
    found.dedup_by_key(|placed| placed.membership.conversation.id);
    Ok(found)
}

/// What is known of a membership without looking at its conversation.
pub(crate) struct Stand {
    pub(crate) id: ConversationId,
    pub(crate) since: Seq,
    pub(crate) last: Seq,
    /// When the last entry was added; where the account has seen none yet, when it came.
    pub(crate) at: Timestamp,
    pub(crate) words: bool,
    /// Whether the conversation is on the account's list.
    pub(crate) listed: bool,
}

/// How all that `account` is a member of stands, by id. The last entries are looked up one by one: within the statement each would be
/// found twice, for its place and for its moment.
pub(crate) fn stands(connection: &Connection, account: AccountId) -> Outcome<Vec<Stand>> {
    let mut ending = connection.prepare_cached(
        "SELECT place, at FROM message WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1",
    )?;
    let mut statement = connection.prepare_cached(
        "SELECT conversation, since, at, words, cleared FROM member WHERE account = ?1 ORDER BY conversation",
    )?;
    let mut rows = statement.query([account.number()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, since) = (conversation_id(row, 0)?, seq(row, 1)?);
        let (mut last, mut at) = (Seq::ZERO, timestamp(row, 2)?);
        let mut entries = ending.query([place_number(id, Seq::ZERO), place_number(id, Seq::LAST)])?;
        if let Some(entry) = entries.next()? {
            last = place(entry.get(0)?)?.seq;
            if last > since {
                at = timestamp(entry, 1)?;
            }
        }
        let listed = is_listed(row.get(4)?, since, last);
        found.push(Stand { id, since, last, at, words: row.get(3)?, listed });
    }
    Ok(found)
}

/// All memberships, by id.
fn all(connection: &Connection, account: AccountId) -> Outcome<Vec<Placed>> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT ",
        conversation_columns!(),
        ", member.since, ",
        last_place!("member.conversation"),
        ", member.cleared, member.words FROM member JOIN conversation ON conversation.id = member.conversation
         WHERE member.account = ?1 ORDER BY member.conversation"
    ))?;
    let rows = statement.query_map([account.number()], |row| {
        let (since, last) = (seq(row, CONVERSATION_WIDTH)?, last(row, CONVERSATION_WIDTH + 1)?);
        let membership = Membership { conversation: conversation(row)?, since, last };
        let (cleared, words) = (row.get(CONVERSATION_WIDTH + 2)?, row.get(CONVERSATION_WIDTH + 3)?);
        Ok(Placed { membership, words, cleared })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The first members in the order in which they came, and how many there are.
pub(crate) fn list(
    connection: &Connection,
    id: ConversationId,
    limit: usize,
) -> Outcome<(Vec<AccountId>, u32)> {
    let mut statement = connection
        .prepare_cached("SELECT account FROM member WHERE conversation = ?1 ORDER BY number LIMIT ?2")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let first = statement
        .query_map(params![id.number(), limit], |row| account_id(row, 0))?
        .collect::<Result<_, _>>()?;
    let count = connection
        .prepare_cached("SELECT count(*) FROM member WHERE conversation = ?1")?
        .query_row([id.number()], |row| row.get(0))?;
    Ok((first, count))
}

/// How many are members or invited.
fn places_taken(connection: &Connection, id: ConversationId) -> Outcome<u32> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT count(*) FROM member WHERE conversation = ?1)
             + (SELECT count(*) FROM invitation WHERE conversation = ?1)",
    )?;
    Ok(statement.query_row([id.number()], |row| row.get(0))?)
}

pub(crate) fn add(
    desk: &mut Desk,
    id: ConversationId,
    by: AccountId,
    who: AccountId,
    invite: bool,
    most: usize,
    at: Timestamp,
) -> Outcome<Conversation> {
    let connection = &desk.connection;
    let group = joined_group(connection, id, by)?;
    let is_invited = invitations::is_invited(connection, id, who)?;
    if since(connection, id, who)?.is_some() || (invite && is_invited) {
        return Err(Refusal::Already.into());
    }
    require_live(connection, who)?;
    if blocks::has_blocked(connection, who, by)? {
        return Err(Refusal::Blocked.into());
    }
    // Who is invited has a place already.
    if !is_invited && usize::try_from(places_taken(connection, id)?).is_ok_and(|taken| taken >= most) {
        return Err(Limit::GroupMembers.met(Refusal::TooLarge(Field::Members)).into());
    }
    match invite {
        true => invitations::insert(connection, id, who, at)?,
        false => join(desk, id, who, at)?,
    }
    Ok(group)
}

/// Makes `account` a member who sees what is said from now on.
pub(crate) fn join(desk: &mut Desk, id: ConversationId, account: AccountId, at: Timestamp) -> Outcome<()> {
    desk.rooms.forget(id);
    desk.reported.forget(account, id);
    invitations::remove(desk.connection, id, account)?;
    let last = watermarks::last_seq(desk.connection, id)?;
    insert(desk.connection, id, account, last, at)
}

/// Takes the conversation off the list of `account` until something more is said. Tells whether they want words.
pub(crate) fn clear(desk: &mut Desk, id: ConversationId, account: AccountId) -> Outcome<bool> {
    let last = watermarks::last_seq(desk.connection, id)?;
    let words = desk
        .connection
        .prepare_cached(
            "UPDATE member SET since = ?3, cleared = 1 WHERE account = ?1 AND conversation = ?2 RETURNING words",
        )?
        .query_row([account.number(), id.number(), last.number()], |row| row.get(0))
        .optional()?;
    words.ok_or_else(|| Refusal::UnknownConversation.into())
}

/// Puts the conversation on the list of `account` again, as empty as it was there.
pub(crate) fn show(connection: &Connection, id: ConversationId, account: AccountId) -> Outcome<()> {
    connection
        .prepare_cached(
            "UPDATE member SET cleared = 0 WHERE account = ?1 AND conversation = ?2 AND cleared = 1",
        )?
        .execute([account.number(), id.number()])?;
    Ok(())
}

/// Remembers whether `account` wants to be told in words of what is done to messages.
pub(crate) fn words(desk: &mut Desk, id: ConversationId, account: AccountId, on: bool) -> Outcome<()> {
    let changed = desk
        .connection
        .prepare_cached("UPDATE member SET words = ?3 WHERE account = ?1 AND conversation = ?2")?
        .execute(params![account.number(), id.number(), on])?;
    if changed == 0 { Err(Refusal::UnknownConversation.into()) } else { Ok(()) }
}

pub(crate) fn leave(desk: &mut Desk, id: ConversationId, account: AccountId) -> Outcome<Departure> {
    let group = joined_group(desk.connection, id, account)?;
    depart(desk, group, account)
}

/// Takes a member out of a group, which has another leader or is gone afterwards if need be.
pub(crate) fn depart(desk: &mut Desk, group: Conversation, account: AccountId) -> Outcome<Departure> {
    delete(desk, group.id, account)?;
    let (oldest, _) = list(desk.connection, group.id, 1)?;
    let Some(successor) = oldest.first().copied() else {
        conversations::remove(desk, group.id)?;
        return Ok(Departure { conversation: group, new_leader: None, dissolved: true });
    };
    let new_leader = (group.leader == account).then_some(successor);
    if let Some(leader) = new_leader {
        conversations::set_leader(desk, group.id, leader)?;
    }
    Ok(Departure { conversation: group, new_leader, dissolved: false })
}

pub(crate) fn expel(
    desk: &mut Desk,
    id: ConversationId,
    by: AccountId,
    who: AccountId,
) -> Outcome<Conversation> {
    let group = led_group(desk.connection, id, by)?;
    if by == who {
        return Err(Refusal::Yourself.into());
    }
    if !delete(desk, id, who)? && !invitations::remove(desk.connection, id, who)? {
        return Err(Refusal::NotThere.into());
    }
    Ok(group)
}

pub(crate) fn insert(
    connection: &Connection,
    id: ConversationId,
    account: AccountId,
    since: Seq,
    at: Timestamp,
) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO member (conversation, account, since, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id.number(), account.number(), since.number(), at.0])?;
    Ok(())
}

fn delete(desk: &mut Desk, id: ConversationId, account: AccountId) -> Outcome<bool> {
    desk.rooms.forget(id);
    watermarks::remove(desk.connection, id, account)?;
    marks::remove(desk.connection, id, account)?;
    let deleted = desk
        .connection
        .prepare_cached("DELETE FROM member WHERE account = ?1 AND conversation = ?2")?
        .execute([account.number(), id.number()])?;
    Ok(deleted > 0)
}
