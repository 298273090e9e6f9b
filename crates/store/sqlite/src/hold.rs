//! Keeping media from being taken away while something reads them by what it has seen in the database, in another process perhaps.
//!
//! It is a lock of the operating system, so that nothing is left of it when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Held for as long as media must stay, or for as long as they are taken away.
#[derive(Debug)]
pub(crate) struct Hold(Option<File>);

const NAME: &str = "media.hold";

impl Hold {
    /// Has all media stay. Waits for whoever is taking some away.
    pub(crate) fn keep(data: &Path) -> io::Result<Self> {
        let file = match open(data) {
            // Nobody can take anything away.
            Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => return Ok(Self(None)),
            opened => opened?,
        };
        file.lock_shared()?;
        Ok(Self(Some(file)))
    }

    /// Allows its holder to take media away; `None` while somebody has them stay.
    pub(crate) fn take(data: &Path) -> io::Result<Option<Self>> {
        let file = open(data)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(Some(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Hold {
    /// Closing the file is not enough: a process that is just being started may have it open for a moment, too.
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.as_ref().map(File::unlock) {
            tracing::warn!(%error, "the media were not let go of");
        }
    }
}

fn open(data: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(data.join(NAME))
}
