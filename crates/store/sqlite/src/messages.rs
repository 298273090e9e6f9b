//! Messages: giving them their places, and reading them back.

use crate::accounts;
use crate::blocks;
use crate::columns::{account_id, place, place_number, timestamp};
use crate::conversations;
use crate::desk::Desk;
use crate::media;
use crate::members;
use crate::outcome::{Broken, Outcome, Stop};
use crate::rooms::{Room, Rooms};
use crate::rows;
use crate::watermarks;
use koine_model::account::AccountRef;
use koine_model::conversation::{ConversationRef, Kind};
use koine_model::message::{Message, Part};
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Place, Refusal, Timestamp};
use koine_store::{Append, Appended, Member, Order, Page};
use rusqlite::{Connection, OptionalExtension, params};

/// Appends a message, `body` being its parts as [`rows::encode`] has made them of it.
///
/// This is its own guard: whatever may refuse comes before the first change, and what fails later spoils the transaction.
pub(crate) fn append(desk: &mut Desk, append: &Append, body: &[u8]) -> Outcome<Appended> {
    match destination(desk, append)? {
        Destination::Open(conversation) => post(desk, conversation, append, body),
        Destination::New(peer) => {
            // Before the savepoint: a refusal in there costs what is remembered of all conversations.
            blocks::refuse(&desk.connection, append.sender, peer)?;
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

enum Destination {
    Open(ConversationId),
    /// The direct conversation with this account, which is not there yet.
    New(AccountId),
}

fn destination(desk: &mut Desk, append: &Append) -> Outcome<Destination> {
    let Desk { connection, rooms, .. } = desk;
    let peer = match &append.to {
        ConversationRef::Id(id) => return Ok(Destination::Open(*id)),
        // Whether there is such an account is seen when its conversation is.
        ConversationRef::With(AccountRef::Id(id)) => *id,
        ConversationRef::With(other) => {
            let found = accounts::find(connection, other)?;
            found.ok_or(Refusal::UnknownAccount)?.profile.id
        }
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

fn post(desk: &mut Desk, id: ConversationId, append: &Append, body: &[u8]) -> Outcome<Appended> {
    let Desk { connection, rooms, .. } = desk;
    let room = enter(connection, rooms, id, append.sender)?;
    let full = room.last.number() >= Message::LAST_SEQ;
    let closed = full || room.blocked;
    let seq = room.last.next();
    let number = place_number(id, seq);
    if let Some(key) = &append.key
        && (closed || !claim(connection, append.sender, key, number)?)
        && let Some(first) = repeated(connection, room, append, key)?
    {
        return Ok(first);
    }
    if room.blocked {
        return Err(Refusal::Blocked.into());
    }
    if full {
        return Err(Refusal::TooLarge(Field::Message).into());
    }
    let written = write(connection, number, append, body);
    if let Err(error) = written {
        desk.spoil(Broken::RolledBack);
        return Err(error);
    }
    room.last = seq;
    let (conversation, pair) = (room.conversation.clone(), room.pair.clone());
    Ok(Appended { place: Place { conversation: id, seq }, at: append.at, fresh: true, conversation, pair })
}

/// The conversation, where `sender` may speak in it.
fn enter<'a>(
    connection: &Connection,
    rooms: &'a mut Rooms,
    id: ConversationId,
    sender: AccountId,
) -> Outcome<&'a mut Room> {
    if rooms.find(id).is_none() {
        rooms.remember(load(connection, id)?);
    }
    let room = rooms.find(id).ok_or(Refusal::UnknownConversation)?;
    if !room.speakers.contains(&sender) {
        if members::since(connection, id, sender)?.is_none() {
            return Err(Refusal::UnknownConversation.into());
        }
        room.heard(sender);
    }
    if room.gone { Err(Refusal::UnknownAccount.into()) } else { Ok(room) }
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

/// Takes the key for the message at `place`, unless it is taken: one step down the index where asking first makes two.
fn claim(connection: &Connection, sender: AccountId, key: &str, place: i64) -> Outcome<bool> {
    let claimed = connection
        .prepare_cached(
            "INSERT INTO message_key (sender, key, place) VALUES (?1, ?2, ?3)
             ON CONFLICT (sender, key) DO NOTHING",
        )?
        .execute(params![sender.number(), key, place])?;
    Ok(claimed > 0)
}

/// The first post under the sender's key, where there is one and it says the same in the same conversation.
fn repeated(connection: &Connection, room: &Room, append: &Append, key: &str) -> Outcome<Option<Appended>> {
    let mut statement = connection.prepare_cached(
        "SELECT message.place, message.at, message.body
         FROM message_key JOIN message ON message.place = message_key.place
         WHERE message_key.sender = ?1 AND message_key.key = ?2",
    )?;
    let first = statement.query_row(params![append.sender.number(), key], |row| {
        Ok((row.get(0)?, timestamp(row, 1)?, row.get::<_, Vec<u8>>(2)?))
    });
    let Some((number, at, body)) = first.optional()? else { return Ok(None) };
    let place = place(number)?;
    if place.conversation != room.conversation.id || !say_the_same(&rows::decode(&body)?, &append.parts) {
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

fn write(connection: &Connection, place: i64, append: &Append, body: &[u8]) -> Outcome<()> {
    let sender = append.sender.number();
    connection
        .prepare_cached("INSERT INTO message (place, sender, at, body, key) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![place, sender, append.at.0, body, append.key])?;
    media::insert(connection, &append.parts, place)
}

/// One page of what `member` may see, oldest first.
pub(crate) fn page(connection: &Connection, member: &Member, page: &Page) -> Outcome<Vec<Message>> {
    let conversation = member.conversation().id;
    let after = page.span.after.max(member.since());
    // Moments beyond all others stand for those that were not given: SQLite steps over no row because of them.
    let since = page.span.since.unwrap_or(Timestamp(i64::MIN));
    let before = page.span.before.unwrap_or(Timestamp(i64::MAX));
    let mut statement = connection.prepare_cached(match page.order {
        Order::Oldest => {
            "SELECT place, sender, at, body FROM message
             WHERE place > ?1 AND place <= ?2 AND at BETWEEN ?3 AND ?4 ORDER BY place LIMIT ?5"
        }
        Order::Newest => {
            "SELECT place, sender, at, body FROM message
             WHERE place > ?1 AND place <= ?2 AND at BETWEEN ?3 AND ?4 ORDER BY place DESC LIMIT ?5"
        }
    })?;
    let (first, last) = (place_number(conversation, after), place_number(conversation, page.span.until));
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![first, last, since.0, before.0, limit])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(3)?.as_blob().map_err(|_| Stop::Damaged("a body"))?;
        let (place, sender) = (place(row.get(0)?)?, account_id(row, 1)?);
        messages.push(Message::new(place, sender, timestamp(row, 2)?, rows::decode(body)?));
    }
    if page.order == Order::Newest {
        messages.reverse();
    }
    Ok(messages)
}
