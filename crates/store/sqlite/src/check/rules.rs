//! What must hold of the rows, as queries that find what does not: each row of an answer is a sentence.

use super::Check;
use crate::outcome::Outcome;

/// Whether the file itself is sound, and no row refers to one that is not there.
pub(super) fn structure(check: &mut Check<'_>) -> Outcome<()> {
    let connection = check.connection;
    let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let said: String = row.get(0)?;
        if said != "ok" {
            check.damage(format!("the database: {said}"));
        }
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, number, other): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let number = number.map_or_else(String::new, |number| format!(" {number}"));
        check.damage(format!(
            "the row{number} of the table {table} refers to a row of {other} that is not there"
        ));
    }
    Ok(())
}

pub(super) fn check(check: &mut Check<'_>, rule: &str) -> Outcome<()> {
    let mut statement = check.connection.prepare(rule)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        check.damage(row.get(0)?);
    }
    Ok(())
}

/// What accounts have on the disk, with whatever nobody has taken away yet.
pub(super) const KEPT: &str = "
    CREATE TEMP VIEW kept AS
    SELECT owner, size FROM media
    UNION ALL SELECT owner, size FROM leftover
    UNION ALL SELECT id, avatar_size FROM account WHERE avatar_hash IS NOT NULL
    UNION ALL SELECT pictured, avatar_size FROM conversation WHERE avatar_hash IS NOT NULL";

/// `temp.log` has of each conversation in which something was said the first and the last entry (`log`).
///
/// What follows the first quotation mark is the sentence, in the manner of `printf`: tests demand a damage for each.
pub const RULES: &[&str] = &[
    "SELECT 'the row of the table meta that every check changes is not there'
     WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'checks')",
    "SELECT 'the row of the table meta that tells the epoch is not there, or tells none'
     WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'epoch' AND value > 0)",
    // Accounts.
    "SELECT printf('account %d: its handle is not among those that were given out', id) FROM account
     WHERE NOT EXISTS (SELECT 1 FROM handle WHERE handle.handle_key = account.handle_key AND handle.account = account.id)",
    "SELECT printf('account %d was deleted, and its profile is there still', id) FROM account
     WHERE deleted <> 0 AND (nick <> '' OR email <> '' OR phone <> '' OR status <> '' OR avatar_hash IS NOT NULL)",
    "SELECT printf('account %d was deleted, and can sign in still', id) FROM account
     WHERE deleted <> 0 AND (id IN (SELECT account FROM verifier) OR id IN (SELECT account FROM token))",
    "SELECT printf('account %d is disabled, and has sessions still', id) FROM account
     WHERE disabled <> 0 AND id IN (SELECT account FROM token)",
    "SELECT printf('the invitation %d was used more often than it may be', number) FROM invite WHERE used > uses",
    "SELECT printf('the invitation %d is for nobody, or was used less often than never', number) FROM invite WHERE uses < 1 OR used < 0",
    "SELECT printf('the invitation %d has a code that is none', number) FROM invite WHERE length(hash) <> 32",
    "SELECT printf('the invitation %d ended before it was made', number) FROM invite WHERE until < created",
    "SELECT printf('the invitation %d has a number that may be given out again', number) FROM invite
     WHERE number > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'invite')",
    "SELECT printf('account %d was deleted, and has contacts, requests or blocks still', id) FROM account
     WHERE deleted <> 0 AND (id IN (SELECT owner FROM contact) OR id IN (SELECT peer FROM contact)
         OR id IN (SELECT asker FROM contact_request) OR id IN (SELECT peer FROM contact_request)
         OR id IN (SELECT owner FROM block) OR id IN (SELECT peer FROM block))",
    "SELECT printf('account %d was deleted, and is in the group %d still', member.account, member.conversation)
     FROM member JOIN account ON account.id = member.account JOIN conversation ON conversation.id = member.conversation
     WHERE account.deleted <> 0 AND conversation.kind = 1",
    "SELECT printf('account %d was deleted, and is invited to the group %d still', invitation.account, invitation.conversation)
     FROM invitation JOIN account ON account.id = invitation.account WHERE account.deleted <> 0",
    "SELECT printf('account %d has a picture without a size', id) FROM account WHERE (avatar_hash IS NULL) <> (avatar_size IS NULL)",
    "SELECT printf('the session %d of account %d has a token that is none', number, account) FROM token WHERE length(hash) <> 32",
    // People.
    "SELECT printf('account %d has itself as a contact', owner) FROM contact WHERE owner = peer",
    "SELECT printf('account %d has account %d as a contact, and one has blocked the other', contact.owner, contact.peer)
     FROM contact JOIN block ON (block.owner = contact.owner AND block.peer = contact.peer)
                             OR (block.owner = contact.peer AND block.peer = contact.owner)",
    "SELECT printf('account %d has asked account %d, and one has blocked the other', asker, contact_request.peer)
     FROM contact_request JOIN block ON (block.owner = asker AND block.peer = contact_request.peer)
                                     OR (block.owner = contact_request.peer AND block.peer = asker)",
    // Conversations.
    "SELECT printf('conversation %d is of no kind that there is', id) FROM conversation WHERE kind NOT IN (0, 1)",
    "SELECT printf('conversation %d has a number that may be given out again', id) FROM conversation
     WHERE id > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'conversation')",
    "SELECT printf('conversation %d has a picture without a size', id) FROM conversation
     WHERE (avatar_hash IS NULL) <> (avatar_size IS NULL)",
    "SELECT printf('conversation %d is a direct one, and nobody''s', id) FROM conversation
     WHERE kind = 0 AND id NOT IN (SELECT conversation FROM direct)",
    "SELECT printf('conversation %d is a direct one of the accounts %d and %d, and should not be', conversation, low, high)
     FROM direct JOIN conversation ON conversation.id = direct.conversation WHERE kind <> 0 OR low > high",
    "SELECT printf('conversation %d is a direct one of the accounts %d and %d, and has other members', conversation, low, high)
     FROM direct WHERE (SELECT count(*) FROM member WHERE member.conversation = direct.conversation) <> iif(low = high, 1, 2)
         OR EXISTS (SELECT 1 FROM member WHERE member.conversation = direct.conversation AND account NOT IN (low, high))",
    "SELECT printf('the group %d is led by account %d, which is no member', id, leader) FROM conversation
     WHERE kind = 1 AND NOT EXISTS (SELECT 1 FROM member WHERE member.conversation = conversation.id AND account = leader)",
    "SELECT printf('account %d is invited to conversation %d, and a member', invitation.account, invitation.conversation)
     FROM invitation JOIN member ON member.conversation = invitation.conversation AND member.account = invitation.account",
    "SELECT printf('account %d is invited to conversation %d, which is no group', account, conversation)
     FROM invitation JOIN conversation ON conversation.id = invitation.conversation WHERE kind <> 1",
    // What was said.
    "SELECT printf('conversation %d is not there, and something was said in it', conversation) FROM temp.log
     WHERE conversation NOT IN (SELECT id FROM conversation)",
    "SELECT printf('conversation %d begins with message %d, and account %d should see those from before', temp.log.conversation, first, account)
     FROM temp.log JOIN member ON member.conversation = temp.log.conversation WHERE since < first - 1",
    "SELECT printf('conversation %d, message %d: its sender, account %d, is not there', place >> 32, place & 4294967295, sender)
     FROM message WHERE sender NOT IN (SELECT id FROM account)",
    "SELECT printf('conversation %d, message %d: its key is not known to be its', place >> 32, place & 4294967295) FROM message
     WHERE key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message_key WHERE message_key.sender = message.sender
         AND message_key.key = message.key AND message_key.place = message.place)",
    "SELECT printf('conversation %d, message %d: a key of it is known, and it has none', message_key.place >> 32, message_key.place & 4294967295)
     FROM message_key LEFT JOIN message ON message.place = message_key.place
     WHERE message.key IS NOT message_key.key OR message.sender IS NOT message_key.sender",
    "SELECT printf('conversation %d, message %d: it counts as edited, and has one wording', place >> 32, place & 4294967295) FROM message
     WHERE flags & 2 <> 0 AND (SELECT count(*) FROM version WHERE version.place = message.place) < 2",
    "SELECT DISTINCT printf('conversation %d, message %d: it has wordings, and does not count as edited', version.place >> 32, version.place & 4294967295)
     FROM version LEFT JOIN message ON message.place = version.place WHERE coalesce(flags & 2, 0) = 0",
    "SELECT printf('conversation %d, message %d: it counts as one with reactions, and has none', place >> 32, place & 4294967295) FROM message
     WHERE flags & 4 <> 0 AND NOT EXISTS (SELECT 1 FROM reaction WHERE reaction.place = message.place)",
    "SELECT DISTINCT printf('conversation %d, message %d: it has reactions, and does not count as one with them', reaction.place >> 32, reaction.place & 4294967295)
     FROM reaction LEFT JOIN message ON message.place = reaction.place WHERE coalesce(flags & 4, 0) = 0",
    "SELECT printf('conversation %d, message %d: account %d, who reacted to it, is not there', place >> 32, place & 4294967295, account)
     FROM reaction WHERE account NOT IN (SELECT id FROM account)",
    "SELECT printf('conversation %d, message %d: its first words are remembered, and it is not there', original.place >> 32, original.place & 4294967295)
     FROM original WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.place = original.place)",
    "SELECT printf('conversation %d, message %d: an attachment of it is known, and it is not there', media.place >> 32, media.place & 4294967295)
     FROM media WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.place = media.place)",
    "SELECT printf('conversation %d, message %d: it is an act, and in no run of acts', place >> 32, place & 4294967295) FROM message
     WHERE flags & 1 <> 0 AND place > coalesce((SELECT last FROM act_run WHERE first <= place ORDER BY first DESC LIMIT 1), 0)",
    "SELECT printf('conversation %d, message %d: a run of acts begins there, in which there is something else', first >> 32, first & 4294967295)
     FROM act_run WHERE last - first + 1 <> (SELECT count(*) FROM message WHERE place BETWEEN first AND last AND flags & 1 <> 0)",
    "SELECT printf('conversation %d, message %d: an attachment of it is counted as account %d''s, and is of another', media.place >> 32, media.place & 4294967295, owner)
     FROM media JOIN message ON message.place = media.place WHERE owner <> sender",
    "SELECT printf('account %d has media of %d bytes, and %d are counted', account, coalesce(sum(size), 0), bytes)
     FROM media_use LEFT JOIN temp.kept ON owner = account GROUP BY account HAVING coalesce(sum(size), 0) <> bytes",
    "SELECT printf('account %d has media, and none are counted', owner) FROM temp.kept
     WHERE owner NOT IN (SELECT account FROM media_use) GROUP BY owner",
    // What was let go of.
    "SELECT printf('the picture of conversation %d is account %d''s, which is not there', id, pictured) FROM conversation
     WHERE avatar_hash IS NOT NULL AND pictured NOT IN (SELECT id FROM account)",
    "SELECT printf('the leftover %d is account %d''s, which is not there', number, owner) FROM leftover
     WHERE owner NOT IN (SELECT id FROM account)",
    "SELECT printf('the leftover %d of account %d is no file that can be', number, owner) FROM leftover
     WHERE length(hash) <> 32 OR size < 0",
    "SELECT printf('the leftover %d of account %d has %d bytes, and an attachment of the same ones has %d', leftover.number, leftover.owner, leftover.size, media.size)
     FROM leftover JOIN media ON media.hash = leftover.hash WHERE media.size <> leftover.size",
    "SELECT printf('the leftover %d of account %d has a number that may be given out again', number, owner) FROM leftover
     WHERE number > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'leftover')",
    // How far people have come.
    "SELECT printf('account %d has come to conversation %d at message %d, which is not there yet', account, member.conversation, since)
     FROM member LEFT JOIN temp.log ON temp.log.conversation = member.conversation WHERE since > coalesce(last, 0)",
    "SELECT printf('device \"%s\" of account %d has got message %d of conversation %d, which is not there yet', device, account, seq, watermark.conversation)
     FROM watermark LEFT JOIN temp.log ON temp.log.conversation = watermark.conversation WHERE seq > coalesce(last, 0)",
    "SELECT printf('device \"%s\" of account %d has come far in conversation %d, of which it is no member', device, account, conversation) FROM watermark
     WHERE NOT EXISTS (SELECT 1 FROM member WHERE member.account = watermark.account AND member.conversation = watermark.conversation)",
    "SELECT printf('account %d has read message %d of conversation %d, which is not there yet', account, seq, read_mark.conversation)
     FROM read_mark LEFT JOIN temp.log ON temp.log.conversation = read_mark.conversation WHERE seq > coalesce(last, 0)",
    "SELECT printf('account %d has read in conversation %d, of which it is no member', account, conversation) FROM read_mark
     WHERE NOT EXISTS (SELECT 1 FROM member WHERE member.account = read_mark.account AND member.conversation = read_mark.conversation)",
    // The index of words.
    "SELECT printf('conversation %d is indexed up to message %d, which is not there yet', indexed.conversation, seq)
     FROM indexed LEFT JOIN temp.log ON temp.log.conversation = indexed.conversation WHERE seq > coalesce(last, 0)",
    "SELECT printf('conversation %d, message %d: it is in the index of words, and not there', id >> 32, id & 4294967295)
     FROM words_docsize WHERE NOT EXISTS (SELECT 1 FROM message WHERE place = id)",
    "SELECT printf('conversation %d, message %d: it is in the index of words before its turn', id >> 32, id & 4294967295)
     FROM words_docsize LEFT JOIN indexed ON indexed.conversation = id >> 32 WHERE (id & 4294967295) > coalesce(seq, 0)",
    "SELECT printf('conversation %d, message %d: a moment is known of it, and it is not there', belated.place >> 32, belated.place & 4294967295)
     FROM belated WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.place = belated.place)",
    "SELECT printf('conversation %d, message %d: it counts as later than it is, and is no earlier', belated.place >> 32, belated.place & 4294967295)
     FROM belated JOIN message ON message.place = belated.place WHERE moment <= at",
    "SELECT printf('conversation %d, message %d: it is to be indexed again, and not there', reindex.place >> 32, reindex.place & 4294967295)
     FROM reindex WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.place = reindex.place)",
];
