//! `koine invite`.

use clap::Subcommand;

/// What to do about invitations.
#[derive(Subcommand, Debug)]
pub(crate) enum InviteCommand {
    /// Make an invitation, and print its code and a link with it. They are not shown again.
    New {
        /// How many people may register with it.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        uses: u32,
        /// For how many days it is good.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
        /// As a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the invitations there are, without their codes.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Make an invitation worthless. Whoever has registered with it stays.
    Revoke {
        /// Its number, as `invite list` shows it.
        number: u64,
    },
}
