//! Between columns and the model's types.

use crate::outcome::{Outcome, Stop};
use koine_model::account::{Handle, Profile};
use koine_model::conversation::{Conversation, Kind};
use koine_model::media::Blob;
use koine_model::{AccountId, ConversationId, Place, Seq, Timestamp};
use rusqlite::Row;
use rusqlite::types::Type;

/// The columns that [`profile`] reads, of a table `account`.
macro_rules! profile_columns {
    () => {
        "account.id, account.handle, account.nick, account.email, account.phone, account.status, \
         account.avatar_hash, account.avatar_size, account.created, account.deleted"
    };
}

/// The columns that [`conversation`] reads, of a table `conversation`.
macro_rules! conversation_columns {
    () => {
        "conversation.id, conversation.kind, conversation.name, conversation.avatar_hash, \
         conversation.avatar_size, conversation.leader, conversation.created"
    };
}

/// The place of the last entry of the conversation that this expression names; null where there is none. Asked for along with other
/// columns it costs half of what it does in a statement of its own ([`last_seq`](crate::watermarks::last_seq)).
macro_rules! last_place {
    ($conversation:literal) => {
        concat!(
            "(SELECT place FROM message WHERE place BETWEEN ",
            $conversation,
            " << 32 AND ",
            $conversation,
            " << 32 | 0xffffffff ORDER BY place DESC LIMIT 1)"
        )
    };
}

pub(crate) use {conversation_columns, last_place, profile_columns};

/// How many columns [`profile_columns`] names.
pub(crate) const PROFILE_WIDTH: usize = 10;
/// How many columns [`conversation_columns`] names.
pub(crate) const CONVERSATION_WIDTH: usize = 7;

pub(crate) fn profile(row: &Row<'_>) -> rusqlite::Result<Profile> {
    let handle: String = row.get(1)?;
    Ok(Profile {
        id: account_id(row, 0)?,
        handle: Handle::parse(&handle).map_err(|_| damaged(1, "a handle"))?,
        nick: row.get(2)?,
        email: row.get(3)?,
        phone: row.get(4)?,
        status: row.get(5)?,
        avatar: avatar(row, 6)?,
        created: timestamp(row, 8)?,
        deleted: row.get(9)?,
    })
}

pub(crate) fn conversation(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: conversation_id(row, 0)?,
        kind: match row.get::<_, i64>(1)? {
            0 => Kind::Direct,
            1 => Kind::Group,
            _ => return Err(damaged(1, "a kind of conversation")),
        },
        name: row.get(2)?,
        avatar: avatar(row, 3)?,
        leader: account_id(row, 5)?,
        created: timestamp(row, 6)?,
    })
}

pub(crate) fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Direct => 0,
        Kind::Group => 1,
    }
}

pub(crate) fn account_id(row: &Row<'_>, column: usize) -> rusqlite::Result<AccountId> {
    AccountId::new(row.get(column)?).ok_or_else(|| damaged(column, "an account's number"))
}

pub(crate) fn conversation_id(row: &Row<'_>, column: usize) -> rusqlite::Result<ConversationId> {
    ConversationId::new(row.get(column)?).ok_or_else(|| damaged(column, "a conversation's number"))
}

pub(crate) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    row.get(column).map(Seq::new)
}

pub(crate) fn timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp)
}

fn avatar(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Blob>> {
    let hash: Option<[u8; 32]> = row.get(column)?;
    hash.map(|hash| Ok(Blob { hash, size: size(row, column + 1)? })).transpose()
}

pub(crate) fn size(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| damaged(column, "a size"))
}

/// The number of a size's column. No file is larger than fits.
pub(crate) fn size_number(blob: &Blob) -> i64 {
    i64::try_from(blob.size).unwrap_or(i64::MAX)
}

/// The number of a place's column.
pub(crate) fn place_number(conversation: ConversationId, seq: Seq) -> i64 {
    (i64::from(conversation.number()) << 32) | i64::from(seq.number())
}

/// The place of a number that [`place_number`] made.
pub(crate) fn place(number: i64) -> Outcome<Place> {
    let conversation = u32::try_from(number >> 32).ok().and_then(ConversationId::new);
    let conversation = conversation.ok_or(Stop::Damaged("a place's conversation"))?;
    let seq = u32::try_from(number & 0xffff_ffff).map_err(|_| Stop::Damaged("a place's seq"))?;
    Ok(Place { conversation, seq: Seq::new(seq) })
}

/// The `seq` of a column that [`last_place`] has made: 0 where there is no entry.
pub(crate) fn last(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    let Some(number) = row.get::<_, Option<i64>>(column)? else { return Ok(Seq::ZERO) };
    place(number).map(|place| place.seq).map_err(|_| damaged(column, "a place"))
}

/// What is reported of a column whose value cannot be.
pub(crate) fn damaged(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Null, Box::new(Stop::Damaged(what)))
}
