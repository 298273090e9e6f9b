//! A server that is killed at any moment keeps what it has acknowledged.
//!
//! People of every flavour of every dialect talk, meet, send pictures, make groups and register, two programs of native edit, react,
//! read and upload, circles of people block and part, come and go, change profiles and passwords, sign in and out and are deleted; the server is killed with `SIGKILL` and started again on its data. A ledger outside of the server
//! knows what was acknowledged, and everything is compared with it. `docs/faults.md` tells more.

mod actor;
mod arrived;
mod audit;
mod author;
mod check;
mod circle;
mod gate;
mod ledger;
mod plan;
mod ports;
mod round;
mod tally;
mod upload;
mod voice;

use koine_testkit::chance::{Chance, seed};
use plan::Plan;
use round::Round;
use std::time::Duration;
use tally::Tally;
use tokio::time::{Instant, timeout};

/// How many rounds there are, unless `KOINE_CRASH_ROUNDS` says.
const ROUNDS: usize = 5;
/// How long one round may take.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill() {
    let rounds =
        std::env::var("KOINE_CRASH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    // A seed that is named is that of one round; otherwise each round has one of its own.
    let (mut chance, rounds) = match std::env::var_os("KOINE_CRASH_SEED") {
        Some(_) => (None, 1),
        None => (Some(Chance::of(seed("KOINE_CRASH_FIRST"))), rounds),
    };
    // What takes long to build is no part of a round.
    koine_e2e::binary();
    let mut tally = Tally::default();
    for round in 1..=rounds {
        let seed = chance.as_mut().map_or_else(|| seed("KOINE_CRASH_SEED"), Chance::draw);
        let plan = Plan::of(seed);
        let begun = Instant::now();
        eprintln!("round {round}: KOINE_CRASH_SEED={seed} has {plan}");
        let played = timeout(PATIENCE, async { Round::begin(plan).await.play().await }).await;
        let (told, done) =
            played.unwrap_or_else(|_| panic!("the round of KOINE_CRASH_SEED={seed} does not end"));
        tally.join(&done);
        eprintln!("round {round}: {told}, in {:.1} s", begun.elapsed().as_secs_f32());
    }
    eprintln!("acknowledged in all: {tally:?}");
    assert_eq!(tally.unknown(), None, "nothing demands that this is done");
    let missing = tally.missing(rounds);
    assert!(missing.is_empty(), "never acknowledged in {rounds} rounds: {missing:?}");
}
