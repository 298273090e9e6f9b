//! How far the devices have come: statements, and what waits to be written.

use crate::columns::{conversation_id, place, place_number, seq};
use crate::outcome::Outcome;
use koine_model::{AccountId, ConversationId, Seq};
use koine_store::Standing;
use rusqlite::{Connection, params};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Watermarks that were reported and not yet written, the furthest of each.
///
/// What is reported often is written once, so there is at most one for each device and conversation.
#[derive(Default)]
pub(crate) struct Reported(Mutex<State>);

#[derive(Default)]
struct State {
    accounts: HashMap<AccountId, HashMap<Box<str>, HashMap<ConversationId, Seq>>>,
    /// The accounts, in the order in which they came: who reports much does not hold up the others.
    order: VecDeque<AccountId>,
}

/// One watermark.
pub(crate) struct Watermark {
    account: AccountId,
    device: Box<str>,
    conversation: ConversationId,
    seq: Seq,
}

/// How many watermarks go along with one commit, roughly: about as much work as a few hundred messages.
const PORTION: usize = 512;

impl Reported {
    /// Adds what has arrived at a device. Tells whether nothing was waiting before, and the writer should hear of it.
    pub(crate) fn add(&self, account: AccountId, device: &str, arrived: &[(ConversationId, Seq)]) -> bool {
        if arrived.is_empty() {
            return false;
        }
        let mut reported = self.lock();
        let first = reported.order.is_empty();
        if !reported.accounts.contains_key(&account) {
            reported.order.push_back(account);
        }
        let devices = reported.accounts.entry(account).or_default();
        if !devices.contains_key(device) {
            devices.insert(device.into(), HashMap::new());
        }
        for (conversation, seq) in arrived {
            let furthest = devices.get_mut(device).map(|arrived| arrived.entry(*conversation).or_default());
            if let Some(furthest) = furthest {
                *furthest = (*furthest).max(*seq);
            }
        }
        first
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().order.is_empty()
    }

    /// Takes some of what waits, whole accounts at a time.
    pub(crate) fn take_portion(&self) -> Vec<Watermark> {
        let mut reported = self.lock();
        let mut portion = Vec::new();
        while portion.len() < PORTION {
            let Some(account) = reported.order.pop_front() else { break };
            for (device, conversations) in reported.accounts.remove(&account).unwrap_or_default() {
                portion.extend(conversations.into_iter().map(|(conversation, seq)| Watermark {
                    account,
                    device: device.clone(),
                    conversation,
                    seq,
                }));
            }
        }
        portion
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes watermarks, except those that would go back or whose account is no member.
pub(crate) fn advance(connection: &Connection, portion: Vec<Watermark>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO watermark (account, device, conversation, seq)
         SELECT ?1, ?2, ?3, ?4 FROM member WHERE account = ?1 AND conversation = ?3
         ON CONFLICT (account, device, conversation) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq",
    )?;
    for Watermark { account, device, conversation, seq } in portion {
        statement.execute(params![account.number(), device, conversation.number(), seq.number()])?;
    }
    Ok(())
}

/// How far `device` has come everywhere.
pub(crate) fn list(connection: &Connection, account: AccountId, device: &str) -> Outcome<Vec<Standing>> {
    let mut statement = connection.prepare_cached(
        "SELECT member.conversation, member.since, watermark.seq
         FROM member LEFT JOIN watermark ON watermark.account = member.account AND watermark.device = ?2
                                        AND watermark.conversation = member.conversation
         WHERE member.account = ?1 ORDER BY member.conversation",
    )?;
    let rows = statement.query_map(params![account.number(), device], |row| {
        let recorded = row.get::<_, Option<u32>>(2)?.map(Seq::new);
        Ok((conversation_id(row, 0)?, seq(row, 1)?, recorded))
    })?;
    let mut standings = Vec::new();
    for row in rows {
        let (conversation, since, recorded) = row?;
        let last = last_seq(connection, conversation)?;
        let position = recorded.unwrap_or_default().max(since);
        standings.push(Standing { conversation, position, last, seen: recorded.is_some() });
    }
    Ok(standings)
}

/// The last message of a conversation.
pub(crate) fn last_seq(connection: &Connection, conversation: ConversationId) -> Outcome<Seq> {
    let mut statement = connection.prepare_cached(
        "SELECT place FROM message WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1",
    )?;
    let span = [place_number(conversation, Seq::ZERO), place_number(conversation, Seq::LAST)];
    let mut rows = statement.query(span)?;
    match rows.next()? {
        Some(row) => Ok(place(row.get(0)?)?.seq),
        None => Ok(Seq::ZERO),
    }
}

/// Forgets how far `account` came in a conversation that it is leaving.
pub(crate) fn remove(
    connection: &Connection,
    conversation: ConversationId,
    account: AccountId,
) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM watermark WHERE account = ?1 AND conversation = ?2")?
        .execute([account.number(), conversation.number()])?;
    Ok(())
}
