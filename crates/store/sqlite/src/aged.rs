//! What is too old: which entries these are, and taking them away, a portion at a time.
//!
//! The log stays dense behind what is gone, and everybody's view begins there. So whatever pages, delivers or searches need not
//! know of it: to them, everybody came later.

use crate::columns::{conversation_id, place, place_number};
use crate::desk::Desk;
use crate::messages;
use crate::outcome::Outcome;
use crate::rows;
use crate::search;
use crate::watermarks;
use koine_model::message::Part;
use koine_model::{ConversationId, Seq, Timestamp};
use koine_store::Aged;
use rusqlite::{Connection, OptionalExtension, params};

/// Of each conversation the entries before the first one from `before` or later.
pub(crate) fn list(connection: &Connection, before: Timestamp) -> Outcome<Vec<Aged>> {
    let mut statement = connection.prepare("SELECT id FROM conversation ORDER BY id")?;
    let ids = statement.query_map([], |row| conversation_id(row, 0))?;
    let mut found = Vec::new();
    for id in ids {
        found.extend(find(connection, id?, before)?);
    }
    Ok(found)
}

fn find(connection: &Connection, id: ConversationId, before: Timestamp) -> Outcome<Option<Aged>> {
    let Some(first) = first(connection, id)? else { return Ok(None) };
    let last = watermarks::last_seq(connection, id)?;
    let span = (place_number(id, Seq::ZERO), place_number(id, Seq::LAST));
    let kept = connection
        .prepare_cached(
            "SELECT place FROM message WHERE place BETWEEN ?1 AND ?2 AND at >= ?3 ORDER BY place LIMIT 1",
        )?
        .query_row(params![span.0, span.1, before.0], |row| row.get::<_, i64>(0))
        .optional()?;
    let until = match kept {
        Some(kept) => place(kept)?.seq.previous(),
        None => last,
    };
    if until < first || (first == last && is_bare(connection, id, last)?) {
        return Ok(None);
    }
    let entries = until.number().saturating_sub(first.previous().number());
    Ok(Some(Aged { conversation: id, until, entries }))
}

/// Takes away the oldest entries up to `until`, at most `most`. Tells how many.
pub(crate) fn trim(desk: &mut Desk, id: ConversationId, until: Seq, most: u32) -> Outcome<u32> {
    let connection = &desk.connection;
    let Some(first) = first(connection, id)? else { return Ok(0) };
    let last = watermarks::last_seq(connection, id)?;
    let end = until.min(last).min(Seq::new(first.previous().number().saturating_add(most)));
    if end < first || (first == last && is_bare(connection, id, last)?) {
        return Ok(0);
    }
    // Whoever cleared it once has not cleared what was said since.
    connection
        .prepare_cached(
            "UPDATE member SET cleared = cleared AND since >= ?3, since = ?2 WHERE conversation = ?1 AND since < ?2",
        )?
        .execute([id.number(), end.number(), last.number()])?;
    // A search may just now be bringing some of them into the index: it leaves out what is said to be there.
    connection
        .prepare_cached(
            "INSERT INTO indexed (conversation, seq) VALUES (?1, ?2)
             ON CONFLICT (conversation) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq",
        )?
        .execute([id.number(), end.number()])?;
    let (from, to) = (place_number(id, first), place_number(id, end));
    search::forget_span(connection, from, to)?;
    if end < last {
        messages::erase(connection, from, to)?;
    } else {
        messages::erase(connection, from, place_number(id, end.previous()))?;
        messages::forget_about(connection, to, to)?;
        connection
            .prepare_cached("UPDATE message SET body = ?2, key = NULL, flags = 0 WHERE place = ?1")?
            .execute(params![to, rows::encode(&[Part::Removed])?])?;
    }
    Ok(end.number().saturating_sub(first.previous().number()))
}

fn first(connection: &Connection, id: ConversationId) -> Outcome<Option<Seq>> {
    let mut statement = connection
        .prepare_cached("SELECT place FROM message WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 1")?;
    let span = [place_number(id, Seq::ZERO), place_number(id, Seq::LAST)];
    let found = statement.query_row(span, |row| row.get::<_, i64>(0)).optional()?;
    Ok(found.map(place).transpose()?.map(|place| place.seq))
}

/// Whether the entry only keeps its place taken: it says nothing, and nobody sees it.
fn is_bare(connection: &Connection, id: ConversationId, seq: Seq) -> Outcome<bool> {
    let is_seen = connection
        .prepare_cached("SELECT 1 FROM member WHERE conversation = ?1 AND since < ?2 LIMIT 1")?
        .exists([id.number(), seq.number()])?;
    let body: Vec<u8> = connection
        .prepare_cached("SELECT body FROM message WHERE place = ?1")?
        .query_row([place_number(id, seq)], |row| row.get(0))?;
    Ok(!is_seen && body == rows::encode(&[Part::Removed])?)
}
