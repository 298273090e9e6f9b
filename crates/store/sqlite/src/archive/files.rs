//! The files of one person: where those lie that something names, what they have begun to upload, and what they have let go of.

use super::{Archive, failed};
use crate::blobs;
use crate::columns::{conversation, conversation_columns, size};
use crate::folder::Folder;
use crate::outcome::Outcome;
use crate::upkeep::{UpkeepError, database, file};
use crate::uploads::{Left, left};
use koine_model::conversation::Conversation;
use koine_model::media::Blob;
use koine_model::{AccountId, Timestamp};
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// An upload that somebody has begun, and has not finished or only of late.
#[derive(Debug)]
pub struct Begun {
    /// Its name, where that was said when it was begun.
    pub name: Option<String>,
    /// Its MIME type, likewise.
    pub mime: Option<String>,
    /// How many bytes it will have; `None` where nothing is left that says so.
    pub size: Option<u64>,
    /// How many bytes were acknowledged.
    pub received: u64,
    /// When something of it was changed last.
    pub changed: Timestamp,
    /// What it has become, if it has.
    pub blob: Option<Blob>,
    /// Its bytes, where they are not among the media yet. They can be read however it goes on with the upload. Behind the
    /// acknowledged ones there may be others.
    pub bytes: Option<File>,
}

impl Archive {
    /// The uploads of an account.
    ///
    /// They are not of the moment of everything else, but of one before it, so they are to be asked for first: what is finished
    /// meanwhile is among the messages as well, and what was not, only here.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or the database cannot.
    pub fn uploads(&self, id: AccountId) -> Result<Vec<Begun>, UpkeepError> {
        let folder = Folder::at(&self.data).partial();
        let mut found = Vec::new();
        for upload in left(&folder).map_err(file("read", &folder))?.into_values() {
            if upload.account == Some(id) {
                found.push(begun(&upload)?);
            }
        }
        let path = Folder::at(&self.data).database();
        self.connection.execute_batch("ROLLBACK; BEGIN").map_err(database("read", &path))?;
        Ok(found)
    }

    /// The files that an account has let go of and that count as its still, oldest first. The server may have taken some away.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn leftovers(&self, id: AccountId) -> Result<Vec<Blob>, UpkeepError> {
        self.leftovers_of(id).map_err(failed)
    }

    /// The groups that have a picture which this account gave to them, by their numbers: whether it is in them or not, the picture
    /// counts as its.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn pictured(&self, id: AccountId) -> Result<Vec<Conversation>, UpkeepError> {
        self.pictured_by(id).map_err(failed)
    }

    /// Where the bytes of a blob lie, if they are there.
    pub fn blob(&self, blob: &Blob) -> PathBuf {
        self.data.join("media").join(blobs::place(blob).1)
    }

    fn pictured_by(&self, id: AccountId) -> Outcome<Vec<Conversation>> {
        let mut statement = self.connection.prepare(concat!(
            "SELECT ",
            conversation_columns!(),
            " FROM conversation WHERE pictured = ?1 AND avatar_hash IS NOT NULL ORDER BY id"
        ))?;
        Ok(statement.query_map([id.number()], conversation)?.collect::<Result<_, _>>()?)
    }

    fn leftovers_of(&self, id: AccountId) -> Outcome<Vec<Blob>> {
        let mut statement =
            self.connection.prepare("SELECT hash, size FROM leftover WHERE owner = ?1 ORDER BY number")?;
        let rows =
            statement.query_map([id.number()], |row| Ok(Blob { hash: row.get(0)?, size: size(row, 1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn begun(upload: &Left) -> Result<Begun, UpkeepError> {
    let bytes = match File::open(&upload.path) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        opened => Some(opened.map_err(file("read", &upload.path))?),
    };
    let changed = upload.changed().and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    let changed = changed.and_then(|changed| i64::try_from(changed.as_millis()).ok()).unwrap_or(0);
    Ok(Begun {
        name: upload.said().map(|new| new.name.clone()),
        mime: upload.said().map(|new| new.mime.clone()),
        size: upload.size(),
        received: upload.received(),
        changed: Timestamp(changed),
        blob: upload.blob(),
        bytes,
    })
}
