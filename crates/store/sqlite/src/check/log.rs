//! The log of each conversation: dense, and each entry as it must be. What it spans is noted for the rules.

use super::Check;
use crate::amend::ACT;
use crate::outcome::{Outcome, Stop};
use crate::rows;
use crate::upkeep::Part as Work;
use koine_model::media::Media;
use koine_model::message::Part;
use koine_store::words;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashMap;

/// What every conversation spans, for the rules. It is there when all of the log could be read.
pub(super) const TABLE: &str = "temp.log";
/// How often it is told how far this has come, in messages.
const TOLD_EVERY: u64 = 4096;

/// The entries of one conversation so far.
struct Run {
    conversation: i64,
    first: i64,
    last: i64,
    /// How far its words are in the index.
    indexed: i64,
}

pub(super) fn check(check: &mut Check<'_>) -> Outcome<()> {
    let runs = runs(check)?;
    let connection = check.connection;
    connection.execute_batch(
        "CREATE TEMP TABLE log (conversation INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL)",
    )?;
    let mut statement =
        connection.prepare("INSERT INTO temp.log (conversation, first, last) VALUES (?1, ?2, ?3)")?;
    for run in runs {
        statement.execute([run.conversation, run.first, run.last])?;
    }
    Ok(())
}

/// Looks at each entry, as far as they can be read.
fn runs(check: &mut Check<'_>) -> Outcome<Vec<Run>> {
    let connection = check.connection;
    let indexed = indexed(connection)?;
    // What cannot be counted to its end can be read up to there.
    let _ = count(check);
    let total = std::mem::take(&mut check.verdict.entries);
    let mut statement = connection.prepare("SELECT place, body, flags FROM message ORDER BY place")?;
    let mut rows = statement.query([])?;
    let mut runs: Vec<Run> = Vec::new();
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) => {
                if let Some(run) = runs.last() {
                    check.damage(format!(
                        "conversation {}: what follows message {} cannot be read",
                        run.conversation, run.last
                    ));
                }
                return Err(error.into());
            }
        };
        let place: i64 = row.get(0)?;
        let (conversation, seq) = (place >> 32, place & 0xffff_ffff);
        check.verdict.entries += 1;
        let in_index = match runs.last_mut() {
            Some(run) if run.conversation == conversation => {
                missing(check, conversation, run.last, seq);
                run.last = seq;
                seq <= run.indexed
            }
            _ => {
                let indexed = indexed.get(&conversation).copied().unwrap_or(0);
                runs.push(Run { conversation, first: seq, last: seq, indexed });
                seq <= indexed
            }
        };
        if let Err(what) = entry(check, row, place, in_index)? {
            check.damage(format!("conversation {conversation}, message {seq}: {what}"));
        }
        if check.verdict.entries.is_multiple_of(TOLD_EVERY) {
            check.watch.progress(Work::Messages, check.verdict.entries, total);
        }
    }
    check.watch.progress(Work::Messages, check.verdict.entries, total);
    Ok(runs)
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

fn indexed(connection: &Connection) -> Outcome<HashMap<i64, i64>> {
    let mut statement = connection.prepare("SELECT conversation, seq FROM indexed")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is wrong with one entry, if anything is.
fn entry(check: &Check<'_>, row: &Row<'_>, place: i64, in_index: bool) -> Outcome<Result<(), &'static str>> {
    let seq = place & 0xffff_ffff;
    let body = row.get_ref(1)?.as_blob().map_err(|_| Stop::Damaged("a body"))?;
    let flags: i64 = row.get(2)?;
    let Ok(parts) = rows::decode(body) else { return Ok(Err("what it says cannot be read")) };
    let act = match parts.as_slice() {
        [] => return Ok(Err("it says nothing")),
        [Part::Act(act)] => Some(act),
        _ => None,
    };
    if seq == 0 {
        return Ok(Err("no message has this number"));
    }
    if act.is_some() != (flags & ACT != 0) {
        return Ok(Err("it is counted among the acts, or among the messages, and is none"));
    }
    if act.is_some_and(|act| i64::from(act.target.number()) >= seq) {
        return Ok(Err("what it was done to comes later"));
    }
    let mut findable = false;
    for part in &parts {
        match part {
            Part::Reply { to } if i64::from(to.number()) >= seq => {
                return Ok(Err("what it answers to comes later"));
            }
            Part::Media(media) if !is_known(check.connection, media, place)? => {
                return Ok(Err("an attachment of it is not known to be its"));
            }
            _ => {}
        }
        findable = findable
            || (in_index
                && words::findable(part)
                    .is_some_and(|text| words::words(&text).into_iter().next().is_some()));
    }
    if findable && !is_indexed(check.connection, place)? {
        return Ok(Err("it is not in the index of words"));
    }
    Ok(Ok(()))
}

fn is_known(connection: &Connection, media: &Media, place: i64) -> Outcome<bool> {
    let mut statement = connection.prepare_cached("SELECT hash, size, place FROM media WHERE id = ?1")?;
    let found = statement
        .query_row([media.id.0.to_be_bytes()], |row| {
            Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
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
