//! What keeps the messages of the bare loop: whatever came together is on the disk before anybody is answered.

use super::database::{Database, Message};
use super::peer::{Hears, Peer};
use anyhow::Context;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

/// The kinds there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Keeper {
    /// A file, to which everything is appended.
    File,
    /// A database, in which every message has a place in its conversation.
    Sqlite,
}

/// One of them.
pub(super) enum Keep {
    File(File),
    Sqlite(Box<Database>),
}

/// Something that was said.
pub(super) struct Said {
    /// The place of whoever has said it.
    pub(super) from: usize,
    /// The kind of its frame.
    pub(super) opcode: u8,
    /// Which part it is of all that was read.
    pub(super) text: Range<usize>,
}

impl Keep {
    /// Begins in an empty folder.
    pub(super) fn open(keeper: Keeper, folder: &Path) -> anyhow::Result<Self> {
        Ok(match keeper {
            Keeper::File => {
                Self::File(File::create(folder.join("journal")).context("the journal cannot be made")?)
            }
            Keeper::Sqlite => {
                let database = Database::open(&folder.join("bare.db"));
                Self::Sqlite(Box::new(database.context("the database cannot be made")?))
            }
        })
    }

    /// All of it is on the disk when this is done.
    pub(super) fn keep(&mut self, batch: &[u8], said: &[Said], peers: &[Option<Peer>]) -> anyhow::Result<()> {
        match self {
            Self::File(file) => {
                file.write_all(batch).context("the journal cannot be written")?;
                file.sync_data().context("the journal cannot be synced")
            }
            Self::Sqlite(database) => {
                // Whoever has gone meanwhile is not answered.
                let messages = said.iter().filter_map(|said| {
                    let peer = peers[said.from].as_ref()?;
                    let conversation = match peer.hears {
                        Hears::One(other) => peer.number.min(other),
                        Hears::All => peer.number,
                    };
                    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
                    Some(Message {
                        conversation: number(conversation),
                        author: number(peer.number),
                        body: &batch[said.text.clone()],
                    })
                });
                database.append(messages.collect()).context("the database cannot be written")
            }
        }
    }

    /// Does what nobody need wait for.
    pub(super) fn tidy_up(&mut self) -> anyhow::Result<()> {
        match self {
            Self::File(_) => Ok(()),
            Self::Sqlite(database) => {
                database.take_in_the_log().context("the log cannot be taken into the database")
            }
        }
    }
}
