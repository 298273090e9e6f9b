//! What waits to be written to a client, in order, gathered into as few system calls as the carriage allows.

use super::intake::heavy;
use super::kept::Kept;
use super::{Connection, Phase};
use crate::websocket::{self, Head, Opcode};
use bytes::{Buf, Bytes};
use koine_core::room::Place;
use koine_dialect::Payload;
use koine_metrics::Limit;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

/// Frames that wait, and how many bytes went by. No memory is held while nothing waits.
#[derive(Default)]
pub(super) struct Outgoing {
    chunks: VecDeque<Chunk>,
    /// The room that is held for some of them.
    kept: Kept,
    /// How much of the first chunk is written and still in memory.
    begun: usize,
    /// Bytes that wait.
    waiting: usize,
    /// Bytes that TLS or the kernel has taken, since the beginning.
    written: u64,
    /// As much waited as may, when the kernel took no more the last time.
    is_full: bool,
    /// Something was dropped, behind which the session says nothing more but its last words.
    has_gap: bool,
}

/// One frame, or the end of one. A payload that many clients get is the same memory for all of them; the header is made when it is written.
struct Chunk {
    opcode: Option<Opcode>,
    payload: Bytes,
    /// What comes before it of its frame is written and in memory no more.
    is_rest: bool,
}

impl Chunk {
    fn head(&self) -> Option<Head> {
        self.opcode.map(|opcode| websocket::head(opcode, self.payload.len()))
    }

    fn length(&self) -> usize {
        self.head().map_or(0, |head| head.as_ref().len()).saturating_add(self.payload.len())
    }
}

/// A frame of more than so many bytes is not kept for a client that is to go and takes nothing, and its memory is given back in parts.
pub(super) const LARGE: usize = 64 << 10;
/// What was written of a large frame is given back when it is one of so many parts of what is in memory of it: what is left is moved for that.
const PARTS: usize = 4;
/// Frames that one system call writes.
const GATHERED: usize = 32;

impl Outgoing {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Bytes that TLS or the kernel has taken, since the beginning.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Where the end of what waits will stand, in bytes since the beginning.
    pub(super) fn end(&self) -> u64 {
        self.written.saturating_add(u64::try_from(self.waiting).unwrap_or(u64::MAX))
    }

    /// Adds a frame; without an opcode, its bytes as they are.
    pub(super) fn push(&mut self, opcode: Option<Opcode>, payload: Bytes) {
        let chunk = Chunk { opcode, payload, is_rest: false };
        self.waiting = self.waiting.saturating_add(chunk.length());
        if self.chunks.capacity() == 0 {
            // Where one waits, mostly some more do before it is written.
            self.chunks.reserve(8);
        }
        self.chunks.push_back(chunk);
    }

    /// Keeps the room that was taken for what was added since `from` as long as that is in memory, as much of it as that needs.
    pub(super) fn keep(&mut self, place: Option<Place>, from: u64) {
        let end = self.end();
        if let Some(place) =
            place.filter(|_| end.saturating_sub(from) > u64::try_from(LARGE).unwrap_or(u64::MAX))
        {
            self.kept.add(place, from, end);
        }
    }

    /// Drops the first large frame that was not begun, and whatever comes behind it, so that nothing is told out of order.
    fn shed(&mut self) {
        let is_amid = self.begun > 0 || self.chunks.front().is_some_and(|first| first.is_rest);
        let begun = usize::from(is_amid);
        let large = self.chunks.iter().skip(begun).position(|chunk| chunk.payload.len() > LARGE);
        let Some(first) = large.map(|index| index.saturating_add(begun)) else { return };
        let dropped = self.chunks.split_off(first);
        let bytes = dropped.iter().map(Chunk::length).fold(0, usize::saturating_add);
        self.waiting = self.waiting.saturating_sub(bytes);
        self.chunks.shrink_to_fit();
        self.has_gap = true;
        self.kept.end_at(self.end());
    }

    fn advance(&mut self, written: usize) {
        self.waiting = self.waiting.saturating_sub(written);
        self.written = self.written.saturating_add(u64::try_from(written).unwrap_or(0));
        self.drop_written(written);
        self.kept.is_gone_up_to(self.in_memory_from());
    }

    fn drop_written(&mut self, mut written: usize) {
        while let Some(chunk) = self.chunks.front() {
            let left = chunk.length().saturating_sub(self.begun);
            if written < left {
                self.begun = self.begun.saturating_add(written);
                return;
            }
            written = written.saturating_sub(left);
            self.begun = 0;
            self.chunks.pop_front();
        }
        self.chunks = VecDeque::new();
        // With nothing that waits there is room again, also when the kernel was never asked in between.
        self.is_full = false;
    }

    /// Where what is in memory begins, in bytes since the beginning.
    fn in_memory_from(&self) -> u64 {
        self.written.saturating_sub(u64::try_from(self.begun).unwrap_or(u64::MAX))
    }

    /// How much is left of the first frame, where enough of it is written that the memory for that is worth giving back: room is held for it
    /// which others may wait for, and nobody else has the same memory.
    fn to_trim(&self) -> Option<usize> {
        let first = self.chunks.front().filter(|_| !self.kept.is_empty())?;
        let left = first.length().saturating_sub(self.begun);
        let is_worth_it = self.begun > LARGE && self.begun > first.length().checked_div(PARTS)?;
        (is_worth_it && first.payload.is_unique()).then_some(left)
    }

    /// Gives back the memory for what is written of the first frame.
    fn trim(&mut self) {
        let Some(first) = self.chunks.front_mut() else { return };
        let head = first.head().map_or(0, |head| head.as_ref().len());
        let Some(written) = self.begun.checked_sub(head) else { return };
        let mut rest = std::mem::take(&mut first.payload);
        rest.advance(written.min(rest.len()));
        // In the same memory, as long as nobody else has it.
        let mut rest = Vec::from(rest);
        rest.shrink_to_fit();
        *first = Chunk { opcode: None, payload: rest.into(), is_rest: true };
        self.begun = 0;
        self.kept.is_gone_up_to(self.in_memory_from());
    }

    fn poll_write(
        &mut self,
        stream: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
        frames: usize,
    ) -> Poll<std::io::Result<usize>> {
        // Mostly it is one frame. What has no room is written the next time.
        match frames.min(self.chunks.len()) {
            1 => self.write_some::<1, 2>(stream, cx),
            frames if frames <= 8 => self.write_some::<8, 16>(stream, cx),
            _ => self.write_some::<GATHERED, { 2 * GATHERED }>(stream, cx),
        }
    }

    /// Writes up to `FRAMES` frames, each of which is two pieces.
    fn write_some<const FRAMES: usize, const PIECES: usize>(
        &mut self,
        stream: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
    ) -> Poll<std::io::Result<usize>> {
        let heads: [Option<Head>; FRAMES] =
            std::array::from_fn(|index| self.chunks.get(index).and_then(Chunk::head));
        let mut slices = [IoSlice::new(&[]); PIECES];
        let mut skip = self.begun;
        let mut used = 0;
        for (chunk, head) in self.chunks.iter().zip(&heads) {
            for bytes in [head.as_ref().map_or(&[][..], |head| head.as_ref()), &chunk.payload] {
                let rest = bytes.get(skip..).unwrap_or_default();
                skip = skip.saturating_sub(bytes.len());
                if let Some(slot) = slices.get_mut(used).filter(|_| !rest.is_empty()) {
                    *slot = IoSlice::new(rest);
                    used = used.saturating_add(1);
                }
            }
        }
        stream.poll_write_vectored(cx, slices.get(..used).unwrap_or_default())
    }
}

impl Connection {
    /// Queues a frame of the session.
    pub(super) fn send(&mut self, payload: Payload) {
        if self.outgoing.has_gap && self.parting.farewell.is_some() {
            // The answer to what was accepted before the end began, which would be told out of order.
            return;
        }
        let opcode = self.wire.is_websocket().then_some(match payload {
            Payload::Text(_) => Opcode::Text,
            Payload::Binary(_) => Opcode::Binary,
        });
        let (Payload::Text(bytes) | Payload::Binary(bytes)) = payload;
        self.outgoing.push(opcode, bytes);
    }

    /// Writes as much of what waits as the socket takes.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        let frames = if self.wire.writes_frames_apart() { 1 } else { GATHERED };
        while !self.outgoing.is_empty() && self.phase != Phase::Dead {
            match self.outgoing.poll_write(Pin::new(&mut self.stream), cx, frames) {
                Poll::Ready(Ok(written)) if written > 0 => {
                    self.outgoing.advance(written);
                    self.times.wrote = self.common.pulse.now();
                    progress = true;
                }
                Poll::Ready(Err(error)) => self.breaks_off(&error),
                Poll::Ready(Ok(_)) => self.phase = Phase::Dead,
                Poll::Pending => {
                    self.note_whether_full();
                    if let Some(left) = self.outgoing.to_trim() {
                        heavy(left, || self.outgoing.trim());
                    }
                    return progress;
                }
            }
        }
        // What TLS has taken may be longer than what the kernel took of it.
        if self.stream.holds_back() && self.phase != Phase::Dead {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => {
                    self.times.wrote = self.common.pulse.now();
                    progress = true;
                }
                Poll::Ready(Err(error)) => self.breaks_off(&error),
                Poll::Pending => {}
            }
        }
        progress
    }

    /// The kernel takes no more now: counts it once if as much waits as may, until there is room again.
    fn note_whether_full(&mut self) {
        let is_full = !self.has_room();
        if is_full && !self.outgoing.is_full {
            Limit::QueueBytes.hit();
        }
        self.outgoing.is_full = is_full;
    }

    /// Whether the kernel has everything that was said.
    pub(super) fn is_written(&self) -> bool {
        self.outgoing.is_empty() && !self.stream.holds_back()
    }

    /// The client is to go: where as much waits as may, nothing large is kept for it, and it is not waited for longer than a moment. Its
    /// messages wait in the store, and none of what it was told from here on counts as arrived. What was accepted is still done, and its answers
    /// are dropped with the rest.
    pub(super) fn shed_outgoing(&mut self) {
        if !self.has_room() {
            self.times.hurries = true;
            self.outgoing.shed();
        }
    }

    /// Whether more may be made for the client: it has taken most of what was made before.
    pub(super) fn has_room(&self) -> bool {
        self.outgoing.waiting() < self.common.settings.queue_bytes
    }
}

#[cfg(test)]
mod tests;
