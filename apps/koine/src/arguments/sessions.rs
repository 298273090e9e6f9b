//! `koine sessions`.

use clap::{Args, Subcommand};

/// Which sessions to list, or what to do about them.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SessionsCommand {
    /// Only those of one account: its handle, number or e-mail address.
    pub(crate) who: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) end: Option<SessionsEnd>,
}

/// What to do about sessions.
#[derive(Subcommand, Debug)]
pub(crate) enum SessionsEnd {
    /// End the sessions of an account: its connections close, and its tokens are worthless. Its password stays good.
    End {
        /// The account's handle, number or e-mail address.
        who: String,
        /// Only the session of this number.
        #[arg(long, value_name = "NUMBER")]
        session: Option<u64>,
    },
}
