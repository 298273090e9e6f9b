//! The command line.
//!
//! The values of flags are taken as text here: the settings' own types judge them, so that a flag, a
//! variable and a line of the file are refused in the same words.

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

const AFTER_HELP: &str = "\
Settings come from the configuration file, then from variables named KOINE_SECTION__KEY (such as
KOINE_HTTP__LISTEN or KOINE_LIMITS__TEXT_BYTES), then from flags; the later ones win.

Exit codes: 0 all went well; 1 the command failed; 2 the command line or the configuration is unsound.";
