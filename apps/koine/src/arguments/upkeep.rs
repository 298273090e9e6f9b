//! `koine backup`, `restore`, `fsck` and `prune`.

use super::age::Age;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

/// What to back up, and where to.
#[derive(Args, Debug)]
pub(crate) struct BackupArguments {
    /// The folder of the backup: a new or empty one, or an earlier backup, which is replaced when the new one is whole.
    #[arg(value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Keep the copy even where the check of it finds damage.
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to restore, and how.
#[derive(Args, Debug)]
pub(crate) struct RestoreArguments {
    /// The folder of the backup.
    #[arg(value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// Where data are in the data folder already, move them aside, into a folder within it.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Restore it even where the check of it finds damage.
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to check, and what to do about it.
#[derive(Args, Debug)]
pub(crate) struct FsckArguments {
    /// Do not read the media: look only whether each is there with its size.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Copy everything that can be read into a new data folder, and tell what was lost.
    #[arg(long, value_name = "DIR")]
    pub(crate) salvage: Option<PathBuf>,
}

/// What to take away.
#[derive(Args, Debug)]
#[group(skip)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["older_than", "media"])))]
pub(crate) struct PruneArguments {
    /// Messages that were said so long ago, such as 365d (h, d, w and y are hours, days, weeks and years). They go for everybody.
    #[arg(long, value_name = "AGE")]
    pub(crate) older_than: Option<Age>,
    /// Media files that no message and no picture names, and uploads that were given up.
    #[arg(long)]
    pub(crate) media: bool,
    /// Only tell what would go.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Whose data to write out, and where to.
#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// The account: its handle, number or e-mail address.
    pub(crate) account: String,
    /// The folder to write to: a new or empty one.
    #[arg(value_name = "DIR")]
    pub(crate) into: PathBuf,
}
