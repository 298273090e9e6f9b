//! The data folder: its files, its lock, and directories that are really on disk.

use crate::OpenError;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Where things lie in a data folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder when it is not there. Only its owner may look inside.
    pub(crate) fn prepare(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Create { folder: path.to_owned(), source };
        if path.is_dir() {
            return Ok(Self(path.to_owned()));
        }
        private_folders().recursive(true).create(path).map_err(failed)?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent).map_err(failed)?;
        }
        Ok(Self(path.to_owned()))
    }

    /// The folder as it is, whether it is there or not.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Takes the folder for this process.
    pub(crate) fn lock(&self) -> Result<Lock, OpenError> {
        let unwritable = |source| OpenError::Unwritable { folder: self.0.clone(), source };
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.0.join("lock"))
            .map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: self.0.clone() }),
            Err(TryLockError::Error(source)) => Err(OpenError::Lock { folder: self.0.clone(), source }),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("koine.db")
    }

    /// Where the database of schema `version` is kept while a newer program tries its luck.
    pub(crate) fn backup(&self, version: u32) -> PathBuf {
        self.0.join(format!("koine.db.v{version}.bak"))
    }

    /// What is there from the first step of a restore to its last.
    pub(crate) fn restoring(&self) -> PathBuf {
        self.0.join("koine.restoring")
    }

    pub(crate) fn media(&self) -> PathBuf {
        self.0.join("media")
    }

    /// Where uploads grow.
    pub(crate) fn partial(&self) -> PathBuf {
        self.media().join("partial")
    }
}

/// That the folder is this process's, until it is dropped.
pub(crate) struct Lock(File);

impl Drop for Lock {
    /// Closing the file is not enough: a process that is just being started may have it open for a moment, too.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the data folder was not unlocked");
        }
    }
}

/// Makes directories that only their owner may enter.
pub(crate) fn private_folders() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Makes one directory, or leaves the one that is there.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    match private_folders().create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Puts a directory's entries on disk: a file that is synced may still be lost with its name.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
