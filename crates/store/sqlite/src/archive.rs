//! Everything that a data folder holds of one person, at one moment, beside a running server.
//!
//! Secrets are left out: hashes of passwords and tokens are nobody's data but the server's.

mod files;

pub use files::Begun;

use crate::accounts;
use crate::columns::{
    CONVERSATION_WIDTH, account_id, conversation, conversation_columns, place, seq, timestamp,
};
use crate::folder::Folder;
use crate::hold::Hold;
use crate::members;
use crate::open::reading_connection;
use crate::outcome::{Outcome, Stop};
use crate::pages;
use crate::schema;
use crate::tokens;
use crate::upkeep::{UpkeepError, database, file, reading};
use koine_model::account::{AccountRef, Profile};
use koine_model::conversation::Conversation;
use koine_model::message::{Message, Version};
use koine_model::secret::Form;
use koine_model::{AccountId, ConversationId, Seq, Timestamp};
use koine_store::{Account, TokenRecord};
use rusqlite::{Connection, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A data folder, of which nothing is taken away as long as this lives.
pub struct Archive {
    connection: Connection,
    data: PathBuf,
    _hold: Hold,
}

/// What there is of somebody beside the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belongings {
    /// The handles that are theirs, also those that they no longer use; in lower case.
    pub handles: Vec<String>,
    /// The forms of password that can be checked.
    pub forms: Vec<Form>,
    /// Whom they have as a contact, since when, and whether the other has them too.
    pub contacts: Vec<(AccountId, Timestamp, bool)>,
    /// Who has asked them, and when.
    pub requests: Vec<(AccountId, Timestamp)>,
    /// Whom they have asked, and when.
    pub asked: Vec<(AccountId, Timestamp)>,
    /// Whom they have blocked, and when.
    pub blocked: Vec<(AccountId, Timestamp)>,
    /// To which groups they are invited, and when.
    pub invitations: Vec<(Conversation, Timestamp)>,
    /// The tokens that they are signed in by, without what opens them.
    pub tokens: Vec<TokenRecord>,
}

/// A conversation that somebody is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The conversation.
    pub conversation: Conversation,
    /// Its members, in the order in which they came.
    pub members: Vec<AccountId>,
    /// When they came.
    pub at: Timestamp,
    /// The last message from before they came, or from before they cleared it.
    pub since: Seq,
    /// Whether they have cleared it.
    pub cleared: bool,
    /// How far they have read.
    pub read: Seq,
    /// How far each device has come.
    pub devices: Vec<(String, Seq)>,
    /// Whether they want to be told in words of what is done to messages.
    pub words: bool,
}

/// A message or an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub message: Message,
    /// Whether they may still see it; otherwise they have only said it.
    pub visible: bool,
    /// The name that they gave it, where it is theirs.
    pub key: Option<String>,
    /// All its wordings, oldest first, where there is more than one.
    pub versions: Vec<Version>,
}

impl Archive {
    /// Opens the data folder as it is now.
    ///
    /// # Errors
    ///
    /// When there is no database in it, or one of another schema.
    pub fn open(data: &Path) -> Result<Self, UpkeepError> {
        let path = Folder::at(data).database();
        if !path.is_file() {
            return Err(UpkeepError::NoData { folder: data.to_owned() });
        }
        let hold = Hold::keep(data).map_err(file("hold the media of", data))?;
        let connection = reading_connection(&path).map_err(database("open", &path))?;
        connection.execute_batch("BEGIN").map_err(database("read", &path))?;
        let found = schema::version(&connection).map_err(reading(&path))?;
        let known = schema::NEWEST;
        if found == 0 {
            return Err(UpkeepError::Blank { database: path });
        }
        match found.cmp(&known) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Less => return Err(UpkeepError::Older { database: path, found, known }),
            std::cmp::Ordering::Greater => return Err(UpkeepError::Newer { database: path, found, known }),
        }
        Ok(Self { connection, data: data.to_owned(), _hold: hold })
    }

    /// Looks an account up, as `Store::account_find` does.
    ///
    /// # Errors
    ///
    /// When the database cannot be read, here and below.
    pub fn account(&self, who: &AccountRef) -> Result<Option<Account>, UpkeepError> {
        accounts::find(&self.connection, who).map_err(failed)
    }

    /// The profile of somebody whom something refers to.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn profile(&self, id: AccountId) -> Result<Option<Profile>, UpkeepError> {
        Ok(accounts::profiles(&self.connection, &[id]).map_err(failed)?.pop())
    }

    /// What there is of an account.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn belongings(&self, id: AccountId) -> Result<Belongings, UpkeepError> {
        self.belongings_of(id).map_err(failed)
    }

    /// The conversations of an account, cleared ones too, by their numbers.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn joined(&self, id: AccountId) -> Result<Vec<Joined>, UpkeepError> {
        self.joined_by(id).map_err(failed)
    }

    /// Hands over everything that an account may see or has said, one conversation after the other, oldest first. Conversations that
    /// it has left are among them, with what it has said there. `progress` is told of how many messages and acts of how many were
    /// looked at, anybody's too.
    ///
    /// # Errors
    ///
    /// As above, or what `take` fails with.
    pub fn entries<E: From<UpkeepError>>(
        &self,
        id: AccountId,
        mut progress: impl FnMut(u64, u64),
        mut take: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let since = self.since(id).map_err(failed)?;
        let connection = &self.connection;
        let broken = |error: rusqlite::Error| failed(error.into());
        let total: i64 =
            connection.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).map_err(broken)?;
        let total = u64::try_from(total).unwrap_or(0);
        let mut statement = connection
            .prepare("SELECT place, sender, at, body, flags, key FROM message ORDER BY place")
            .map_err(broken)?;
        let mut rows = statement.query([]).map_err(broken)?;
        for done in 0_u64.. {
            progress(done, total);
            let Some(row) = rows.next().map_err(broken)? else { break };
            let number: i64 = row.get(0).map_err(broken)?;
            let at = place(number).map_err(failed)?;
            let visible = since.get(&at.conversation).is_some_and(|since| at.seq > *since);
            let own = account_id(row, 1).map_err(broken)? == id;
            if !visible && !own {
                continue;
            }
            let message = pages::message(connection, row).map_err(failed)?;
            let key = if own { row.get(5).map_err(broken)? } else { None };
            let versions =
                if message.edited.is_some() { self.versions(number).map_err(failed)? } else { Vec::new() };
            take(Entry { message, visible, key, versions })?;
        }
        Ok(())
    }

    /// A conversation, whether it is one of the account's or not.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, UpkeepError> {
        crate::conversations::find(&self.connection, id).map_err(failed)
    }

    fn belongings_of(&self, id: AccountId) -> Outcome<Belongings> {
        let mut statement = self
            .connection
            .prepare("SELECT handle_key FROM handle WHERE account = ?1 ORDER BY handle_key")?;
        let handles = statement.query_map([id.number()], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut statement = self.connection.prepare(
            "SELECT peer, at, EXISTS (SELECT 1 FROM contact AS back WHERE back.owner = contact.peer AND back.peer = contact.owner)
             FROM contact WHERE owner = ?1 ORDER BY number",
        )?;
        let contacts = statement
            .query_map([id.number()], |row| Ok((account_id(row, 0)?, timestamp(row, 1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let mut statement = self.connection.prepare(concat!(
            "SELECT ",
            conversation_columns!(),
            ", invitation.at FROM invitation JOIN conversation ON conversation.id = invitation.conversation
             WHERE invitation.account = ?1 ORDER BY invitation.number"
        ))?;
        let invitations = statement
            .query_map([id.number()], |row| Ok((conversation(row)?, timestamp(row, CONVERSATION_WIDTH)?)))?
            .collect::<Result<_, _>>()?;
        let forms =
            accounts::verifiers(&self.connection, id)?.into_iter().map(|verifier| verifier.form).collect();
        Ok(Belongings {
            handles,
            forms,
            contacts,
            requests: self
                .dated("SELECT asker, at FROM contact_request WHERE peer = ?1 ORDER BY number", id)?,
            asked: self.dated("SELECT peer, at FROM contact_request WHERE asker = ?1 ORDER BY number", id)?,
            blocked: self.dated("SELECT peer, at FROM block WHERE owner = ?1 ORDER BY number", id)?,
            invitations,
            tokens: tokens::list(&self.connection, id, Timestamp(i64::MIN))?,
        })
    }

    fn dated(&self, statement: &str, id: AccountId) -> Outcome<Vec<(AccountId, Timestamp)>> {
        let mut statement = self.connection.prepare(statement)?;
        let rows = statement.query_map([id.number()], |row| Ok((account_id(row, 0)?, timestamp(row, 1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn joined_by(&self, id: AccountId) -> Outcome<Vec<Joined>> {
        let mut statement = self.connection.prepare(concat!(
            "SELECT ",
            conversation_columns!(),
            ", member.at, member.since, member.cleared, member.words, coalesce(read_mark.seq, 0)
             FROM member JOIN conversation ON conversation.id = member.conversation
             LEFT JOIN read_mark ON read_mark.account = member.account AND read_mark.conversation = member.conversation
             WHERE member.account = ?1 ORDER BY conversation.id"
        ))?;
        let mut devices = self.connection.prepare(
            "SELECT device, seq FROM watermark WHERE account = ?1 AND conversation = ?2 ORDER BY device",
        )?;
        let mut rows = statement.query([id.number()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let conversation = conversation(row)?;
            let (members, _) = members::list(&self.connection, conversation.id, usize::MAX)?;
            let devices = devices
                .query_map(params![id.number(), conversation.id.number()], |row| {
                    Ok((row.get(0)?, seq(row, 1)?))
                })?
                .collect::<Result<_, _>>()?;
            found.push(Joined {
                conversation,
                members,
                at: timestamp(row, CONVERSATION_WIDTH)?,
                since: seq(row, CONVERSATION_WIDTH + 1)?,
                cleared: row.get(CONVERSATION_WIDTH + 2)?,
                words: row.get(CONVERSATION_WIDTH + 3)?,
                read: seq(row, CONVERSATION_WIDTH + 4)?,
                devices,
            });
        }
        Ok(found)
    }

    fn since(&self, id: AccountId) -> Outcome<HashMap<ConversationId, Seq>> {
        let memberships = members::memberships(&self.connection, id)?;
        Ok(memberships.into_iter().map(|membership| (membership.conversation.id, membership.since)).collect())
    }

    fn versions(&self, number: i64) -> Outcome<Vec<Version>> {
        let mut statement =
            self.connection.prepare_cached("SELECT at, text FROM version WHERE place = ?1 ORDER BY act")?;
        let rows =
            statement.query_map([number], |row| Ok(Version { at: timestamp(row, 0)?, text: row.get(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn failed(stop: Stop) -> UpkeepError {
    UpkeepError::Store { attempt: "read the database", source: Box::new(stop) }
}
