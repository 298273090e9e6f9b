//! `koine account`.

use super::email;
use clap::Subcommand;
use koine_model::account::Handle;

/// What to do about accounts.
#[derive(Subcommand, Debug)]
pub(crate) enum AccountCommand {
    /// List the accounts there are.
    List {
        /// Also those that were deleted: their numbers and handles stay.
        #[arg(long)]
        deleted: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show what there is of one account.
    Show {
        /// Its handle, number or e-mail address.
        who: String,
        /// As a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Make an account, also where registration is closed. The password is asked for, or read from the standard input.
    Add {
        /// Its handle.
        #[arg(value_parser = handle)]
        handle: Handle,
        /// The name that is shown [default: the handle].
        #[arg(long)]
        nick: Option<String>,
        /// Its e-mail address.
        #[arg(long, value_parser = email)]
        email: Option<String>,
        /// Make a password, and print it.
        #[arg(long)]
        generate: bool,
    },
    /// Keep somebody out: their sessions end, and they cannot sign in. What is written to them waits.
    Disable {
        /// The account's handle, number or e-mail address.
        who: String,
    },
    /// Let somebody in again who was kept out.
    Enable {
        /// The account's handle, number or e-mail address.
        who: String,
    },
    /// Give an account another password, which ends its sessions. It is asked for, or read from the standard input.
    SetPassword {
        /// The account's handle, number or e-mail address.
        who: String,
        /// Make a password, and print it.
        #[arg(long)]
        generate: bool,
    },
    /// Delete an account for good, as its owner would. Its number, its handle and what it said stay.
    Delete {
        /// The account's handle, number or e-mail address.
        who: String,
        /// Do not ask whether it is meant.
        #[arg(long)]
        yes: bool,
    },
}

fn handle(text: &str) -> Result<Handle, String> {
    use koine_model::account::HandleFault;
    Handle::parse(text).map_err(|fault| match fault {
        HandleFault::Empty => "a handle must not be empty".to_owned(),
        HandleFault::TooLong => format!("a handle has at most {} characters", Handle::LONGEST),
        HandleFault::Unusable => {
            format!("a handle has no control characters, and does not begin with {:?}", Handle::GROUP_PREFIX)
        }
    })
}
