//! The command line.
//!
//! The values of flags are taken as text here: the settings' own types judge them, so that a flag, a
//! variable and a line of the file are refused in the same words.

mod account;
mod age;
pub(crate) mod answer;
mod invite;
mod sessions;
mod upkeep;

pub(crate) use account::AccountCommand;
pub(crate) use invite::InviteCommand;
pub(crate) use sessions::{SessionsCommand, SessionsEnd};
pub(crate) use upkeep::{BackupArguments, ExportArguments, FsckArguments, PruneArguments, RestoreArguments};

use crate::maintenance::Switch;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// An instant-messaging server that speaks many dialects over one set of accounts and conversations.
#[derive(Parser, Debug)]
#[command(name = "koine", version, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Serve until told to stop (SIGTERM or Ctrl-C).
    Serve(Flags),
    /// Check the configuration and print what is in effect.
    CheckConfig(Flags),
    /// Keep everybody but the operators out (on), let everybody in again (off), or tell how it is.
    Maintenance {
        /// What to do; without it, the state is told.
        #[arg(value_name = "on|off")]
        switch: Option<Switch>,
        #[command(flatten)]
        flags: Flags,
    },
    /// Look after accounts, beside a running server or without one.
    Account {
        /// What to do.
        #[command(subcommand)]
        command: AccountCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Copy everything into a folder, beside a running server or without one.
    Backup {
        #[command(flatten)]
        arguments: BackupArguments,
        #[command(flatten)]
        place: Place,
    },
    /// Bring a backup back into the data folder, where no server runs.
    Restore {
        #[command(flatten)]
        arguments: RestoreArguments,
        #[command(flatten)]
        place: Place,
    },
    /// Write out everything that the server holds of one person, as JSON and files.
    Export {
        #[command(flatten)]
        arguments: ExportArguments,
        #[command(flatten)]
        place: Place,
    },
    /// Check whether everything in the data folder (or in a backup) is as it must be. Nothing is changed.
    Fsck {
        #[command(flatten)]
        arguments: FsckArguments,
        #[command(flatten)]
        place: Place,
    },
    /// Take away old messages, and media that nothing names, beside a running server or without one.
    Prune {
        #[command(flatten)]
        arguments: PruneArguments,
        #[command(flatten)]
        place: Place,
    },
    /// List who is signed in where, or end it.
    Sessions {
        #[command(flatten)]
        command: SessionsCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Look after invitations, with which people register where `registration.mode` is "invitation".
    Invite {
        /// What to do.
        #[command(subcommand)]
        command: InviteCommand,
        #[command(flatten)]
        place: Place,
    },
}

/// Where the data are, for commands that need to know no more.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The configuration file [default: KOINE_CONFIG, else ./koine.toml if there is one].
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The folder that holds everything the server remembers.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<String>,
}

impl Place {
    pub(crate) fn into_flags(self) -> Flags {
        Flags { config: self.config, data: self.data, ..Flags::default() }
    }
}

/// The settings that can be given for one run. They weigh more than the environment and the file.
#[derive(Args, Debug, Default)]
pub(crate) struct Flags {
    /// The configuration file [default: KOINE_CONFIG, else ./koine.toml if there is one].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder that holds everything the server remembers.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Where HTTP is served, such as 0.0.0.0:8080. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) http: Vec<String>,
    /// The URL under which people reach the HTTP listener.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Where a dialect is served, such as NAME=0.0.0.0:7000. May be repeated.
    #[arg(long, value_name = "DIALECT=ADDRESS")]
    pub(crate) listen: Vec<String>,
    /// How much is logged: error, warn, info, debug or trace, or directives such as info,koine_gateway=debug.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log: Option<String>,
}

/// An e-mail address, as far as one can tell.
fn email(text: &str) -> Result<String, String> {
    let text = text.trim();
    let sound = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !sound || text.contains(char::is_whitespace) || text.contains(char::is_control) {
        return Err("that is no e-mail address (such as ann@example.org)".to_owned());
    }
    Ok(text.to_owned())
}

const AFTER_HELP: &str = "\
Settings come from the configuration file, then from variables named KOINE_SECTION__KEY (such as
KOINE_HTTP__LISTEN or KOINE_LIMITS__TEXT_BYTES), then from flags; the later ones win.

Exit codes: 0 all went well; 1 the command failed; 2 the command line or the configuration is unsound;
130, 141 and 143 it was stopped by Ctrl-C, by a reader who wants no more, by SIGTERM.";
