//! Copying files so that a copy which has its name is whole and on disk.

use crate::folder;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// What is read at once.
const BUFFER: usize = 256 << 10;

/// SHA-256 of a file.
pub(crate) fn hash_of(path: &Path) -> io::Result<[u8; 32]> {
    pass(&mut File::open(path)?, &mut io::sink())
}

/// Copies one file to another, which is on disk then, but for its name. Answers SHA-256 of what was copied.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<[u8; 32]> {
    let mut source = File::open(from)?;
    let mut target = File::create(to)?;
    let hash = pass(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(hash)
}

fn pass(from: &mut File, to: &mut impl Write) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(read) => buffer.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(read);
        to.write_all(read)?;
    }
}

/// Takes a file away, if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Directories whose entries have changed, to be put on disk together.
#[derive(Default)]
pub(crate) struct Changed(BTreeSet<PathBuf>);

impl Changed {
    pub(crate) fn add(&mut self, directory: &Path) {
        if !self.0.contains(directory) {
            self.0.insert(directory.to_owned());
        }
    }

    pub(crate) fn sync(self) -> io::Result<()> {
        self.0.iter().try_for_each(|directory| folder::sync(directory))
    }
}
