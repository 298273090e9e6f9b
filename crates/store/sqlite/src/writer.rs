//! The one thread that changes anything.
//!
//! It waits for a change, takes whatever has queued behind it, commits all in one transaction, and then answers all.
//! So a commit is shared by as many changes as came while the last one was going to the disk, and nothing is timed.

use crate::desk::Desk;
use crate::folder::{Folder, Lock};
use crate::ground::Ground;
use crate::line::NoPlace;
use crate::open::{OpenError, Options};
use crate::outcome::{Broken, Outcome, Stop};
use crate::queue::Queue;
use crate::readers::{Pool, give_back};
use crate::statements::Statements;
use crate::task::{Guard, Task, Work};
use crate::watermarks::{self, Positions, Reported};
use koine_metrics::catalogue::{COMMIT_CHANGES, COMMIT_FAILURES, COMMIT_SECONDS};
use koine_model::{AccountId, ConversationId, Refusal, Seq};
use koine_store::{Answer, Failure};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::iter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// The way to the writer's thread.
pub(crate) struct Writer {
    queue: Arc<Queue>,
    reported: Arc<Reported>,
    changes: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How many changes share a commit at most. More would make the first of them wait for the last.
const MOST_TOGETHER: usize = 512;

impl Writer {
    /// Starts the thread. It holds the folder's lock for as long as it may write.
    pub(crate) fn start(
        connection: Connection,
        (folder, lock): (Folder, Lock),
        readers: Arc<Pool>,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let queue = Arc::new(Queue::new(options.certain, options.waiting));
        let reported = Arc::new(Reported::default());
        let changes = Arc::<AtomicU64>::default();
        let ground = Ground::new(connection)
            .map_err(|source| OpenError::Database { database: folder.database(), source })?;
        let bench = Bench {
            reported: Arc::clone(&reported),
            queue: Arc::clone(&queue),
            changes: Arc::clone(&changes),
            taken: VecDeque::new(),
            done: Vec::new(),
            readers,
            folder,
            when_quiet: options.when_quiet,
            _lock: lock,
        };
        let serve = move || {
            // Taken along before the bench with its lock, so that it is closed before that, too, where no thread is given.
            let ground = ground;
            bench.serve(ground);
        };
        let thread = thread::Builder::new().name("koine-writer".into()).spawn(serve);
        let thread = thread.map_err(OpenError::Thread)?;
        Ok(Self { queue, reported, changes, thread: Mutex::new(Some(thread)) })
    }

    /// Makes a change: all of it, on disk, or nothing of it.
    ///
    /// Nothing is awaited before the change has its place in the queue: the order of first polls is that of commits.
    pub(crate) async fn change<T, F>(&self, attempt: &'static str, guard: Guard, operation: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Desk) -> Outcome<T> + Send + 'static,
    {
        let (waiting, answer) = oneshot::channel();
        let closed = || Failure::new(attempt, Stop::Broken(Broken::Closed));
        let work = Box::new(Task::new(attempt, guard, operation, waiting));
        let ticket = match self.queue.push(work) {
            Ok(ticket) => ticket,
            Err(NoPlace::Full) => return Err(Refusal::Busy.into()),
            Err(NoPlace::Closed) => return Err(closed().into()),
        };
        let answered = answer.await;
        ticket.redeem();
        answered.map_err(|_| closed())?
    }

    /// Has watermarks go along with a commit soon.
    pub(crate) fn report(&self, account: AccountId, device: &str, arrived: &[(ConversationId, Seq)]) {
        if self.reported.add(account, device, arrived) {
            self.queue.nudge();
        }
    }

    /// The watermarks of a device that may not be written yet.
    pub(crate) fn reported(&self, account: AccountId, device: &str) -> Positions {
        self.reported.of(account, device)
    }

    /// How many transactions were ended, each counted before anybody is told what came of it.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// What was reported and may not be written yet.
    pub(crate) fn all_reported(&self) -> &Reported {
        &self.reported
    }

    /// Lets the writer finish what is queued, and waits until it has let go of the folder.
    pub(crate) async fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for Writer {
    /// A store that was not closed still finishes: whoever opens the folder next finds it unlocked.
    fn drop(&mut self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// After so long a silence it is worth giving memory back.
const QUIET: Duration = Duration::from_secs(1);
/// And again after so long, since those who read and those who are connected need some, too.
const STILL_QUIET: Duration = Duration::from_secs(5);

/// The thread's own side.
struct Bench {
    reported: Arc<Reported>,
    queue: Arc<Queue>,
    /// How many transactions were ended.
    changes: Arc<AtomicU64>,
    /// Taken from the queue, not yet begun.
    taken: VecDeque<Box<dyn Work>>,
    /// Done in the open transaction, not yet answered.
    done: Vec<Box<dyn Work>>,
    readers: Arc<Pool>,
    folder: Folder,
    when_quiet: fn(),
    _lock: Lock,
}

impl Bench {
    fn serve(mut self, mut ground: Ground) {
        while !self.serve_at(&mut Desk::new(&mut ground, Arc::clone(&self.reported))) {
            let Self { readers, folder, .. } = &self;
            readers.without_readers(|| ground.renew(folder));
            // What a failed commit has left counts from here on, or does not.
            self.changes.fetch_add(1, Ordering::SeqCst);
        }
        ground.close_the_log();
    }

    /// Serves until nothing more will come. `false` where the database must be opened again before.
    fn serve_at(&mut self, desk: &mut Desk) -> bool {
        // A multitude of watermarks is written a portion at a time, so that no message waits for all of it.
        while !self.taken.is_empty() || !self.reported.is_empty() || self.wait(desk) {
            if desk.is_to_be_opened() {
                return false;
            }
            self.commit_together(desk);
            desk.take_in_the_log();
        }
        true
    }

    /// Waits for something to do. When nothing comes, what was only remembered is let go of: pages of the database are in the kernel's memory,
    /// too, and a conversation is looked up again when somebody talks in it.
    fn wait(&mut self, desk: &mut Desk) -> bool {
        let Self { readers, queue, when_quiet, .. } = self;
        queue.wait(iter::once(QUIET).chain(iter::repeat(STILL_QUIET)), || {
            desk.rooms.clear();
            // They hold what was bound last: the words of a message, which may be long.
            desk.statements = Statements::default();
            give_back(desk.connection);
            readers.rest();
            when_quiet();
        })
    }

    /// Makes one transaction of what has queued, and of what queues meanwhile.
    fn commit_together(&mut self, desk: &mut Desk) {
        let begun = Instant::now();
        let mut broken = false;
        while !broken && let Some(mut work) = self.next() {
            desk.begin();
            if !desk.is_broken() {
                work.run(desk);
            }
            self.done.push(work);
            broken = desk.is_broken();
        }
        if !broken {
            Self::write_watermarks(desk);
        }
        let changes = !desk.connection.is_autocommit();
        let broken = desk.finish().err();
        // Also where it failed: what can be seen of it then is not known.
        self.changes.fetch_add(1, Ordering::SeqCst);
        desk.reported.finish_portion();
        if broken.is_some() {
            COMMIT_FAILURES.count();
        } else if changes {
            COMMIT_SECONDS.took(begun.elapsed());
            COMMIT_CHANGES.saw(self.done.len());
        }
        for work in self.done.drain(..) {
            work.deliver(broken.as_ref());
        }
    }

    fn next(&mut self) -> Option<Box<dyn Work>> {
        let room = MOST_TOGETHER.saturating_sub(self.done.len());
        if self.taken.is_empty() && room > 0 {
            self.queue.take(room, &mut self.taken);
        }
        if room > 0 { self.taken.pop_front() } else { None }
    }

    /// Watermarks go along. Losing them costs a repetition, so they spoil nothing.
    fn write_watermarks(desk: &mut Desk) {
        let portion = desk.reported.take_portion();
        if portion.is_empty() {
            return;
        }
        desk.begin();
        if desk.is_broken() {
            return;
        }
        if let Err(error) = watermarks::advance(desk.connection, &portion) {
            tracing::warn!(%error, "watermarks were not written: messages may arrive twice");
        }
        // The question alone makes the desk notice if SQLite rolled back.
        desk.is_broken();
    }
}

impl Drop for Bench {
    /// Whatever ends the thread, nobody waits for it in vain.
    fn drop(&mut self) {
        self.queue.close();
        while self.queue.take(MOST_TOGETHER, &mut self.taken) > 0 {
            self.taken.clear();
        }
    }
}
