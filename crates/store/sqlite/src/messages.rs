//! Messages: giving them their places.

use crate::accounts;
use crate::amend;
use crate::blocks;
use crate::columns::{place, place_number, timestamp};
use crate::conversations;
use crate::desk::Desk;
use crate::media;
use crate::members;
use crate::outcome::{Broken, Outcome};
use crate::rooms::{Room, Rooms};
use crate::rows;
use crate::statements::Statements;
use crate::watermarks;
use koine_model::account::AccountRef;
use koine_model::conversation::{ConversationRef, Kind};
use koine_model::message::{Message, Part};
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Place, Refusal};
use koine_store::{Append, Appended};
use rusqlite::{Connection, OptionalExtension, Statement, params};

/// Appends a message, `body` being its parts as [`rows::encode`] has made them of it.
///
/// This is its own guard: whatever may refuse comes before the first change, and what fails later spoils the transaction.
pub(crate) fn append(desk: &mut Desk, append: &Append, body: &[u8]) -> Outcome<Appended> {
    match destination(desk, append)? {
        Destination::Open(conversation) => post(desk, conversation, append, body),
        Destination::New(peer) => {
            // Before the savepoint: a refusal in there costs what is remembered of all conversations.
            blocks::refuse(desk.connection, append.sender, peer)?;
            let posted = desk.in_savepoint(|desk| {
                let (conversation, _) = conversations::open_direct(desk, append.sender, peer, append.at)?;
                post(desk, conversation.id, append, body)
            });
            if posted.is_err() {
                desk.rooms.clear();
            }
            posted
        }
    }
}

/// Refuses what [`append`] would refuse now, as a reader sees it.
pub(crate) fn check(connection: &Connection, append: &Append) -> Outcome<()> {
    let id = match &append.to {
        ConversationRef::Id(id) => *id,
        ConversationRef::With(who) => {
            let peer = addressee(connection, who)?;
            let Some(known) = conversations::direct(connection, append.sender, peer)? else {
                return check_first(connection, append, peer);
            };
            known
        }
    };
    let mut rooms = Rooms::default();
    let room = enter(connection, &mut rooms, id, append.sender)?;
    if room.gone {
        return Err(Refusal::UnknownAccount.into());
    }
    let no = objection(connection, room, append)?;
    if let Some(key) = &append.key
        && repeated(connection, room, append.sender, &append.parts, key)?.is_some()
    {
        return Ok(());
    }
    no.map_or(Ok(()), |refusal| Err(refusal.into()))
}

/// The same for what would open the direct conversation with `peer`.
fn check_first(connection: &Connection, append: &Append, peer: AccountId) -> Outcome<()> {
    blocks::refuse(connection, append.sender, peer)?;
    accounts::require_live(connection, append.sender)?;
    accounts::require_live(connection, peer)?;
    if let Some(key) = &append.key {
        let mut statement =
            connection.prepare_cached("SELECT 1 FROM message_key WHERE sender = ?1 AND key = ?2")?;
        if statement.exists(params![append.sender.number(), key])? {
            return Err(Refusal::KeyReused.into());
        }
    }
    let answers = matches!(append.parts.first(), Some(Part::Reply { .. }));
    if answers { Err(Refusal::UnknownMessage.into()) } else { Ok(()) }
}

enum Destination {
    Open(ConversationId),
    /// The direct conversation with this account, which is not there yet.
    New(AccountId),
}

fn destination(desk: &mut Desk, append: &Append) -> Outcome<Destination> {
    let Desk { connection, rooms, .. } = desk;
    let peer = match &append.to {
        ConversationRef::Id(id) => return Ok(Destination::Open(*id)),
        ConversationRef::With(who) => addressee(connection, who)?,
    };
    let (low, high) = conversations::pair(append.sender, peer);
    if let Some(known) = rooms.direct(low, high) {
        return Ok(Destination::Open(known));
    }
    let Some(found) = conversations::direct(connection, low, high)? else {
        return Ok(Destination::New(peer));
    };
    rooms.remember_direct(low, high, found);
    Ok(Destination::Open(found))
}

fn addressee(connection: &Connection, who: &AccountRef) -> Outcome<AccountId> {
    match who {
        // Whether there is such an account is seen when its conversation is.
        AccountRef::Id(id) => Ok(*id),
        other => Ok(accounts::find(connection, other)?.ok_or(Refusal::UnknownAccount)?.profile.id),
    }
}

fn post(desk: &mut Desk, id: ConversationId, append: &Append, body: &[u8]) -> Outcome<Appended> {
    let Desk { connection, statements, rooms, .. } = desk;
    let room = enter(connection, rooms, id, append.sender)?;
    if room.gone {
        return Err(Refusal::UnknownAccount.into());
    }
    let no = objection(connection, room, append)?;
    let seq = room.last.next();
    let number = place_number(id, seq);
    // What was said once is answered so, also where it could not be said now.
    if let Some(key) = &append.key
        && (no.is_some() || !claim(statements.claim(connection)?, append.sender, key, number)?)
        && let Some(first) = repeated(connection, room, append.sender, &append.parts, key)?
    {
        return Ok(first);
    }
    if let Some(refusal) = no {
        return Err(refusal.into());
    }
    let written = write(connection, statements, number, append, body);
    if let Err(error) = written {
        desk.spoil(Broken::RolledBack);
        return Err(error);
    }
    room.last = seq;
    let (conversation, pair) = (room.conversation.clone(), room.pair.clone());
    Ok(Appended { place: Place { conversation: id, seq }, at: append.at, fresh: true, conversation, pair })
}

/// Why the message cannot be said now, if it cannot.
fn objection(connection: &Connection, room: &Room, append: &Append) -> Outcome<Option<Refusal>> {
    if room.blocked {
        return Ok(Some(Refusal::Blocked));
    }
    if room.last.number() >= Message::LAST_SEQ {
        return Ok(Some(Refusal::TooLarge(Field::Message)));
    }
    let Some(Part::Reply { to }) = append.parts.first() else { return Ok(None) };
    let id = room.conversation.id;
    let since = members::since(connection, id, append.sender)?.ok_or(Refusal::UnknownConversation)?;
    let target = amend::target(connection, Place { conversation: id, seq: *to }, since)?;
    Ok(target.is_none().then_some(Refusal::UnknownMessage))
}

/// The conversation, where `sender` is a member of it.
pub(crate) fn enter<'a>(
    connection: &Connection,
    rooms: &'a mut Rooms,
    id: ConversationId,
    sender: AccountId,
) -> Outcome<&'a mut Room> {
    if !rooms.recall(id) {
        rooms.remember(load(connection, id)?);
    }
    let room = rooms.find(id).ok_or(Refusal::UnknownConversation)?;
    if !room.speakers.contains(&sender) {
        if members::since(connection, id, sender)?.is_none() {
            return Err(Refusal::UnknownConversation.into());
        }
        room.heard(sender);
    }
    Ok(room)
}

fn load(connection: &Connection, id: ConversationId) -> Outcome<Room> {
    let conversation = conversations::find(connection, id)?.ok_or(Refusal::UnknownConversation)?;
    let mut room = Room {
        pair: Vec::new(),
        gone: false,
        blocked: false,
        last: watermarks::last_seq(connection, id)?,
        speakers: Default::default(),
        conversation,
    };
    if room.conversation.kind == Kind::Direct {
        let (mut pair, _) = members::list(connection, id, 2)?;
        pair.sort_unstable();
        let profiles = accounts::profiles(connection, &pair)?;
        room.gone = profiles.iter().any(|profile| profile.deleted);
        if let [low, high] = pair[..] {
            room.blocked = blocks::between(connection, low, high)?;
        }
        room.pair = pair;
    }
    Ok(room)
}

/// Takes the key for the message at `place`, unless it is taken, by [`Statements::claim`].
pub(crate) fn claim(
    statement: &mut Statement<'_>,
    sender: AccountId,
    key: &str,
    place: i64,
) -> rusqlite::Result<bool> {
    Ok(statement.execute(params![sender.number(), key, place])? > 0)
}

/// The first entry under the sender's key, where there is one and it said the same in the same conversation.
pub(crate) fn repeated(
    connection: &Connection,
    room: &Room,
    sender: AccountId,
    parts: &[Part],
    key: &str,
) -> Outcome<Option<Appended>> {
    let mut statement = connection.prepare_cached(
        "SELECT message.place, message.at, message.body, original.hash
         FROM message_key JOIN message ON message.place = message_key.place
         LEFT JOIN original ON original.place = message_key.place
         WHERE message_key.sender = ?1 AND message_key.key = ?2",
    )?;
    let first = statement.query_row(params![sender.number(), key], |row| {
        let original: Option<[u8; 32]> = row.get(3)?;
        Ok((row.get(0)?, timestamp(row, 1)?, row.get::<_, Vec<u8>>(2)?, original))
    });
    let Some((number, at, body, original)) = first.optional()? else { return Ok(None) };
    let place = place(number)?;
    let same = match original {
        Some(hash) => hash == rows::fingerprint(parts)?,
        None => say_the_same(&rows::decode(&body)?, parts),
    };
    if place.conversation != room.conversation.id || !same {
        return Err(Refusal::KeyReused.into());
    }
    let (conversation, pair) = (room.conversation.clone(), room.pair.clone());
    Ok(Some(Appended { place, at, fresh: false, conversation, pair }))
}

/// Whether the parts are the same but for the ids of media, which are new at every upload.
fn say_the_same(some: &[Part], others: &[Part]) -> bool {
    some.len() == others.len()
        && some.iter().zip(others).all(|pair| match pair {
            (Part::Media(one), Part::Media(other)) => {
                (one.blob, &one.mime, &one.name) == (other.blob, &other.mime, &other.name)
            }
            (one, other) => one == other,
        })
}

fn write<'c>(
    connection: &'c Connection,
    statements: &mut Statements<'c>,
    place: i64,
    append: &Append,
    body: &[u8],
) -> Outcome<()> {
    let sender = append.sender.number();
    statements.append(connection)?.execute(params![place, sender, append.at.0, body, append.key])?;
    media::insert(connection, &append.parts, place, append.sender)
}

/// Takes entries away, from the place `first` to the place `last`. The bytes of their media stay: another message may have the same ones.
pub(crate) fn erase(connection: &Connection, first: i64, last: i64) -> Outcome<()> {
    forget_about(connection, first, last)?;
    connection.prepare_cached("DELETE FROM message WHERE place BETWEEN ?1 AND ?2")?.execute([first, last])?;
    Ok(())
}

/// Takes away what belongs to entries, but for themselves and their words in the index.
pub(crate) fn forget_about(connection: &Connection, first: i64, last: i64) -> Outcome<()> {
    for statement in [
        "DELETE FROM message_key WHERE (sender, key) IN
             (SELECT sender, key FROM message WHERE place BETWEEN ?1 AND ?2 AND key IS NOT NULL)",
        "DELETE FROM media WHERE place BETWEEN ?1 AND ?2",
        "DELETE FROM version WHERE place BETWEEN ?1 AND ?2",
        "DELETE FROM reaction WHERE place BETWEEN ?1 AND ?2",
        "DELETE FROM original WHERE place BETWEEN ?1 AND ?2",
        "DELETE FROM act_run WHERE last BETWEEN ?1 AND ?2",
        // A run that goes on behind them begins there.
        "UPDATE act_run SET first = ?2 + 1 WHERE first BETWEEN ?1 AND ?2",
    ] {
        connection.prepare_cached(statement)?.execute([first, last])?;
    }
    Ok(())
}
