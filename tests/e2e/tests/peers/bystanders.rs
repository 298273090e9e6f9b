//! What others notice: how long the messages of two on the server take, held against how long they took before, and against how long
//! those of two others take at the same time, on another server of the same machine, to which nothing bad is done.

use super::pair::{Figures, Pair};
use koine_e2e::matrix::Town;
use std::fmt;
use std::time::Duration;
use tokio::time::sleep;

/// How long is listened before and after: three hundreds of messages, so that one hiccup of the machine is not the median of what they show.
const CALM: Duration = Duration::from_millis(3_000);
/// What the 99th percentile may be in any case: a few turns of the scheduler, where usual is less than one.
const TURNS: Duration = Duration::from_millis(10);
/// A machine may be busy with something else just then. Each time is looked at by itself, and all together: what happens again and again
/// shows in both.
const TRIES: usize = 4;

/// How long messages took, in five spells.
#[derive(Default)]
struct Spells {
    before: Figures,
    during: Figures,
    /// Elsewhere, at that time.
    meanwhile: Figures,
    after: Figures,
    /// Elsewhere, at that time.
    then: Figures,
}

/// Those who talk, here and elsewhere.
pub(super) struct Bystanders {
    here: Pair,
    elsewhere: Pair,
    other: Town,
}

impl Bystanders {
    /// They begin to talk.
    pub(super) async fn of(town: &mut Town) -> Self {
        let mut other = Town::found().await;
        Self { here: Pair::begin(town).await, elsewhere: Pair::begin(&mut other).await, other }
    }

    /// Has something bad done here, and compares how long messages take meanwhile and afterwards with what is usual.
    pub(super) async fn are_undisturbed(&self, scene: &str, mut bad: impl AsyncFnMut()) {
        let mut all = Spells::default();
        for _ in 0..TRIES {
            self.take();
            sleep(CALM).await;
            let (before, _) = self.take();
            bad().await;
            let (during, meanwhile) = self.take();
            sleep(CALM).await;
            let (after, then) = self.take();
            let spells = Spells { before, during, meanwhile, after, then };
            eprintln!("{scene}:{spells}");
            all.join(&spells);
            if spells.are_usual() || all.are_usual() {
                return;
            }
        }
        panic!("{scene}: the others are disturbed");
    }

    /// Nobody says anything, here or elsewhere, while this is done.
    pub(super) async fn are_silent<T>(&self, during: impl Future<Output = T>) -> T {
        let rest = |resting| [&self.here, &self.elsewhere].map(|pair| pair.rest(resting));
        rest(true);
        let done = during.await;
        rest(false);
        done
    }

    /// They go.
    pub(super) async fn leave(self) {
        self.here.end();
        self.elsewhere.end();
        self.other.close().await;
    }

    fn take(&self) -> (Figures, Figures) {
        (self.here.take(), self.elsewhere.take())
    }
}

impl Spells {
    fn join(&mut self, other: &Self) {
        self.before.join(&other.before);
        self.during.join(&other.during);
        self.meanwhile.join(&other.meanwhile);
        self.after.join(&other.after);
        self.then.join(&other.then);
    }

    /// What the machine does to both servers at the same time is usual, too: so it is no matter how busy it is.
    fn are_usual(&self) -> bool {
        let is_usual = |took: &Figures, elsewhere: &Figures| {
            took.p99() <= (self.before.p99().max(elsewhere.p99()) * 2).max(TURNS)
                && took.median() <= self.before.median().max(elsewhere.median()) * 2
                // Each waits for the other: what one message takes longer, all others are said later.
                && took.messages() * 3 >= elsewhere.messages() * 2
        };
        is_usual(&self.during, &self.meanwhile) && is_usual(&self.after, &self.then)
    }
}

impl fmt::Display for Spells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, during, meanwhile, after, then } = self;
        write!(
            f,
            "\n  before     {before}\n  meanwhile  {during}\n  elsewhere  {meanwhile}\n  after      {after}\n  elsewhere  {then}"
        )
    }
}
