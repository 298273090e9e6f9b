//! Making a sound whole of the rows that were saved.

use super::keys;
use crate::columns::{account_id, place};
use crate::media;
use crate::outcome::Outcome;
use crate::rows;
use koine_model::message::Part;
use rusqlite::{Connection, params};

/// What became of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Mended {
    /// How many entries are lost, and stand there as removed messages.
    pub(super) lost: u64,
    /// How many were left out, since they stand too far from all others.
    pub(super) astray: u64,
}

/// Mends everything. `room` is how many bytes the database had that was damaged.
pub(super) fn mend(connection: &Connection, room: u64) -> Outcome<Mended> {
    keys::handles(connection)?;
    for statement in PEOPLE {
        connection.execute_batch(statement)?;
    }
    keys::names(connection)?;
    let astray = stray(connection, room)?;
    bodies(connection)?;
    let lost = gaps(connection)?;
    for statement in LOG {
        connection.execute_batch(statement)?;
    }
    Ok(Mended { lost, astray })
}

/// In this order: who there is, where they are, and what hangs on it.
const PEOPLE: &[&str] = &[
    "INSERT OR IGNORE INTO meta (name, value) VALUES ('checks', 0)",
    // Somebody whose row is lost is known by the handle still, and can sign in; somebody whose handle is lost, too, is gone.
    "INSERT INTO account (id, handle, handle_key, nick, nick_key, email, email_key, phone, status, created, deleted, answers_requests)
     SELECT account, min(handle_key), min(handle_key), min(handle_key), min(handle_key), '', '', '', '', 0, 0, 0
     FROM handle WHERE account NOT IN (SELECT id FROM account) GROUP BY account",
    "WITH named (id) AS (SELECT account FROM member UNION SELECT sender FROM message UNION SELECT account FROM reaction
                         UNION SELECT low FROM direct UNION SELECT high FROM direct)
     INSERT INTO account (id, handle, handle_key, nick, nick_key, email, email_key, phone, status, created, deleted, answers_requests)
     SELECT id, 'lost-' || id, 'lost-' || id, '', '', '', '', '', '', 0, 1, 0
     FROM named WHERE id BETWEEN 1000000001 AND 2147483647 AND id NOT IN (SELECT id FROM account)",
    "INSERT OR IGNORE INTO handle (handle_key, account) SELECT handle_key, id FROM account",
    "DELETE FROM handle WHERE account NOT IN (SELECT id FROM account)",
    "DELETE FROM verifier WHERE account NOT IN (SELECT id FROM account WHERE deleted = 0)",
    "DELETE FROM token WHERE account NOT IN (SELECT id FROM account WHERE deleted = 0 AND disabled = 0)",
    "DELETE FROM invite WHERE used > uses OR used < 0 OR uses < 1 OR length(hash) <> 32 OR until < created",
    "DELETE FROM contact WHERE owner NOT IN (SELECT id FROM account WHERE deleted = 0)
         OR peer NOT IN (SELECT id FROM account WHERE deleted = 0) OR owner = peer",
    "DELETE FROM contact_request WHERE asker NOT IN (SELECT id FROM account WHERE deleted = 0)
         OR peer NOT IN (SELECT id FROM account WHERE deleted = 0)",
    "DELETE FROM block WHERE owner NOT IN (SELECT id FROM account WHERE deleted = 0)
         OR peer NOT IN (SELECT id FROM account WHERE deleted = 0)",
    // A conversation whose row is lost is known by its members still.
    "DELETE FROM member WHERE account NOT IN (SELECT id FROM account)",
    "INSERT INTO conversation (id, kind, name, leader, created)
     SELECT conversation, 0, '', low, 0 FROM direct WHERE conversation NOT IN (SELECT id FROM conversation)",
    "INSERT INTO conversation (id, kind, name, leader, created)
     SELECT conversation, 1, 'saved group ' || conversation, min(account), 0 FROM member
     WHERE conversation NOT IN (SELECT id FROM conversation) GROUP BY conversation",
    "DELETE FROM direct WHERE conversation NOT IN (SELECT id FROM conversation WHERE kind = 0)
         OR low NOT IN (SELECT id FROM account) OR high NOT IN (SELECT id FROM account)",
    "INSERT OR IGNORE INTO direct (low, high, conversation)
     SELECT min(account), max(account), conversation FROM member JOIN conversation ON conversation.id = member.conversation
     WHERE kind = 0 AND conversation NOT IN (SELECT conversation FROM direct) GROUP BY conversation",
    "INSERT OR IGNORE INTO member (conversation, account, since, at)
     SELECT conversation, low, 0, created FROM direct JOIN conversation ON conversation.id = direct.conversation
     UNION SELECT conversation, high, 0, created FROM direct JOIN conversation ON conversation.id = direct.conversation",
    "DELETE FROM member WHERE EXISTS (SELECT 1 FROM direct WHERE direct.conversation = member.conversation AND account NOT IN (low, high))",
    "DELETE FROM member WHERE account IN (SELECT id FROM account WHERE deleted <> 0)
         AND conversation IN (SELECT id FROM conversation WHERE kind = 1)",
    // Where nobody knows who was in a group, it is its leader's.
    "INSERT INTO member (conversation, account, since, at) SELECT id, leader, 0, created FROM conversation
     WHERE kind = 1 AND id NOT IN (SELECT conversation FROM member) AND leader IN (SELECT id FROM account WHERE deleted = 0)",
    "UPDATE conversation SET leader = (SELECT account FROM member WHERE member.conversation = conversation.id ORDER BY number LIMIT 1)
     WHERE EXISTS (SELECT 1 FROM member WHERE member.conversation = conversation.id)
         AND NOT EXISTS (SELECT 1 FROM member WHERE member.conversation = conversation.id AND account = leader)",
    // One of which no member is known is nobody's.
    "DELETE FROM direct WHERE conversation NOT IN (SELECT conversation FROM member)",
    "DELETE FROM invitation WHERE conversation NOT IN (SELECT conversation FROM member)",
    "DELETE FROM conversation WHERE id NOT IN (SELECT conversation FROM member)",
    // A picture counts as somebody's.
    "UPDATE conversation SET pictured = leader WHERE avatar_hash IS NOT NULL AND pictured NOT IN (SELECT id FROM account)",
    "DELETE FROM invitation WHERE account NOT IN (SELECT id FROM account WHERE deleted = 0)
         OR conversation NOT IN (SELECT id FROM conversation WHERE kind = 1)
         OR EXISTS (SELECT 1 FROM member WHERE member.conversation = invitation.conversation AND member.account = invitation.account)",
    "DELETE FROM message WHERE place >> 32 NOT IN (SELECT id FROM conversation) OR (place & 4294967295) = 0
         OR sender NOT IN (SELECT id FROM account)",
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'conversation', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'conversation')",
    "UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(id), 0) FROM conversation)) WHERE name = 'conversation'",
];

/// What hangs on the log, once that is dense.
const LOG: &[&str] = &[
    // What was lost at the beginning is as if nobody had been there.
    "CREATE TEMP TABLE span AS SELECT place >> 32 AS conversation, min(place) & 4294967295 AS first, max(place) & 4294967295 AS last
     FROM message GROUP BY 1;
     CREATE INDEX temp.span_conversation ON span (conversation);
     UPDATE member SET since = coalesce((SELECT first - 1 FROM temp.span WHERE span.conversation = member.conversation), 0)
     WHERE since < coalesce((SELECT first - 1 FROM temp.span WHERE span.conversation = member.conversation), 0);
     UPDATE member SET since = coalesce((SELECT last FROM temp.span WHERE span.conversation = member.conversation), 0)
     WHERE since > coalesce((SELECT last FROM temp.span WHERE span.conversation = member.conversation), 0);
     DELETE FROM watermark WHERE seq > coalesce((SELECT last FROM temp.span WHERE span.conversation = watermark.conversation), 0)
         OR NOT EXISTS (SELECT 1 FROM member WHERE member.account = watermark.account AND member.conversation = watermark.conversation);
     DELETE FROM read_mark WHERE seq > coalesce((SELECT last FROM temp.span WHERE span.conversation = read_mark.conversation), 0)
         OR NOT EXISTS (SELECT 1 FROM member WHERE member.account = read_mark.account AND member.conversation = read_mark.conversation);
     DROP TABLE temp.span",
    "INSERT OR IGNORE INTO message_key (sender, key, place) SELECT sender, key, place FROM message WHERE key IS NOT NULL ORDER BY place",
    "UPDATE message SET key = NULL WHERE key IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM message_key WHERE message_key.sender = message.sender AND message_key.key = message.key AND message_key.place = message.place)",
    "DELETE FROM version WHERE place NOT IN (SELECT place FROM message WHERE flags & 2 <> 0)",
    "UPDATE message SET flags = flags & ~2 WHERE flags & 2 <> 0
         AND (SELECT count(*) FROM version WHERE version.place = message.place) < 2",
    "DELETE FROM version WHERE place NOT IN (SELECT place FROM message WHERE flags & 2 <> 0)",
    "DELETE FROM reaction WHERE place NOT IN (SELECT place FROM message WHERE flags & 4 <> 0) OR account NOT IN (SELECT id FROM account)",
    "UPDATE message SET flags = flags & ~4 WHERE flags & 4 <> 0 AND place NOT IN (SELECT place FROM reaction)",
    "DELETE FROM original WHERE place NOT IN (SELECT place FROM message)",
    "INSERT INTO act_run (first, last) SELECT min(place), max(place)
     FROM (SELECT place, place - row_number() OVER (ORDER BY place) AS run FROM message WHERE flags & 1) GROUP BY run",
    // Triggers have made some of what went here, and their files are not copied.
    "DELETE FROM leftover",
];

/// Makes the media known that the messages name, and takes away messages that cannot be read.
fn bodies(connection: &Connection) -> Outcome<()> {
    let mut statement =
        connection.prepare("SELECT place, body, flags & 1, sender FROM message ORDER BY place")?;
    let mut rows = statement.query([])?;
    let mut unreadable = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let parts = rows::decode(row.get_ref(1)?.as_blob().unwrap_or_default()).unwrap_or_default();
        let seq = number & 0xffff_ffff;
        let comes_later = |part: &Part| match part {
            Part::Reply { to } => i64::from(to.number()) >= seq,
            Part::Act(act) => i64::from(act.target.number()) >= seq,
            _ => false,
        };
        let is_act = matches!(parts.as_slice(), [Part::Act(_)]);
        if parts.is_empty() || is_act != row.get::<_, bool>(2)? || parts.iter().any(comes_later) {
            unreadable.push(number);
        } else {
            media::insert(connection, &parts, number, account_id(row, 3)?)?;
        }
    }
    for number in unreadable {
        connection.prepare_cached("DELETE FROM message WHERE place = ?1")?.execute([number])?;
    }
    Ok(())
}

/// The bytes that the smallest message takes on its page: its length, its place, the kinds of its columns, who sent it and when,
/// and its place in the page's list.
const LEAST: i64 = 24;

/// Takes away entries that stand further from all others of their conversation than there was room for others between them: one
/// number that was misread would have millions of removed messages made. Tells how many.
///
/// What was lost can have filled what the saved messages leave of the database. The smallest gaps are believed first. Where one is
/// not, most of the entries are on the side that is right.
fn stray(connection: &Connection, room: u64) -> Outcome<u64> {
    let saved: i64 = connection.query_row(
        "SELECT coalesce(sum(length(body) + length(coalesce(key, '')) + ?1), 0) FROM message",
        [LEAST],
        |row| row.get(0),
    )?;
    let mut plausible = i64::try_from(room).unwrap_or(i64::MAX).saturating_sub(saved).max(0) / LEAST;
    connection.execute_batch(
        "CREATE TEMP TABLE gap AS SELECT place AS last, next, next - place - 1 AS missing
             FROM (SELECT place, lead(place) OVER (ORDER BY place) AS next FROM message)
             WHERE next >> 32 = place >> 32 AND next - place > 1",
    )?;
    let mut statement = connection.prepare("SELECT last, missing FROM temp.gap ORDER BY missing, last")?;
    let mut rows = statement.query([])?;
    let mut unbelieved = Vec::new();
    while let Some(row) = rows.next()? {
        let (last, missing): (i64, i64) = (row.get(0)?, row.get(1)?);
        if missing <= plausible {
            plausible -= missing;
        } else {
            unbelieved.push(last);
        }
    }
    drop(rows);
    drop(statement);
    connection.execute_batch("DROP TABLE temp.gap")?;
    unbelieved.sort_unstable();
    let mut taken = 0;
    for of_one in unbelieved.chunk_by(|one, other| one >> 32 == other >> 32) {
        let Some(&first) = of_one.first() else { continue };
        let conversation = first >> 32;
        let (mut best, mut most, mut begin) = ((0, 0), -1, conversation << 32);
        for end in of_one.iter().copied().chain([(conversation << 32) | 0xffff_ffff]) {
            let count: i64 = connection
                .prepare_cached("SELECT count(*) FROM message WHERE place > ?1 AND place <= ?2")?
                .query_row([begin, end], |row| row.get(0))?;
            if count > most {
                (best, most) = ((begin, end), count);
            }
            begin = end;
        }
        let astray = connection
            .prepare_cached(
                "DELETE FROM message WHERE (place <= ?2 OR place > ?3)
                     AND place BETWEEN ?1 << 32 AND ?1 << 32 | 4294967295",
            )?
            .execute([conversation, best.0, best.1])?;
        taken += u64::try_from(astray).unwrap_or(0);
    }
    Ok(taken)
}

/// Fills what is missing between two entries with removed messages. Tells how many there are.
fn gaps(connection: &Connection) -> Outcome<u64> {
    let mut statement = connection.prepare("SELECT place, at FROM message ORDER BY place")?;
    let mut rows = statement.query([])?;
    let mut missing = Vec::new();
    let mut before: Option<(i64, i64)> = None;
    while let Some(row) = rows.next()? {
        let (number, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        if let Some((last, since)) = before
            && last >> 32 == number >> 32
            && number - last > 1
        {
            missing.push((last, number, since));
        }
        before = Some((number, at));
    }
    drop(rows);
    let body = rows::encode(&[Part::Removed])?;
    let mut lost = 0;
    for (last, next, at) in missing {
        let conversation = place(next)?.conversation;
        for number in last + 1..next {
            connection
                .prepare_cached(
                    "INSERT INTO message (place, sender, at, body, flags)
                     SELECT ?1, leader, ?2, ?3, 0 FROM conversation WHERE id = ?4",
                )?
                .execute(params![number, at, body, conversation.number()])?;
            lost += 1;
        }
    }
    Ok(lost)
}
