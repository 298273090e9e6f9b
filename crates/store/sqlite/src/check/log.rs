//! The log of each conversation: dense, and each entry as it must be. What it spans is noted for the rules.
//!
//! What an entry refers to lies in other tables. Where one of these cannot be read, that is told once, and all is looked at that
//! does not need it.

use super::Check;
use crate::amend::ACT;
use crate::outcome::{Outcome, Stop};
use crate::rows;
use crate::upkeep::Part as Work;
use koine_model::media::Media;
use koine_model::message::Part;
use koine_store::words;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::{BTreeMap, HashMap};

/// What every conversation spans, for the rules. It is there when the log could be followed to its end.
pub(super) const TABLE: &str = "temp.log";
/// How often it is told how far this has come, in messages.
const TOLD_EVERY: u64 = 4096;

/// Notes what every conversation spans, and how many entries there are. What the entries say is not read for it.
pub(super) fn spans(check: &Check<'_>) -> Outcome<u64> {
    let connection = check.connection;
    let mut statement = connection.prepare("SELECT place FROM message ORDER BY place")?;
    let mut rows = statement.query([])?;
    let mut spans: Vec<(i64, i64, i64)> = Vec::new();
    let mut total = 0;
    while let Some(row) = rows.next()? {
        let (conversation, seq) = parted(row.get(0)?);
        match spans.last_mut() {
            Some((of, _, last)) if *of == conversation => *last = seq,
            _ => spans.push((conversation, seq, seq)),
        }
        total += 1;
    }
    connection.execute_batch(
        "CREATE TEMP TABLE log (conversation INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL)",
    )?;
    let mut statement =
        connection.prepare("INSERT INTO temp.log (conversation, first, last) VALUES (?1, ?2, ?3)")?;
    for span in spans {
        statement.execute(span)?;
    }
    Ok(total)
}

/// A conversation, and the number of a message in it.
const fn parted(place: i64) -> (i64, i64) {
    (place >> 32, place & 0xffff_ffff)
}

/// Looks at each of so many entries, as far as they can be read.
pub(super) fn check(check: &mut Check<'_>, total: u64) -> Outcome<()> {
    check.verdict.entries = 0;
    let mut walk = Walk::begin(check.connection);
    let outcome = walk.follow(check, total);
    for (what, stop) in &walk.unread.0 {
        check.unreadable(what, stop);
    }
    check.watch.progress(Work::Messages, check.verdict.entries, total);
    outcome
}

/// How far the log was followed.
struct Walk {
    /// The last entry.
    place: Option<i64>,
    /// The last one that could not be read.
    passed: i64,
    /// How far the words of each conversation are in the index.
    indexed: HashMap<i64, i64>,
    unread: Unread,
}

/// The tables that could not be read, each with what happened first.
#[derive(Default)]
struct Unread(BTreeMap<&'static str, Stop>);

impl Walk {
    fn begin(connection: &Connection) -> Self {
        let (mut found, mut unread) = (HashMap::new(), Unread::default());
        unread.answer("the table indexed", indexed(connection, &mut found));
        Self { place: None, passed: i64::MIN, indexed: found, unread }
    }

    fn follow(&mut self, check: &mut Check<'_>, total: u64) -> Outcome<()> {
        let mut statement = check
            .connection
            .prepare("SELECT place, body, flags FROM message WHERE place > ?1 ORDER BY place")?;
        loop {
            let mut rows = statement.query([self.passed])?;
            let error = loop {
                match rows.next() {
                    Ok(Some(row)) => self.entry(check, row, total)?,
                    Ok(None) => return Ok(()),
                    Err(error) => break error,
                }
            };
            drop(rows);
            self.pass(check, error)?;
        }
    }

    fn entry(&mut self, check: &mut Check<'_>, row: &Row<'_>, total: u64) -> Outcome<()> {
        let place = row.get(0)?;
        self.step(check, place);
        let (conversation, seq) = parted(place);
        let in_index = self.indexed.get(&conversation).is_some_and(|indexed| seq <= *indexed);
        if let Err(what) = entry(check.connection, row, place, in_index, &mut self.unread) {
            check.damage(format!("conversation {conversation}, message {seq}: {what}"));
        }
        if check.verdict.entries.is_multiple_of(TOLD_EVERY) {
            check.watch.progress(Work::Messages, check.verdict.entries, total);
        }
        Ok(())
    }

    /// Goes on behind an entry that cannot be read, where more is damaged than what it says.
    fn pass(&mut self, check: &mut Check<'_>, error: rusqlite::Error) -> Outcome<()> {
        if let Ok(Some(place)) = next(check.connection, self.place)
            && place > self.passed
        {
            self.passed = place;
            self.step(check, place);
            let (conversation, seq) = parted(place);
            check.damage(format!("conversation {conversation}, message {seq}: it cannot be read"));
            return Ok(());
        }
        if let Some(place) = self.place {
            let (conversation, seq) = parted(place);
            check.damage(format!("conversation {conversation}: what follows message {seq} cannot be read"));
        }
        Err(error.into())
    }

    fn step(&mut self, check: &mut Check<'_>, place: i64) {
        let (conversation, seq) = parted(place);
        if let Some((of, last)) = self.place.replace(place).map(parted)
            && of == conversation
        {
            missing(check, conversation, last, seq);
        }
        check.verdict.entries += 1;
    }
}

impl Unread {
    /// The answer, if there is one.
    fn answer<T>(&mut self, what: &'static str, outcome: Outcome<T>) -> Option<T> {
        match outcome {
            Ok(answer) => Some(answer),
            Err(stop) => {
                self.0.entry(what).or_insert(stop);
                None
            }
        }
    }
}

/// Counts the entries of a database of an older schema.
pub(super) fn count(check: &mut Check<'_>) -> Outcome<()> {
    let total: i64 = check.connection.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
    check.verdict.entries = u64::try_from(total).unwrap_or(0);
    Ok(())
}

fn missing(check: &mut Check<'_>, conversation: i64, last: i64, seq: i64) {
    match seq - last {
        1 => {}
        2 => check.damage(format!("conversation {conversation}: message {} is missing", last + 1)),
        _ => check.damage(format!(
            "conversation {conversation}: the messages {} to {} are missing",
            last + 1,
            seq - 1
        )),
    }
}

/// Which entry comes after that one. What it says is not read.
fn next(connection: &Connection, place: Option<i64>) -> Outcome<Option<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT place FROM message WHERE place > ?1 ORDER BY place LIMIT 1")?;
    Ok(statement.query_row([place.unwrap_or(i64::MIN)], |row| row.get(0)).optional()?)
}

fn indexed(connection: &Connection, found: &mut HashMap<i64, i64>) -> Outcome<()> {
    let mut statement = connection.prepare("SELECT conversation, seq FROM indexed")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.insert(row.get(0)?, row.get(1)?);
    }
    Ok(())
}

/// What is wrong with one entry, if anything is.
fn entry(
    connection: &Connection,
    row: &Row<'_>,
    place: i64,
    in_index: bool,
    unread: &mut Unread,
) -> Result<(), &'static str> {
    let seq = place & 0xffff_ffff;
    let (Some(parts), Ok(flags)) = (parts(row), row.get::<_, i64>(2)) else {
        return Err("what it says cannot be read");
    };
    let act = match parts.as_slice() {
        [] => return Err("it says nothing"),
        [Part::Act(act)] => Some(act),
        _ => None,
    };
    if seq == 0 {
        return Err("no message has this number");
    }
    if act.is_some() != (flags & ACT != 0) {
        return Err("it is counted among the acts, or among the messages, and is none");
    }
    if act.is_some_and(|act| i64::from(act.target.number()) >= seq) {
        return Err("what it was done to comes later");
    }
    let mut findable = false;
    for part in &parts {
        match part {
            Part::Reply { to } if i64::from(to.number()) >= seq => {
                return Err("what it answers to comes later");
            }
            Part::Media(media)
                if unread.answer("the table media", is_known(connection, media, place)) == Some(false) =>
            {
                return Err("an attachment of it is not known to be its");
            }
            _ => {}
        }
        findable = findable
            || (in_index
                && words::findable(part)
                    .is_some_and(|text| words::words(&text).into_iter().next().is_some()));
    }
    if findable && unread.answer("the index of words", is_indexed(connection, place)) == Some(false) {
        return Err("it is not in the index of words");
    }
    Ok(())
}

fn parts(row: &Row<'_>) -> Option<Vec<Part>> {
    rows::decode(row.get_ref(1).ok()?.as_blob().ok()?).ok()
}

fn is_known(connection: &Connection, media: &Media, place: i64) -> Outcome<bool> {
    let mut statement = connection.prepare_cached("SELECT hash, size, place FROM media WHERE id = ?1")?;
    let found = statement
        .query_row([media.id.0.to_be_bytes()], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })
        .optional()?;
    Ok(found.is_some_and(|(hash, size, of)| {
        hash == media.blob.hash && u64::try_from(size) == Ok(media.blob.size) && of == place
    }))
}

fn is_indexed(connection: &Connection, place: i64) -> Outcome<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM words_docsize WHERE id = ?1) OR EXISTS (SELECT 1 FROM reindex WHERE place = ?1)",
    )?;
    Ok(statement.query_row([place], |row| row.get(0))?)
}
