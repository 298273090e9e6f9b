//! How long a connection may take for what: all limits of time, checked when the one alarm of the connection rings.

use super::pace::Room;
use super::unfinished::Unfinished;
use super::{Connection, Phase, tally};
use crate::pulse::Second;
use crate::wire::Broken;
use koine_dialect::Fault;
use koine_metrics::Limit;
use tokio::time::Instant;

/// Since when what is the case, in seconds of the pulse.
pub(super) struct Times {
    /// From when on the time for signing in counts: the connection stands, is nobody again, or the link that it waits for has
    /// run out.
    stranger: Second,
    /// Something was read last.
    pub(super) heard: Second,
    /// Something was written last.
    pub(super) wrote: Second,
    /// Nothing waited to be written last, or the socket was offered what waits for the first time.
    idle: Second,
    /// Whether something waited when the alarm was set: what was said only since then has not been offered to the socket yet.
    waits: bool,
    /// How far a client that is there will have acknowledged at least, in outgoing bytes, before it must answer the ping that is out.
    pub(super) acknowledged: Option<u64>,
    /// A frame is unfinished.
    unfinished: Option<Unfinished>,
    /// A ping is out.
    pub(super) pinged: Option<Second>,
    /// Arrival was asked for last.
    pub(super) asked: Second,
    /// Somebody wants the place of this session, and waits for a sign of life.
    pub(super) doubted: Option<Instant>,
    /// The session wants to be woken.
    pub(super) wake: Option<Second>,
    /// The server stops: whoever does not read is waited for no longer than a moment.
    pub(super) hurries: bool,
}

/// How many seconds whoever takes nothing has when the server stops.
const LAST_WORDS: u64 = 2;

impl Times {
    pub(super) fn new(now: Second) -> Self {
        Self {
            stranger: now,
            heard: now,
            wrote: now,
            idle: now,
            waits: false,
            acknowledged: None,
            unfinished: None,
            pinged: None,
            asked: 0,
            doubted: None,
            wake: None,
            hurries: false,
        }
    }

    /// Notes, when the alarm is set, whether all that was said is written: the socket was offered it just now.
    fn note_offered(&mut self, is_written: bool, now: Second) {
        if is_written || !self.waits {
            self.idle = now;
        }
        self.waits = !is_written;
    }

    /// When whoever takes nothing of what waits is given up.
    fn write_due(&self, patience: u64) -> Second {
        let patience = if self.hurries { patience.min(LAST_WORDS) } else { patience };
        after(self.wrote.max(self.idle), patience)
    }

    /// Whether the alarm rang since nothing was taken for too long.
    fn has_stalled(&self, patience: u64, now: Second) -> bool {
        self.waits && self.write_due(patience) <= now
    }

    /// Notes that nobody is signed in any more.
    pub(super) fn note_stranger(&mut self, now: Second) {
        self.stranger = now;
    }

    /// Lets the time for signing in begin at `from`.
    pub(super) fn allow_login(&mut self, from: Second) {
        self.stranger = self.stranger.max(from);
    }

    /// Notes how much of an unfinished frame is there, which has `patience` seconds unless it moves.
    pub(super) fn note_unfinished(&mut self, pending: Option<usize>, patience: u64, now: Second) {
        let pending = pending.map(|length| u32::try_from(length).unwrap_or(u32::MAX));
        match (pending, &mut self.unfinished) {
            (None, unfinished) => *unfinished = None,
            (Some(length), Some(unfinished)) => unfinished.note(length, patience, now),
            (Some(length), unfinished) => *unfinished = Some(Unfinished::new(now, length)),
        }
    }

    /// Nothing of an unfinished frame is taken in until then, so its time does not count.
    pub(super) fn postpone_frame(&mut self, until: Second) {
        if let Some(unfinished) = &mut self.unfinished {
            unfinished.postpone(until);
        }
    }

    /// Nothing of an unfinished frame was taken in until now, though it has room that others wait for.
    pub(super) fn excuse_frame(&mut self, now: Second) {
        if let Some(unfinished) = &mut self.unfinished {
            unfinished.excuse(now);
        }
    }

    /// A frame was finished; if another one is unfinished now, its time begins now.
    pub(super) fn note_frame(&mut self) {
        self.unfinished = None;
    }
}

impl Connection {
    /// Sets the alarm to the earliest moment at which something could be due.
    pub(super) fn set_alarm(&mut self) {
        let now = self.common.pulse.now();
        self.times.note_offered(self.is_written(), now);
        if let Some(hearing) = &mut self.hearing {
            hearing.rest();
        }
        let hears = self
            .hearing
            .as_deref()
            .is_some_and(super::Hearing::has_unconfirmed)
            .then_some(now.saturating_add(1));
        let doubted = self.times.doubted.map(|_| now.saturating_add(1));
        let wakes = self.times.wake.filter(|at| *at > now);
        let (login, frame, write) = (self.login_due(), self.frame_due(), self.write_due());
        let surveys = self.hearing.as_deref().and_then(super::Hearing::survey_due);
        let deadlines = [login, frame, write, self.ping_due(), hears, doubted, wakes, surveys];
        self.mailbox.set_alarm(deadlines.into_iter().flatten().min().unwrap_or(0).into());
    }

    /// The alarm rang: does what is due.
    pub(super) fn ring(&mut self) {
        let now = self.common.pulse.now();
        let due = |deadline: Option<Second>| deadline.is_some_and(|deadline| deadline <= now);
        if !self.is_written() && self.times.has_stalled(self.common.settings.write_stall_seconds, now) {
            // Whoever does not read is given up; what was not confirmed waits in the store.
            tally::not_reading(self.times.hurries);
            self.phase = Phase::Dead;
        } else if self.is_asking() && due(self.login_due()) {
            Limit::Login.hit();
            self.give_up(&Broken::from(Fault::TooSlow));
        } else if self.phase == Phase::Open && due(self.frame_due()) {
            Limit::Frame.hit();
            self.give_up(&Broken::from(Fault::TooSlow));
        } else if due(self.ping_due()) {
            self.ask_whether_there();
        }
        self.settle_arrivals();
        self.look_for_life();
        self.start_waiting();
    }

    /// Whether what the client has sent is still received: also when it has said all that it will say, but not when the end has
    /// begun from this side.
    fn is_asking(&self) -> bool {
        self.phase == Phase::Open || self.phase == Phase::Draining && !self.parting.is_due()
    }

    /// Pings a client that has been silent, and gives it up when the last ping brought nothing.
    ///
    /// On a slow link the ping lies in the kernel behind what was written before it: as long as the client's machine takes in
    /// some of that, it is there.
    fn ask_whether_there(&mut self) {
        if self.times.pinged.is_none() {
            self.ping();
            return;
        }
        let acknowledged = self.acknowledged();
        if acknowledged > self.times.acknowledged {
            self.times.pinged = Some(self.common.pulse.now());
            self.times.acknowledged = acknowledged;
        } else {
            tally::silent();
            self.phase = Phase::Dead;
        }
    }

    /// Up to which of the outgoing bytes the client's machine has everything, at least; `None` when the kernel does not say.
    pub(super) fn acknowledged(&self) -> Option<u64> {
        let waiting = self.stream.unacknowledged()?;
        Some(self.outgoing.written().saturating_sub(waiting))
    }

    fn login_due(&self) -> Option<Second> {
        let due = after(self.times.stranger, self.common.settings.login_seconds);
        self.actor.is_none().then_some(due)
    }

    fn frame_due(&self) -> Option<Second> {
        let patience = self.common.settings.frame_seconds;
        self.times.unfinished.and_then(|unfinished| match self.waits_for() {
            Room::Enough => Some(unfinished.due(patience)),
            Room::ToComeIn => None,
            Room::ToGrow => Some(unfinished.due_in_all(patience)),
        })
    }

    fn write_due(&self) -> Option<Second> {
        (!self.is_written()).then(|| self.times.write_due(self.common.settings.write_stall_seconds))
    }

    fn ping_due(&self) -> Option<Second> {
        let patience = self.common.settings.ping_seconds;
        let since = match self.times.pinged {
            None => self.times.heard.max(self.times.wrote),
            // What was written since may lie in the kernel for good. A ping may also be out because of what it came behind, soon after
            // something was heard.
            Some(pinged) => pinged.max(after(self.times.heard, patience)),
        };
        // Of whoever is held back nothing is read: also not the answer to a ping.
        let since = since.max(self.last_held());
        self.wire.is_websocket().then_some(after(since, patience))
    }
}

/// So many seconds after `since`.
pub(super) fn after(since: Second, seconds: u64) -> Second {
    since.saturating_add(Second::try_from(seconds).unwrap_or(Second::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: u64 = 30;

    #[test]
    fn what_was_said_since_the_alarm_was_set_has_not_stalled() {
        let mut times = Times::new(1);
        times.note_offered(true, 5);
        // For long, nothing is said. Then something is, and the clock strikes before the socket is offered it.
        assert!(!times.has_stalled(PATIENCE, 100));
        // The socket takes nothing of it: from then on its time counts.
        times.note_offered(false, 100);
        assert_eq!(times.write_due(PATIENCE), 130);
        times.note_offered(false, 120);
        assert!(!times.has_stalled(PATIENCE, 129));
        assert!(times.has_stalled(PATIENCE, 130));
    }

    #[test]
    fn whoever_takes_something_has_time_anew() {
        let mut times = Times::new(1);
        times.note_offered(false, 10);
        times.wrote = 35;
        assert!(!times.has_stalled(PATIENCE, 64));
        assert!(times.has_stalled(PATIENCE, 65));
        times.hurries = true;
        assert!(!times.has_stalled(PATIENCE, 36));
        assert!(times.has_stalled(PATIENCE, 37));
        times.note_offered(true, 40);
        assert!(!times.has_stalled(PATIENCE, 1_000));
    }
}
