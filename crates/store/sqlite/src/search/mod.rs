//! Looking for words in messages.
//!
//! Each of the account's conversations is asked for its newest hits, those in which something was said last first, until no
//! other can have newer ones. So a search costs what its own conversations hold, however much others say.
//!
//! A hit's moment is when it was said; but not before anything that stands before it, should the clock have been set back. So
//! places and moments agree on which of two hits of a conversation is the newer one, and a page begins where the last one ended.

mod index;

#[cfg(test)]
pub(crate) use index::Pending;
pub(crate) use index::amended;
pub(crate) use index::{forget, forget_span, pending, write};

use crate::columns::{conversation_id, place, place_number, seq, timestamp};
use crate::outcome::Outcome;
use crate::pages;
use koine_model::{ConversationId, Place, Refusal, Seq, Timestamp};
use koine_store::words::{Query, Term};
use koine_store::{Found, Wanted};
use rusqlite::{Connection, OptionalExtension, params};

/// The newest messages that have what is wanted.
pub(crate) fn find(connection: &Connection, wanted: &Wanted) -> Outcome<Found> {
    let rooms = rooms(connection, wanted)?;
    let Some(room) = wanted.limit.checked_add(1) else { return Ok(Found::default()) };
    let mut hits = Vec::new();
    if !wanted.query.terms.is_empty() {
        let before = before(connection, wanted, &rooms)?;
        for (conversation, since, latest) in rooms {
            if hits.len() >= room && hits.last().is_some_and(|(at, _)| latest < *at) {
                break;
            }
            newest(connection, wanted, before, (conversation, since), room, &mut hits)?;
            hits.sort_unstable_by(|one, other| other.cmp(one));
            hits.truncate(room);
        }
    }
    let more = hits.len() > wanted.limit;
    hits.truncate(wanted.limit);
    let places: Vec<Place> = hits.into_iter().map(|(_, place)| place).collect();
    let mut messages = pages::find(connection, &places)?;
    messages.retain(|message| !message.is_removed() && message.act().is_none());
    Ok(Found { messages, more })
}

/// Where the account may look, behind which place, and the latest moment of what can be found there: latest first.
fn rooms(connection: &Connection, wanted: &Wanted) -> Outcome<Vec<(ConversationId, Seq, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT member.conversation, member.since, indexed.seq, indexed.latest
         FROM member LEFT JOIN indexed ON indexed.conversation = member.conversation
         WHERE member.account = ?1 AND (?2 IS NULL OR member.conversation = ?2)",
    )?;
    let of = wanted.of.map(ConversationId::number);
    let rows = statement.query_map(params![wanted.account.number(), of], |row| {
        let indexed = row.get::<_, Option<u32>>(2)?.map(Seq::new).zip(row.get::<_, Option<i64>>(3)?);
        Ok((conversation_id(row, 0)?, seq(row, 1)?, indexed))
    })?;
    let mut rooms = Vec::new();
    let mut is_member = false;
    for row in rows {
        let (conversation, since, indexed) = row?;
        is_member = true;
        if let Some((_, latest)) = indexed.filter(|(last, _)| *last > since) {
            rooms.push((conversation, since, Timestamp(latest)));
        }
    }
    if wanted.of.is_some() && !is_member {
        return Err(Refusal::UnknownConversation.into());
    }
    rooms.sort_unstable_by_key(|(conversation, _, at)| std::cmp::Reverse((*at, *conversation)));
    Ok(rooms)
}

/// Before which moment and place the hits are to be. The moment of a hit is known here better than by who asks, and is told to
/// nobody whose conversation it is not.
fn before(
    connection: &Connection,
    wanted: &Wanted,
    rooms: &[(ConversationId, Seq, Timestamp)],
) -> Outcome<Option<(Timestamp, Place)>> {
    let Some((at, place)) = wanted.before else { return Ok(None) };
    if rooms.iter().all(|(conversation, ..)| *conversation != place.conversation) {
        return Ok(Some((at, place)));
    }
    let mut statement = connection.prepare_cached(
        "SELECT coalesce((SELECT moment FROM belated WHERE place = ?1), at) FROM message WHERE place = ?1",
    )?;
    let number = place_number(place.conversation, place.seq);
    let moment = statement.query_row([number], |row| timestamp(row, 0)).optional()?;
    Ok(Some((moment.unwrap_or(at), place)))
}

/// Adds the newest hits of one conversation.
fn newest(
    connection: &Connection,
    wanted: &Wanted,
    before: Option<(Timestamp, Place)>,
    (conversation, since): (ConversationId, Seq),
    limit: usize,
    hits: &mut Vec<(Timestamp, Place)>,
) -> Outcome<()> {
    let (moment, before_place) = match before {
        Some((moment, place)) => (moment.0, place_number(place.conversation, place.seq)),
        None => (i64::MAX, i64::MAX),
    };
    let until = match before {
        Some((_, place)) if place.conversation == conversation => place.seq.previous(),
        _ => Seq::LAST,
    };
    // The table of words comes first: SQLite is not to look through all messages of the conversation instead.
    let mut statement = connection.prepare_cached(
        "SELECT words.rowid, coalesce(belated.moment, message.at) AS told
         FROM words CROSS JOIN message ON message.place = words.rowid
             LEFT JOIN belated ON belated.place = words.rowid
         WHERE words MATCH ?1 AND words.rowid > ?2 AND words.rowid <= ?3
             AND (told < ?4 OR (told = ?4 AND words.rowid < ?5))
         ORDER BY words.rowid DESC LIMIT ?6",
    )?;
    let (first, last) = (place_number(conversation, since), place_number(conversation, until));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![
        expression(conversation, &wanted.query),
        first,
        last,
        moment,
        before_place,
        limit
    ])?;
    while let Some(row) = rows.next()? {
        hits.push((timestamp(row, 1)?, place(row.get(0)?)?));
    }
    Ok(())
}

/// The query in FTS5's words. Those of people have letters and digits alone, so that none of them means anything to it.
fn expression(conversation: ConversationId, query: &Query) -> String {
    let terms = query.terms.iter().map(|term| match term {
        Term::Phrase(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("{conversation}:{word}")).collect();
            format!("exact:\"{}\"", words.join(" "))
        }
        Term::Word { folded, stem } => {
            // A word that is its own stem is in the one column, and one that is not has it in the other.
            let stem = stem.as_ref().unwrap_or(folded);
            let one = format!("exact:\"{conversation}:{folded}\" * OR stem:\"{conversation}:{stem}\"");
            if stem == folded {
                format!("({one})")
            } else {
                format!("({one} OR exact:\"{conversation}:{stem}\")")
            }
        }
    });
    terms.collect::<Vec<_>>().join(" AND ")
}
