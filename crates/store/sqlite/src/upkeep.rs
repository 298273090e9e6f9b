//! What backups, checks and the rest of an operator's work have in common: who watches it, and what can go wrong.

use crate::OpenError;
use crate::open::is_beside;
use std::io;
use std::path::{Path, PathBuf};

/// Whoever wants to know how the work goes.
pub trait Watch {
    /// So much of a part of the work is done. `of` is 0 where nobody knows how much it will be.
    fn progress(&mut self, part: Part, done: u64, of: u64);
    /// Something was found.
    fn found(&mut self, finding: Finding);
}

/// A part of the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Copying the database; counted in pages.
    Database,
    /// Copying or reading media; counted in bytes.
    Media,
    /// Checking the database; counted in rules.
    Rules,
    /// Reading the messages; counted in messages.
    Messages,
}

/// What a check has found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// Where it is, and what. It may hold names that people have chosen.
    pub text: String,
}

/// How bad something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grade {
    /// Something is not as it must be.
    Damage,
    /// Worth knowing, and no harm.
    Note,
}

/// Why the work was not done.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// There is no database.
    #[error("{} is no data folder: there is no koine.db in it", folder.display())]
    NoData {
        /// Where one was looked for.
        folder: PathBuf,
    },
    /// The folder is there, has something in it, and is no backup.
    #[error("{} is not empty, and no backup that koine has made: name another folder", folder.display())]
    Foreign {
        /// Which folder.
        folder: PathBuf,
    },
    /// The folder was a backup, and a server has been started on it.
    #[error("{} is a data folder by now, since a server was started on it: name another folder", folder.display())]
    Used {
        /// Which folder.
        folder: PathBuf,
    },
    /// The folder is no backup.
    #[error("{} is no backup that koine has made", folder.display())]
    NoBackup {
        /// Which folder.
        folder: PathBuf,
    },
    /// A backup was begun and not finished.
    #[error("the backup in {} was never finished: there is no database in it", folder.display())]
    Unfinished {
        /// Which folder.
        folder: PathBuf,
    },
    /// One folder lies in the other.
    #[error("{} and {} must be two folders, and none of them in the other", one.display(), other.display())]
    Entangled {
        /// One.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// Data would be lost.
    #[error("there are data in {} already: --replace moves them aside", folder.display())]
    Occupied {
        /// Which folder.
        folder: PathBuf,
    },
    /// Something new would be mixed with something else.
    #[error("{} is not empty: name another folder", folder.display())]
    NotEmpty {
        /// Which folder.
        folder: PathBuf,
    },
    /// The folder belongs to a process, or cannot belong to this one.
    #[error(transparent)]
    Folder(#[from] OpenError),
    /// Something reads what would be replaced.
    #[error("a backup, a check or an export still reads {}: wait until it is done", folder.display())]
    Held {
        /// Which folder.
        folder: PathBuf,
    },
    /// A newer program has written it.
    #[error("the database {} has schema {found}, and this program knows only {known}: use a newer one", database.display())]
    Newer {
        /// Which file.
        database: PathBuf,
        /// The version of its schema.
        found: u32,
        /// The newest version that is known here.
        known: u32,
    },
    /// An older program has written it.
    #[error("the database {} has schema {found}, and this program reads {known}: a start of it brings the database there", database.display())]
    Older {
        /// Which file.
        database: PathBuf,
        /// The version of its schema.
        found: u32,
        /// The version that is read here.
        known: u32,
    },
    /// There is no table in it.
    #[error("the database {} is empty: no program of koine's has written it", database.display())]
    Blank {
        /// Which file.
        database: PathBuf,
    },
    /// What was copied is not as it must be.
    #[error("{} is damaged ({damages} findings); nothing was changed", folder.display())]
    Damaged {
        /// Which folder.
        folder: PathBuf,
        /// How much was found.
        damages: u64,
    },
    /// A part of the backup's database is needed that cannot be read.
    #[error(
        "the backup in {place} cannot be restored, and no data were moved: koine fsck --data {place} --salvage DIR copies what can be read of it into a new data folder",
        place = folder.display()
    )]
    Unusable {
        /// Which folder.
        folder: PathBuf,
        /// What could not be read.
        source: Box<UpkeepError>,
    },
    /// SQLite could not.
    #[error("cannot {attempt} {}", path.display())]
    Database {
        /// What was tried.
        attempt: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A file could not be read or written.
    #[error("cannot {attempt} {}", path.display())]
    File {
        /// What was tried.
        attempt: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store could not.
    #[error("cannot {attempt}")]
    Store {
        /// What was tried.
        attempt: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What was tried with which file, for errors.
pub(crate) fn file<'a>(attempt: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> UpkeepError + 'a {
    move |source| UpkeepError::File { attempt, path: path.to_owned(), source }
}

/// The same for the first read of a database, for which SQLite needs a file beside it.
pub(crate) fn reading(path: &Path) -> impl FnOnce(rusqlite::Error) -> UpkeepError + '_ {
    move |source| match is_beside(&source) {
        true => UpkeepError::Folder(OpenError::Beside { database: path.to_owned(), source }),
        false => database("read", path)(source),
    }
}

/// The same for SQLite.
pub(crate) fn database<'a>(
    attempt: &'static str,
    path: &'a Path,
) -> impl FnOnce(rusqlite::Error) -> UpkeepError + 'a {
    move |source| UpkeepError::Database { attempt, path: path.to_owned(), source }
}
