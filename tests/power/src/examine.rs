//! Opens what a power cut has left, and holds it against the ledger.

use crate::ledger::{Content, Ledger, Promise, Upload};
use crate::standing;
use bytes::Bytes;
use koine_model::AccountId;
use koine_model::account::{AccountRef, Handle};
use koine_model::media::Blob;
use koine_model::message::{Message, Part, Span};
use koine_store::{Order, Page, Store};
use koine_store_sqlite::{Options, SqliteStore};
use rusqlite::{Connection, OpenFlags, params};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is wrong with a data folder.
pub type Complaint = String;

/// Opens the store in `folder`, and tells the first thing that is not as it was promised by the first `records` records.
pub async fn examine(folder: &Path, ledger: &Ledger, records: usize) -> Result<(), Complaint> {
    let store =
        SqliteStore::open(folder, options()).map_err(|error| format!("it does not open: {error:?}"))?;
    let found = whole(&store, ledger, records).await;
    let uploads = go_on(&store, ledger, records).await;
    store.close().await;
    drop(store);
    let messages = found?;
    uploads?;
    let database = folder.join("koine.db");
    let database = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.map_err(|error| error.to_string())?;
    is_sound(&database)?;
    uses(&database, ledger).map_err(|error| error.to_string())??;
    for promise in ledger.until(records) {
        let kept = is_kept(&database, &messages, ledger, promise).map_err(|error| error.to_string())?;
        if !kept {
            return Err(format!("acknowledged and lost: {promise:?}"));
        }
    }
    standing::check(&database, ledger, records)
}

/// How much is there of each upload that was under way after `records` records, and how much it will be, in bytes.
pub async fn offsets(folder: &Path, ledger: &Ledger, records: usize) -> Result<Vec<(u64, u64)>, Complaint> {
    let store =
        SqliteStore::open(folder, options()).map_err(|error| format!("it does not open: {error:?}"))?;
    let mut offsets = Vec::new();
    for upload in ledger.under_way(records) {
        let found = store.upload_look(owner(upload), &upload.name).await.map_err(failed)?;
        offsets.push((
            found.map_or(0, |(offset, _)| offset),
            u64::try_from(upload.bytes.len()).expect("a size"),
        ));
    }
    store.close().await;
    Ok(offsets)
}

/// One thing is read after the other, so more readers would only be more connections to open.
fn options() -> Options {
    Options { readers: 1, ..Options::default() }
}

fn owner(upload: &Upload) -> AccountId {
    u32::try_from(upload.account).ok().and_then(AccountId::new).expect("a number")
}

/// Every upload that was begun can be gone on with from where it is said to be, and has the bytes that were sent in the end. Those that a
/// message had named by then are looked at with the message.
async fn go_on(store: &SqliteStore, ledger: &Ledger, records: usize) -> Result<(), Complaint> {
    let named = ledger.until(records).filter_map(|promise| match promise {
        Promise::Said { content: Content::File(hash), .. } => Some(*hash),
        _ => None,
    });
    let named: BTreeSet<_> = named.collect();
    for (_, upload) in ledger.uploads.iter().filter(|(at, _)| *at <= records) {
        if named.contains(&<[u8; 32]>::from(Sha256::digest(&upload.bytes))) {
            continue;
        }
        let name = &upload.name;
        let account = owner(upload);
        let found = store.upload_look(account, name).await.map_err(failed)?;
        let (offset, _) = found.ok_or_else(|| format!("acknowledged and lost: the upload {name}"))?;
        finish(store, account, upload, offset)
            .await
            .map_err(|wrong| format!("the upload {name} has {offset} bytes, it is said: {wrong}"))?;
    }
    Ok(())
}

/// Sends what is missing behind `offset`, and takes what it has become.
async fn finish(
    store: &SqliteStore,
    account: AccountId,
    Upload { name, bytes, .. }: &Upload,
    offset: u64,
) -> Result<(), Complaint> {
    let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..));
    let rest = rest.ok_or_else(|| format!("it has no more than {}", bytes.len()))?;
    if !rest.is_empty() {
        let sent = store.upload_extend(account, name, offset, Bytes::copy_from_slice(rest)).await;
        sent.map_err(|error| format!("the rest is refused: {error:?}"))?;
    }
    let taken = store.upload_take(account, name).await;
    let (blob, _) = taken.map_err(|error| format!("it cannot be taken: {error:?}"))?;
    match store.blob_read(&blob).await.map_err(failed)? {
        Some(taken) if taken == *bytes => Ok(()),
        _ => Err("it became something else".to_owned()),
    }
}

/// All messages by place. Their files must be there, and none may be twice or unheard of.
async fn whole(
    store: &SqliteStore,
    ledger: &Ledger,
    records: usize,
) -> Result<BTreeMap<(u64, u64), (u64, Vec<Content>)>, Complaint> {
    let said: BTreeSet<_> = ledger.said.iter().collect();
    let (mut messages, mut seen) = (BTreeMap::new(), BTreeSet::new());
    let mut known = BTreeSet::new();
    for promise in ledger.until(records) {
        let Promise::Account { handle, .. } = promise else { continue };
        let who = AccountRef::Handle(Handle::parse(handle).map_err(|error| format!("{handle}: {error:?}"))?);
        let account = store.account_find(&who).await.map_err(failed)?;
        let profile = account.ok_or_else(|| format!("acknowledged and lost: {promise:?}"))?.profile;
        picture(store, profile.avatar, || handle.clone()).await?;
        let account = profile.id;
        for (conversation, log) in logs(store, account, &mut known).await? {
            for (message, seq) in log.iter().zip(1..) {
                let place = (conversation, u64::from(message.place.seq.number()));
                if place.1 != seq {
                    return Err(format!("{place:?} is where {seq} should be"));
                }
                let contents = contents(store, message).await?;
                messages.insert(place, (u64::from(message.sender.number()), contents.clone()));
                for content in contents {
                    if !said.contains(&content) {
                        return Err(format!("nobody has said {content:?}, which is at {place:?}"));
                    }
                    if !seen.insert(content.clone()) {
                        return Err(format!("{content:?} is there twice, also at {place:?}"));
                    }
                }
            }
        }
    }
    Ok(messages)
}

/// The conversations of an account, but for those that are known: another member was shown them before.
async fn logs(
    store: &SqliteStore,
    account: AccountId,
    known: &mut BTreeSet<u64>,
) -> Result<Vec<(u64, Vec<Message>)>, Complaint> {
    let mut logs = Vec::new();
    for membership in store.membership_list(account).await.map_err(failed)? {
        let id = membership.conversation.id;
        let member = store.member_find(id, account).await.map_err(failed)?;
        let member = member.ok_or_else(|| format!("{account:?} has {id:?} on the list and is no member"))?;
        picture(store, membership.conversation.avatar, || format!("{id:?}")).await?;
        if !known.insert(u64::from(id.number())) {
            continue;
        }
        let page = Page { span: Span::ALL, order: Order::Oldest, limit: usize::MAX };
        logs.push((u64::from(id.number()), store.message_page(&member, page).await.map_err(failed)?));
    }
    Ok(logs)
}

/// The file of a picture must be there, bit for bit.
async fn picture(
    store: &SqliteStore,
    blob: Option<Blob>,
    whose: impl FnOnce() -> String,
) -> Result<(), Complaint> {
    let Some(blob) = blob else { return Ok(()) };
    match store.blob_read(&blob).await.map_err(failed)? {
        Some(bytes) if <[u8; 32]>::from(Sha256::digest(&bytes)) == blob.hash => Ok(()),
        Some(_) => Err(format!("the picture of {} is damaged", whose())),
        None => Err(format!("the picture of {} is not there", whose())),
    }
}

/// What a message says now. An act says nothing. A file must be there, bit for bit.
async fn contents(store: &SqliteStore, message: &Message) -> Result<Vec<Content>, Complaint> {
    let mut contents = Vec::new();
    for part in &message.parts {
        match part {
            Part::Text { text, .. } => contents.push(Content::Text(text.clone())),
            Part::Media(media) => {
                let bytes = store.blob_read(&media.blob).await.map_err(failed)?;
                let bytes = bytes.ok_or_else(|| format!("the file of {:?} is not there", message.place))?;
                if <[u8; 32]>::from(Sha256::digest(&bytes)) != media.blob.hash {
                    return Err(format!("the file of {:?} is damaged", message.place));
                }
                let found = store.media_find(media.id).await.map_err(failed)?;
                if found.as_ref() != Some(media) {
                    return Err(format!("the file of {:?} is not known by its id", message.place));
                }
                contents.push(Content::File(media.blob.hash));
            }
            _ => {}
        }
    }
    Ok(contents)
}

/// What SQLite says of it, and what the program relies on: numbers that agree with each other.
fn is_sound(database: &Connection) -> Result<(), Complaint> {
    let text = |query: &str| {
        database.query_row(query, [], |row| row.get::<_, String>(0)).map_err(|error| error.to_string())
    };
    let integrity = text("PRAGMA integrity_check")?;
    if integrity != "ok" {
        return Err(format!("its integrity: {integrity}"));
    }
    let counts = [
        ("rows that refer to nothing", "SELECT count(*) FROM pragma_foreign_key_check"),
        (
            "keys without their messages",
            "SELECT count(*) FROM message_key WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.place = message_key.place)",
        ),
        (
            "media without their messages",
            "SELECT count(*) FROM media WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.place = media.place)",
        ),
        (
            "conversations whose places are not dense",
            "SELECT count(*) FROM (SELECT 1 FROM message GROUP BY place >> 32
             HAVING count(*) <> max(place & 0xffffffff) OR min(place & 0xffffffff) <> 1)",
        ),
        (
            "watermarks beyond the last message",
            "SELECT count(*) FROM watermark WHERE seq > (SELECT coalesce(max(place & 0xffffffff), 0) FROM message
             WHERE place >> 32 = watermark.conversation)",
        ),
        (
            "read marks beyond the last message",
            "SELECT count(*) FROM read_mark WHERE seq > (SELECT coalesce(max(place & 0xffffffff), 0) FROM message
             WHERE place >> 32 = read_mark.conversation)",
        ),
    ];
    for (what, query) in counts {
        let found =
            database.query_row(query, [], |row| row.get::<_, i64>(0)).map_err(|error| error.to_string())?;
        if found != 0 {
            return Err(format!("{found} {what}"));
        }
    }
    Ok(())
}

/// Each invitation counts a use for each account that it has let in, and no other, whether or not anybody was told of that account yet.
fn uses(database: &Connection, ledger: &Ledger) -> rusqlite::Result<Result<(), Complaint>> {
    let mut statement = database.prepare("SELECT number, uses, used FROM invite")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for row in rows {
        let (of, uses, used): (i64, i64, i64) = row?;
        let mut let_in = 0;
        for (_, promise) in &ledger.promises {
            if let Promise::Account { handle, invitation: Some(with), .. } = promise
                && number(*with) == of
            {
                let query = "SELECT count(*) FROM account WHERE handle = ?1";
                let_in += database.prepare_cached(query)?.query_row([handle], |row| row.get::<_, i64>(0))?;
            }
        }
        if used != let_in || used > uses {
            let wrong = format!("the invitation {of} for {uses} has let in {let_in}, and counts {used} uses");
            return Ok(Err(wrong));
        }
    }
    Ok(Ok(()))
}

fn is_kept(
    database: &Connection,
    messages: &BTreeMap<(u64, u64), (u64, Vec<Content>)>,
    ledger: &Ledger,
    promise: &Promise,
) -> rusqlite::Result<bool> {
    let count = |query: &str, values: &[&dyn rusqlite::ToSql]| {
        database.prepare_cached(query)?.query_row(values, |row| row.get::<_, i64>(0))
    };
    Ok(match promise {
        Promise::Account { handle, token: None, .. } => {
            count("SELECT count(*) FROM account WHERE handle = ?1", params![handle])? == 1
        }
        Promise::Account { handle, token: Some(token), .. } => {
            let hash = standing::token_hash(token);
            let query = "SELECT count(*) FROM token JOIN account ON account.id = token.account WHERE hash = ?1 AND handle = ?2";
            count(query, params![hash, handle])? == 1
        }
        Promise::Group(name, members) => {
            let query = "SELECT count(*) FROM conversation JOIN member ON member.conversation = conversation.id WHERE name = ?1";
            usize::try_from(count(query, params![name])?).is_ok_and(|found| found == *members)
        }
        Promise::Asked(asker, peer) => {
            let query = "SELECT (SELECT count(*) FROM contact WHERE owner = ?1 AND peer = ?2)
                + (SELECT count(*) FROM contact_request WHERE asker = ?1 AND peer = ?2)";
            count(query, params![number(*asker), number(*peer)])? > 0
        }
        Promise::Said { place, sender, content } => messages.get(place).is_some_and(|(by, contents)| {
            by == sender
                && match content {
                    Content::File(_) => contents.contains(content),
                    Content::Text(text) => stands(ledger, *place, text, contents),
                }
        }),
        Promise::Uttered { handle, text } => {
            let query = "SELECT id FROM account WHERE handle = ?1";
            let said = Content::Text(text.clone());
            u64::try_from(count(query, params![handle])?).is_ok_and(|sender| {
                messages.values().any(|(by, contents)| *by == sender && contents.contains(&said))
            })
        }
        Promise::Edited(place, text) => {
            messages.get(place).is_some_and(|(_, contents)| stands(ledger, *place, text, contents))
        }
        Promise::Reacted(place, account, emoji) => {
            let query = "SELECT count(*) FROM reaction WHERE place = ?1 AND account = ?2 AND emoji = ?3";
            count(query, params![combined(*place), number(*account), emoji])? == 1
        }
        Promise::Read(account, (conversation, seq)) => {
            let query =
                "SELECT count(*) FROM read_mark WHERE account = ?1 AND conversation = ?2 AND seq >= ?3";
            count(query, params![number(*account), number(*conversation), number(*seq)])? == 1
        }
        Promise::Status(account, status) => {
            // What was said of oneself later may be there already.
            let later = ledger.promises.iter().filter_map(|(_, promise)| match promise {
                Promise::Status(of, status) if of == account => Some(status),
                _ => None,
            });
            let now: String = database.query_row(
                "SELECT status FROM account WHERE id = ?1",
                [number(*account)],
                |row| row.get(0),
            )?;
            later.skip_while(|known| *known != status).any(|known| *known == now)
        }
    })
}

/// Whether a message says this text, or one that it was given later.
fn stands(ledger: &Ledger, place: (u64, u64), text: &str, contents: &[Content]) -> bool {
    let wordings = ledger.wordings.get(&place).into_iter().flatten();
    let mut later = wordings.skip_while(|known| *known != text);
    later.any(|known| contents.contains(&Content::Text(known.clone())))
}

fn combined((conversation, seq): (u64, u64)) -> i64 {
    number(conversation << 32 | seq)
}

pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).expect("a number that the database has")
}

fn failed(error: koine_store::Error) -> Complaint {
    format!("{error:?}")
}
