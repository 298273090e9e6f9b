//! What is known of the arrival of what the session was told.
//!
//! What was written is not yet what arrived: a WebSocket client answers a ping, and of a bare TCP client the kernel knows
//! what it has acknowledged. Only then do watermarks move.

use super::events::Hearing;
use super::{Connection, Phase};
use koine_model::Place;

impl Connection {
    /// Has a WebSocket client say up to where it has received everything, at most once a second.
    pub(super) fn ask_for_arrival(&mut self) {
        let unconfirmed = self.hearing.as_deref().is_some_and(Hearing::has_unconfirmed);
        let now = self.common.pulse.now();
        if unconfirmed && self.phase == Phase::Open && self.times.pinged.is_none() && self.times.asked < now {
            self.times.asked = now;
            self.ping();
        }
    }

    /// The client has received everything up to the byte `reached`.
    pub(super) fn note_pong(&mut self, reached: Option<u64>) {
        self.times.pinged = None;
        if let Some(reached) = reached {
            self.confirm(reached.min(self.outgoing.written()));
        }
    }

    /// Asks the kernel how far a bare TCP client has come.
    pub(super) fn settle_arrivals(&mut self) {
        if !self.wire.is_websocket()
            && self.hearing.as_deref().is_some_and(Hearing::has_unconfirmed)
            && let Some(reached) = self.acknowledged()
        {
            self.confirm(reached);
        }
    }

    /// A held message may count as arrived: once the client has received what was said up to now, which may be what stands
    /// in the message's place.
    pub(super) fn release(&mut self, place: Place) {
        let end = self.outgoing.end();
        if let Some(hearing) = &mut self.hearing
            && let Some(transit) = hearing.in_transit()
            && let Some(seq) = transit.holds.release(place)
        {
            transit.note_told(end, place.conversation, seq);
        }
    }

    /// Has an entry of which the client is not told count as arrived once it has received what came before it.
    pub(super) fn pass(&mut self, place: Place) {
        let end = self.outgoing.end();
        if let Some(hearing) = &mut self.hearing {
            hearing.transit().note_told(end, place.conversation, place.seq);
        }
    }

    fn confirm(&mut self, reached: u64) {
        let (Some(hearing), Some(actor)) = (&mut self.hearing, self.actor) else { return };
        let arrived = hearing.in_transit().map(|transit| transit.confirm(reached)).unwrap_or_default();
        if !arrived.is_empty() {
            self.common.core.arrived(actor, &self.caller(), &arrived);
        }
    }
}
