//! Reading messages back: pages of a conversation, single entries, and the wordings that a message has had.
//!
//! A message comes as it is now. Only one whose flags say so is looked up in other tables.

use crate::amend::{ACT, EDITED, REACTED, said, target};
use crate::columns::{account_id, place, place_number, timestamp};
use crate::outcome::{Outcome, Stop};
use crate::rows;
use crate::runs;
use koine_model::message::{Message, Reaction, Version};
use koine_model::{Place, Refusal, Seq, Timestamp};
use koine_store::{Member, Order, Page};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};
use std::collections::HashMap;

/// Which entries of the log a page has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entries {
    /// All.
    All,
    /// Messages alone, without acts.
    Messages,
}

/// One page of what `member` may see, oldest first.
///
/// What it reads is bounded by its own length, however many acts stand between its messages.
pub(crate) fn page(
    connection: &Connection,
    member: &Member,
    page: &Page,
    entries: Entries,
) -> Outcome<Vec<Message>> {
    let conversation = member.conversation().id;
    let after = page.span.after.max(member.since());
    // Moments beyond all others stand for those that were not given: SQLite steps over no row because of them.
    let since = page.span.since.unwrap_or(Timestamp(i64::MIN));
    let before = page.span.before.unwrap_or(Timestamp(i64::MAX));
    let mut statement = connection.prepare_cached(match page.order {
        Order::Oldest => {
            "SELECT place, sender, at, body, flags FROM message
             WHERE place > ?1 AND place <= ?2 AND (at BETWEEN ?3 AND ?4 OR (flags & 1) > ?5)
             ORDER BY place"
        }
        Order::Newest => {
            "SELECT place, sender, at, body, flags FROM message
             WHERE place > ?1 AND place <= ?2 AND (at BETWEEN ?3 AND ?4 OR (flags & 1) > ?5)
             ORDER BY place DESC"
        }
    })?;
    let (mut after, mut until) =
        (place_number(conversation, after), place_number(conversation, page.span.until));
    // Acts that are no part of the page come out all the same, of whatever moment, so that they are counted.
    let hidden = if entries == Entries::All { ACT } else { 0 };
    let mut messages = Vec::new();
    loop {
        let mut rows = statement.query(params![after, until, since.0, before.0, hidden])?;
        let Some(act) = gather(connection, &mut rows, entries, page.limit, &mut messages)? else { break };
        let (first, last) = runs::around(connection, act)?;
        match page.order {
            Order::Oldest => after = last,
            Order::Newest => until = first - 1,
        }
    }
    if page.order == Order::Newest {
        messages.reverse();
    }
    Ok(messages)
}

/// Takes what a page has room for. Tells where it stopped because there were nothing but acts.
fn gather(
    connection: &Connection,
    rows: &mut Rows<'_>,
    entries: Entries,
    limit: usize,
    messages: &mut Vec<Message>,
) -> Outcome<Option<i64>> {
    let mut acts = 0;
    while messages.len() < limit
        && let Some(row) = rows.next()?
    {
        if entries == Entries::Messages && row.get::<_, i64>(4)? & ACT != 0 {
            acts += 1;
            if acts > runs::STEPS {
                return Ok(Some(row.get(0)?));
            }
            continue;
        }
        acts = 0;
        messages.push(message(connection, row)?);
    }
    Ok(None)
}

/// The entries at these places, in their order, without those that are not there.
pub(crate) fn find(connection: &Connection, places: &[Place]) -> Outcome<Vec<Message>> {
    let mut statement =
        connection.prepare_cached("SELECT place, sender, at, body, flags FROM message WHERE place = ?1")?;
    let mut messages = Vec::new();
    for place in places {
        let mut rows = statement.query([place_number(place.conversation, place.seq)])?;
        if let Some(row) = rows.next()? {
            messages.push(message(connection, row)?);
        }
    }
    Ok(messages)
}

/// The latest wordings of a message that `member` may see, oldest first.
pub(crate) fn versions(connection: &Connection, member: &Member, seq: Seq) -> Outcome<Vec<Version>> {
    let place = Place { conversation: member.conversation().id, seq };
    let target = target(connection, place, member.since())?.ok_or(Refusal::UnknownMessage)?;
    if target.flags & EDITED == 0 {
        return Ok(vec![Version { at: target.at, text: said(&target.parts) }]);
    }
    let mut statement = connection
        .prepare_cached("SELECT at, text FROM version WHERE place = ?1 ORDER BY act DESC LIMIT ?2")?;
    let most = i64::try_from(Message::MOST_VERSIONS).unwrap_or(i64::MAX);
    let rows = statement
        .query_map([target.number, most], |row| Ok(Version { at: timestamp(row, 0)?, text: row.get(1)? }))?;
    let mut versions = rows.collect::<Result<Vec<_>, _>>()?;
    versions.reverse();
    Ok(versions)
}

/// The entry of a row of `place, sender, at, body, flags`.
pub(crate) fn message(connection: &Connection, row: &Row<'_>) -> Outcome<Message> {
    let number = row.get(0)?;
    let body = row.get_ref(3)?.as_blob().map_err(|_| Stop::Damaged("a body"))?;
    let said = Message::new(place(number)?, account_id(row, 1)?, timestamp(row, 2)?, rows::decode(body)?);
    let flags: i64 = row.get(4)?;
    let edited = if flags & EDITED == 0 { None } else { edited(connection, number)? };
    let reactions = if flags & REACTED == 0 { Vec::new() } else { reactions(connection, number)? };
    Ok(Message { edited, reactions, ..said })
}

fn edited(connection: &Connection, place: i64) -> Outcome<Option<Timestamp>> {
    let mut statement =
        connection.prepare_cached("SELECT at FROM version WHERE place = ?1 ORDER BY act DESC LIMIT 1")?;
    Ok(statement.query_row([place], |row| timestamp(row, 0)).optional()?)
}

fn reactions(connection: &Connection, place: i64) -> Outcome<Vec<Reaction>> {
    let mut statement =
        connection.prepare_cached("SELECT emoji, account FROM reaction WHERE place = ?1 ORDER BY act")?;
    let rows = statement.query_map([place], |row| Ok((row.get::<_, String>(0)?, account_id(row, 1)?)))?;
    let mut reactions: Vec<Reaction> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let (emoji, account) = row?;
        match known.get(&emoji).and_then(|index| reactions.get_mut(*index)) {
            Some(reaction) => reaction.people.push(account),
            None => {
                known.insert(emoji.clone(), reactions.len());
                reactions.push(Reaction { emoji, people: vec![account] });
            }
        }
    }
    Ok(reactions)
}
