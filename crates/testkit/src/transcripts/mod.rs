//! Transcripts: conversations that a server is held against. `docs/transcripts.md` says how they are written.

mod expect;
mod parse;
mod play;
mod run;

pub use expect::Remembered;
pub use parse::{Line, Said, parse};
pub use play::{Failure, Stage};
pub use run::{run, run_beside, run_folder, run_limited};
