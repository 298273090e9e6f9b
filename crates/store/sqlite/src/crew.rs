//! A few threads at a time that do what blocks: reading the database, reading and writing files.
//!
//! What is asked for is done whether or not the caller looks: a driver may leave a call alone while it waits for another one. A
//! semaphore would hand its permit to such a call, and everybody behind would wait for somebody who waits for them.

use crate::outcome::{Broken, Outcome, Stop};
use koine_metrics::catalogue::STORE_READS;
use koine_store::Answer;
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

type Job = Box<dyn FnOnce() + Send>;

/// The way to the threads.
pub(crate) struct Crew(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    most: usize,
}

#[derive(Default)]
struct State {
    /// What waits, in the order in which it was asked for.
    jobs: VecDeque<Job>,
    /// How many threads are at work.
    at_work: usize,
    closed: bool,
    /// Who waits for the last of them to be done.
    leaving: Vec<oneshot::Sender<()>>,
}

impl Crew {
    /// A crew of which at most `most` work at the same time.
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), most: most.max(1) }))
    }

    /// Does something on one of the threads. What nobody waits for any more when it is its turn is not done.
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
        self.push(job);
        let outcome = waiting.await.unwrap_or(Err(Stop::Broken(Broken::Closed)));
        outcome.map_err(|stop| stop.attempting(attempt))
    }

    /// Takes nothing more, and forgets what waits.
    pub(crate) fn dismiss(&self) {
        let forgotten = {
            let mut state = self.0.lock();
            state.closed = true;
            std::mem::take(&mut state.jobs)
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

    fn push(&self, job: Job) {
        {
            let mut state = self.0.lock();
            if state.closed {
                return;
            }
            state.jobs.push_back(job);
            STORE_READS.add(1);
            if state.at_work == self.0.most {
                return;
            }
            state.at_work += 1;
        }
        let shared = Arc::clone(&self.0);
        spawn_blocking(move || shared.work());
    }
}

impl Shared {
    /// Does what waits, until nothing does.
    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        let job = state.jobs.pop_front();
        STORE_READS.subtract(usize::from(job.is_some()));
        if job.is_none() {
            state.at_work -= 1;
            if state.at_work == 0 {
                state.leaving.clear();
            }
        }
        job
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::task::{Context, Waker};
    use std::time::Duration;
    use tokio::time::timeout;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_call_that_is_left_alone_keeps_nobody_waiting() {
        let crew = Crew::new(1);
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
        let crew = Crew::new(1);
        let failed = crew.run("panic", || -> Outcome<()> { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(koine_store::Error::Failed(_))));
        assert_eq!(crew.run("count", || Ok(2)).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_was_asked_for_is_done_before_the_end() {
        let crew = Crew::new(1);
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
}
