//! Transcripts: conversations that a server is held against. `docs/transcripts.md` says how they are written.

mod expect;
mod parse;
mod play;

pub use expect::Remembered;
pub use parse::{Line, Said, parse};
pub use play::{play, run};
