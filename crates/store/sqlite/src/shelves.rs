//! Conversations as they stand on somebody's list: the last message, what is unread, and who is in them.

use crate::accounts;
use crate::amend::ACT;
use crate::blocks;
use crate::columns::{account_id, place, place_number};
use crate::contacts;
use crate::marks;
use crate::members::{self, Placed};
use crate::outcome::{Outcome, Stop};
use crate::pages::{self, Entries};
use crate::reach;
use crate::runs;
use crate::watermarks::{self, Positions};
use koine_model::account::Profile;
use koine_model::conversation::{Kind, Shelf};
use koine_model::message::{Message, Span};
use koine_model::{AccountId, ConversationId, Seq};
use koine_store::{Marks, Member, MemberRecord, Membership, Order, Page, ShelfRecord};
use rusqlite::{Connection, Rows, params};
use std::collections::HashMap;

/// What is looked up once for all shelves of an account.
struct Marked {
    read: Positions,
    delivered: Positions,
}

/// The conversations on the list of `account`, all or these `only`, by id, without how far its own last messages have come. `reported` is
/// what may not be written yet of its devices, as it was before this began to read.
pub(crate) fn list(
    connection: &Connection,
    account: AccountId,
    only: Option<&[ConversationId]>,
    reported: &Positions,
) -> Outcome<Vec<ShelfRecord>> {
    let placed = match only {
        Some(ids) => members::named(connection, account, ids)?,
        None => members::listed(connection, account)?,
    };
    let marked = Marked {
        read: marks::read_everywhere(connection, account)?,
        delivered: watermarks::furthest_everywhere(connection, account)?,
    };
    let mut people = People::default();
    let mut shelves = Vec::new();
    for Placed { membership, words, .. } in placed {
        let id = membership.conversation.id;
        let read = marked.read.get(&id).copied().unwrap_or_default();
        let written = marked.delivered.get(&id).copied().unwrap_or_default();
        let delivered = reported.get(&id).copied().unwrap_or_default().max(written);
        let own = Own { account, read, delivered, words };
        shelves.push(shelf(connection, &own, membership, &mut people)?);
    }
    Ok(shelves)
}

/// One conversation of `account`, with its first `limit` members. `reported` is what may not be written yet of any device in it.
pub(crate) fn find(
    connection: &Connection,
    id: ConversationId,
    account: AccountId,
    reported: &HashMap<AccountId, Seq>,
    (limit, most): (usize, u32),
) -> Outcome<Option<(ShelfRecord, Vec<MemberRecord>)>> {
    let Some(member) = members::find(connection, id, account)? else { return Ok(None) };
    let come = |who: AccountId| -> Outcome<(Seq, Seq)> {
        let written = watermarks::furthest(connection, who, id)?;
        let delivered = reported.get(&who).copied().unwrap_or_default().max(written);
        Ok((marks::read_by(connection, id, who)?, delivered))
    };
    let last = watermarks::last_seq(connection, id)?;
    let membership = Membership { conversation: member.conversation().clone(), since: member.since(), last };
    let (read, delivered) = come(account)?;
    let own = Own { account, read, delivered, words: member.words() };
    let mut shelf = shelf(connection, &own, membership, &mut People::default())?;
    if let Some(place) = reach::own_last(&shelf, account) {
        shelf.reach = reach::one(connection, account, place, reported, most)?;
    }
    let shared = marks::are_shared(connection, id, most)?;
    let mut attendees = Vec::new();
    for who in members::list(connection, id, limit)?.0 {
        let own = who == account;
        let marks = if shared || own {
            let (read, delivered) = come(who)?;
            Some(Marks { read, delivered, shared })
        } else {
            None
        };
        attendees.push(MemberRecord {
            profile: profile(connection, who)?,
            marks,
            friend: contacts::are_friends(connection, account, who)?,
            blocked: blocks::between(connection, account, who)?,
        });
    }
    Ok(Some((shelf, attendees)))
}

/// The profiles that were looked up already.
#[derive(Default)]
struct People(HashMap<AccountId, Profile>);

impl People {
    fn profile(&mut self, connection: &Connection, id: AccountId) -> Outcome<Profile> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let found = profile(connection, id)?;
        self.0.insert(id, found.clone());
        Ok(found)
    }
}

fn profile(connection: &Connection, id: AccountId) -> Outcome<Profile> {
    accounts::profiles(connection, &[id])?.pop().ok_or(Stop::Damaged("a member's account"))
}

/// What a shelf shows of its owner.
struct Own {
    account: AccountId,
    read: Seq,
    delivered: Seq,
    words: bool,
}

/// A shelf as it stands for its owner; how far the last message has come among the others is not looked up.
fn shelf(
    connection: &Connection,
    own: &Own,
    membership: Membership,
    people: &mut People,
) -> Outcome<ShelfRecord> {
    let Own { account, read, delivered, words } = *own;
    let Membership { conversation, since, last: last_seq } = membership;
    let is_direct = conversation.kind == Kind::Direct;
    let (mut ids, member_count) = members::list(connection, conversation.id, if is_direct { 2 } else { 0 })?;
    ids.sort_unstable();
    let mut pair = Vec::with_capacity(ids.len());
    for id in ids {
        pair.push(people.profile(connection, id)?);
    }
    let (last, unread) = ending(connection, account, conversation.id, (since, read))?;
    let member = Member::attested_by_store(account, conversation.clone(), since, words);
    let last = match last {
        Some(seq) => message(connection, &member, seq)?,
        None => None,
    };
    let last = match last {
        Some(message) => {
            let sender = people.profile(connection, message.sender)?;
            Some((message, sender))
        }
        None => None,
    };
    let reach = None;
    Ok(ShelfRecord {
        conversation,
        pair,
        member_count,
        last_seq,
        last,
        reach,
        read,
        delivered,
        unread,
        words,
    })
}

/// Where the last message stands after `since`, and how many of others lie behind what was read or said.
fn ending(
    connection: &Connection,
    account: AccountId,
    id: ConversationId,
    (since, read): (Seq, Seq),
) -> Outcome<(Option<Seq>, u32)> {
    let mut statement = connection.prepare_cached(
        "SELECT place, sender, flags & ?3 FROM message WHERE place > ?1 AND place <= ?2 ORDER BY place DESC",
    )?;
    let (first, mut end) = (place_number(id, since), place_number(id, Seq::LAST));
    let from = place_number(id, read.max(since));
    let mut ending = Ending { account, read, last: None, unread: 0, counts: true, many: false };
    loop {
        let mut rows = statement.query(params![first, end, ACT])?;
        let Some(pause) = ending.gather(&mut rows)? else { return Ok((ending.last, ending.unread)) };
        drop(rows);
        end = match pause {
            Pause::Acts(act) => runs::around(connection, act)?.0 - 1,
            Pause::Many(number) => {
                if let Some(more) = unread(connection, account, from, number - 1)? {
                    ending.unread = ending.unread.saturating_add(more).min(Shelf::MOST_UNREAD);
                    ending.counts = false;
                }
                number - 1
            }
        };
    }
}

/// So many entries are counted in one statement.
const COUNTED: i64 = 128;
/// So many unread messages are looked at one by one before that.
const FEW: u32 = 8;

/// How many messages of others lie behind `from` and what was said, up to `last`, by their numbers; `None` where that is to be found by
/// reading backwards. The database counts them, which costs a fourth of having each row handed over.
fn unread(connection: &Connection, account: AccountId, from: i64, last: i64) -> Outcome<Option<u32>> {
    let first = from.max(last - COUNTED);
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FILTER (WHERE sender <> ?3), max(place) FILTER (WHERE sender = ?3)
         FROM message WHERE place > ?1 AND place <= ?2 AND NOT flags & ?4",
    )?;
    let mut count = |first: i64| -> rusqlite::Result<(u32, Option<i64>)> {
        statement.query_row(params![first, last, account.number(), ACT], |row| Ok((row.get(0)?, row.get(1)?)))
    };
    let (mut unread, said) = count(first)?;
    if let Some(said) = said {
        (unread, _) = count(said)?;
    }
    Ok((said.is_some() || first == from || unread >= Shelf::MOST_UNREAD).then_some(unread))
}

/// What is known of a conversation's ending, read backwards.
struct Ending {
    account: AccountId,
    read: Seq,
    last: Option<Seq>,
    unread: u32,
    /// Whether what comes next may still be unread.
    counts: bool,
    /// Whether there were found to be many.
    many: bool,
}

/// Why reading backwards stopped, and where.
enum Pause {
    /// There were nothing but acts.
    Acts(i64),
    /// There is much that is unread.
    Many(i64),
}

impl Ending {
    /// Takes what is to be known. Tells where it stopped before it was.
    fn gather(&mut self, rows: &mut Rows<'_>) -> Outcome<Option<Pause>> {
        let mut acts = 0;
        while (self.counts || self.last.is_none())
            && let Some(row) = rows.next()?
        {
            let number = row.get(0)?;
            let seq = place(number)?.seq;
            self.counts = self.counts && seq > self.read && self.unread < Shelf::MOST_UNREAD;
            if row.get::<_, i64>(2)? != 0 {
                acts += 1;
                if acts > runs::STEPS {
                    return Ok(Some(Pause::Acts(number)));
                }
                continue;
            }
            acts = 0;
            self.last = self.last.or(Some(seq));
            self.counts = self.counts && account_id(row, 1)? != self.account;
            self.unread += u32::from(self.counts);
            if self.counts && self.unread == FEW && !std::mem::replace(&mut self.many, true) {
                return Ok(Some(Pause::Many(number)));
            }
        }
        Ok(None)
    }
}

fn message(connection: &Connection, member: &Member, seq: Seq) -> Outcome<Option<Message>> {
    let span = Span { after: seq.previous(), until: seq, ..Span::ALL };
    let page = Page { span, order: Order::Newest, limit: 1 };
    Ok(pages::page(connection, member, &page, Entries::Messages)?.pop())
}
