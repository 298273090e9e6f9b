//! Peers that behave badly, against the real binary: thousands that say nothing, some that say a byte now and then, some that come
//! and go as fast as they can, some that stop reading, and some that vanish without a word.
//!
//! All the while two people talk as people do, and each of their messages is on the disk before it is answered. How long those take
//! while the others misbehave is held against how long they take before, and elsewhere on the same machine.

mod by_hand;
mod bystanders;
mod crowd;
mod dribble;
mod half_open;
mod hasty;
mod machine;
mod pair;
mod zombies;

use koine_e2e::matrix::Town;
use koine_testkit::Recipe;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How many times more of everything there is in a long run.
fn scale() -> usize {
    let said = std::env::var("KOINE_PEERS_SCALE").ok();
    said.map_or(1, |said| said.parse().expect("KOINE_PEERS_SCALE is a whole number"))
}

/// What one scene does must not be what another one measures: those that keep the machine busy have it to themselves.
static TURN: RwLock<()> = RwLock::const_new(());

/// The turn of a scene that mostly waits.
async fn turn() -> RwLockReadGuard<'static, ()> {
    TURN.read().await
}

/// The turn of a scene that keeps the machine busy.
async fn turn_alone() -> RwLockWriteGuard<'static, ()> {
    TURN.write().await
}

/// A server with these limits, whose numbers can be read.
async fn town(recipe: Recipe, limits: &[(&str, &str)]) -> Town {
    let recipe = recipe.with("KOINE_METRICS__LISTEN", "127.0.0.1:0");
    let with = |recipe: Recipe, (name, value): &(&str, &str)| {
        recipe.with(&format!("KOINE_LIMITS__{}", name.to_uppercase()), value)
    };
    Town::found_by(limits.iter().fold(recipe, with)).await
}
