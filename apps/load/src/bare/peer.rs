//! One connection of the bare loop.

use crate::websocket;
use anyhow::{Context, bail};
use mio::net::TcpStream;
use std::io::{ErrorKind, Read, Write};

/// Whoever is connected.
pub(super) struct Peer {
    stream: TcpStream,
    /// The beginning of a frame whose rest has not come.
    unread: Vec<u8>,
    /// What waits to be written, of which so much has been.
    pub(super) unsent: Vec<u8>,
    sent: usize,
    open: bool,
    /// The number that it has said.
    pub(super) number: usize,
    /// Whether that is not noted yet.
    is_new: bool,
    /// Who hears what it says.
    pub(super) hears: Hears,
}

/// Who hears somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hears {
    /// The one of this number.
    One(usize),
    /// Everybody else.
    All,
}

impl Peer {
    /// Somebody who has just connected.
    pub(super) fn new(stream: TcpStream) -> Self {
        let (unread, unsent) = (Vec::new(), Vec::new());
        let (number, hears) = (usize::MAX, Hears::One(usize::MAX));
        Self { stream, unread, unsent, sent: 0, open: false, number, is_new: false, hears }
    }

    /// Reads what there is, and hands on each message with its kind. `false` when the other end has closed.
    pub(super) fn read(
        &mut self,
        buffer: &mut [u8],
        take: &mut dyn FnMut(u8, &[u8]),
    ) -> anyhow::Result<bool> {
        loop {
            let read = match self.stream.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error).context("nothing can be read"),
            };
            if self.unread.is_empty() {
                let used = self.understand(&mut buffer[..read], take)?;
                self.unread.extend_from_slice(&buffer[used..read]);
            } else {
                let mut unread = std::mem::take(&mut self.unread);
                unread.extend_from_slice(&buffer[..read]);
                let used = self.understand(&mut unread, take)?;
                unread.drain(..used);
                self.unread = unread;
            }
            if read < buffer.len() {
                return Ok(true);
            }
        }
    }

    fn understand(&mut self, bytes: &mut [u8], take: &mut dyn FnMut(u8, &[u8])) -> anyhow::Result<usize> {
        let mut used = 0;
        if !self.open {
            let Some(end) = websocket::head(bytes) else { return Ok(0) };
            let (path, answer) = websocket::accept(&bytes[..end])?;
            self.unsent.extend_from_slice(answer.as_bytes());
            let (me, other) = path.trim_start_matches('/').split_once('/').context("a path of two parts")?;
            (self.number, self.is_new) = (me.parse().context("no number")?, true);
            self.hears = match other {
                "all" => Hears::All,
                other => Hears::One(other.parse().context("no number")?),
            };
            (self.open, used) = (true, end);
        }
        while let Some(header) = websocket::header(&bytes[used..])? {
            let size = header.size + header.length;
            let Some(frame) = bytes.get_mut(used..used + size) else { break };
            let content = &mut frame[header.size..];
            if let Some(mask) = header.mask {
                websocket::turn(content, mask);
            }
            match header.opcode {
                opcode @ (websocket::TEXT | websocket::BINARY) => take(opcode, content),
                websocket::PONG => {}
                other => bail!("a frame of kind {other}"),
            }
            used += size;
        }
        Ok(used)
    }

    /// The number that it has said, once.
    pub(super) fn new_number(&mut self) -> Option<usize> {
        std::mem::take(&mut self.is_new).then_some(self.number)
    }

    /// Whether something waits to be written.
    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Writes what waits, as far as the socket takes it. That it is gone is seen when it is read from.
    pub(super) fn write(&mut self) {
        while self.sent < self.unsent.len() {
            match self.stream.write(&self.unsent[self.sent..]) {
                Ok(written) => self.sent += written,
                Err(_) => return,
            }
        }
        self.sent = 0;
        self.unsent.clear();
    }

    /// Writes this behind what waits, and keeps what the socket does not take.
    pub(super) fn write_at_once(&mut self, bytes: &[u8]) {
        let written = if self.unsent.is_empty() { self.stream.write(bytes).unwrap_or(0) } else { 0 };
        self.unsent.extend_from_slice(&bytes[written..]);
    }
}
