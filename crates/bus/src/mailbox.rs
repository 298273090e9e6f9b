//! Where a connection is woken: by events, by signals and by the clock.

use koine_metrics::catalogue::{MAILBOX_EVENTS, MAILBOX_OVERFLOWS};
use koine_model::Event;
use koine_model::account::Verification;
use koine_model::message::Letter;
use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

/// An event on its way to many.
pub struct Envelope {
    /// What happened.
    pub event: Event,
    /// About how many bytes it holds.
    weight: usize,
    /// What the first recipient works out for all others, such as the encoded bytes; the bus does not look at it.
    pub memo: OnceLock<Box<dyn Any + Send + Sync>>,
    unquoted: OnceLock<Arc<Envelope>>,
}

impl Envelope {
    /// An envelope around `event`.
    pub fn new(event: Event) -> Arc<Self> {
        Arc::new(Self { weight: event.weight(), event, memo: OnceLock::new(), unquoted: OnceLock::new() })
    }

    /// The same event for those who may not see what its message is about. It is made for the first of them, and shared by all.
    pub fn unquoted(&self) -> Arc<Self> {
        let make = || match &self.event {
            Event::Message(letter) => {
                Self::new(Event::Message(Arc::new(Letter { about: None, ..Letter::clone(letter) })))
            }
            other => Self::new(other.clone()),
        };
        Arc::clone(self.unquoted.get_or_init(make))
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.event.fmt(f)
    }
}

/// What a connection is told beside events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// The same person signed in again where only one may be.
    Replaced,
    /// The account is gone.
    Deleted,
    /// Whoever is here has proven to be the account by what no longer counts: another password, or a session that its owner has ended.
    SignedOut,
    /// What was proven here counts no more, but the session does: whoever is here has to come back with its token.
    Outdated,
    /// The server stops.
    Stopping,
}

/// What comes out of a mailbox.
#[derive(Debug)]
pub enum Post {
    /// An event.
    Event(Arc<Envelope>),
    /// What became of a verification that was asked for here, by whoever is signed in or nobody.
    Verification(Verification),
    /// Events were lost: the store knows which.
    Lost,
    /// The connection is to end.
    Signal(Signal),
    /// The alarm rang.
    Alarm,
    /// Somebody wants to know whether the client is still there.
    Asked,
}

/// A bounded queue with one reader.
#[derive(Debug, Default)]
pub struct Mailbox {
    state: Mutex<State>,
    alarm: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Arc<Envelope>>,
    weight: usize,
    /// Something that was for this mailbox is not in it, and the reader was not told so yet.
    lost: bool,
    /// There was no room, and none is made until the reader was told so.
    full: bool,
    /// There for whoever has asked for any.
    verified: Option<Box<Verified>>,
    rang: bool,
    asked: bool,
    /// The reader is to be called in one of the next rounds.
    is_to_be_called: bool,
    signal: Option<Signal>,
    waker: Option<Waker>,
}

/// What became of verifications, oldest first: as many as the core lets one connection ask for.
#[derive(Debug, Default)]
struct Verified(VecDeque<Verification>);

impl Mailbox {
    /// The most events that wait in one mailbox.
    pub const CAPACITY: usize = 256;
    /// The most bytes that the events of one mailbox hold, taken together.
    pub const HEAVIEST: usize = 1 << 20;

    /// Puts an event in. When there is no room, all that wait are dropped, and the reader is told so.
    pub fn deliver(&self, envelope: &Arc<Envelope>) {
        let mut state = self.lock();
        if state.put(envelope) {
            wake(state);
        }
    }

    /// [`deliver`](Self::deliver), but that the reader is called later. Tells whether that is to be seen to: it may have been before.
    pub(crate) fn deliver_unawares(&self, envelope: &Arc<Envelope>) -> bool {
        let mut state = self.lock();
        state.put(envelope) && !std::mem::replace(&mut state.is_to_be_called, true)
    }

    /// [`lose`](Self::lose), but that the reader is called later. Tells whether that is to be seen to.
    pub(crate) fn lose_unawares(&self) -> bool {
        let mut state = self.lock();
        state.lost = true;
        !std::mem::replace(&mut state.is_to_be_called, true)
    }

    /// Wakes the reader for what came unawares, unless it was found meanwhile.
    pub(crate) fn call(&self) {
        let mut state = self.lock();
        state.is_to_be_called = false;
        if state.lost || !state.events.is_empty() {
            wake(state);
        }
    }

    /// Tells the reader, behind the events that wait, that something is missing which the store has.
    pub fn lose(&self) {
        let mut state = self.lock();
        state.lost = true;
        wake(state);
    }

    /// Tells the reader what became of a verification.
    pub fn tell(&self, outcome: Verification) {
        let mut state = self.lock();
        state.verified.get_or_insert_default().0.push_back(outcome);
        wake(state);
    }

    /// Tells the reader to end. The first signal counts.
    pub fn signal(&self, signal: Signal) {
        let mut state = self.lock();
        state.signal.get_or_insert(signal);
        wake(state);
    }

    /// Asks the reader whether its client is still there.
    pub fn ask(&self) {
        let mut state = self.lock();
        state.asked = true;
        wake(state);
    }

    /// Forgets what was meant for whoever the reader was until now; that the server stops concerns everybody.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.drop_events();
        (state.lost, state.full) = (false, false);
        state.asked = false;
        state.signal.take_if(|signal| *signal != Signal::Stopping);
    }

    /// Sets the alarm to a moment on the reader's own scale; zero is never.
    pub fn set_alarm(&self, at: u64) {
        self.alarm.store(at, Ordering::Relaxed);
    }

    /// Rings when the alarm was set to `now` or before, once.
    pub fn ring(&self, now: u64) {
        let at = self.alarm.load(Ordering::Relaxed);
        if at != 0
            && at <= now
            && self.alarm.compare_exchange(at, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            let mut state = self.lock();
            state.rang = true;
            wake(state);
        }
    }

    /// The next post: signals first, then the alarm, verifications, then (where `events` are wanted now) events in order.
    pub fn poll_post(&self, cx: &mut Context<'_>, events: bool) -> Poll<Post> {
        let mut state = self.lock();
        if let Some(signal) = state.signal.take() {
            return Poll::Ready(Post::Signal(signal));
        }
        if std::mem::take(&mut state.rang) {
            return Poll::Ready(Post::Alarm);
        }
        if let Some(Verified(outcomes)) = state.verified.as_deref_mut() {
            if let Some(outcome) = outcomes.pop_front() {
                return Poll::Ready(Post::Verification(outcome));
            }
            state.verified = None;
        }
        if std::mem::take(&mut state.asked) {
            return Poll::Ready(Post::Asked);
        }
        if events {
            if let Some(envelope) = state.events.pop_front() {
                state.weight = state.weight.saturating_sub(envelope.weight);
                MAILBOX_EVENTS.subtract(1);
                if state.events.is_empty() {
                    state.events = VecDeque::new();
                }
                return Poll::Ready(Post::Event(envelope));
            }
            if std::mem::take(&mut state.lost) {
                state.full = false;
                return Poll::Ready(Post::Lost);
            }
        }
        if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Puts an event in. When there is no room, all that wait are dropped, and the reader is to be told so. Tells whether there is anything
    /// that the reader was not to be told before.
    fn put(&mut self, envelope: &Arc<Envelope>) -> bool {
        if self.full {
            return false;
        }
        self.weight = self.weight.saturating_add(envelope.weight);
        if self.events.len() >= Mailbox::CAPACITY || self.weight > Mailbox::HEAVIEST {
            self.drop_events();
            (self.lost, self.full) = (true, true);
            MAILBOX_OVERFLOWS.count();
        } else {
            self.events.push_back(envelope.clone());
            MAILBOX_EVENTS.add(1);
        }
        true
    }

    fn drop_events(&mut self) {
        MAILBOX_EVENTS.subtract(self.events.len());
        self.events = VecDeque::new();
        self.weight = 0;
    }
}

impl Drop for State {
    /// What still waits in it waits no more.
    fn drop(&mut self) {
        self.drop_events();
    }
}

fn wake(state: MutexGuard<'_, State>) {
    let waker = state.waker.clone();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::AccountId;
    use koine_model::account::{Face, Handle};
    use koine_model::presence::Presence;

    fn envelope() -> Arc<Envelope> {
        let face = Face { id: AccountId::FIRST, handle: Handle::parse("ann").unwrap(), nick: String::new() };
        Envelope::new(Event::Presence {
            who: Arc::new(face),
            presence: Presence::Online,
            status: "".into(),
            signed_out: false,
        })
    }

    fn poll(mailbox: &Mailbox, events: bool) -> Poll<Post> {
        mailbox.poll_post(&mut Context::from_waker(Waker::noop()), events)
    }

    #[test]
    fn a_full_mailbox_says_that_it_lost_something() {
        let mailbox = Mailbox::default();
        for _ in 0..=Mailbox::CAPACITY {
            mailbox.deliver(&envelope());
        }
        assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Lost)));
        mailbox.deliver(&envelope());
        assert!(poll(&mailbox, false).is_pending());
        assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Event(_))));
        assert!(poll(&mailbox, true).is_pending());
    }

    #[test]
    fn what_is_lost_is_told_once_behind_what_is_there() {
        let mailbox = Mailbox::default();
        mailbox.deliver(&envelope());
        mailbox.lose();
        mailbox.lose();
        // There is room: what comes now is not lost with it.
        mailbox.deliver(&envelope());
        assert!(poll(&mailbox, false).is_pending());
        for _ in 0..2 {
            assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Event(_))));
        }
        assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Lost)));
        assert!(poll(&mailbox, true).is_pending());
        mailbox.lose();
        mailbox.clear();
        assert!(poll(&mailbox, true).is_pending(), "a new reader has lost nothing");
    }

    #[test]
    fn whoever_waits_for_something_is_woken_by_a_loss() {
        struct Woken(AtomicU64);
        impl std::task::Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let (mailbox, woken) = (Mailbox::default(), Arc::new(Woken(AtomicU64::new(0))));
        let waker = Waker::from(woken.clone());
        assert!(mailbox.poll_post(&mut Context::from_waker(&waker), true).is_pending());
        mailbox.lose();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_new_reader_finds_nothing_of_the_old_ones() {
        let mailbox = Mailbox::default();
        mailbox.deliver(&envelope());
        mailbox.signal(Signal::Replaced);
        mailbox.clear();
        assert!(poll(&mailbox, true).is_pending());
        mailbox.signal(Signal::Stopping);
        mailbox.clear();
        assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Signal(Signal::Stopping))));
    }

    #[test]
    fn verifications_are_told_in_order_also_to_nobody() {
        let mailbox = Mailbox::default();
        mailbox.tell(Verification::Passed);
        mailbox.tell(Verification::Failed);
        // Whoever signs in on the connection has asked for it before.
        mailbox.clear();
        for expected in [Verification::Passed, Verification::Failed] {
            let Poll::Ready(Post::Verification(told)) = poll(&mailbox, false) else {
                panic!("nothing is told")
            };
            assert_eq!(told, expected);
        }
        assert!(poll(&mailbox, true).is_pending());
    }

    #[test]
    fn signals_and_the_alarm_come_before_events() {
        let mailbox = Mailbox::default();
        mailbox.deliver(&envelope());
        mailbox.set_alarm(5);
        mailbox.ring(4);
        mailbox.signal(Signal::Replaced);
        mailbox.signal(Signal::Stopping);
        assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Signal(Signal::Replaced))));
        mailbox.ring(5);
        assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Alarm)));
        assert!(matches!(poll(&mailbox, true), Poll::Ready(Post::Event(_))));
        mailbox.ring(9);
        assert!(poll(&mailbox, true).is_pending());
    }
}
