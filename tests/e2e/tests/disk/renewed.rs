//! A database whose syncs fail while its log's do not: what is committed is acknowledged, and the database is not trusted.

use crate::house::House;
use crate::talker::Talker;
use koine_e2e::faults::Fault;
use koine_testkit::{Ending, Server};

/// How many messages are posted each time, and how many are under way at once. They fill more than the pages after which the log
/// is taken into the database.
const POSTS: usize = 240;
const AT_ONCE: usize = 12;
/// The size of each, in bytes.
const SIZE: usize = 24_000;

#[tokio::test]
async fn a_database_that_is_not_synced_is_opened_again_and_loses_nothing() {
    let mut house = House::found().await;
    let mut writer = Talker::register(house.town.server(), "writer").await;
    let mut said = Vec::new();
    for fault in [Fault::None, Fault::NoSyncOfTheDatabase, Fault::None] {
        house.faults.switch(fault);
        for _ in 0..POSTS / AT_ONCE {
            for _ in 0..AT_ONCE {
                let text = format!("{} {}", said.len(), "x".repeat(SIZE));
                writer.say(&text).await;
                said.push(text);
            }
            for _ in 0..AT_ONCE {
                writer.answer().await;
            }
        }
        // What is committed is on disk.
        assert_eq!(house.readiness().await.0, 200, "{fault:?}");
    }
    assert!(house.numbers().sum("koine_store_wal_failures_total ").await >= 1.0);
    let log = house.town.server().log();
    // When the log is twice as long or half a minute has gone by, and not by each commit.
    let failures = log.matches("the log was not taken into the database").count();
    assert!((1..=4).contains(&failures), "{failures} times:\n{log}");
    assert!(log.contains("the database was opened again"), "{log}");
    assert!(writer.texts().await == said, "something is missing");
    house.town.server_mut().restart(Ending::Killed).await;
    let mut writer = Talker::sign_in(house.town.server(), "writer").await;
    assert!(writer.texts().await == said, "something is missing after a kill");
    house.town.close().await;
}
