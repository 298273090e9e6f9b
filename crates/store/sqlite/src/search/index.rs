//! The index of words. What was said since the last search is indexed by the next one, a portion at a time: reading the messages
//! and taking them apart is done beside the writer, whose own part is short.

use crate::columns::{conversation_id, place, place_number, seq, timestamp};
use crate::desk::Desk;
use crate::outcome::{Outcome, Stop};
use crate::rows;
use crate::watermarks;
use koine_model::{AccountId, ConversationId, Seq, Timestamp};
use koine_store::words::{self, Stems};
use rusqlite::{Connection, OptionalExtension, params};

/// How many messages the writer indexes at once: about as long as it takes to commit them.
const PORTION: usize = 500;
/// The same in bytes of messages, but for the last one of a portion.
const PORTION_BYTES: usize = 256 << 10;

/// What is not indexed yet, of some conversations.
#[derive(Default)]
pub(crate) struct Pending {
    stretches: Vec<Stretch>,
    amended: Vec<i64>,
    /// Whether there is more than this.
    pub(crate) more: bool,
}

/// Entries that follow each other.
struct Stretch {
    conversation: ConversationId,
    until: Seq,
    entries: Vec<Entry>,
}

/// An entry of the log, with its words where it has any.
struct Entry {
    place: i64,
    at: Timestamp,
    row: Option<Row>,
}

/// The tokens of one message.
struct Row {
    place: i64,
    exact: String,
    stem: String,
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.stretches.is_empty() && self.amended.is_empty()
    }
}

/// A portion of what is not indexed of the conversations of `account`.
pub(crate) fn pending(
    connection: &Connection,
    account: AccountId,
    of: Option<ConversationId>,
) -> Outcome<Pending> {
    let mut statement = connection.prepare_cached(
        "SELECT member.conversation, coalesce(indexed.seq, 0)
         FROM member LEFT JOIN indexed ON indexed.conversation = member.conversation
         WHERE member.account = ?1 AND (?2 IS NULL OR member.conversation = ?2)",
    )?;
    let parameters = params![account.number(), of.map(ConversationId::number)];
    let rooms = statement.query_map(parameters, |row| Ok((conversation_id(row, 0)?, seq(row, 1)?)))?;
    let (mut pending, stems, mut room) = (Pending::default(), Stems::default(), Room::default());
    for row in rooms {
        let (conversation, indexed) = row?;
        amended_of(connection, conversation, indexed, &mut pending)?;
        let last = watermarks::last_seq(connection, conversation)?;
        if indexed >= last {
            continue;
        }
        if room.is_full() {
            pending.more = true;
            continue;
        }
        let stretch = stretch(connection, conversation, indexed, &stems, &mut room)?;
        pending.more |= stretch.until < last;
        pending.stretches.push(stretch);
    }
    Ok(pending)
}

/// What a portion has room for.
struct Room {
    messages: usize,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { messages: PORTION, bytes: PORTION_BYTES }
    }
}

impl Room {
    fn is_full(&self) -> bool {
        self.messages == 0 || self.bytes == 0
    }
}

fn stretch(
    connection: &Connection,
    conversation: ConversationId,
    after: Seq,
    stems: &Stems,
    room: &mut Room,
) -> Outcome<Stretch> {
    let mut statement = connection.prepare_cached(
        "SELECT place, at, body FROM message WHERE place > ?1 AND place <= ?2 ORDER BY place",
    )?;
    let span = [place_number(conversation, after), place_number(conversation, Seq::LAST)];
    let mut found = statement.query(span)?;
    let mut stretch = Stretch { conversation, until: after, entries: Vec::new() };
    while !room.is_full()
        && let Some(row) = found.next()?
    {
        let number = row.get(0)?;
        let body = row.get_ref(2)?.as_blob().map_err(|_| Stop::Damaged("a body"))?;
        room.messages = room.messages.saturating_sub(1);
        room.bytes = room.bytes.saturating_sub(body.len());
        stretch.until = place(number)?.seq;
        let (at, row) = (timestamp(row, 1)?, tokens(conversation, number, body, stems)?);
        stretch.entries.push(Entry { place: number, at, row });
    }
    Ok(stretch)
}

/// The tokens of a message, where it has any.
fn tokens(conversation: ConversationId, place: i64, body: &[u8], stems: &Stems) -> Outcome<Option<Row>> {
    let mut row = Row { place, exact: String::new(), stem: String::new() };
    let mut prefix = conversation.to_string();
    prefix.push(':');
    for part in rows::decode(body)? {
        let Some(text) = words::findable(&part) else { continue };
        for word in words::words(&text) {
            row.exact.extend([&prefix, word.folded.as_str(), " "]);
            if !word.solid
                && let Some(stem) = stems.stem(&word.folded)
            {
                row.stem.extend([&prefix, stem.as_str(), " "]);
            }
        }
    }
    Ok(Some(row).filter(|row| !row.exact.is_empty()))
}

/// Indexes a portion, and what was amended.
pub(crate) fn write(desk: &mut Desk, pending: &Pending) -> Outcome<()> {
    let connection = &desk.connection;
    for stretch in &pending.stretches {
        // Another search may have been faster, or the conversation gone.
        let Some((indexed, mut latest)) = progress(connection, stretch.conversation)? else { continue };
        let done = place_number(stretch.conversation, indexed);
        for entry in stretch.entries.iter().filter(|entry| entry.place > done) {
            if entry.at < latest {
                connection
                    .prepare_cached("INSERT INTO belated (place, moment) VALUES (?1, ?2)")?
                    .execute([entry.place, latest.0])?;
            }
            latest = latest.max(entry.at);
            if let Some(row) = &entry.row {
                insert(connection, row)?;
            }
        }
        if stretch.until > indexed {
            connection
                .prepare_cached(
                    "INSERT INTO indexed (conversation, seq, latest) VALUES (?1, ?2, ?3)
                     ON CONFLICT (conversation) DO UPDATE SET seq = excluded.seq, latest = excluded.latest",
                )?
                .execute(params![stretch.conversation.number(), stretch.until.number(), latest.0])?;
        }
    }
    let stems = Stems::default();
    for number in &pending.amended {
        refresh(connection, *number, &stems)?;
    }
    Ok(())
}

/// How far a conversation is indexed, and the latest moment in there; `None` where it is gone.
fn progress(connection: &Connection, id: ConversationId) -> Outcome<Option<(Seq, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(indexed.seq, 0), coalesce(indexed.latest, ?2) FROM conversation
         LEFT JOIN indexed ON indexed.conversation = conversation.id WHERE conversation.id = ?1",
    )?;
    let found = statement
        .query_row(params![id.number(), i64::MIN], |row| Ok((seq(row, 0)?, timestamp(row, 1)?)))
        .optional()?;
    Ok(found)
}

fn insert(connection: &Connection, row: &Row) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO words (rowid, exact, stem) VALUES (?1, ?2, ?3)")?
        .execute(params![row.place, row.exact, row.stem])?;
    Ok(())
}

/// Says that the words of a message are others now, or none. For whoever changes its body, in the same transaction.
pub(crate) fn amended(connection: &Connection, number: i64) -> Outcome<()> {
    // Taken away at once: what was deleted is not to be found by accident.
    connection.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([number])?;
    connection
        .prepare_cached("INSERT INTO reindex (place) VALUES (?1) ON CONFLICT (place) DO NOTHING")?
        .execute([number])?;
    Ok(())
}

/// A portion of the messages that were amended and are indexed. What lies behind stays noted: it may just now be on its way into
/// the index with the words that it had.
fn amended_of(
    connection: &Connection,
    id: ConversationId,
    indexed: Seq,
    pending: &mut Pending,
) -> Outcome<()> {
    let room = PORTION.saturating_sub(pending.amended.len());
    let mut statement =
        connection.prepare_cached("SELECT place FROM reindex WHERE place BETWEEN ?1 AND ?2 LIMIT ?3")?;
    let limit = i64::try_from(room.saturating_add(1)).unwrap_or(i64::MAX);
    let (first, last) = (place_number(id, Seq::ZERO), place_number(id, indexed));
    let rows = statement.query_map([first, last, limit], |row| row.get::<_, i64>(0))?;
    for row in rows {
        if pending.amended.len() >= PORTION {
            pending.more = true;
            break;
        }
        pending.amended.push(row?);
    }
    Ok(())
}

/// Indexes a message as it is now. One that lies behind what is indexed stays noted until it is there.
fn refresh(connection: &Connection, number: i64, stems: &Stems) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([number])?;
    let place = place(number)?;
    if progress(connection, place.conversation)?.is_none_or(|(indexed, _)| indexed < place.seq) {
        return Ok(());
    }
    connection.prepare_cached("DELETE FROM reindex WHERE place = ?1")?.execute([number])?;
    let mut statement = connection.prepare_cached("SELECT body FROM message WHERE place = ?1")?;
    let Some(body) = statement.query_row([number], |row| row.get::<_, Vec<u8>>(0)).optional()? else {
        return Ok(());
    };
    match tokens(place.conversation, number, &body, stems)? {
        Some(row) => insert(connection, &row),
        None => Ok(()),
    }
}

/// Forgets the words of a conversation that goes.
pub(crate) fn forget(connection: &Connection, id: ConversationId) -> Outcome<()> {
    forget_span(connection, place_number(id, Seq::ZERO), place_number(id, Seq::LAST))?;
    connection.prepare_cached("DELETE FROM indexed WHERE conversation = ?1")?.execute([id.number()])?;
    Ok(())
}

/// Forgets the words of entries that go, from the place `first` to the place `last`.
pub(crate) fn forget_span(connection: &Connection, first: i64, last: i64) -> Outcome<()> {
    connection.prepare_cached("DELETE FROM words WHERE rowid BETWEEN ?1 AND ?2")?.execute([first, last])?;
    connection.prepare_cached("DELETE FROM belated WHERE place BETWEEN ?1 AND ?2")?.execute([first, last])?;
    connection.prepare_cached("DELETE FROM reindex WHERE place BETWEEN ?1 AND ?2")?.execute([first, last])?;
    Ok(())
}
