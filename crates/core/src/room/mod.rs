//! Room for what is held in memory of clients or for them, in bytes, over all of them: first come, first served, with a share for each account
//! and each address.
//!
//! What one connection may hold has its own bound, and where nobody else holds anything there is a place in any case, however large.
//!
//! **Who waits for whom.** Places are given in the order in which they were asked for. Whoever is over the share of an account or of an
//! address holds up those behind who are of the same one, and nobody else; whoever finds the whole room taken holds up all behind.
//!
//! **Who gives way.** What comes in grows, and nobody knows how far: its place begins small and grows with it. It holds something meanwhile that
//! others wait for, so growing goes before coming in. And of all that may still grow, later ones give way to the first: as much as the
//! first may still need is kept free for it, of its account's share, of its address's and of the whole. So the first of all never waits, comes to
//! its end or to the end of its time, and then another one is the first: no two wait for what the other one holds.

mod state;
#[cfg(test)]
mod tests;

use crate::rates::Peer;
use koine_model::AccountId;
use state::State;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The room that there is.
pub struct Room {
    state: Mutex<State>,
}

/// Whose place it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tenant {
    /// Where they are.
    pub peer: Peer,
    /// Nobody's, where a request brings its own proof.
    pub account: Option<AccountId>,
}

/// A place in it, or in the queue for it; dropping it gives up both.
pub struct Place {
    room: Arc<Room>,
    /// Its number: the lower, the earlier it was asked for.
    number: u64,
}

impl Room {
    /// Room for `most` bytes.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::new(most)) })
    }

    /// Asks for a place of so many bytes, which may have to grow to `most`. It may have to wait: see [`Place::is_there`].
    pub fn ask(self: &Arc<Self>, tenant: Tenant, bytes: usize, most: usize) -> Place {
        let number = self.lock().ask(tenant, bytes, most, usize::MAX);
        Place { room: self.clone(), number }
    }

    /// Asks for a place of so many bytes for something that is being made, of which no more than `lasting` bytes will be left: only these count
    /// for the shares of its account and its address, so that what they have already hinders them no more than it must.
    pub fn ask_to_make(self: &Arc<Self>, tenant: Tenant, bytes: usize, lasting: usize) -> Place {
        let number = self.lock().ask(tenant, bytes, bytes, lasting);
        Place { room: self.clone(), number }
    }

    /// Takes a place of so many bytes, once there is one.
    pub async fn take(self: &Arc<Self>, tenant: Tenant, bytes: usize) -> Place {
        let place = self.ask(tenant, bytes, bytes);
        std::future::poll_fn(|cx| place.poll_there(cx)).await;
        place
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what may let others go on, and wakes them outside of the lock.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let woken = state.settle();
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Place {
    /// Whether it is as large as was asked for last.
    pub fn is_there(&self) -> bool {
        !self.room.lock().is_waiting(self.number)
    }

    /// The same; whoever asks is woken when it is.
    pub fn poll_there(&self, cx: &Context<'_>) -> Poll<()> {
        if self.room.lock().waits(self.number, cx.waker()) { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Asks for it to have so many bytes, and perhaps `most` later. Tells whether it has; otherwise it waits.
    pub fn grow(&mut self, bytes: usize, most: usize) -> bool {
        self.room.lock().grow(self.number, bytes, most)
    }

    /// Asks for one of [`Room::ask_to_make`] to have so many bytes, which does not wait: where there is no room for them now, it stays as it is.
    pub fn try_grow(&mut self, bytes: usize, lasting: usize) -> bool {
        self.room.lock().extend(self.number, bytes, lasting)
    }

    /// Notes that it has so many bytes now, which may be more than there is room for, all of which count for shares, and that it grows no further.
    pub fn resize(&mut self, bytes: usize) {
        self.room.change(|state| state.resize(self.number, bytes, usize::MAX));
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.number)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.change(|state| state.give_up(self.number));
    }
}
