//! A disk whose syncs take half a second: who posts waits for it, and nobody else does.

use crate::house::House;
use crate::talker::Talker;
use koine_e2e::faults::Fault;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// How long a sync takes, in milliseconds.
const SYNC: u32 = 500;
/// How many messages are posted at once. They share a sync or two.
const POSTS: u32 = 40;
/// How many questions are asked meanwhile.
const QUESTIONS: usize = 20;
/// What the question in the middle may take: far less than a sync.
const QUICK: Duration = Duration::from_millis(250);

#[tokio::test]
async fn readers_do_not_wait_for_those_who_post() {
    let house = House::found().await;
    let mut writer = Talker::register(house.town.server(), "writer").await;
    let mut reader = Talker::register(house.town.server(), "reader").await;
    house.faults.switch(Fault::Slow(SYNC));
    let begun = Instant::now();
    for _ in 0..POSTS {
        writer.say("x").await;
    }
    let mut took = Vec::new();
    for _ in 0..QUESTIONS {
        let asked = Instant::now();
        reader.ask("find", json!({"who": "writer"})).await;
        took.push(asked.elapsed());
    }
    took.sort_unstable();
    // The one in the middle, so that one hiccup of the machine is no reason to fail.
    let middle = took[took.len() / 2];
    eprintln!("a question takes {middle:?} in the middle, and {:?} at most", took[took.len() - 1]);
    assert!(middle < QUICK, "a question takes {middle:?} in the middle");
    for _ in 0..POSTS {
        writer.answer().await;
    }
    // Nothing was answered before it was on disk, and they did not go there one after the other.
    let waited = begun.elapsed();
    let sync = Duration::from_millis(SYNC.into());
    assert!(waited >= sync && waited < sync * POSTS / 4, "{waited:?}");
    // It is slow, and works.
    assert_eq!(house.readiness().await.0, 200);
    assert!(house.is_alive().await);
    house.repair().await;
    house.town.close().await;
}
