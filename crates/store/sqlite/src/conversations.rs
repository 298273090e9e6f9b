//! Conversations: the direct ones, and groups from their making to their end.

use crate::accounts::require_live;
use crate::blocks;
use crate::columns::{
    conversation, conversation_columns, conversation_id, kind_number, place_number, size_number,
};
use crate::contacts;
use crate::desk::Desk;
use crate::invitations;
use crate::members;
use crate::messages;
use crate::outcome::{Outcome, Stop};
use crate::search;
use koine_metrics::Limit;
use koine_model::conversation::{Conversation, Kind};
use koine_model::media::Blob;
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Refusal, Seq, Timestamp};
use koine_store::NewGroup;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

/// Opens the direct conversation of the two, and tells whether it was made.
pub(crate) fn open_direct(
    desk: &mut Desk,
    opener: AccountId,
    peer: AccountId,
    at: Timestamp,
) -> Outcome<(Conversation, bool)> {
    let connection = &desk.connection;
    require_live(connection, opener)?;
    require_live(connection, peer)?;
    if let Some(id) = direct(connection, opener, peer)? {
        members::show(connection, id, opener)?;
        let found = find(connection, id)?.ok_or(Stop::Damaged("a direct conversation"))?;
        return Ok((found, false));
    }
    blocks::refuse(connection, opener, peer)?;
    let made = insert(connection, Kind::Direct, "", opener, at)?;
    let (low, high) = pair(opener, peer);
    connection
        .prepare_cached("INSERT INTO direct (low, high, conversation) VALUES (?1, ?2, ?3)")?
        .execute([low.number(), high.number(), made.id.number()])?;
    members::insert(connection, made.id, low, Seq::ZERO, at)?;
    if high != low {
        members::insert(connection, made.id, high, Seq::ZERO, at)?;
    }
    Ok((made, true))
}

/// The direct conversation of the two, where there is one.
pub(crate) fn direct(
    connection: &Connection,
    one: AccountId,
    other: AccountId,
) -> Outcome<Option<ConversationId>> {
    let (low, high) = pair(one, other);
    let mut statement =
        connection.prepare_cached("SELECT conversation FROM direct WHERE low = ?1 AND high = ?2")?;
    Ok(statement.query_row([low.number(), high.number()], |row| conversation_id(row, 0)).optional()?)
}

/// The two, lower id first.
pub(crate) fn pair(one: AccountId, other: AccountId) -> (AccountId, AccountId) {
    (one.min(other), one.max(other))
}

pub(crate) fn create_group(desk: &mut Desk, new: NewGroup) -> Outcome<Conversation> {
    let connection = &desk.connection;
    require_live(connection, new.leader)?;
    let mut known = HashSet::from([new.leader]);
    let others: Vec<_> = new.members.into_iter().filter(|other| known.insert(*other)).collect();
    if known.len() > new.most {
        return Err(Limit::GroupMembers.met(Refusal::TooLarge(Field::Members)).into());
    }
    for other in &others {
        require_live(connection, *other)?;
        if blocks::has_blocked(connection, *other, new.leader)? {
            return Err(Refusal::Blocked.into());
        }
    }
    for other in others.iter().filter(|_| new.invite) {
        if !contacts::are_friends(connection, new.leader, *other)? {
            return Err(Refusal::NotFriends.into());
        }
    }
    let group = insert(connection, Kind::Group, &new.name, new.leader, new.at)?;
    members::insert(connection, group.id, new.leader, Seq::ZERO, new.at)?;
    for other in others {
        match new.invite && !new.accepted.contains(&other) {
            true => invitations::insert(connection, group.id, other, new.at)?,
            false => members::insert(connection, group.id, other, Seq::ZERO, new.at)?,
        }
    }
    Ok(group)
}

pub(crate) fn find(connection: &Connection, id: ConversationId) -> Outcome<Option<Conversation>> {
    let statement = concat!("SELECT ", conversation_columns!(), " FROM conversation WHERE id = ?1");
    Ok(connection.prepare_cached(statement)?.query_row([id.number()], conversation).optional()?)
}

pub(crate) fn rename(
    desk: &mut Desk,
    id: ConversationId,
    by: AccountId,
    name: String,
) -> Outcome<Conversation> {
    let group = led_group(desk.connection, id, by)?;
    desk.rooms.forget(id);
    desk.connection
        .prepare_cached("UPDATE conversation SET name = ?2 WHERE id = ?1")?
        .execute(params![id.number(), name])?;
    Ok(Conversation { name, ..group })
}

pub(crate) fn set_picture(
    desk: &mut Desk,
    id: ConversationId,
    by: AccountId,
    picture: Option<Blob>,
) -> Outcome<Conversation> {
    let group = led_group(desk.connection, id, by)?;
    desk.rooms.forget(id);
    let (hash, size) = (picture.map(|blob| blob.hash), picture.as_ref().map(size_number));
    desk.connection
        .prepare_cached(
            "UPDATE conversation SET avatar_hash = ?2, avatar_size = ?3, pictured = ?4 WHERE id = ?1",
        )?
        .execute(params![id.number(), hash, size, by.number()])?;
    Ok(Conversation { avatar: picture, ..group })
}

pub(crate) fn promote(
    desk: &mut Desk,
    id: ConversationId,
    by: AccountId,
    who: AccountId,
) -> Outcome<Conversation> {
    let group = led_group(desk.connection, id, by)?;
    if members::since(desk.connection, id, who)?.is_none() {
        return Err(Refusal::NotThere.into());
    }
    set_leader(desk, id, who)?;
    Ok(Conversation { leader: who, ..group })
}

pub(crate) fn dissolve(desk: &mut Desk, id: ConversationId, by: AccountId) -> Outcome<Conversation> {
    let group = led_group(desk.connection, id, by)?;
    remove(desk, id)?;
    Ok(group)
}

/// The group, which `by` must be a member of and must lead.
pub(crate) fn led_group(connection: &Connection, id: ConversationId, by: AccountId) -> Outcome<Conversation> {
    let group = joined_group(connection, id, by)?;
    if group.leader == by { Ok(group) } else { Err(Refusal::NotLeader.into()) }
}

/// The group, which `by` must be a member of. Nobody else may know that it is there.
pub(crate) fn joined_group(
    connection: &Connection,
    id: ConversationId,
    by: AccountId,
) -> Outcome<Conversation> {
    let group = find(connection, id)?.filter(|found| found.kind == Kind::Group);
    match group {
        Some(group) if members::since(connection, id, by)?.is_some() => Ok(group),
        _ => Err(Refusal::UnknownConversation.into()),
    }
}

pub(crate) fn set_leader(desk: &mut Desk, id: ConversationId, leader: AccountId) -> Outcome<()> {
    desk.rooms.forget(id);
    desk.connection
        .prepare_cached("UPDATE conversation SET leader = ?2 WHERE id = ?1")?
        .execute([id.number(), leader.number()])?;
    Ok(())
}

/// Removes a group and all that was said in it. The bytes of its media stay: another message may have the same ones.
pub(crate) fn remove(desk: &mut Desk, id: ConversationId) -> Outcome<()> {
    desk.rooms.forget(id);
    let connection = &desk.connection;
    search::forget(connection, id)?;
    messages::erase(connection, place_number(id, Seq::ZERO), place_number(id, Seq::LAST))?;
    for statement in [
        "DELETE FROM watermark WHERE conversation = ?1
             AND account IN (SELECT account FROM member WHERE conversation = ?1)",
        "DELETE FROM read_mark WHERE conversation = ?1
             AND account IN (SELECT account FROM member WHERE conversation = ?1)",
        "DELETE FROM invitation WHERE conversation = ?1",
        "DELETE FROM member WHERE conversation = ?1",
        "DELETE FROM conversation WHERE id = ?1",
    ] {
        connection.prepare_cached(statement)?.execute([id.number()])?;
    }
    Ok(())
}

fn insert(
    connection: &Connection,
    kind: Kind,
    name: &str,
    leader: AccountId,
    at: Timestamp,
) -> Outcome<Conversation> {
    connection
        .prepare_cached("INSERT INTO conversation (kind, name, leader, created) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![kind_number(kind), name, leader.number(), at.0])?;
    let id = u32::try_from(connection.last_insert_rowid()).ok().and_then(ConversationId::new);
    let id = id.ok_or(Stop::UsedUp("a conversation"))?;
    Ok(Conversation { id, kind, name: name.to_owned(), avatar: None, leader, created: at })
}
