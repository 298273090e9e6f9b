//! What an operator sees of an answer: how far it is, what is found, and how it ended.

use super::bar::Bar;
use super::interrupt::{Interrupted, Sent};
use super::shown::Shown;
use super::wire::{Line, Progress, VERSION};
use anyhow::bail;
use std::io::{self, Write};

pub(super) struct Screen<'a> {
    shown: &'a mut dyn Shown,
    bar: Bar,
}

impl<'a> Screen<'a> {
    pub(super) fn new(shown: &'a mut dyn Shown) -> Self {
        Self { shown, bar: Bar::new() }
    }

    /// Shows what a line says. Tells whether it was the last. `sent` is the signal that it was to stop by, if it was.
    pub(super) fn hear(&mut self, line: Line, sent: Option<Sent>) -> anyhow::Result<bool> {
        if let Line::Progress(Progress { what, done, of }) = &line {
            if sent.is_none() {
                self.bar.show(what, *done, *of);
            }
            return Ok(false);
        }
        self.bar.clear();
        match line {
            Line::Progress(_) => Ok(false),
            Line::Item(item) => self.shown.item(item).map(|()| false),
            Line::Done => Ok(true),
            Line::Failed(why) => bail!(why),
            Line::Stopped(left) => match sent {
                Some(by) => Err(Interrupted::new(by, left).into()),
                None => bail!("the server stops, and the command with it: {left}"),
            },
            Line::OtherVersion(version) => bail!(
                "the server that runs is koine {version}, and this is koine {VERSION}: use the program that the server was started from"
            ),
        }
    }

    /// It is to stop, and what is under way is waited for.
    pub(super) fn stopping(&mut self) {
        self.bar.clear();
        // Whoever does not see that still sees how it ends.
        let _ = writeln!(
            io::stderr(),
            "koine: stopping; what is under way is finished first (Ctrl-C once more does not wait for it)"
        );
    }

    pub(super) fn end(&mut self) -> anyhow::Result<()> {
        self.shown.end()
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.bar.clear();
    }
}
