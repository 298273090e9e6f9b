//! The statements of which every message needs one: they stay prepared, where what is looked up by its words costs a twentieth of a message.

use rusqlite::{Connection, PrepFlags, Statement};

/// The statements of one connection, each prepared when it is needed first.
#[derive(Default)]
pub(crate) struct Statements<'c> {
    claim: Option<Statement<'c>>,
    append: Option<Statement<'c>>,
}

impl<'c> Statements<'c> {
    /// Takes a key for a place, unless it is taken: sender, key, place. One step down the index where asking first makes two.
    pub(crate) fn claim(&mut self, connection: &'c Connection) -> rusqlite::Result<&mut Statement<'c>> {
        const WORDS: &str = "INSERT INTO message_key (sender, key, place) VALUES (?1, ?2, ?3)
                             ON CONFLICT (sender, key) DO NOTHING";
        kept(&mut self.claim, connection, WORDS)
    }

    /// Puts a message in its place: place, sender, moment, body, key.
    pub(crate) fn append(&mut self, connection: &'c Connection) -> rusqlite::Result<&mut Statement<'c>> {
        const WORDS: &str = "INSERT INTO message (place, sender, at, body, key) VALUES (?1, ?2, ?3, ?4, ?5)";
        kept(&mut self.append, connection, WORDS)
    }
}

fn kept<'s, 'c>(
    place: &'s mut Option<Statement<'c>>,
    connection: &'c Connection,
    words: &str,
) -> rusqlite::Result<&'s mut Statement<'c>> {
    let statement = match place.take() {
        Some(statement) => statement,
        None => connection.prepare_with_flags(words, PrepFlags::SQLITE_PREPARE_PERSISTENT)?,
    };
    Ok(place.insert(statement))
}
