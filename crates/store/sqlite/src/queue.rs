//! What waits for the writer, in the order in which it came.
//!
//! No channel of tokio's: when one of those is full, whoever waits for room is let in when it is polled next, and may
//! be overtaken until then. Here a change has its place from the moment at which it is asked for. The memory is no
//! more than that of the calls that are under way: what waits behind the first few hundred goes when its caller does.

use crate::line::{Line, NoPlace};
use crate::task::Work;
use koine_metrics::catalogue::STORE_QUEUE;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The queue between all callers and the one writer.
pub(crate) struct Queue {
    state: Mutex<State>,
    bell: Condvar,
    /// How many changes at the front are made even when nobody waits for them any more.
    certain: u64,
    /// How many may wait.
    most: usize,
}

#[derive(Default)]
struct State {
    works: Line<Box<dyn Work>>,
    nudged: bool,
    closed: bool,
    /// The writer sleeps, and nobody has rung the bell yet.
    asleep: bool,
}

/// A caller's place in the queue.
pub(crate) struct Ticket<'a> {
    queue: &'a Queue,
    number: Option<u64>,
}

impl State {
    fn is_idle(&self) -> bool {
        self.works.is_empty() && !self.nudged && !self.closed
    }
}

impl Queue {
    pub(crate) fn new(certain: usize, most: usize) -> Self {
        let certain = u64::try_from(certain).unwrap_or(u64::MAX);
        Self { state: Mutex::default(), bell: Condvar::new(), certain, most }
    }

    /// Gives the change its place, unless the queue is closed or full.
    pub(crate) fn push(&self, work: Box<dyn Work>) -> Result<Ticket<'_>, NoPlace> {
        let mut state = self.lock();
        if state.closed {
            return Err(NoPlace::Closed);
        }
        if state.works.len() >= self.most {
            return Err(NoPlace::Full);
        }
        let number = state.works.join(work);
        STORE_QUEUE.add(1);
        self.ring(state);
        Ok(Ticket { queue: self, number: Some(number) })
    }

    /// Wakes the writer for something that is not in the queue.
    pub(crate) fn nudge(&self) {
        let mut state = self.lock();
        state.nudged = true;
        self.ring(state);
    }

    /// Takes nothing more. What is in the queue is still done.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.ring(state);
    }

    /// Wakes the writer where it sleeps. Mostly it does not: it finds what has queued when it is done with what came before, and waking
    /// is a system call also where nobody sleeps.
    fn ring(&self, mut state: MutexGuard<'_, State>) {
        let asleep = std::mem::take(&mut state.asleep);
        drop(state);
        if asleep {
            self.bell.notify_one();
        }
    }

    /// Waits until there is something to do. `false` when there never will be.
    ///
    /// Does `rest` whenever nothing has come for as long as `quiet` says next.
    pub(crate) fn wait(&self, quiet: impl IntoIterator<Item = Duration>, mut rest: impl FnMut()) -> bool {
        let mut quiet = quiet.into_iter();
        loop {
            let patience = quiet.next().unwrap_or(Duration::MAX);
            let sleeps = |state: &mut State| {
                state.asleep = state.is_idle();
                state.asleep
            };
            let (mut state, waited) = self
                .bell
                .wait_timeout_while(self.lock(), patience, sleeps)
                .unwrap_or_else(PoisonError::into_inner);
            state.asleep = false;
            if !waited.timed_out() {
                return !state.works.is_empty() || state.nudged;
            }
            drop(state);
            rest();
        }
    }

    /// Takes up to `limit` changes from the front, and tells how many it took.
    pub(crate) fn take(&self, limit: usize, into: &mut VecDeque<Box<dyn Work>>) -> usize {
        let mut state = self.lock();
        state.nudged = false;
        let before = into.len();
        into.extend(std::iter::from_fn(|| state.works.next()).take(limit));
        let taken = into.len() - before;
        STORE_QUEUE.subtract(taken);
        taken
    }

    fn forget(&self, number: u64) {
        let forgotten = self.lock().works.leave(number, self.certain);
        STORE_QUEUE.subtract(usize::from(forgotten.is_some()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket<'_> {
    /// The answer is there.
    pub(crate) fn redeem(mut self) {
        self.number = None;
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.queue.forget(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Desk;
    use crate::outcome::Broken;

    struct Nothing;

    impl Work for Nothing {
        fn run(&mut self, _: &mut Desk) {}
        fn deliver(self: Box<Self>, _: Option<&Broken>) {}
    }

    #[test]
    fn only_those_at_the_front_outlive_their_callers() {
        let queue = Queue::new(2, 9);
        let mut tickets: Vec<_> = (0..6).filter_map(|_| queue.push(Box::new(Nothing)).ok()).collect();
        tickets.remove(0);
        tickets.remove(3);
        let mut taken = VecDeque::new();
        assert_eq!(queue.take(9, &mut taken), 5);
        // What was taken is out of reach, and a number that is given again is another's.
        let next = queue.push(Box::new(Nothing));
        drop(tickets);
        assert_eq!(queue.take(9, &mut taken), 1);
        drop(next);
    }

    #[test]
    fn those_beyond_the_most_get_no_place() {
        let queue = Queue::new(1, 2);
        let first = queue.push(Box::new(Nothing)).ok();
        let second = queue.push(Box::new(Nothing)).ok();
        assert!(first.is_some() && second.is_some());
        assert_eq!(queue.push(Box::new(Nothing)).err(), Some(NoPlace::Full));
        drop(second);
        assert!(queue.push(Box::new(Nothing)).is_ok());
    }

    #[test]
    fn when_nothing_comes_it_rests_as_often_as_it_is_told() {
        let queue = Queue::new(1, 9);
        let mut rested = 0;
        std::thread::scope(|scope| {
            let queue = &queue;
            let waiting = scope.spawn(move || {
                let there_is_work = queue.wait([Duration::from_millis(1); 2], || {
                    rested += 1;
                    if rested == 2 {
                        queue.nudge();
                    }
                });
                (there_is_work, rested)
            });
            assert_eq!(waiting.join().unwrap(), (true, 2));
        });
    }

    #[test]
    fn numbers_stay_right_when_the_last_ones_go() {
        let queue = Queue::new(0, 9);
        let first = queue.push(Box::new(Nothing));
        let second = queue.push(Box::new(Nothing));
        drop(second);
        let third = queue.push(Box::new(Nothing));
        drop(first);
        let mut taken = VecDeque::new();
        assert_eq!(queue.take(9, &mut taken), 1);
        drop(third);
        queue.close();
        assert_eq!(queue.push(Box::new(Nothing)).err(), Some(NoPlace::Closed));
        assert!(!queue.wait([], || panic!("it is closed")));
    }
}
