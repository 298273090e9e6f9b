//! A connection's place on the roster while somebody is signed in on it, whether or not it listens.

use crate::Core;
use crate::execute::{Actor, Caller};
use crate::sessions::is_live;
use koine_bus::{Mailbox, Signal};
use koine_model::AccountId;
use koine_model::session::SessionId;
use std::collections::{HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// A connection that is signed in. Dropping it signs the connection off the roster.
pub struct Seat {
    core: Arc<Core>,
    account: AccountId,
    mailbox: Arc<Mailbox>,
}

impl Core {
    /// Notes that `actor` is signed in on the connection behind `mailbox`, which is told when that is to end: also at once, where it
    /// has been decided since the proof was looked at.
    ///
    /// Operators are told from which `address` it came.
    pub fn seat(
        self: &Arc<Self>,
        actor: Actor,
        caller: &Caller,
        mailbox: &Arc<Mailbox>,
        address: Option<IpAddr>,
    ) -> Seat {
        let seat = Seat { core: self.clone(), account: actor.account(), mailbox: mailbox.clone() };
        seat.take(actor, caller, address);
        seat
    }
}

impl Seat {
    /// Notes that the connection, which came from `address`, is signed in by another proof now.
    pub fn turn_to(&mut self, actor: Actor, caller: &Caller, address: Option<IpAddr>) {
        if actor.account() != self.account {
            self.core.roster.unseat(self.account, &self.mailbox);
        }
        self.account = actor.account();
        self.take(actor, caller, address);
    }

    fn take(&self, actor: Actor, caller: &Caller, address: Option<IpAddr>) {
        let Self { core, mailbox, .. } = self;
        core.roster.seat(actor, &caller.device, mailbox, address, core.clock.now());
        // Whoever ended the session in between has not found it on the roster.
        if core.ended.contains(actor.session()) {
            mailbox.signal(Signal::SignedOut);
        } else if !core.still_counts(actor) {
            mailbox.signal(outdated(actor));
        }
    }
}

/// What a connection is told whose proof counts no more: where there was a token, only the token knows whether it still counts.
pub(crate) fn outdated(actor: Actor) -> Signal {
    if is_live(actor.session()) { Signal::SignedOut } else { Signal::Outdated }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.core.roster.unseat(self.account, &self.mailbox);
    }
}

/// The sessions that were ended last. Their numbers are never given out again, so whoever proves to be one has looked up the token
/// before it went. As many are remembered as cannot end while one sign-in is under way.
#[derive(Default)]
pub(crate) struct Ended(Mutex<(VecDeque<SessionId>, HashSet<SessionId>)>);

impl Ended {
    const MOST: usize = 16 << 10;

    pub(crate) fn note(&self, session: SessionId) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (order, all) = &mut *ended;
        if !all.insert(session) {
            return;
        }
        order.push_back(session);
        if order.len() > Self::MOST
            && let Some(oldest) = order.pop_front()
        {
            all.remove(&oldest);
        }
    }

    pub(crate) fn contains(&self, session: SessionId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.contains(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_end_is_forgotten_first() {
        let ended = Ended::default();
        let last = u64::try_from(Ended::MOST).unwrap();
        for number in (0..=last).chain(1..=last) {
            ended.note(SessionId(number));
        }
        assert!(
            !ended.contains(SessionId(0)) && ended.contains(SessionId(1)) && ended.contains(SessionId(last))
        );
    }
}
