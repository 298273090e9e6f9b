//! What others notice: how long the messages of two on the server take, held against how long they took before, and against how long
//! those of two others take at the same time, on another server of the same machine, to which nothing bad is done.

use super::pair::Pair;
use koine_e2e::matrix::Town;
use std::time::Duration;
use tokio::time::sleep;

/// How long is listened before and after.
const CALM: Duration = Duration::from_millis(900);
/// What a message may take longer than usual: the bad peers use the same processors.
const ALLOWANCE: Duration = Duration::from_millis(50);
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
            let is_usual = |took: Duration, elsewhere: Duration| {
                let usual = before.p99.max(elsewhere);
                took <= (usual * 2).max(usual + ALLOWANCE)
            };
            if is_usual(during.p99, meanwhile.p99) && is_usual(after.p99, then.p99) {
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

    fn take(&self) -> (super::pair::Figures, super::pair::Figures) {
        (self.here.take(), self.elsewhere.take())
    }
}
