//! The folder that an export is written to. It holds what is private: only its owner may enter it.

use anyhow::{Context, ensure};
use serde_json::Value;
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes it; one that is there must be empty.
    pub(super) fn make(path: &Path) -> anyhow::Result<Self> {
        match fs::read_dir(path) {
            Ok(mut entries) => {
                let is_empty = entries.next().is_none();
                ensure!(is_empty, "{} is not empty: name another folder", path.display());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                private().recursive(true).create(path).with_context(|| cannot("make", path))?;
            }
            Err(error) => return Err(error).with_context(|| cannot("read", path)),
        }
        Ok(Self(path.to_owned()))
    }

    /// Writes one object to a file of its own.
    pub(super) fn write(&self, name: &str, object: &Value) -> anyhow::Result<()> {
        let path = self.0.join(name);
        let write = || -> io::Result<()> {
            let mut file = BufWriter::new(File::create_new(&path)?);
            serde_json::to_writer_pretty(&mut file, object)?;
            file.write_all(b"\n")?;
            file.flush()
        };
        write().with_context(|| cannot("write", &path))
    }

    /// Begins a file of lines in a folder within.
    pub(super) fn lines(&self, inner: &str, name: &str) -> anyhow::Result<Lines> {
        let path = self.inner(inner)?.join(name);
        let file = File::create_new(&path).with_context(|| cannot("write", &path))?;
        Ok(Lines { file: BufWriter::new(file), path })
    }

    /// Copies a file to a folder within. Tells whether it was there.
    pub(super) fn copy(&self, from: &Path, inner: &str, name: &str) -> anyhow::Result<bool> {
        if !from.is_file() {
            return Ok(false);
        }
        let opened = File::open(from).with_context(|| cannot("read", from))?;
        self.write_bytes(opened, inner, name)?;
        Ok(true)
    }

    /// Writes the bytes of a file to one in a folder within.
    pub(super) fn write_bytes(&self, mut from: File, inner: &str, name: &str) -> anyhow::Result<()> {
        let path = self.inner(inner)?.join(name);
        let mut copy = || io::copy(&mut from, &mut File::create_new(&path)?);
        copy().map(drop).with_context(|| cannot("write", &path))
    }

    fn inner(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.0.join(name);
        match private().create(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(error).with_context(|| cannot("make", &path))
            }
            _ => Ok(path),
        }
    }
}

/// A file of JSON objects, one a line.
pub(super) struct Lines {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Lines {
    pub(super) fn write(&mut self, object: &Value) -> anyhow::Result<()> {
        let mut write = || -> io::Result<()> {
            serde_json::to_writer(&mut self.file, object)?;
            self.file.write_all(b"\n")
        };
        write().with_context(|| cannot("write", &self.path))
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.file.flush().with_context(|| cannot("write", &self.path))
    }
}

fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

fn cannot(attempt: &str, path: &Path) -> String {
    format!("cannot {attempt} {}", path.display())
}
