//! A few threads at a time that do what blocks: reading the database, reading and writing files.
//!
//! What is asked for is done whether or not the caller looks: a driver may leave a call alone while it waits for another one. A
//! semaphore would hand its permit to such a call, and everybody behind would wait for somebody who waits for them. What waits is
//! bounded, and goes with its caller, with all that it holds.

use crate::line::{Line, NoPlace};
use crate::outcome::{Broken, Outcome, Stop};
use koine_metrics::catalogue::STORE_READS;
use koine_model::Refusal;
use koine_store::Answer;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

type Job = Box<dyn FnOnce() + Send>;

/// The way to the threads.
pub(crate) struct Crew(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// How many are at work at most.
    most: usize,
    /// How many calls may wait.
    waiting: usize,
}

#[derive(Default)]
struct State {
    /// What waits, in the order in which it was asked for.
    jobs: Line<Job>,
    /// How many threads are at work.
    at_work: usize,
    closed: bool,
    /// Who waits for the last of them to be done.
    leaving: Vec<oneshot::Sender<()>>,
}

impl Crew {
    /// A crew of which at most `most` work at the same time, while at most `waiting` calls wait.
    pub(crate) fn new(most: usize, waiting: usize) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), most: most.max(1), waiting: waiting.max(1) }))
    }

    /// Does something on one of the threads, unless too much waits for them: `Busy`. What nobody waits for any more when it is its
    /// turn is not done.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        attempt: &'static str,
        operation: impl FnOnce() -> Outcome<T> + Send + 'static,
    ) -> Answer<T> {
        let (answer, waiting) = oneshot::channel();
        let job = Box::new(move || {
            if !answer.is_closed() {
                let panicked = |_| Err(Stop::Broken(Broken::Panicked));
                let outcome = panic::catch_unwind(AssertUnwindSafe(operation)).unwrap_or_else(panicked);
                // Whoever went away meanwhile does not want to know.
                let _ = answer.send(outcome);
            }
        });
        let closed = Stop::Broken(Broken::Closed);
        let outcome = match self.push(job) {
            Ok(_ticket) => waiting.await.unwrap_or(Err(closed)),
            Err(NoPlace::Full) => Err(Refusal::Busy.into()),
            Err(NoPlace::Closed) => Err(closed),
        };
        outcome.map_err(|stop| stop.attempting(attempt))
    }

    /// Takes nothing more, and forgets what waits.
    pub(crate) fn dismiss(&self) {
        let forgotten = {
            let mut state = self.0.lock();
            state.closed = true;
            state.jobs.clear()
        };
        STORE_READS.subtract(forgotten.len());
        drop(forgotten);
    }

    /// Takes nothing more, and waits until everything that was asked for is done.
    pub(crate) async fn finish(&self) {
        let leaving = {
            let mut state = self.0.lock();
            state.closed = true;
            let (left, leaving) = oneshot::channel();
            // Whoever is done last drops it. Where nobody is at work, it is dropped here.
            if state.at_work > 0 {
                state.leaving.push(left);
            }
            leaving
        };
        let _ = leaving.await;
    }

    fn push(&self, job: Job) -> Result<Ticket<'_>, NoPlace> {
        let (number, is_needed) = {
            let mut state = self.0.lock();
            if state.closed {
                return Err(NoPlace::Closed);
            }
            if state.jobs.len() >= self.0.waiting {
                return Err(NoPlace::Full);
            }
            let is_needed = state.at_work < self.0.most;
            state.at_work += usize::from(is_needed);
            STORE_READS.add(1);
            (state.jobs.join(job), is_needed)
        };
        let ticket = Ticket { crew: self, number };
        if is_needed {
            self.hire();
        }
        Ok(ticket)
    }

    /// Puts somebody to work, for whom there is a place.
    fn hire(&self) {
        let worker = Worker { shared: Arc::clone(&self.0), has_left: false };
        // Where there is no thread and no runtime, tokio panics; where the runtime ends, it drops what it is given.
        let hired = panic::catch_unwind(AssertUnwindSafe(|| drop(spawn_blocking(move || worker.work()))));
        if hired.is_err() {
            tracing::error!("there is no thread for what waits");
        }
    }
}

/// A call's place among those that wait.
struct Ticket<'a> {
    crew: &'a Crew,
    number: u64,
}

impl Drop for Ticket<'_> {
    /// What is still waiting then is waited for by nobody.
    fn drop(&mut self) {
        let forgotten = self.crew.0.lock().jobs.leave(self.number, 0);
        STORE_READS.subtract(usize::from(forgotten.is_some()));
    }
}

/// Somebody who is at work, or is going to be.
struct Worker {
    shared: Arc<Shared>,
    has_left: bool,
}

impl Worker {
    /// Does what waits, until nothing does.
    fn work(mut self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&mut self) -> Option<Job> {
        let mut state = self.shared.lock();
        let job = state.jobs.next();
        STORE_READS.subtract(usize::from(job.is_some()));
        if job.is_none() {
            state.leave();
            self.has_left = true;
        }
        job
    }
}

impl Drop for Worker {
    /// Who never came to work gives the place back. Where nobody else is at work, what waits would wait for ever.
    fn drop(&mut self) {
        if self.has_left {
            return;
        }
        let forgotten = {
            let mut state = self.shared.lock();
            state.leave();
            if state.at_work == 0 { state.jobs.clear() } else { Vec::new() }
        };
        STORE_READS.subtract(forgotten.len());
    }
}

impl State {
    /// One is at work no more.
    fn leave(&mut self) {
        self.at_work -= 1;
        if self.at_work == 0 {
            self.leaving.clear();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;
    use tokio::time::timeout;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_call_that_is_left_alone_keeps_nobody_waiting() {
        let crew = Crew::new(1, 9);
        let (go, wait) = mpsc::channel::<()>();
        let mut first = Box::pin(crew.run("wait", move || Ok(wait.recv().is_ok())));
        let mut left_alone = Box::pin(crew.run("nothing", || Ok(())));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut cx).is_pending());
        assert!(left_alone.as_mut().poll(&mut cx).is_pending());
        let third = crew.run("nothing", || Ok(3));
        go.send(()).unwrap();
        assert_eq!(timeout(PATIENCE, third).await.expect("its turn").unwrap(), 3);
        assert!(timeout(PATIENCE, first).await.expect("its turn").unwrap());
        timeout(PATIENCE, left_alone).await.expect("its turn").unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_and_no_more() {
        let crew = Crew::new(1, 9);
        let failed = crew.run("panic", || -> Outcome<()> { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(koine_store::Error::Failed(_))));
        assert_eq!(crew.run("count", || Ok(2)).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_was_asked_for_is_done_before_the_end() {
        let crew = Crew::new(1, 9);
        let (go, wait) = mpsc::channel::<()>();
        let mut first = Box::pin(crew.run("wait", move || Ok(wait.recv().is_ok())));
        let mut second = Box::pin(crew.run("count", || Ok(2)));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut cx).is_pending());
        assert!(second.as_mut().poll(&mut cx).is_pending());
        go.send(()).unwrap();
        timeout(PATIENCE, crew.finish()).await.expect("an end");
        assert!(first.await.unwrap());
        assert_eq!(second.await.unwrap(), 2);
        assert!(crew.run("late", || Ok(())).await.is_err());
        timeout(PATIENCE, crew.finish()).await.expect("an end again");
    }

    /// Begins a call, and does not look at it again.
    fn begin<F: Future>(call: Pin<&mut F>) {
        assert!(call.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    #[tokio::test]
    async fn those_beyond_the_most_are_refused_and_those_who_go_make_room() {
        let crew = Crew::new(1, 2);
        let (go, wait) = mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let mut first = Box::pin(crew.run("wait", move || {
            let _ = begun.send(());
            Ok(wait.recv().is_ok())
        }));
        begin(first.as_mut());
        has_begun.await.unwrap();
        // What a call holds goes with its caller, although its turn does not come.
        let payload = Arc::new(());
        let held = Arc::downgrade(&payload);
        let mut second = Box::pin(crew.run("hold", move || Ok(Arc::strong_count(&payload))));
        let mut third = Box::pin(crew.run("count", || Ok(3)));
        begin(second.as_mut());
        begin(third.as_mut());
        let refused = timeout(PATIENCE, crew.run("too much", || Ok(()))).await.expect("an answer");
        assert!(matches!(refused, Err(koine_store::Error::Refused(Refusal::Busy))), "{refused:?}");
        assert!(held.upgrade().is_some());
        drop(second);
        assert!(held.upgrade().is_none());
        drop(third);
        let last = crew.run("count", || Ok(4));
        go.send(()).unwrap();
        assert_eq!(timeout(PATIENCE, last).await.expect("its turn").unwrap(), 4);
        assert!(first.await.unwrap());
    }

    /// Nobody comes to work where a runtime ends, or where there is none.
    #[test]
    fn a_place_that_nobody_took_is_free_again() {
        let crew = Crew::new(1, 9);
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let ended = runtime();
        let handle = ended.handle().clone();
        ended.shutdown_background();
        for _ in 0..3 {
            let in_vain = {
                let _within = handle.enter();
                poll_once(crew.run("in vain", || Ok(())))
            };
            assert!(matches!(in_vain, Poll::Ready(Err(koine_store::Error::Failed(_)))), "{in_vain:?}");
            let nowhere = poll_once(crew.run("nowhere", || Ok(())));
            assert!(matches!(nowhere, Poll::Ready(Err(koine_store::Error::Failed(_)))), "{nowhere:?}");
        }
        let done = runtime().block_on(async { timeout(PATIENCE, crew.run("count", || Ok(5))).await });
        assert_eq!(done.expect("its turn").unwrap(), 5);
    }

    fn poll_once<F: Future>(call: F) -> Poll<F::Output> {
        Box::pin(call).as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
}
