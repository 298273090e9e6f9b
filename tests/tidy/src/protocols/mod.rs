//! Which message types and errors the protocol documents name, and which of them the transcripts show.
//!
//! `table` says of each dialect how its document tells who sends what, and where it lists errors; a new dialect adds one row there.

pub mod document;
pub mod errors;
pub mod own;
pub mod spoken;
pub mod table;

/// Who sends a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Speaker {
    /// The client: a line with `>` in a transcript.
    Client,
    /// The server: a line with `<` in a transcript.
    Server,
}

impl Speaker {
    /// The mark of its lines in a transcript.
    pub fn mark(self) -> char {
        match self {
            Self::Client => '>',
            Self::Server => '<',
        }
    }
}

/// One type of message, from one side.
pub type Said = (Speaker, String);
