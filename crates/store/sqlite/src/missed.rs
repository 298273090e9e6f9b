//! What somebody has missed in many conversations, read as if it were one log: the oldest first.
//!
//! All of a part is read in one transaction by one thread. Asking for each entry by itself would cost far more in going there and
//! back than in reading.

use crate::columns::place_number;
use crate::members;
use crate::outcome::Outcome;
use crate::pages;
use koine_model::{AccountId, Place, Seq, Timestamp};
use koine_store::{Caught, Missed};
use rusqlite::{CachedStatement, Connection, params};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Of so many logs it is looked up one by one from where on they are seen; of more, for all conversations of the account at once.
const FEW: usize = 16;

/// Where each log goes on: the moment and the place of its next entry, and which log it is.
type Heads = BinaryHeap<Reverse<(Timestamp, Place, usize)>>;

/// The next `limit` entries. About `ahead` are read ahead, over all conversations together.
pub(crate) fn next(
    connection: &Connection,
    account: AccountId,
    missed: Vec<Missed>,
    limit: usize,
    ahead: usize,
) -> Outcome<Caught> {
    let portion = (ahead / missed.len().max(1)).clamp(1, limit.max(1));
    let mut caught = Caught::default();
    let begun = begin(connection, account, missed, &mut caught)?;
    let mut reader = Reader::new(connection, account, portion)?;
    let mut heads = Heads::with_capacity(begun.len());
    let mut logs = Vec::with_capacity(begun.len());
    for (index, (mut log, since)) in begun.into_iter().enumerate() {
        if log.ahead.is_empty() {
            reader.read_on(&mut log, since)?;
        }
        offer((index, &log), &mut heads);
        logs.push(log);
    }
    while caught.messages.len() < limit
        && let Some(Reverse((_, _, index))) = heads.pop()
    {
        let Some(log) = logs.get_mut(index) else { continue };
        caught.messages.extend(log.ahead.pop_front());
        if log.ahead.is_empty() {
            reader.read_on(log, None)?;
        }
        offer((index, log), &mut heads);
    }
    logs.retain(|log| !log.ahead.is_empty());
    caught.missed = logs;
    Ok(caught)
}

/// Notes of those logs of which nothing was read yet from where on they are seen, or that they are not seen any more. What was looked up
/// of a log comes along with it.
fn begin(
    connection: &Connection,
    account: AccountId,
    missed: Vec<Missed>,
    caught: &mut Caught,
) -> Outcome<Vec<(Missed, Option<Seq>)>> {
    let mut logs = Vec::with_capacity(missed.len());
    let new = missed.iter().filter(|log| !log.begun).count();
    let everywhere = if new > FEW { Some(members::since_everywhere(connection, account)?) } else { None };
    for mut log in missed {
        let mut from = None;
        if !log.begun {
            let since = match &everywhere {
                Some(everywhere) => everywhere.get(&log.conversation).copied(),
                None => members::since(connection, log.conversation, account)?,
            };
            let Some(since) = since else {
                caught.gone.push(log.conversation);
                continue;
            };
            caught.since.push((log.conversation, since));
            log.begun = true;
            from = Some(since);
        }
        logs.push((log, from));
    }
    Ok(logs)
}

/// Has a log take part for as long as there is something in it.
fn offer((index, log): (usize, &Missed), heads: &mut Heads) {
    if let Some(head) = log.ahead.front() {
        heads.push(Reverse((head.at, head.place, index)));
    }
}

/// Reads logs in portions. The statement is made once for all of them.
struct Reader<'a> {
    connection: &'a Connection,
    statement: CachedStatement<'a>,
    account: AccountId,
    portion: i64,
}

impl<'a> Reader<'a> {
    fn new(connection: &'a Connection, account: AccountId, portion: usize) -> Outcome<Self> {
        let statement = connection.prepare_cached(
            "SELECT place, sender, at, body, flags FROM message WHERE place > ?1 AND place <= ?2 ORDER BY place LIMIT ?3",
        )?;
        Ok(Self { connection, statement, account, portion: i64::try_from(portion).unwrap_or(i64::MAX) })
    }

    /// Reads the next portion of a log, which `account` sees from behind `since` on, where that was looked up already.
    fn read_on(&mut self, log: &mut Missed, since: Option<Seq>) -> Outcome<()> {
        if log.after >= log.until {
            return Ok(());
        }
        // Who has gone meanwhile is told nothing more.
        let since = match since {
            Some(since) => since,
            None => match members::since(self.connection, log.conversation, self.account)? {
                Some(since) => since,
                None => return Ok(()),
            },
        };
        let number = |seq| place_number(log.conversation, seq);
        let span = params![number(log.after.max(since)), number(log.until), self.portion];
        let mut rows = self.statement.query(span)?;
        while let Some(row) = rows.next()? {
            log.ahead.push_back(pages::message(self.connection, row)?);
        }
        log.after = log.ahead.back().map_or(log.until, |last| last.place.seq);
        Ok(())
    }
}
