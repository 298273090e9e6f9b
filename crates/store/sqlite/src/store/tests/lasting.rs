//! What the write-ahead log holds, where something keeps it from being taken into the database.

use super::*;
use crate::open::reading_connection;
use crate::wal::Noted;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};

fn log_of(world: &World) -> Vec<u8> {
    fs::read(world._folder.path().join("koine.db-wal")).unwrap_or_default()
}

fn database_of(world: &World) -> Vec<u8> {
    fs::read(world._folder.path().join("koine.db")).unwrap()
}

/// Has the database count as one that is to be opened again.
async fn lose(world: &World) {
    let losing = world.store.change("lose", |desk| {
        desk.lose();
        Ok(())
    });
    losing.await.unwrap();
}

/// What is noted of the log.
fn noted(world: &World) -> Noted {
    Noted::of(&Connection::open(world._folder.path().join("koine.db")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_store_that_is_lost_keeps_its_log_at_the_end() {
    let mut world = world().await;
    world.say("tea").await.unwrap();
    lose(&world).await;
    let (log, database) = (log_of(&world), database_of(&world));
    assert!(!log.is_empty());
    world.store.close().await;
    assert_eq!(log_of(&world), log, "it is taken in by the next start, from its first page on");
    assert_eq!(database_of(&world), database);
    world.store = SqliteStore::open(world._folder.path(), Options::default()).unwrap();
    assert_eq!(world.seqs().await, [1]);
    world.store.close().await;
    assert_eq!(log_of(&world), [0; 0]);
}

/// Has the log count as written long ago.
fn age(world: &World) {
    let log = File::options().write(true).open(world._folder.path().join("koine.db-wal")).unwrap();
    log.set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

fn is_written_again(world: &World) -> bool {
    let log = fs::metadata(world._folder.path().join("koine.db-wal")).unwrap();
    log.modified().unwrap() > SystemTime::UNIX_EPOCH
}

/// What the log shows, its disk may not have: before anything stands behind it, it is written once more.
#[tokio::test]
async fn a_log_is_written_once_more_by_whoever_opens_it() {
    let mut world = world().await;
    world.say("tea").await.unwrap();
    let nothing = async |world: &World| world.store.change("nothing", |_| Ok(())).await.unwrap();
    age(&world);
    nothing(&world).await;
    assert!(!is_written_again(&world), "what changes nothing does not write");
    lose(&world).await;
    let before = log_of(&world);
    age(&world);
    nothing(&world).await;
    assert!(is_written_again(&world) && log_of(&world) == before);
    // The same at a start.
    lose(&world).await;
    world.store.close().await;
    age(&world);
    let before = log_of(&world);
    world.store = SqliteStore::open(world._folder.path(), Options::default()).unwrap();
    assert!(is_written_again(&world) && log_of(&world) == before);
    assert_eq!(world.seqs().await, [1]);
}

/// Closing a connection takes the log into the database, which is not to be while nobody knows whether the log is on the disk.
#[tokio::test]
async fn a_start_that_fails_leaves_the_log() {
    let world = world().await;
    world.say("tea").await.unwrap();
    // As a kill leaves it.
    let copy = tempfile::tempdir().unwrap();
    for name in ["koine.db", "koine.db-wal"] {
        fs::copy(world._folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let folder = Folder::prepare(copy.path()).unwrap();
    drop(writing_connection(&folder).unwrap());
    assert_eq!(fs::read(copy.path().join("koine.db-wal")).unwrap(), log_of(&world));
    // Nor where somebody else writes, so that the log cannot be written once more.
    let other = Connection::open(folder.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let connection = writing_connection(&folder).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    wal::settle(&connection, &folder).unwrap_err();
    wal::keep(&other, true).unwrap();
    drop(other);
    drop(connection);
    assert_eq!(fs::read(copy.path().join("koine.db-wal")).unwrap(), log_of(&world));
    // And one that has settled it takes it in.
    let connection = writing_connection(&folder).unwrap();
    wal::settle(&connection, &folder).unwrap();
    drop(connection);
    assert!(!copy.path().join("koine.db-wal").exists());
}

/// What is noted of the log outlives the server's own connections where another program has the database open.
#[tokio::test]
async fn a_database_that_another_program_has_open_is_not_opened_again() {
    let world = world().await;
    let other = reading_connection(&world._folder.path().join("koine.db")).unwrap();
    other.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
    let text = "x".repeat(3_000);
    let mut said = 0;
    // The other keeps all of the log from being taken in, and so from beginning anew.
    while noted(&world).pages < 1_100 {
        said = world.say(&text).await.unwrap();
    }
    let note = noted(&world);
    assert!(note.taken_in > 0 && note.taken_in < note.pages, "{note:?}");
    lose(&world).await;
    failed(world.say("in vain").await);
    // Readers go on meanwhile.
    assert_eq!(world.seqs().await.len(), usize::try_from(said).unwrap());
    drop(other);
    let end = Instant::now() + Duration::from_secs(20);
    while world.store.check().await.is_err() {
        assert!(Instant::now() < end, "it is opened again");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(world.say("at last").await.unwrap(), said + 1);
}

/// What somebody reads stays in the log. That is tried now and then, and not by each commit.
#[tokio::test]
async fn a_log_that_somebody_reads_grows_and_begins_anew() {
    let world = world().await;
    let other = reading_connection(&world._folder.path().join("koine.db")).unwrap();
    other.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
    let text = "x".repeat(30_000);
    while noted(&world).pages < 2_000 {
        world.say(&text).await.unwrap();
    }
    drop(other);
    let end = Instant::now() + Duration::from_secs(20);
    while noted(&world).pages >= 2_000 {
        assert!(Instant::now() < end, "it begins anew");
        world.say(&text).await.unwrap();
    }
}
