//! Waking many, a few at a time.
//!
//! Where thousands listen to one topic, waking all of them at once would put thousands of tasks in front of everything else that is to
//! run: the next frame of whoever writes, the next commit's answers, everybody else's messages. So they are called in rounds, each of
//! which waits behind whatever became ready during the last one. What they are called for lies in their mailboxes already, and whoever is called
//! late finds more of it there at once.

use crate::Mailbox;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// How many are called in one round, at least.
const ROUND: usize = 32;
/// And one of so many of those who wait: the last of 3,000 is called after about 45 rounds, and of 10,000 after 65.
const SHARE: usize = 16;

/// Those who are to be called, in the order in which they were told of first.
#[derive(Debug, Default)]
pub(crate) struct Crier(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Arc<Mailbox>>,
    /// There while somebody goes the rounds.
    waker: Option<Waker>,
}

impl Crier {
    /// Has those called which have something new in them; at once, where nobody goes the rounds.
    pub(crate) fn call(&self, mailboxes: Vec<Arc<Mailbox>>) {
        let mut state = self.lock();
        state.waiting.extend(mailboxes);
        let waker = state.waker.clone();
        let alone = if waker.is_none() { std::mem::take(&mut state.waiting) } else { VecDeque::new() };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        for mailbox in alone {
            mailbox.call();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes the rounds, from when it is polled first until it is dropped: those who wait then are called at once. Never ends by itself. There is to
/// be one at a time; of several, the one that was polled last does it.
#[derive(Debug)]
#[must_use = "nobody goes the rounds unless this is polled"]
pub struct Rounds {
    crier: Arc<Crier>,
    /// By what the crier wakes this one.
    waker: Option<Waker>,
}

impl Rounds {
    pub(crate) fn of(crier: &Arc<Crier>) -> Self {
        Self { crier: Arc::clone(crier), waker: None }
    }
}

impl Future for Rounds {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
        }
        let mut state = self.crier.lock();
        if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.waker = Some(cx.waker().clone());
        }
        let waiting = state.waiting.len();
        let round: Vec<_> = state.waiting.drain(..waiting.min(ROUND.max(waiting / SHARE))).collect();
        let is_over = state.waiting.is_empty();
        if is_over {
            state.waiting = VecDeque::new();
        }
        drop(state);
        for mailbox in round {
            mailbox.call();
        }
        if !is_over {
            // Behind those who were called, and whoever else is ready.
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        let mut state = self.crier.lock();
        let is_this_one = |waker: &Waker| self.waker.as_ref().is_some_and(|own| own.will_wake(waker));
        if !state.waker.as_ref().is_some_and(is_this_one) {
            return;
        }
        let left = std::mem::take(&mut *state);
        drop(state);
        for mailbox in left.waiting {
            mailbox.call();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::MANY;
    use crate::{Bus, Envelope, LocalBus, Post, Topic};
    use koine_model::account::{Face, Handle};
    use koine_model::presence::Presence;
    use koine_model::{AccountId, ConversationId, Event};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    /// Counts how often somebody was woken.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Bell {
        fn rang(&self) -> usize {
            self.0.swap(0, Ordering::SeqCst)
        }
    }

    /// Many who listen to one topic, and whoever wakes them.
    struct Hall {
        bus: LocalBus,
        topic: Topic,
        listeners: Vec<(Arc<Mailbox>, Arc<Bell>)>,
    }

    impl Hall {
        fn of(count: usize) -> Self {
            let topic = Topic::Conversation(ConversationId::new(1).unwrap());
            let hall = Self {
                bus: LocalBus::default(),
                topic,
                listeners: (0..count).map(|_| Default::default()).collect(),
            };
            for index in 0..count {
                hall.bus.subscribe(topic, &hall.listeners[index].0);
                assert_eq!(hall.take(index), 0);
            }
            hall
        }

        fn walk(&self) -> Walk {
            Walk(self.bus.rounds())
        }

        fn tell(&self) {
            let face =
                Face { id: AccountId::FIRST, handle: Handle::parse("ann").unwrap(), nick: String::new() };
            let event = Event::Presence {
                who: Arc::new(face),
                presence: Presence::Online,
                status: "".into(),
                signed_out: false,
            };
            self.bus.publish(self.topic, &Envelope::new(event));
        }

        /// What one of them finds, who waits for more then.
        fn take(&self, index: usize) -> usize {
            let (mailbox, bell) = &self.listeners[index];
            let waker = Waker::from(Arc::clone(bell));
            let mut cx = Context::from_waker(&waker);
            let post = || mailbox.poll_post(&mut cx, true);
            std::iter::repeat_with(post)
                .take_while(|post| matches!(post, Poll::Ready(Post::Event(_))))
                .count()
        }

        /// How often each was woken since the last time.
        fn woken(&self) -> Vec<usize> {
            self.listeners.iter().map(|(_, bell)| bell.rang()).collect()
        }
    }

    /// Whoever goes the rounds, one whenever it is said.
    struct Walk(Rounds);

    impl Walk {
        fn go(&mut self) {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut self.0).poll(&mut cx).is_pending());
        }
    }

    #[test]
    fn many_are_woken_in_rounds_each_of_which_waits_for_its_turn() {
        let hall = Hall::of(100);
        let (mut rounds, bell) = (hall.bus.rounds(), Arc::<Bell>::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut go = || assert!(Pin::new(&mut rounds).poll(&mut Context::from_waker(&waker)).is_pending());
        go();
        assert_eq!(bell.rang(), 0);
        hall.tell();
        assert_eq!((hall.woken(), bell.rang()), (vec![0; 100], 1));
        go();
        let first = [vec![1; ROUND], vec![0; 100 - ROUND]].concat();
        assert_eq!((hall.woken(), bell.rang()), (first, 1));
        // Of the first round one has looked, and of those who wait one has by chance.
        assert_eq!((hall.take(0), hall.take(50)), (1, 1));
        // Whoever was called is called again, behind the others; whoever waits is so once.
        hall.tell();
        assert_eq!((hall.woken(), bell.rang()), (vec![0; 100], 1));
        go();
        go();
        let mut second = vec![0; 100];
        second[ROUND..3 * ROUND].fill(1);
        assert_eq!((hall.woken(), bell.rang()), (second, 2));
        go();
        let third = [vec![1; 28], vec![0; 68], vec![1; 4]].concat();
        assert_eq!((hall.woken(), bell.rang()), (third, 1));
        go();
        let fourth = [vec![0; 28], vec![1; 4], vec![0; 68]].concat();
        assert_eq!((hall.woken(), bell.rang()), (fourth, 0));
        let found: Vec<_> = (0..100).map(|index| hall.take(index)).collect();
        assert_eq!((found[0], found[50]), (1, 1));
        assert_eq!(found.iter().sum::<usize>(), 2 * 100 - 2);
    }

    #[test]
    fn whoever_found_it_meanwhile_is_not_woken() {
        let hall = Hall::of(MANY);
        let mut walk = hall.walk();
        walk.go();
        hall.tell();
        assert_eq!((hall.take(0), hall.take(3)), (1, 1));
        walk.go();
        let mut expected = vec![1; ROUND];
        (expected[0], expected[3]) = (0, 0);
        assert_eq!(hall.woken()[..ROUND], expected);
    }

    #[test]
    fn all_are_woken_at_once_where_nobody_goes_the_rounds() {
        let hall = Hall::of(MANY);
        hall.tell();
        assert_eq!(hall.woken(), [1; MANY]);
        let mut walk = hall.walk();
        walk.go();
        hall.tell();
        walk.go();
        assert_eq!(hall.woken().iter().sum::<usize>(), ROUND);
        // Those who wait are not forgotten when it ends.
        drop(walk);
        assert_eq!(hall.woken().iter().sum::<usize>(), MANY - ROUND);
        hall.tell();
        assert_eq!(hall.woken(), [1; MANY]);
    }

    #[test]
    fn of_very_many_a_share_is_woken_in_each_round() {
        let hall = Hall::of(100 * SHARE);
        let mut walk = hall.walk();
        walk.go();
        hall.tell();
        walk.go();
        assert_eq!(hall.woken().iter().sum::<usize>(), 100);
        // A sixteenth of those who are left, until that is less than a round has.
        let more = std::iter::repeat_with(|| {
            walk.go();
            hall.woken().iter().sum::<usize>()
        });
        let rounds: Vec<_> = more.take_while(|woken| *woken > 0).collect();
        assert_eq!(rounds.iter().sum::<usize>(), 100 * (SHARE - 1));
        assert!(rounds.windows(2).all(|pair| pair[0] >= pair[1]) && rounds.len() < 40, "{rounds:?}");
    }

    #[test]
    fn what_is_lost_in_a_full_mailbox_is_told_in_rounds_too() {
        let hall = Hall::of(MANY);
        let mut walk = hall.walk();
        walk.go();
        for _ in 0..=Mailbox::CAPACITY {
            hall.tell();
        }
        walk.go();
        walk.go();
        assert_eq!(hall.woken(), [1; MANY]);
        for (mailbox, _) in &hall.listeners {
            let post = mailbox.poll_post(&mut Context::from_waker(Waker::noop()), true);
            assert!(matches!(post, Poll::Ready(Post::Lost)));
        }
        for index in 0..MANY {
            assert_eq!(hall.take(index), 0);
        }
        hall.bus.lose(hall.topic);
        assert_eq!(hall.woken(), [0; MANY]);
        walk.go();
        assert_eq!(hall.woken(), [vec![1; ROUND], vec![0; MANY - ROUND]].concat());
        // Whoever is told of something else as well is woken once more for that, and not forgotten.
        hall.listeners[MANY - 1].0.signal(crate::Signal::Replaced);
        walk.go();
        assert_eq!(hall.listeners[MANY - 1].1.rang(), 2);
    }

    #[test]
    fn of_two_that_go_the_rounds_the_end_of_one_does_not_end_the_other() {
        let hall = Hall::of(MANY);
        let (mut first, mut second) = (hall.bus.rounds(), hall.bus.rounds());
        let bells = [Arc::<Bell>::default(), Arc::default()];
        let [one, other] = bells.clone().map(Waker::from);
        assert!(Pin::new(&mut first).poll(&mut Context::from_waker(&one)).is_pending());
        assert!(Pin::new(&mut second).poll(&mut Context::from_waker(&other)).is_pending());
        drop(first);
        drop(hall.bus.rounds());
        hall.tell();
        assert_eq!((hall.woken(), bells.map(|bell| bell.rang())), (vec![0; MANY], [0, 1]));
    }

    #[test]
    fn few_are_woken_at_once() {
        let hall = Hall::of(MANY - 1);
        let mut walk = hall.walk();
        walk.go();
        hall.tell();
        assert_eq!(hall.woken(), [1; MANY - 1]);
    }
}
