//! Who goes too fast waits: nothing more of the connection is received until it may, so that its socket fills up and its client
//! waits, too. Nothing is refused and nothing is lost.

use super::{Connection, Phase};
use crate::pulse::Second;
use crate::strangers::Berth;
use koine_core::rates::{Bucket, Peer, seconds};
use koine_core::room::{Place, Tenant};
use koine_metrics::Limit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// How much of its pace a connection has used up.
#[derive(Default)]
pub(super) struct Pace {
    frames: Bucket,
    /// Until when it must wait. A beat of the pulse would be too coarse: who may say a hundred things a second, ten of them at once,
    /// waits for a hundredth. So whoever waits has a timer, and nobody else.
    held: Option<Pin<Box<Sleep>>>,
    /// The second of the pulse at the end of the last wait.
    last_held: Second,
    /// Lets a large frame come in.
    large: Option<Box<Large>>,
}

/// What a large frame needs.
#[derive(Default)]
struct Large {
    /// That of a stranger.
    berth: Option<Berth>,
    /// Everybody's.
    place: Option<Place>,
    /// How large it is or will be, in bytes.
    asked: usize,
    /// Whether it waits for that.
    waits: bool,
    /// Whether it has some of it already.
    has_some: bool,
}

/// How a large frame waits for room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It does not.
    Enough,
    /// It has none yet.
    ToComeIn,
    /// It has some, and others wait for that.
    ToGrow,
}

/// A frame of which so many bytes are there needs no place.
const SMALL: usize = 64 << 10;
/// What may come in of a frame between two looks at its place: what was read ahead, and what is read at once.
const AHEAD: usize = 128 << 10;
/// A place grows by so many bytes.
const STEP: usize = 512 << 10;

impl Connection {
    /// Whether it must wait.
    pub(super) fn is_held(&self) -> bool {
        let held = self.pace.held.as_ref();
        let timed = held.is_some_and(|held| held.deadline() > Instant::now());
        (timed || self.waits_for() != Room::Enough) && !self.is_ending()
    }

    /// Until which second of the pulse it had to wait the last time.
    pub(super) fn last_held(&self) -> Second {
        if self.waits_for() == Room::Enough { self.pace.last_held } else { self.common.pulse.now() }
    }

    /// Whether the frame that is coming in waits for room.
    pub(super) fn waits_for(&self) -> Room {
        match self.pace.large.as_deref() {
            Some(large) if large.waits && large.has_some => Room::ToGrow,
            Some(large) if large.waits => Room::ToComeIn,
            _ => Room::Enough,
        }
    }

    /// Goes on where it need not wait any more. As long as it must, it is woken at the end of that.
    pub(super) fn poll_held(&mut self, cx: &mut Context<'_>) -> bool {
        let timed = self.poll_timer(cx);
        self.poll_room(cx) || timed
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(held) = &mut self.pace.held else { return false };
        if held.as_mut().poll(cx) == Poll::Pending {
            return false;
        }
        self.pace.held = None;
        self.start_waiting();
        true
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> bool {
        let waits_for = self.waits_for();
        let Some(large) = self.pace.large.as_deref_mut().filter(|_| waits_for != Room::Enough) else {
            return false;
        };
        if large.place.as_ref().is_some_and(|place| place.poll_there(cx).is_pending()) {
            return false;
        }
        (large.waits, large.has_some) = (false, true);
        let now = self.common.pulse.now();
        self.pace.last_held = now;
        if waits_for == Room::ToComeIn {
            self.times.postpone_frame(now);
        } else {
            self.times.excuse_frame(now);
        }
        self.start_waiting();
        true
    }

    /// Whether more may come in now; if not, it waits.
    pub(super) fn may_take_more(&mut self) -> bool {
        if let Some(rate) = self.common.request_rate
            && let Some(wait) = self.pace.frames.wait(rate, self.common.pulse.moment())
        {
            Limit::Requests.hit();
            self.hold(wait);
            return false;
        }
        if let Some(wait) = self.actor.and_then(|actor| self.common.core.request_wait(actor.account())) {
            Limit::AccountRequests.hit();
            self.hold(wait);
            return false;
        }
        if !self.admit_stranger() {
            Limit::StrangerLargeFrames.hit();
            self.hold(Duration::from_secs(1));
            return false;
        }
        if !self.admit_large() {
            Limit::LargeFrames.hit();
            return false;
        }
        true
    }

    /// A frame has come in and was received; whether nothing is left over of another one.
    pub(super) fn count_frame(&mut self, is_whole: bool) {
        if is_whole {
            self.pace.large = None;
        }
        if let Some(rate) = self.common.request_rate {
            // It was asked before whether there is one left.
            let _ = self.pace.frames.take(rate, self.common.pulse.moment());
        }
        if let Some(actor) = self.actor {
            self.common.core.request_count(actor.account());
        }
    }

    /// Gives up what a large frame needed.
    pub(super) fn forget_large(&mut self) {
        self.pace.large = None;
    }

    /// Whether a post may begin now; if not, it waits. What was accepted before the end began does not.
    pub(super) fn may_post(&mut self) -> bool {
        let Some(actor) = self.actor.filter(|_| !self.is_ending()) else { return true };
        if self.is_held() {
            return false;
        }
        match self.common.core.post_admit(actor.account()) {
            Ok(()) => true,
            Err(wait) => {
                Limit::Posts.hit();
                self.hold(wait);
                false
            }
        }
    }

    fn hold(&mut self, wait: Duration) {
        self.pace.held = Some(Box::pin(sleep(wait)));
        self.pace.last_held = self.common.pulse.now().saturating_add(seconds(wait));
        // Of what takes room from others the time goes on, for which a place would be kept as well.
        if self.pace.large.as_deref().is_none_or(|large| !large.has_some) {
            self.times.postpone_frame(self.pace.last_held);
        }
    }

    /// Takes a stranger's place for the frame that is coming in, where it needs one. Tells whether it need not wait.
    fn admit_stranger(&mut self) -> bool {
        let Some(length) = self.wire.pending() else { return true };
        let stranger = self.actor.is_none() && !self.common.dialect.signs_in_first();
        let is_large = stranger && length > self.common.settings.stranger_frame_bytes;
        if !is_large || self.pace.large.as_deref().is_some_and(|large| large.berth.is_some()) {
            return true;
        }
        let berth = self.common.berths.take(Peer::of(self.address));
        let has_one = berth.is_some();
        if has_one {
            self.pace.large.get_or_insert_default().berth = berth;
        }
        has_one
    }

    /// Takes room for the frame that is coming in, where it needs more than it has. Tells whether it need not wait.
    ///
    /// Nobody knows how large it will be: its place grows with it.
    fn admit_large(&mut self) -> bool {
        let Some(length) = self.wire.pending().filter(|length| *length > SMALL) else { return true };
        let most = self.wire.expected(self.frame_limit()).max(length);
        let soon = length.saturating_add(AHEAD);
        let large = self.pace.large.get_or_insert_default();
        if large.place.is_some() && large.asked >= soon.min(most) {
            return true;
        }
        large.asked = soon.checked_next_multiple_of(STEP).unwrap_or(soon).min(most);
        let is_there = match &mut large.place {
            Some(place) => place.grow(large.asked, most),
            None => {
                let tenant =
                    Tenant { peer: Peer::of(self.address), account: self.actor.map(|actor| actor.account()) };
                large.place.insert(self.common.room.ask(tenant, large.asked, most)).is_there()
            }
        };
        large.waits = !is_there;
        large.has_some |= is_there;
        is_there
    }

    fn is_ending(&self) -> bool {
        self.parting.farewell.is_some() || matches!(self.phase, Phase::Flushing | Phase::Dead)
    }
}
