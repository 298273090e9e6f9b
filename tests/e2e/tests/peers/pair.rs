//! Two who talk as people do, on a thread of their own, and how long each of their messages takes.

use koine_e2e::matrix::{Content, Flavour, Known, Person, Town, flavours};
use koine_testkit::Server;
use koine_testkit::peer::Peer;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

/// How long they rest between two messages.
const PAUSE: Duration = Duration::from_millis(6);
/// Of so many messages in a row a 99th percentile is taken: it is the worst of them.
const WINDOW: usize = 100;

/// The two.
pub(super) struct Pair {
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    took: Mutex<Took>,
    /// They say nothing for a while.
    resting: AtomicBool,
    over: AtomicBool,
}

#[derive(Default)]
struct Took {
    done: Vec<Duration>,
    /// A message that has not arrived yet counts with what it has taken so far.
    since: Option<Instant>,
}

/// How long messages took, from when they were said to when they were heard.
#[derive(Default)]
pub(super) struct Figures {
    all: Vec<Duration>,
    /// The 99th percentile of each hundred in a row.
    p99s: Vec<Duration>,
}

impl Pair {
    /// They register, and begin.
    pub(super) async fn begin(town: &mut Town) -> Self {
        let native = flavours().into_iter().find(|flavour| flavour.name == "native").expect("native");
        let people = ["steady_ann", "steady_bob"].map(|handle| town.next_known(handle.to_owned()));
        let (address, http) = (town.server().address(native.dialect), town.server().address("http"));
        let shared = Arc::new(Shared::default());
        let (ready, is_ready) = oneshot::channel();
        let theirs = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let [ann, bob] = people;
                let people =
                    [enter(native, ann, address, http).await, enter(native, bob, address, http).await];
                let _ = ready.send(());
                talk(people, &theirs).await;
            });
        });
        is_ready.await.expect("two who talk");
        Self { thread: Some(thread), shared }
    }

    /// How long messages took since this was asked last.
    pub(super) fn take(&self) -> Figures {
        assert!(
            self.thread.as_ref().is_some_and(|thread| !thread.is_finished()),
            "they do not talk any more"
        );
        let mut took = self.shared.took();
        let mut all = std::mem::take(&mut took.done);
        all.extend(took.since.map(|since| since.elapsed()));
        // What is left over goes with the last hundred.
        let windows = (all.len() / WINDOW).max(1);
        let window = |number: usize| {
            let end = if number + 1 == windows { all.len() } else { (number + 1) * WINDOW };
            at(&all[number * WINDOW..end], 99)
        };
        let p99s = (0..windows).map(window).collect();
        Figures { all, p99s }
    }

    /// They are silent from now on, or talk again.
    pub(super) fn rest(&self, resting: bool) {
        self.shared.resting.store(resting, Ordering::Relaxed);
    }

    /// They go.
    pub(super) fn end(mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        self.thread.take().expect("a thread").join().expect("they could talk to the end");
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // Where the test has failed, nobody waits for them.
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn arrived(&self, after: Duration) {
        let mut took = self.took();
        took.since = None;
        took.done.push(after);
    }

    fn took(&self) -> MutexGuard<'_, Took> {
        self.took.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Figures {
    pub(super) fn messages(&self) -> usize {
        self.all.len()
    }

    pub(super) fn median(&self) -> Duration {
        at(&self.all, 50)
    }

    /// The median of the 99th percentiles of a hundred messages each. One hiccup of the machine spoils one of those hundreds, whatever it does
    /// to the messages in it; what happens again and again shows in most of them.
    pub(super) fn p99(&self) -> Duration {
        at(&self.p99s, 50)
    }

    /// Takes in what was measured another time.
    pub(super) fn join(&mut self, other: &Self) {
        self.all.extend(&other.all);
        self.p99s.extend(&other.p99s);
    }
}

/// So many percent took no longer.
fn at(all: &[Duration], percent: usize) -> Duration {
    let mut all = all.to_vec();
    all.sort_unstable();
    all.get((all.len() * percent / 100).min(all.len().saturating_sub(1))).copied().unwrap_or_default()
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (messages, windows, worst) = (self.messages(), self.p99s.len(), at(&self.all, 100));
        let (median, p99) = (self.median(), self.p99());
        write!(
            f,
            "{messages} messages, median {median:.1?}, p99 {p99:.1?} in {windows} hundreds, worst {worst:.1?}"
        )
    }
}

async fn enter(flavour: Flavour, known: Known, address: SocketAddr, http: SocketAddr) -> Person {
    let mut person = Person::new(flavour, known);
    person.client.finds_http(http);
    person.client.line().open(Peer::websocket(address, "/", flavour.encoding).await);
    person.client.register().await.expect("somebody who can register");
    person
}

async fn talk([mut ann, mut bob]: [Person; 2], shared: &Shared) {
    let mut number = 0_u64;
    while !shared.over.load(Ordering::Relaxed) {
        if shared.resting.load(Ordering::Relaxed) {
            sleep(PAUSE).await;
            continue;
        }
        let text = Content::Text(format!("message {number}"));
        let begun = Instant::now();
        shared.took().since = Some(begun);
        ann.tells(&bob.known, &format!("message {number}")).await.expect("it can be said");
        while bob.client.hear().await.expect("it is heard").content != text {}
        shared.arrived(begun.elapsed());
        number += 1;
        std::mem::swap(&mut ann, &mut bob);
        sleep(PAUSE).await;
    }
    ann.leaves().await;
    bob.leaves().await;
}
