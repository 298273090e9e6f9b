//! Reading, and handing whole frames to the session when it is their turn.

use super::{Connection, Phase, tally};
use crate::websocket::{self, CloseCode, Opcode};
use crate::wire::{Broken, Inbound};
use koine_dialect::{Fault, Frame};
use koine_metrics::Limit;
use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::{Handle, RuntimeFlavor};

/// What one read takes at most.
const READ: usize = 64 << 10;

thread_local! {
    /// Lent to whichever connection of this thread has something to read.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

impl Connection {
    /// Reads what there is, and receives what may be received.
    pub(super) fn poll_intake(&mut self, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        if !self.unread.is_empty() && self.may_receive() {
            self.process_unread();
            progress = true;
        }
        // The reading goes on while commands run, as long as what is read ahead stays small.
        if self.phase == Phase::Open && self.unread.len() < READ {
            progress |= BUFFER.with_borrow_mut(|buffer| self.poll_read(cx, buffer));
        }
        progress
    }

    /// Receives from what was read before.
    pub(super) fn process_unread(&mut self) {
        let mut unread = std::mem::take(&mut self.unread);
        let used = self.process(&mut unread);
        if used < unread.len() {
            unread.drain(..used);
            self.unread = unread;
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> bool {
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Pending => false,
            Poll::Ready(Err(error)) => {
                self.breaks_off(&error);
                true
            }
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                self.phase = Phase::Draining;
                if self.unread.is_empty() {
                    self.forget_unfinished();
                }
                true
            }
            Poll::Ready(Ok(())) => {
                self.note_heard();
                let bytes = buffer.filled_mut();
                if self.unread.is_empty() {
                    let used = self.process(bytes);
                    self.unread.extend_from_slice(bytes.get(used..).unwrap_or_default());
                } else {
                    self.unread.extend_from_slice(bytes);
                }
                true
            }
        }
    }

    /// The socket is dead.
    pub(super) fn breaks_off(&mut self, error: &std::io::Error) {
        if error.kind() == std::io::ErrorKind::TimedOut {
            // The kernel has given up a machine that answers nothing any more.
            tally::silent();
        }
        self.phase = Phase::Dead;
    }

    /// Receives frames out of `bytes` until they are used up or a command must be waited for. Tells how much was used.
    fn process(&mut self, bytes: &mut [u8]) -> usize {
        let length = bytes.len();
        let mut rest = bytes;
        while !rest.is_empty() && self.may_receive() {
            if !self.may_take_more() {
                break;
            }
            match self.wire.next(&mut rest, self.frame_limit()) {
                Ok(None) => break,
                Ok(Some(inbound)) => {
                    // A ping may have come amid the pieces of a message, whose time and place go on.
                    let is_whole = self.wire.pending().is_none();
                    if is_whole {
                        self.times.note_frame();
                    }
                    self.receive(inbound);
                    self.count_frame(is_whole);
                }
                Err(broken) => self.give_up(&broken),
            }
        }
        if self.phase == Phase::Draining && rest.is_empty() {
            self.forget_unfinished();
        }
        let patience = self.common.settings.frame_seconds;
        self.times.note_unfinished(self.wire.pending(), patience, self.common.pulse.now());
        if matches!(self.phase, Phase::Flushing | Phase::Dead) {
            length
        } else {
            length.saturating_sub(rest.len())
        }
    }

    /// Strangers have nothing large to say, and whatever they say costs memory.
    pub(super) fn frame_limit(&self) -> usize {
        let settings = &self.common.settings;
        if self.is_small() { settings.stranger_frame_bytes } else { settings.frame_bytes }
    }

    /// Whether the bound for strangers holds, and is the lower one.
    fn is_small(&self) -> bool {
        let settings = &self.common.settings;
        let stranger = self.actor.is_none() && self.common.dialect.signs_in_first();
        stranger && settings.stranger_frame_bytes < settings.frame_bytes
    }

    fn receive(&mut self, inbound: Inbound<'_>) {
        let mut out = self.outbox();
        match inbound {
            Inbound::Text(text) => {
                heavy(text.len(), || self.session.receive(Frame::Text(&text), &mut out));
            }
            Inbound::Binary(bytes) => {
                heavy(bytes.len(), || self.session.receive(Frame::Binary(&bytes), &mut out));
            }
            Inbound::Ping(payload) => self.outgoing.push(None, websocket::pong(&payload)),
            Inbound::Pong(reached) => self.note_pong(reached),
            Inbound::Close(code) => self.close_with(code.unwrap_or(CloseCode::NORMAL)),
        }
        self.carry_out(out);
    }

    /// The client sent what is no frame: the session says so, and that is the end.
    pub(super) fn give_up(&mut self, broken: &Broken) {
        tally::broken(broken.fault);
        match broken.fault {
            Fault::TooLarge if self.is_small() => Limit::StrangerFrameBytes.hit(),
            Fault::TooLarge => Limit::FrameBytes.hit(),
            // Which of the limits of time it was, the alarm knows.
            Fault::TooSlow | Fault::Malformed => {}
        }
        let mut out = self.outbox();
        self.session.broken(broken.fault, &mut out);
        self.carry_out(out);
        self.close_with(broken.code);
    }

    /// Ends the connection in its carriage's manner, once what waits is done and written.
    pub(super) fn close_with(&mut self, code: CloseCode) {
        if self.work.is_some() {
            self.parting.closing = Some(code);
            self.phase = Phase::Draining;
            return;
        }
        if self.wire.is_websocket() && matches!(self.phase, Phase::Open | Phase::Draining) {
            self.outgoing.push(None, websocket::close(Some((code, ""))));
        }
        if self.phase != Phase::Dead {
            self.phase = Phase::Flushing;
            // Nothing more is received, and what has come of a frame would be kept for as long as the last words are not taken.
            self.unread = Vec::new();
            self.forget_unfinished();
        }
    }

    /// Nothing more comes in: a frame that is not whole never will be.
    fn forget_unfinished(&mut self) {
        self.wire.forget();
        self.forget_large();
        self.times.note_unfinished(None, 0, self.common.pulse.now());
    }

    /// Asks the client whether it is there, and tells it up to where it will have received everything.
    pub(super) fn ping(&mut self) {
        if self.wire.is_websocket() {
            let before = self.outgoing.end();
            self.outgoing.push(Some(Opcode::Ping), bytes::Bytes::copy_from_slice(&before.to_be_bytes()));
            let length = self.outgoing.end().saturating_sub(before);
            self.times.pinged = Some(self.common.pulse.now());
            // That its kernel takes in the ping itself says nothing of the client.
            self.times.acknowledged = self.acknowledged().map(|reached| reached.saturating_add(length));
        }
    }
}

/// Frames from this size on take milliseconds to read.
const HEAVY: usize = 256 << 10;

/// Does `work` on `bytes` bytes; where they are many, another thread takes over this one's other connections first.
pub(super) fn heavy<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let many_threads = || Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
    if bytes >= HEAVY && many_threads() { tokio::task::block_in_place(work) } else { work() }
}
