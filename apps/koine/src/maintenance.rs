//! `koine maintenance`: keep everybody but the operators out for a while, beside a running server.
//!
//! The state is a file in the data folder: it is there while the server is under maintenance, whether it runs or not, and
//! the server looks for it at each sign-in. So it holds from one sign-in to the next, and survives a restart.

use anyhow::Context;
use koine_core::surroundings::Maintenance;
use std::fs::{File, remove_file};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What to do about it.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Switch {
    /// Only operators may sign in from now on.
    On,
    /// Everybody may sign in again.
    Off,
}

/// The file whose being there means maintenance.
#[derive(Clone, Debug)]
pub(crate) struct Marker(PathBuf);

impl Marker {
    pub(crate) fn of(data: &Path) -> Self {
        Self(data.join("maintenance"))
    }

    fn switch(&self, to: Switch) -> anyhow::Result<()> {
        let path = self.0.display();
        match to {
            Switch::On => {
                File::create(&self.0).with_context(|| format!("the file {path} cannot be made"))?;
                Ok(())
            }
            Switch::Off => match remove_file(&self.0) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(error).with_context(|| format!("the file {path} cannot be removed"))
                }
                _ => Ok(()),
            },
        }
    }
}

impl Maintenance for Marker {
    fn is_on(&self) -> bool {
        // A folder that cannot be looked into says nothing: the store will complain about it.
        self.0.try_exists().unwrap_or(false)
    }
}

/// Switches if it is to, and says how it is then.
pub(crate) fn run(data: &Path, to: Option<Switch>) -> anyhow::Result<()> {
    let marker = Marker::of(data);
    anyhow::ensure!(
        data.is_dir(),
        "there is no data folder {}; was the server ever started?",
        data.display()
    );
    if let Some(to) = to {
        marker.switch(to)?;
    }
    let is_on = marker.0.try_exists();
    let is_on =
        is_on.with_context(|| format!("whether there is a file {} cannot be seen", marker.0.display()))?;
    let state = if is_on { "on: only operators may sign in" } else { "off: everybody may sign in" };
    writeln!(std::io::stdout(), "maintenance is {state}").context("the standard output cannot be written")
}
