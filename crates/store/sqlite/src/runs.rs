//! Runs of acts: which acts follow each other, so that whoever wants messages alone need not step over each of them.

use crate::outcome::Outcome;
use rusqlite::{Connection, OptionalExtension};

/// How many acts one after the other a reader steps over, before it looks where their run ends.
pub(crate) const STEPS: usize = 16;

/// Notes an act: the run that ends before it is longer by one, or a new one begins.
pub(crate) fn note(connection: &Connection, act: i64) -> Outcome<()> {
    let longer = connection
        .prepare_cached(
            "UPDATE act_run SET last = ?1
             WHERE first = (SELECT first FROM act_run WHERE first < ?1 ORDER BY first DESC LIMIT 1) AND last = ?1 - 1",
        )?
        .execute([act])?;
    if longer == 0 {
        connection.prepare_cached("INSERT INTO act_run (first, last) VALUES (?1, ?1)")?.execute([act])?;
    }
    Ok(())
}

/// The first and the last act of the run in which an act is.
pub(crate) fn around(connection: &Connection, act: i64) -> Outcome<(i64, i64)> {
    let mut statement = connection
        .prepare_cached("SELECT first, last FROM act_run WHERE first <= ?1 ORDER BY first DESC LIMIT 1")?;
    let run = statement.query_row([act], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(run.filter(|(_, last)| *last >= act).unwrap_or((act, act)))
}
