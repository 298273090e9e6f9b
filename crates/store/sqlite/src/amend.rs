//! What is done to messages after they were said.
//!
//! An act is an entry of the log, and changes in the same transaction what the log shows of its target: the body, the flags,
//! and the tables of wordings and reactions.

use crate::columns::{account_id, place_number, timestamp};
use crate::desk::Desk;
use crate::media;
use crate::members;
use crate::messages::{claim, enter, repeated};
use crate::outcome::Outcome;
use crate::rows;
use crate::runs;
use crate::search;
use koine_model::conversation::{Conversation, Kind};
use koine_model::message::{Act, Deed, Markup, Message, Part};
use koine_model::refusal::Field;
use koine_model::{AccountId, Place, Refusal, Seq, Timestamp, markup};
use koine_store::{Amend, Appended};
use rusqlite::{Connection, OptionalExtension, params};

/// The flag of an entry that is no message.
pub(crate) const ACT: i64 = 1;
/// The flag of a message with other wordings.
pub(crate) const EDITED: i64 = 2;
/// The flag of a message with reactions.
pub(crate) const REACTED: i64 = 4;

/// A message that something can be done to.
pub(crate) struct Target {
    pub(crate) number: i64,
    pub(crate) sender: AccountId,
    pub(crate) at: Timestamp,
    pub(crate) parts: Vec<Part>,
    pub(crate) flags: i64,
}

/// Appends an act, `parts` being the one part that it is, and does what it says. To be called within a savepoint.
pub(crate) fn amend(desk: &mut Desk, amend: &Amend, parts: &[Part]) -> Outcome<Appended> {
    let Amend { actor, conversation: id, act, key, at } = amend;
    let Desk { connection, statements, rooms, .. } = desk;
    let room = enter(connection, rooms, *id, *actor)?;
    let full = room.last.number() >= Message::LAST_SEQ;
    // What one has said oneself can still be taken back.
    let blocked = room.blocked && act.deed != Deed::Deleted;
    let seq = room.last.next();
    let number = place_number(*id, seq);
    if let Some(key) = key
        && (full || blocked || !claim(statements.claim(connection)?, *actor, key, number)?)
        && let Some(first) = repeated(connection, room, *actor, parts, key)?
    {
        return Ok(first);
    }
    if blocked {
        return Err(Refusal::Blocked.into());
    }
    if full {
        return Err(Refusal::TooLarge(Field::Message).into());
    }
    let since = members::since(connection, *id, *actor)?.ok_or(Refusal::UnknownConversation)?;
    let place = Place { conversation: *id, seq: act.target };
    let target = target(connection, place, since)?.ok_or(Refusal::UnknownMessage)?;
    match &act.deed {
        Deed::Edited(text) if target.sender == *actor => edit(connection, &target, text, seq, *at)?,
        Deed::Deleted if may_delete(&room.conversation, &target, *actor) => {
            delete(connection, place, &target)?
        }
        Deed::Edited(_) | Deed::Deleted => return Err(Refusal::NotAuthor.into()),
        Deed::Reacted { emoji, on: true } => react(connection, &target, *actor, emoji, seq)?,
        Deed::Reacted { emoji, on: false } => unreact(connection, &target, *actor, emoji)?,
    }
    connection
        .prepare_cached(
            "INSERT INTO message (place, sender, at, body, key, flags) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![number, actor.number(), at.0, rows::encode(parts)?, key, ACT])?;
    runs::note(connection, number)?;
    room.last = seq;
    let (conversation, pair) = (room.conversation.clone(), room.pair.clone());
    Ok(Appended { place: Place { conversation: *id, seq }, at: *at, fresh: true, conversation, pair })
}

/// The message at `place`, where a member who sees what lies after `since` sees it: no act, and not deleted.
pub(crate) fn target(connection: &Connection, place: Place, since: Seq) -> Outcome<Option<Target>> {
    if place.seq <= since {
        return Ok(None);
    }
    let number = place_number(place.conversation, place.seq);
    let mut statement =
        connection.prepare_cached("SELECT sender, at, body, flags FROM message WHERE place = ?1")?;
    let found = statement.query_row([number], |row| {
        Ok((account_id(row, 0)?, timestamp(row, 1)?, row.get::<_, Vec<u8>>(2)?, row.get::<_, i64>(3)?))
    });
    let Some((sender, at, body, flags)) = found.optional()? else { return Ok(None) };
    let parts = rows::decode(&body)?;
    let is_there = flags & ACT == 0 && !matches!(parts.as_slice(), [Part::Removed]);
    Ok(is_there.then_some(Target { number, sender, at, parts, flags }))
}

/// The words of a message, without what is attached to it.
pub(crate) fn said(parts: &[Part]) -> String {
    let words = parts.iter().filter_map(|part| match part {
        Part::Text { text, markup: Markup::Plain } => Some(text.clone()),
        Part::Text { text, markup: Markup::Html } => Some(markup::plain(text)),
        Part::Media(_) | Part::Foreign { .. } | Part::Reply { .. } | Part::Act(_) | Part::Removed => None,
    });
    words.collect::<Vec<_>>().join("\n")
}

fn may_delete(conversation: &Conversation, target: &Target, actor: AccountId) -> bool {
    let leads = conversation.kind == Kind::Group && conversation.leader == actor;
    target.sender == actor || leads
}

fn edit(connection: &Connection, target: &Target, text: &str, act: Seq, at: Timestamp) -> Outcome<()> {
    if target.flags & EDITED == 0 {
        keep_version(connection, target.number, Seq::ZERO, target.at, &said(&target.parts))?;
    }
    keep_version(connection, target.number, act, at, text)?;
    rewrite(connection, target.number, &target.parts, &reworded(&target.parts, text)?, target.flags | EDITED)
}

/// The parts with `text` in the place of their first text, and without other ones. What has none gets it last, so that
/// what is numbered by its parts keeps its numbers.
fn reworded(parts: &[Part], text: &str) -> Outcome<Vec<Part>> {
    let mut new = Some(Part::text(text));
    let mut reworded: Vec<Part> = parts
        .iter()
        .filter_map(|part| if matches!(part, Part::Text { .. }) { new.take() } else { Some(part.clone()) })
        .collect();
    reworded.extend(new);
    if reworded.len() > Message::MOST_PARTS {
        return Err(Refusal::TooLarge(Field::Message).into());
    }
    Ok(reworded)
}

fn delete(connection: &Connection, place: Place, target: &Target) -> Outcome<()> {
    if target.flags & EDITED != 0 {
        forget_wordings(connection, place)?;
    }
    for statement in ["DELETE FROM version WHERE place = ?1", "DELETE FROM reaction WHERE place = ?1"] {
        connection.prepare_cached(statement)?.execute([target.number])?;
    }
    media::remove(connection, target.number)?;
    rewrite(connection, target.number, &target.parts, &[Part::Removed], 0)
}

/// Takes the words out of the acts that edited a message.
fn forget_wordings(connection: &Connection, place: Place) -> Outcome<()> {
    let number = place_number(place.conversation, place.seq);
    let mut statement =
        connection.prepare_cached("SELECT act, text FROM version WHERE place = ?1 AND act > 0")?;
    let mut rows = statement.query([number])?;
    while let Some(row) = rows.next()? {
        let (act, text): (u32, String) = (row.get(0)?, row.get(1)?);
        let entry = |text| [Part::Act(Act { target: place.seq, deed: Deed::Edited(text) })];
        let act = place_number(place.conversation, Seq::new(act));
        rewrite(connection, act, &entry(text), &entry(String::new()), ACT)?;
    }
    Ok(())
}

/// Has an entry say `now` instead of `was`. Every change of what was said comes by here.
fn rewrite(connection: &Connection, place: i64, was: &[Part], now: &[Part], flags: i64) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT INTO original (place, hash) SELECT place, ?2 FROM message WHERE place = ?1 AND key IS NOT NULL
             ON CONFLICT (place) DO NOTHING",
        )?
        .execute(params![place, rows::fingerprint(was)?])?;
    connection
        .prepare_cached("UPDATE message SET body = ?2, flags = ?3 WHERE place = ?1")?
        .execute(params![place, rows::encode(now)?, flags])?;
    search::amended(connection, place)
}

fn keep_version(connection: &Connection, place: i64, act: Seq, at: Timestamp, text: &str) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO version (place, act, at, text) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![place, act.number(), at.0, text])?;
    Ok(())
}

fn react(connection: &Connection, target: &Target, actor: AccountId, emoji: &str, act: Seq) -> Outcome<()> {
    let count: u32 = connection
        .prepare_cached("SELECT count(*) FROM reaction WHERE place = ?1")?
        .query_row([target.number], |row| row.get(0))?;
    if usize::try_from(count).is_ok_and(|count| count >= Message::MOST_REACTIONS) {
        return Err(Refusal::TooLarge(Field::Message).into());
    }
    let put = connection
        .prepare_cached(
            "INSERT INTO reaction (place, act, account, emoji) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (place, account, emoji) DO NOTHING",
        )?
        .execute(params![target.number, act.number(), actor.number(), emoji])?;
    if put == 0 {
        return Err(Refusal::Already.into());
    }
    flag(connection, target.number, target.flags | REACTED)
}

fn unreact(connection: &Connection, target: &Target, actor: AccountId, emoji: &str) -> Outcome<()> {
    let taken = connection
        .prepare_cached("DELETE FROM reaction WHERE place = ?1 AND account = ?2 AND emoji = ?3")?
        .execute(params![target.number, actor.number(), emoji])?;
    if taken == 0 {
        return Err(Refusal::NotThere.into());
    }
    let some_stay =
        connection.prepare_cached("SELECT 1 FROM reaction WHERE place = ?1")?.exists([target.number])?;
    let flags = if some_stay { target.flags } else { target.flags & !REACTED };
    flag(connection, target.number, flags)
}

fn flag(connection: &Connection, place: i64, flags: i64) -> Outcome<()> {
    connection.prepare_cached("UPDATE message SET flags = ?2 WHERE place = ?1")?.execute([place, flags])?;
    Ok(())
}
