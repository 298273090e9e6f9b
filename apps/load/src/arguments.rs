//! The command line.

use crate::scene::{fanout, history, idle, login, missed, mixed, pairs, start};
use crate::{bare, bench};
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Load for a koine server, and what it makes of it.
#[derive(Debug, Parser)]
#[command(name = "koine-load", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) setting: Setting,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every scene is told.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Setting {
    /// The server's program, which is started for the scene in a folder of its own.
    #[arg(long, global = true, value_name = "FILE", default_value = "target/release/koine")]
    pub(crate) server: PathBuf,
    /// A server that runs already, instead: the address of its HTTP port, or of the dialect's own one.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub(crate) at: Option<SocketAddr>,
    /// The process number of that server, so that its processor time and memory can be read.
    #[arg(long, global = true, value_name = "N", requires = "at")]
    pub(crate) pid: Option<u32>,
    /// What is spoken: a dialect, or one of the ways of speaking it.
    #[arg(long, global = true, value_name = "NAME", default_value = "native")]
    pub(crate) dialect: String,
    /// Whether connections are TLS (to a server that is started for it).
    #[arg(long, global = true, conflicts_with = "at")]
    pub(crate) tls: bool,
    /// What everything that is up to chance begins with. On a server that runs already each seed can be used once.
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where folders with data are made. It should be on the disk that is meant.
    #[arg(long, global = true, value_name = "FOLDER", default_value_os_t = std::env::temp_dir())]
    pub(crate) folder: PathBuf,
    /// Writes what was measured, as JSON.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Draws latencies over time, and their histogram, as SVG.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// Shows no progress.
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
}

/// What there is to do.
#[derive(Clone, Debug, Subcommand)]
#[command(rename_all = "kebab-case")]
pub(crate) enum Command {
    /// People in twos, of whom one writes to the other.
    Pairs(pairs::Flags),
    /// One group, in which one talks and all who are online hear it.
    Fanout(fanout::Flags),
    /// Connections on which people are signed in and say nothing.
    Idle(idle::Flags),
    /// A storm of people who sign in.
    Login(login::Flags),
    /// Pages of old messages, from anywhere.
    History(history::Flags),
    /// An ordinary day: people who write to friends and in groups, show pictures, look back, go away and come back.
    Mixed(mixed::Flags),
    /// Somebody comes back to whom much was said.
    Missed(missed::Flags),
    /// A server starts: how long until it serves, and how large it is.
    Start(start::Flags),
    /// All scenes and the bare loops, several times; writes the page about performance.
    Bench(bench::Flags),
    /// A scene, and beside it the bare loop: the least that any server could do with the same bytes, with a file and with SQLite.
    #[command(subcommand)]
    Floor(Floor),
    /// The bare loop itself. Scenes start it.
    #[command(hide = true)]
    Bare(bare::Flags),
}

/// The scenes that the bare loop knows.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Floor {
    /// People in twos, of whom one writes to the other.
    Pairs(pairs::Flags),
    /// One group, in which one talks and all who are online hear it.
    Fanout(fanout::Flags),
}
