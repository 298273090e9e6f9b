//! What others notice: how long the messages of two on the server take, held against how long they took before, and against how long
//! those of two others take at the same time, on another server of the same machine, to which nothing bad is done.

use super::pair::{Figures, Pair};
use koine_e2e::matrix::Town;
use std::time::Duration;
use tokio::time::sleep;

/// How long is listened before and after: some two hundred messages, so that one hiccup of the machine is not their 99th percentile.
const CALM: Duration = Duration::from_millis(1_500);
/// What the 99th percentile may be in any case: a few turns of the scheduler, where usual is less than one.
const TURNS: Duration = Duration::from_millis(25);
/// A machine may be busy with something else just then.
const TRIES: usize = 3;

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
        for _ in 0..TRIES {
            self.take();
            sleep(CALM).await;
            let (before, _) = self.take();
            bad().await;
            let (during, meanwhile) = self.take();
            sleep(CALM).await;
            let (after, then) = self.take();
            eprintln!(
                "{scene}:\n  before     {before}\n  meanwhile  {during}\n  elsewhere  {meanwhile}\n  after      {after}\n  elsewhere  {then}"
            );
            // What the machine does to both servers at the same time is usual, too: so it is no matter how busy it is.
            let is_usual = |took: Figures, elsewhere: Figures| {
                took.p99 <= (before.p99.max(elsewhere.p99) * 2).max(TURNS)
                    && took.median <= before.median.max(elsewhere.median) * 2
                    // Each waits for the other: what one message takes longer, all others are said later.
                    && took.messages * 3 >= elsewhere.messages * 2
            };
            if is_usual(during, meanwhile) && is_usual(after, then) {
                return;
            }
        }
        panic!("{scene}: the others are disturbed");
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
