//! A disk whose syncs take half a second: who posts waits for it, and nobody else does.

use crate::house::House;
use crate::talker::Talker;
use koine_e2e::faults::Fault;
use koine_testkit::program::Signal;
use koine_testkit::{Ending, Server};
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
/// How long it may take on the slowest machine until somebody waits for the disk.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says one message after the other, until one waits for the disk and that is seen: those of before are in the writer's hands, who takes
/// all that are there at once. Answers how many were said.
async fn say_until_one_waits(house: &House, writer: &mut Talker, text: &str) -> u32 {
    let numbers = house.numbers();
    let begun = Instant::now();
    for said in 1.. {
        writer.say(text).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        if numbers.sum("koine_store_queue ").await > 0.0 {
            return said;
        }
        assert!(begun.elapsed() < PATIENCE, "{said} were said, and none waits");
    }
    unreachable!("it ends with the patience");
}

#[tokio::test]
async fn readers_do_not_wait_for_those_who_post() {
    let house = House::found().await;
    let mut writer = Talker::register(house.town.server(), "writer").await;
    let mut reader = Talker::register(house.town.server(), "reader").await;
    house.faults.switch(Fault::Slow(SYNC));
    let begun = Instant::now();
    let said = say_until_one_waits(&house, &mut writer, "x").await;
    for _ in said..POSTS {
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
    for _ in 0..POSTS.max(said) {
        writer.answer().await;
    }
    assert_eq!(house.numbers().sum("koine_store_queue ").await, 0.0);
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

/// A server whose disk stands still when it is told to end says in its log whom it has not waited for any longer.
#[tokio::test]
async fn the_end_is_not_put_off_for_ever() {
    let mut house = House::found().await;
    let mut writer = Talker::register(house.town.server(), "writer").await;
    house.faults.switch(Fault::SlowCommits(600_000));
    say_until_one_waits(&house, &mut writer, "a text that nobody sees").await;
    house.town.server_mut().program().signal(Signal::Terminate);
    let begun = Instant::now();
    while !house.town.server().log().contains("some connections did not end in time") {
        assert!(begun.elapsed() < Duration::from_secs(40), "{}", house.town.server().log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    house.faults.switch(Fault::None);
    house.town.server_mut().wait_for(Ending::InOrder).await;
    let log = house.town.server().log();
    assert!(!log.contains("a text that nobody sees") && !log.contains("secret"), "{log}");
}
