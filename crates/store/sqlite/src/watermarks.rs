//! How far the devices have come: statements, and what waits to be written.

use crate::columns::{conversation_id, place, place_number, seq};
use crate::members::{self, Stand};
use crate::outcome::Outcome;
use koine_model::{AccountId, ConversationId, Seq};
use koine_store::Standing;
use rusqlite::{Connection, params};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Watermarks that were reported and are not yet on disk, the furthest of each.
///
/// What is reported often is written once, so there is at most one for each device and conversation.
#[derive(Default)]
pub(crate) struct Reported(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: HashMap<AccountId, Devices>,
    /// The accounts that wait, in the order in which they came: who reports much does not hold up the others.
    order: VecDeque<AccountId>,
    /// What the writer has taken and not yet committed: it is in no other place meanwhile.
    portion: Arc<Portion>,
}

/// The watermarks that go along with one commit.
pub(crate) type Portion = HashMap<AccountId, Devices>;
type Devices = HashMap<Box<str>, Positions>;
/// How far one device has come in each conversation.
pub(crate) type Positions = HashMap<ConversationId, Seq>;

/// How many watermarks go along with one commit, roughly: about as much work as a few hundred messages.
const PORTION: usize = 512;

impl Reported {
    /// Adds what has arrived at a device. Tells whether nothing was waiting before, and the writer should hear of it.
    pub(crate) fn add(&self, account: AccountId, device: &str, arrived: &[(ConversationId, Seq)]) -> bool {
        if arrived.is_empty() {
            return false;
        }
        let mut state = self.lock();
        let first = state.order.is_empty();
        if !state.waiting.contains_key(&account) {
            state.order.push_back(account);
        }
        let devices = state.waiting.entry(account).or_default();
        if !devices.contains_key(device) {
            devices.insert(device.into(), Positions::new());
        }
        if let Some(positions) = devices.get_mut(device) {
            further(positions, arrived.iter().copied());
        }
        first
    }

    /// What was reported of one device and may not be on disk.
    pub(crate) fn of(&self, account: AccountId, device: &str) -> Positions {
        let state = self.lock();
        let mut found = Positions::new();
        for reported in [&*state.portion, &state.waiting] {
            let positions = reported.get(&account).and_then(|devices| devices.get(device));
            further(
                &mut found,
                positions.into_iter().flatten().map(|(conversation, seq)| (*conversation, *seq)),
            );
        }
        found
    }

    /// The furthest of all devices in each conversation of `account`, of what may not be on disk.
    pub(crate) fn of_any_device(&self, account: AccountId) -> Positions {
        let state = self.lock();
        let mut found = Positions::new();
        for reported in [&*state.portion, &state.waiting] {
            for positions in reported.get(&account).into_iter().flat_map(Devices::values) {
                further(&mut found, positions.iter().map(|(conversation, seq)| (*conversation, *seq)));
            }
        }
        found
    }

    /// The furthest of all devices of each account in one conversation, of what may not be on disk.
    pub(crate) fn in_conversation(&self, conversation: ConversationId) -> HashMap<AccountId, Seq> {
        let state = self.lock();
        let mut found = HashMap::new();
        for (account, devices) in [&*state.portion, &state.waiting].into_iter().flatten() {
            for seq in devices.values().filter_map(|positions| positions.get(&conversation)) {
                let furthest: &mut Seq = found.entry(*account).or_default();
                *furthest = (*furthest).max(*seq);
            }
        }
        found
    }

    /// The same in each of several conversations.
    pub(crate) fn in_conversations(
        &self,
        within: &HashSet<ConversationId>,
    ) -> HashMap<ConversationId, HashMap<AccountId, Seq>> {
        let state = self.lock();
        let mut found: HashMap<ConversationId, HashMap<AccountId, Seq>> = HashMap::new();
        for (account, devices) in [&*state.portion, &state.waiting].into_iter().flatten() {
            let positions = devices.values().flatten();
            for (conversation, seq) in positions.filter(|(conversation, _)| within.contains(conversation)) {
                let furthest = found.entry(*conversation).or_default().entry(*account).or_default();
                *furthest = (*furthest).max(*seq);
            }
        }
        found
    }

    /// Forgets what was reported of a conversation that `account` only now comes to.
    pub(crate) fn forget(&self, account: AccountId, conversation: ConversationId) {
        for positions in self.lock().waiting.get_mut(&account).into_iter().flat_map(Devices::values_mut) {
            positions.remove(&conversation);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().order.is_empty()
    }

    /// Takes some of what waits, whole accounts at a time.
    pub(crate) fn take_portion(&self) -> Arc<Portion> {
        let mut state = self.lock();
        let mut portion = Portion::new();
        let mut size = 0;
        while size < PORTION {
            let Some(account) = state.order.pop_front() else { break };
            let devices = state.waiting.remove(&account).unwrap_or_default();
            size += devices.values().map(Positions::len).sum::<usize>();
            portion.insert(account, devices);
        }
        state.portion = Arc::new(portion);
        Arc::clone(&state.portion)
    }

    /// The portion that was taken last is on disk, or lost.
    pub(crate) fn finish_portion(&self) {
        self.lock().portion = Arc::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn further(positions: &mut Positions, arrived: impl Iterator<Item = (ConversationId, Seq)>) {
    for (conversation, seq) in arrived {
        let furthest = positions.entry(conversation).or_default();
        *furthest = (*furthest).max(seq);
    }
}

/// Writes watermarks, except those that would go back or whose account is no member.
pub(crate) fn advance(connection: &Connection, portion: &Portion) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO watermark (account, device, conversation, seq)
         SELECT ?1, ?2, ?3, ?4 FROM member WHERE account = ?1 AND conversation = ?3
         ON CONFLICT (account, device, conversation) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq",
    )?;
    for (account, devices) in portion {
        for (device, positions) in devices {
            for (conversation, seq) in positions {
                statement.execute(params![account.number(), device, conversation.number(), seq.number()])?;
            }
        }
    }
    Ok(())
}

/// How far `device` has come everywhere. `reported` is what may not be written yet, as it was before this began to read.
pub(crate) fn list(
    connection: &Connection,
    account: AccountId,
    device: &str,
    reported: &Positions,
) -> Outcome<Vec<Standing>> {
    // Both are read in the order in which they lie, and put together here: that costs less than to look each one up.
    let mut statement = connection.prepare_cached(
        "SELECT conversation, seq FROM watermark WHERE account = ?1 AND device = ?2 ORDER BY conversation",
    )?;
    let written: Vec<(ConversationId, Seq)> = statement
        .query_map(params![account.number(), device], |row| Ok((conversation_id(row, 0)?, seq(row, 1)?)))?
        .collect::<Result<_, _>>()?;
    let mut written = written.into_iter().peekable();
    let mut standings = Vec::new();
    for Stand { id, since, last, at, words, listed } in members::stands(connection, account)? {
        while written.next_if(|(other, _)| *other < id).is_some() {}
        let written = written.next_if(|(other, _)| *other == id).map(|(_, seq)| seq);
        let recorded = written.max(reported.get(&id).copied());
        let (position, seen) = (recorded.unwrap_or_default().max(since), recorded.is_some());
        standings.push(Standing { conversation: id, position, since, last, at, words, seen, listed });
    }
    Ok(standings)
}

/// How far the furthest device of `account` has come in one conversation, as it is written.
///
/// The devices are few and their rows many: each device is found by one step down the index.
pub(crate) fn furthest(
    connection: &Connection,
    account: AccountId,
    conversation: ConversationId,
) -> Outcome<Seq> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE used (device) AS (
             SELECT min(device) FROM watermark WHERE account = ?1
             UNION ALL
             SELECT (SELECT min(device) FROM watermark WHERE account = ?1 AND device > used.device)
             FROM used WHERE used.device IS NOT NULL
         )
         SELECT max((SELECT seq FROM watermark
                     WHERE account = ?1 AND device = used.device AND conversation = ?2)) FROM used",
    )?;
    let found: Option<u32> =
        statement.query_row([account.number(), conversation.number()], |row| row.get(0))?;
    Ok(found.map(Seq::new).unwrap_or_default())
}

/// How far the furthest device of `account` has come everywhere, as it is written.
pub(crate) fn furthest_everywhere(connection: &Connection, account: AccountId) -> Outcome<Positions> {
    let mut statement =
        connection.prepare_cached("SELECT conversation, seq FROM watermark WHERE account = ?1")?;
    let mut rows = statement.query([account.number()])?;
    let mut found = Positions::new();
    while let Some(row) = rows.next()? {
        further(&mut found, std::iter::once((conversation_id(row, 0)?, seq(row, 1)?)));
    }
    Ok(found)
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
