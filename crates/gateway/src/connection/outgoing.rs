//! What waits to be written to a client, in order, gathered into as few system calls as the carriage allows.

use super::{Connection, Phase};
use crate::websocket::{self, Head, Opcode};
use bytes::Bytes;
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
    /// How much of the first chunk is written.
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

/// One frame. A payload that many clients get is the same memory for all of them; the header is made when it is written.
struct Chunk {
    opcode: Option<Opcode>,
    payload: Bytes,
    /// The room that is given back when it is written, with those before it that came of the same.
    place: Option<Place>,
}

impl Chunk {
    fn head(&self) -> Option<Head> {
        self.opcode.map(|opcode| websocket::head(opcode, self.payload.len()))
    }

    fn length(&self) -> usize {
        self.head().map_or(0, |head| head.as_ref().len()).saturating_add(self.payload.len())
    }
}

/// A frame of more than so many bytes is not kept for a client that is to go and takes nothing.
const LARGE: usize = 64 << 10;
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
        let chunk = Chunk { opcode, payload, place: None };
        self.waiting = self.waiting.saturating_add(chunk.length());
        self.chunks.push_back(chunk);
    }

    /// Keeps the room that was taken for what was added since `from` until that is written, as much of it as that needs.
    pub(super) fn keep(&mut self, place: Option<Place>, from: u64) {
        let added = usize::try_from(self.end().saturating_sub(from)).unwrap_or(usize::MAX);
        let last = self.chunks.back_mut().filter(|_| added > LARGE);
        if let (Some(mut place), Some(last)) = (place, last) {
            place.resize(added);
            last.place = Some(place);
        }
    }

    /// Drops the first large frame that was not begun, and whatever comes behind it, so that nothing is told out of order.
    fn shed(&mut self) {
        let begun = usize::from(self.begun > 0);
        let large = self.chunks.iter().skip(begun).position(|chunk| chunk.payload.len() > LARGE);
        let Some(first) = large.map(|index| index.saturating_add(begun)) else { return };
        let dropped = self.chunks.split_off(first);
        let bytes = dropped.iter().map(Chunk::length).fold(0, usize::saturating_add);
        self.waiting = self.waiting.saturating_sub(bytes);
        self.chunks.shrink_to_fit();
        self.has_gap = true;
        // What was begun may be of the same answer as what is dropped.
        let place = dropped.into_iter().find_map(|chunk| chunk.place);
        if let (Some(mut place), Some(last)) =
            (place, self.chunks.back_mut().filter(|last| last.place.is_none()))
        {
            place.resize(self.waiting);
            last.place = Some(place);
        }
    }

    fn advance(&mut self, mut written: usize) {
        self.waiting = self.waiting.saturating_sub(written);
        self.written = self.written.saturating_add(u64::try_from(written).unwrap_or(0));
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
mod tests {
    use super::*;
    use koine_core::rates::Peer;
    use koine_core::room::{Room, Tenant};
    use std::sync::Arc;

    /// Room for ten large frames, and a frame of two with a small one, for which a place was taken that was far larger.
    fn with_a_place() -> (Arc<Room>, Outgoing) {
        let room = Room::new(10 * LARGE);
        let mut outgoing = Outgoing::default();
        outgoing.push(None, vec![0; 10].into());
        let from = outgoing.end();
        let place = room.ask(tenant(1), 9 * LARGE, 9 * LARGE);
        outgoing.push(None, vec![0; 2 * LARGE].into());
        outgoing.push(None, vec![0; 20].into());
        outgoing.keep(Some(place), from);
        (room, outgoing)
    }

    fn tenant(address: u8) -> Tenant {
        Tenant { peer: Peer::V4([192, 0, 2, address]), account: None }
    }

    /// Whether somebody else finds room for so many bytes now.
    fn has_room(room: &Arc<Room>, bytes: usize) -> bool {
        room.ask(tenant(2), bytes, bytes).is_there()
    }

    #[test]
    fn what_was_made_keeps_its_room_until_it_is_written() {
        let (room, mut outgoing) = with_a_place();
        assert!(has_room(&room, 8 * LARGE - 20) && !has_room(&room, 8 * LARGE));
        outgoing.advance(10 + 2 * LARGE);
        assert!(!has_room(&room, 8 * LARGE));
        outgoing.advance(20);
        assert!(has_room(&room, 10 * LARGE));
        // What is small needs none.
        let from = outgoing.end();
        outgoing.push(None, vec![0; LARGE].into());
        outgoing.keep(Some(room.ask(tenant(1), LARGE, LARGE)), from);
        assert!(has_room(&room, 10 * LARGE));
    }

    #[test]
    fn what_is_dropped_gives_its_room_back_but_for_what_was_begun() {
        let (room, mut outgoing) = with_a_place();
        outgoing.shed();
        assert_eq!(outgoing.waiting(), 10);
        assert!(has_room(&room, 10 * LARGE - 10) && !has_room(&room, 10 * LARGE));
        outgoing.advance(10);
        assert!(has_room(&room, 10 * LARGE));
        let (room, mut outgoing) = with_a_place();
        outgoing.advance(10 + LARGE);
        outgoing.push(None, vec![0; 2 * LARGE].into());
        outgoing.shed();
        assert_eq!(outgoing.waiting(), LARGE + 20);
        assert!(!has_room(&room, 9 * LARGE));
        outgoing.advance(LARGE + 20);
        assert!(has_room(&room, 10 * LARGE));
    }

    #[test]
    fn nothing_large_is_kept_but_what_was_begun() {
        let mut outgoing = Outgoing::default();
        for length in [LARGE + 1, 10, LARGE, 2 * LARGE, 20] {
            outgoing.push(None, vec![0; length].into());
        }
        outgoing.advance(1);
        outgoing.shed();
        assert_eq!((outgoing.waiting(), outgoing.chunks.len()), (LARGE + 10 + LARGE, 3));
        outgoing.advance(LARGE);
        outgoing.push(None, vec![0; 2 * LARGE].into());
        // Now the first of them is one that was not begun.
        outgoing.advance(10 + LARGE);
        assert_eq!(outgoing.waiting(), 2 * LARGE);
        outgoing.shed();
        assert_eq!((outgoing.waiting(), outgoing.is_empty()), (0, true));
    }

    #[test]
    fn when_everything_is_written_it_is_full_no_more() {
        let mut outgoing = Outgoing { is_full: true, ..Outgoing::default() };
        for _ in 0..2 {
            outgoing.push(None, Bytes::from_static(b"four"));
        }
        // Some of it, after which the kernel is asked how it stands.
        outgoing.advance(5);
        assert_eq!((outgoing.waiting(), outgoing.is_full), (3, true));
        // All at once, after which it is not asked again: the next time that it is full is another one.
        outgoing.advance(3);
        assert_eq!((outgoing.waiting(), outgoing.is_full), (0, false));
    }
}
