//! Who goes too fast waits: nothing more of the connection is received until it may, so that its socket fills up and its client
//! waits, too. Nothing is refused and nothing is lost.

use super::{Connection, Phase};
use crate::pulse::Second;
use crate::room::{Place, Tenant};
use crate::strangers::Berth;
use koine_core::rates::{Bucket, Peer, seconds};
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
}

/// A frame of which so many bytes are there needs no place.
const SMALL: usize = 64 << 10;

impl Connection {
    /// Whether it must wait.
    pub(super) fn is_held(&self) -> bool {
        let held = self.pace.held.as_ref();
        held.is_some_and(|held| held.deadline() > Instant::now()) && !self.is_ending()
    }

    /// Until which second of the pulse it had to wait the last time.
    pub(super) fn last_held(&self) -> Second {
        self.pace.last_held
    }

    /// Goes on where it need not wait any more. As long as it must, it is woken at the end of that.
    pub(super) fn poll_held(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(held) = &mut self.pace.held else { return false };
        if held.as_mut().poll(cx) == Poll::Pending {
            return false;
        }
        self.pace.held = None;
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
        if let Err(limit) = self.admit_large() {
            limit.hit();
            self.hold(Duration::from_secs(1));
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
        if self.pace.large.as_deref().is_none_or(|large| large.place.is_none()) {
            self.times.postpone_frame(self.pace.last_held);
        }
    }

    /// Takes room for the frame that is coming in, where it needs any; if not, tells what there is too little of.
    fn admit_large(&mut self) -> Result<(), Limit> {
        let Some(length) = self.wire.pending() else { return Ok(()) };
        let stranger = self.actor.is_none() && !self.common.dialect.signs_in_first();
        let is_large = stranger && length > self.common.settings.stranger_frame_bytes;
        let large = self.pace.large.as_deref();
        let needs_berth = is_large && large.is_none_or(|large| large.berth.is_none());
        let needs_place = length > SMALL && large.is_none_or(|large| large.place.is_none());
        let peer = Peer::of(self.address);
        if needs_berth {
            let berth = self.common.berths.take(peer).ok_or(Limit::StrangerLargeFrames)?;
            self.pace.large.get_or_insert_default().berth = Some(berth);
        }
        if needs_place {
            let tenant = Tenant { peer, account: self.actor.map(|actor| actor.account()) };
            let bytes = self.wire.expected(self.frame_limit());
            let place = self.common.room.take(tenant, bytes).ok_or(Limit::LargeFrames)?;
            self.pace.large.get_or_insert_default().place = Some(place);
        }
        Ok(())
    }

    fn is_ending(&self) -> bool {
        self.parting.farewell.is_some() || matches!(self.phase, Phase::Flushing | Phase::Dead)
    }
}
