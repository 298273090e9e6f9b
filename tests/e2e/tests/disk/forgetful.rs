//! A system that forgets what a failed sync should have written, goes on showing it, and says that the next sync succeeded: whatever
//! is acknowledged afterwards rests on nothing of it.

use crate::house::House;
use crate::talker::Talker;
use koine_e2e::faults::Fault;
use koine_testkit::{Ending, Process, Server};
use rusqlite::Connection;
use std::process::Command;

/// How many messages fill some hundred pages of the log, how many far fewer, and the size of each in bytes.
const POSTS: usize = 60;
const FEW: usize = 12;
const SIZE: usize = 24_000;
/// How many are under way at once.
const AT_ONCE: usize = 12;
/// The pages of the log at which it is taken into the database.
const LONG: i64 = 1_000;

/// The log, as the system notes it: how many pages it has, and how many of them the database is said to have.
fn noted(house: &House) -> (i64, i64) {
    let look = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?));
    open(house).query_row("PRAGMA wal_checkpoint(NOOP)", [], look).expect("a log")
}

fn open(house: &House) -> Connection {
    Connection::open(house.town.server().data().join("koine.db")).expect("a database")
}

/// Posts long messages, which are acknowledged.
async fn post(writer: &mut Talker, count: usize, said: &mut Vec<String>) {
    for _ in 0..count / AT_ONCE {
        for _ in 0..AT_ONCE {
            let text = format!("{} {}", said.len(), "x".repeat(SIZE));
            writer.say(&text).await;
            said.push(text);
        }
        for _ in 0..AT_ONCE {
            writer.answer().await;
        }
    }
}

/// Posts some that are refused.
async fn fail(writer: &mut Talker) {
    for _ in 0..3 {
        writer.say(&format!("in vain {}", "y".repeat(SIZE))).await;
    }
    for _ in 0..3 {
        let refused = writer.outcome(std::time::Duration::from_secs(20)).await;
        assert_eq!(refused.expect_err("no disk"), "failed");
    }
}

/// Everything in the data folder is as it must be.
fn is_sound(server: &Process) {
    let mut fsck = Command::new(koine_e2e::binary());
    let told = fsck.env_clear().arg("fsck").arg("--data").arg(server.data()).output().expect("a check");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
}

/// What a failed commit has left in the log is shown to the next process, which must not go on behind it.
#[tokio::test]
async fn what_follows_a_failed_commit_does_not_rest_on_it() {
    let mut house = House::found_on_a_forgetful_system().await;
    let mut writer = Talker::register(house.town.server(), "writer").await;
    let mut said = Vec::new();
    // Far too few for the log to be taken into the database.
    post(&mut writer, FEW, &mut said).await;
    house.faults.switch(Fault::NoSync);
    fail(&mut writer).await;
    house.repair().await;
    post(&mut writer, FEW, &mut said).await;
    house.faults.switch(Fault::NoSync);
    fail(&mut writer).await;
    // The system lives on, so that it still shows everything to the next process.
    house.town.server_mut().end(Ending::Killed).await;
    house.faults.switch(Fault::None);
    house.town.server_mut().start_again().await;
    let mut writer = Talker::sign_in(house.town.server(), "writer").await;
    assert!(writer.texts().await == said, "something is missing after a kill");
    post(&mut writer, FEW, &mut said).await;
    house.forget().await;
    let mut writer = Talker::sign_in(house.town.server(), "writer").await;
    assert!(writer.texts().await == said, "something was forgotten");
    is_sound(house.town.server());
    house.town.close().await;
}

/// SQLite notes how much of the log the database has before it syncs that, where somebody reads meanwhile. What is noted does not
/// count any more when the sync fails.
#[tokio::test]
async fn a_database_that_was_not_synced_is_written_again() {
    let mut house = House::found_on_a_forgetful_system().await;
    let mut writer = Talker::register(house.town.server(), "writer").await;
    let mut said = Vec::new();
    post(&mut writer, POSTS, &mut said).await;
    let reader = open(&house);
    let begun = reader.execute_batch("BEGIN; SELECT count(*) FROM message");
    begun.expect("somebody reads");
    // What they read is as far as the log can be taken in, and nothing is synced for it.
    while noted(&house).0 < LONG {
        post(&mut writer, POSTS, &mut said).await;
    }
    let (pages, taken_in) = noted(&house);
    assert!(taken_in > 0 && taken_in < pages, "{taken_in} of {pages} pages");
    drop(reader);
    house.faults.switch(Fault::NoSyncOfTheDatabase);
    let was_lost =
        |house: &House| house.town.server().log().contains("the log was not taken into the database");
    while !was_lost(&house) {
        post(&mut writer, POSTS, &mut said).await;
    }
    house.faults.switch(Fault::None);
    // The log is taken in when it is twice as long, and begins anew.
    let (pages, _) = noted(&house);
    while noted(&house).0 >= pages {
        post(&mut writer, POSTS, &mut said).await;
    }
    house.forget().await;
    let mut writer = Talker::sign_in(house.town.server(), "writer").await;
    assert!(writer.texts().await == said, "something was forgotten");
    is_sound(house.town.server());
    house.town.close().await;
}

/// An upload whose sync fails is begun anew, and a file of media is taken away: what was sent is not there for certain.
#[tokio::test]
async fn media_that_were_not_synced_are_sent_again() {
    let mut house = House::found_on_a_forgetful_system().await;
    let mut writer = Talker::register(house.town.server(), "writer").await;
    let bytes = b"tea, ".repeat(10_000);
    let first = writer.upload(house.town.server(), &bytes).await;
    house.faults.switch(Fault::NoSync);
    let refused = writer.try_to("send", writer.with_upload(&first)).await;
    assert_eq!(refused.expect_err("no disk"), "failed");
    house.repair().await;
    // The bytes are shown, and nobody knows whether the disk has them.
    writer.try_to("send", writer.with_upload(&first)).await.expect_err("it is to be uploaded again");
    let second = writer.upload(house.town.server(), &bytes).await;
    let place = writer.ask("send", writer.with_upload(&second)).await["seq"].clone();
    house.forget().await;
    // The check reads what each message names.
    is_sound(house.town.server());
    let mut writer = Talker::sign_in(house.town.server(), "writer").await;
    assert_eq!(writer.last().await, place);
    house.town.close().await;
}
