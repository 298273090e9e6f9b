//! Backups and restores of real data folders, sound and damaged ones.

mod lived_in;

use koine_model::Epoch;
use koine_store::{Keeping, Store, Swept};
use koine_store_sqlite::{
    Archive, Depth, Finding, Options, Part, SqliteStore, UpkeepError, Watch, back_up, check, restore, salvage,
};
use lived_in::{Heard, damages, file_of, live_in, see, seen_in, sqlite};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_backup_beside_a_running_store_brings_everything_back() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup, other) = (place.path().join("data"), place.path().join("b"), place.path().join("o"));
    let store = live_in(&data).await;
    let mut heard = Heard::default();
    let first = back_up(&data, &backup, false, &mut heard).unwrap();
    assert_eq!(
        (heard.findings.as_slice(), first.media, first.media_kept, first.media_missing),
        (&[][..], 3, 0, 0)
    );
    assert!([Part::Database, Part::Media, Part::Rules].iter().all(|part| heard.parts.contains(part)));
    assert!(!backup.join("koine.db-wal").exists() && !backup.join("koine.db.unfinished").exists());
    let again = back_up(&data, &backup, false, &mut heard).unwrap();
    assert_eq!((again.media, again.media_kept, again.entries), (3, 3, first.entries));
    // What the disk has changed in an earlier backup is copied anew.
    let rotten = file_of(&backup, b"a letter");
    fs::write(&rotten, "b letter").unwrap();
    let mended = back_up(&data, &backup, false, &mut heard).unwrap();
    assert_eq!((mended.media, mended.media_kept, heard.findings.len()), (3, 2, 0));
    assert_eq!(fs::read(&rotten).unwrap(), b"a letter");
    let seen = see(&store).await;
    store.close().await;

    assert_eq!(damages(&backup, Depth::Bytes), [""; 0]);
    let restored = restore(&backup, &other, None, false, &mut heard).unwrap();
    assert_eq!((restored.entries, restored.media, restored.aside), (first.entries, 3, None));
    assert_eq!(damages(&other, Depth::Bytes), [""; 0]);
    assert_eq!(seen_in(&other).await, seen);
}

#[tokio::test]
async fn a_later_backup_forgets_what_is_not_named_any_more() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("b"));
    let store = live_in(&data).await;
    back_up(&data, &backup, false, &mut Heard::default()).unwrap();
    for aged in store.log_aged(koine_model::Timestamp(i64::MAX)).await.unwrap() {
        store.log_trim(aged.conversation, aged.until, u32::MAX).await.unwrap();
    }
    // As a backup leaves it that was killed.
    let unfinished = file_of(&backup, b"a letter").with_extension("unfinished");
    fs::write(&unfinished, "half of").unwrap();
    let later = back_up(&data, &backup, false, &mut Heard::default()).unwrap();
    assert_eq!(later.media, 1, "a picture is there still");
    assert!(!unfinished.exists());
    assert_eq!(damages(&backup, Depth::Bytes), [""; 0]);
    assert_eq!(damages(&data, Depth::Bytes), [""; 0]);
    store.close().await;
}

/// What something reads stays until it has done so, in another process, too.
#[tokio::test]
async fn media_stay_as_long_as_something_reads_them() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    let idle = store.blob_write(bytes::Bytes::from_static(b"idle")).await.unwrap();
    let sweep = || store.blob_sweep(Duration::ZERO, false, Arc::new(|_, _| true));
    let archive = Archive::open(&data).unwrap();
    assert_eq!(sweep().await.unwrap(), None);
    assert!(archive.blob(&idle).is_file());
    drop(archive);
    assert_eq!(sweep().await.unwrap(), Some(Swept { files: 1, bytes: 4 }));
    store.close().await;
    fs::write(place.path().join("koine.db"), "").unwrap();
    let empty = Archive::open(place.path()).err().unwrap();
    assert!(empty.to_string().contains("is empty"), "{empty}");
}

/// Also where a run of acts is cut in the middle.
#[tokio::test]
async fn what_goes_an_entry_at_a_time_leaves_everything_sound() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    let aged = store.log_aged(koine_model::Timestamp(i64::MAX)).await.unwrap();
    assert!(aged.iter().any(|aged| aged.entries > 40), "{aged:?}");
    for aged in aged {
        for _ in 0..aged.entries {
            assert_eq!(store.log_trim(aged.conversation, aged.until, 1).await.unwrap(), 1);
            assert_eq!(damages(&data, Depth::Rows), [""; 0]);
        }
        assert_eq!(store.log_trim(aged.conversation, aged.until, 1).await.unwrap(), 0);
    }
    store.close().await;
}

#[tokio::test]
async fn a_restore_replaces_nothing_unless_it_is_told_to() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("b"));
    let store = live_in(&data).await;
    let mut heard = Heard::default();
    back_up(&data, &backup, false, &mut heard).unwrap();
    let in_use = restore(&backup, &data, Some("x"), false, &mut heard).unwrap_err();
    assert!(in_use.to_string().contains("in use by another process"), "{in_use}");
    lived_in::say(&store, "after the backup").await;
    let (before, since) = (see(&store).await, fs::read_dir(&data).unwrap().count());
    store.close().await;
    drop(store);

    let occupied = restore(&backup, &data, None, false, &mut heard).unwrap_err();
    assert!(matches!(occupied, UpkeepError::Occupied { .. }), "{occupied}");
    assert!(since >= 3 && seen_in(&data).await == before, "nothing was changed");
    let restored = restore(&backup, &data, Some("now"), false, &mut heard).unwrap();
    let aside = data.join("replaced-now");
    assert_eq!(restored.aside.as_deref(), Some(aside.as_path()));
    assert!(!seen_in(&data).await.texts.contains(&"after the backup".to_owned()));
    assert_eq!(seen_in(&aside).await, before, "what was moved aside is whole");
}

/// What was said after a backup is gone once it is brought back, and its numbers are given out again: each time is another epoch.
#[tokio::test]
async fn each_restore_begins_an_epoch_and_a_backup_does_not() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let (data, backup) = (at("data"), at("b"));
    let store = live_in(&data).await;
    let mut heard = Heard::default();
    back_up(&data, &backup, false, &mut heard).unwrap();
    let mut epochs = vec![store.epoch()];
    store.close().await;
    drop(store);
    assert_eq!(epoch_of(&data).await, epochs[0], "it stays");
    let original = fs::read(backup.join("koine.db")).unwrap();
    for name in ["one", "two"] {
        restore(&backup, &at(name), None, false, &mut heard).unwrap();
        epochs.push(epoch_of(&at(name)).await);
        assert_eq!(epoch_of(&at(name)).await, epochs[epochs.len() - 1], "it stays");
    }
    restore(&backup, &data, Some("now"), false, &mut heard).unwrap();
    epochs.push(epoch_of(&data).await);
    salvage(&data, &at("saved"), &mut heard).unwrap();
    epochs.push(epoch_of(&at("saved")).await);
    assert!(!epochs.contains(&Epoch::NONE));
    assert!((1..epochs.len()).all(|number| !epochs[..number].contains(&epochs[number])), "{epochs:?}");
    assert!(fs::read(backup.join("koine.db")).unwrap() == original, "the backup is as it was");
    assert_eq!(epoch_of(&backup).await, epochs[0]);
    assert_eq!(heard.findings, []);

    // Data that have lost theirs are damaged, and begin another.
    sqlite(&data, "DELETE FROM meta WHERE name = 'epoch'");
    let found = damages(&data, Depth::Sizes);
    assert_eq!(found, ["the row of the table meta that tells the epoch is not there, or tells none"]);
    assert!(!epochs.contains(&epoch_of(&data).await));
    assert_eq!(damages(&data, Depth::Sizes), [""; 0]);
}

/// A restore that is broken off before the copy has its name leaves nothing that a server starts on; one that went on has an epoch
/// of its own. A backup of an older schema gets its epoch with the newer one.
#[tokio::test]
async fn what_is_restored_has_its_epoch_before_it_has_its_name() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let (data, backup) = (at("data"), at("b"));
    let store = live_in(&data).await;
    let epoch = store.epoch();
    store.close().await;
    drop(store);
    let mut heard = Heard::default();
    back_up(&data, &backup, false, &mut heard).unwrap();
    let broken = AssertUnwindSafe(|| restore(&backup, &at("broken"), None, false, &mut BreaksOff).map(drop));
    assert!(catch_unwind(broken).is_err());
    assert!(at("broken").join("koine.restoring").exists() && !at("broken").join("koine.db").exists());
    restore(&backup, &at("broken"), None, false, &mut heard).unwrap();
    assert_ne!(epoch_of(&at("broken")).await, epoch);

    sqlite(&backup, "DELETE FROM meta WHERE name = 'epoch'; PRAGMA user_version = 10");
    for name in ["older", "once more"] {
        restore(&backup, &at(name), None, false, &mut heard).unwrap();
        assert!(![epoch, Epoch::NONE].contains(&epoch_of(&at(name)).await));
    }
}

/// Ends the work once the database is copied, and before it has its name.
struct BreaksOff;

impl Watch for BreaksOff {
    fn progress(&mut self, part: Part, done: u64, of: u64) {
        assert!(part != Part::Database || done < of, "broken off");
    }

    fn found(&mut self, _: Finding) {}
}

async fn epoch_of(data: &Path) -> Epoch {
    let store = SqliteStore::open(data, Options::default()).unwrap();
    let epoch = store.epoch();
    store.close().await;
    epoch
}

/// Whoever reads would go on with media that the database does not name which it reads.
#[tokio::test]
async fn nothing_is_replaced_while_something_reads_it() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("b"));
    let store = live_in(&data).await;
    let before = see(&store).await;
    store.close().await;
    drop(store);
    let mut heard = Heard::default();
    back_up(&data, &backup, false, &mut heard).unwrap();
    let reading = Archive::open(&data).unwrap();
    let refused = restore(&backup, &data, Some("now"), false, &mut heard).unwrap_err();
    assert!(matches!(refused, UpkeepError::Held { .. }), "{refused}");
    assert!(!data.join("replaced-now").exists() && !data.join("koine.restoring").exists());
    drop(reading);
    assert_eq!(seen_in(&data).await, before, "nothing was changed");
    restore(&backup, &data, Some("now"), false, &mut heard).unwrap();
    assert_eq!(seen_in(&data).await, before);
}

/// Until the first start a restored database has no write-ahead log. A kill while that start begins one leaves a journal, and the
/// next start takes it back.
#[tokio::test]
async fn a_first_start_may_be_killed() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("b"));
    let (killed, again) = (place.path().join("killed"), place.path().join("again"));
    let store = live_in(&data).await;
    let before = see(&store).await;
    store.close().await;
    let mut heard = Heard::default();
    back_up(&data, &backup, false, &mut heard).unwrap();
    restore(&backup, &killed, None, false, &mut heard).unwrap();
    let (journal, database) = kill_half_way(&killed);
    assert_ne!(fs::read(backup.join("koine.db")).unwrap(), database, "something was written");
    assert_eq!(seen_in(&killed).await, before);
    assert_eq!(damages(&killed, Depth::Bytes), [""; 0]);
    // What is restored over it has nothing to do with that journal.
    restore(&backup, &again, None, false, &mut heard).unwrap();
    fs::write(again.join("koine.db-journal"), journal).unwrap();
    restore(&backup, &again, Some("then"), false, &mut heard).unwrap();
    assert!(
        again.join("replaced-then/koine.db-journal").exists() && !again.join("koine.db-journal").exists()
    );
    assert_eq!(seen_in(&again).await, before);
}

/// Leaves the data folder as a process that is killed in the middle of a change, where there is no write-ahead log. Answers the
/// journal and the database.
fn kill_half_way(data: &Path) -> (Vec<u8>, Vec<u8>) {
    let (journal, database) = (data.join("koine.db-journal"), data.join("koine.db"));
    let connection = rusqlite::Connection::open(&database).unwrap();
    // What does not fit in there goes to the disk before the end.
    connection.pragma_update(None, "cache_size", 1).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = 77; UPDATE account SET nick = 'half', nick_key = id; UPDATE message SET at = 0, body = zeroblob(2000)").unwrap();
    let left = (fs::read(&journal).unwrap(), fs::read(&database).unwrap());
    assert!(left.0.len() > 4096, "{} bytes of a journal", left.0.len());
    drop(connection);
    fs::write(&journal, &left.0).unwrap();
    fs::write(&database, &left.1).unwrap();
    left
}

#[tokio::test]
async fn a_restore_that_was_broken_off_is_not_served_and_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("b"));
    let store = live_in(&data).await;
    let before = see(&store).await;
    store.close().await;
    drop(store);
    let mut heard = Heard::default();
    back_up(&data, &backup, false, &mut heard).unwrap();
    // As it is when the power fails while things are moved aside.
    fs::create_dir(data.join("replaced-then")).unwrap();
    fs::rename(data.join("koine.db"), data.join("replaced-then/koine.db")).unwrap();
    fs::write(data.join("koine.restoring"), "then").unwrap();
    let refused = SqliteStore::open(&data, Options::default()).unwrap_err();
    assert!(refused.to_string().contains("was not restored to the end"), "{refused}");
    let restored = restore(&backup, &data, None, false, &mut heard).unwrap();
    assert_eq!(restored.aside, Some(data.join("replaced-then")));
    assert!(data.join("replaced-then/media").is_dir() && !data.join("koine.restoring").exists());
    assert_eq!(seen_in(&data).await, before);
}

#[tokio::test]
async fn folders_that_will_not_do_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    live_in(&at("data")).await.close().await;
    let mut heard = Heard::default();
    let mut backs_up =
        |from: &Path, into: &Path| back_up(from, into, false, &mut heard).unwrap_err().to_string();
    assert!(backs_up(&at("nothing"), &at("b")).contains("is no data folder"));
    assert!(!at("b").exists());
    assert!(backs_up(&at("data"), &at("data")).contains("name another folder"));
    assert!(backs_up(&at("data"), &at("data/b")).contains("none of them in the other"));
    assert!(!at("data/b").exists());
    fs::create_dir(at("mine")).unwrap();
    fs::write(at("mine/letter"), "dear").unwrap();
    assert!(backs_up(&at("data"), &at("mine")).contains("no backup that koine has made"));
    back_up(&at("data"), &at("served"), false, &mut Heard::default()).unwrap();
    fs::write(at("served/koine.db-wal"), "what a server has left").unwrap();
    assert!(backs_up(&at("data"), &at("served")).contains("is a data folder by now"));
    fs::write(at("file"), "").unwrap();
    assert!(backs_up(&at("data"), &at("file")).contains("cannot read"));

    let restores =
        |from: &Path| restore(from, &at("new"), None, false, &mut Heard::default()).unwrap_err().to_string();
    assert!(restores(&at("nothing")).contains("is no backup"));
    assert!(restores(&at("data")).contains("is no backup"));
    fs::create_dir(at("half")).unwrap();
    fs::write(at("half/koine-backup"), "").unwrap();
    assert!(restores(&at("half")).contains("was never finished"));
    assert!(!at("new").exists());
    assert!(check(&at("nothing"), Depth::Bytes, &mut Heard::default()).is_err());
}

#[tokio::test]
async fn a_failed_backup_leaves_the_one_from_before() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("b"));
    live_in(&data).await.close().await;
    back_up(&data, &backup, false, &mut Heard::default()).unwrap();
    let before = fs::read(backup.join("koine.db")).unwrap();
    sqlite(&data, "DELETE FROM message_key");
    let refused = back_up(&data, &backup, false, &mut Heard::default()).unwrap_err();
    assert!(matches!(refused, UpkeepError::Damaged { damages: 40, .. }), "{refused}");
    assert_eq!(fs::read(backup.join("koine.db")).unwrap(), before);
    assert!(!backup.join("koine.db.unfinished").exists());
    back_up(&data, &backup, true, &mut Heard::default()).unwrap();
    assert_ne!(fs::read(backup.join("koine.db")).unwrap(), before);
    assert!(restore(&backup, &place.path().join("o"), None, false, &mut Heard::default()).is_err());
}

/// What is needed of a backup and cannot be read is noticed before anything is moved; it can be saved all the same.
#[tokio::test]
async fn a_restore_that_cannot_be_done_moves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let (data, backup) = (at("data"), at("b"));
    live_in(&data).await.close().await;
    back_up(&data, &backup, false, &mut Heard::default()).unwrap();
    let before = seen_in(&data).await;
    let sound = fs::read(backup.join("koine.db")).unwrap();
    for table in ["meta", "media"] {
        fs::write(backup.join("koine.db"), &sound).unwrap();
        let root: u32 = rusqlite::Connection::open(backup.join("koine.db"))
            .and_then(|database| {
                database.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [table], |row| {
                    row.get(0)
                })
            })
            .unwrap();
        let (root, mut damaged) = (usize::try_from(root).unwrap(), sound.clone());
        damaged[(root - 1) * 4096..root * 4096].fill(0);
        fs::write(backup.join("koine.db"), damaged).unwrap();
        if table == "media" {
            // As it is when an earlier attempt was killed before it had moved anything.
            fs::write(data.join("koine.restoring"), "now").unwrap();
            fs::write(data.join("koine.db.unfinished"), "half a copy").unwrap();
        }
        let refused = restore(&backup, &data, Some("now"), true, &mut Heard::default()).unwrap_err();
        assert!(matches!(refused, UpkeepError::Unusable { .. }), "{table}: {refused}");
        assert!(refused.to_string().contains("--salvage"), "{refused}");
        for left in ["replaced-now", "koine.restoring", "koine.db.unfinished"] {
            assert!(!data.join(left).exists(), "{table}: {left}");
        }
        assert_eq!(seen_in(&data).await, before, "{table}");
        salvage(&backup, &at(table), &mut Heard::default()).unwrap();
        assert_eq!(seen_in(&at(table)).await.texts, before.texts, "{table}");
    }
    // Other damage is the operator's to judge.
    fs::write(backup.join("koine.db"), &sound).unwrap();
    sqlite(&backup, "DELETE FROM message_key");
    assert!(restore(&backup, &data, Some("now"), false, &mut Heard::default()).is_err());
    restore(&backup, &data, Some("now"), true, &mut Heard::default()).unwrap();
    assert_eq!(seen_in(&data).await.texts, before.texts);
}

#[tokio::test]
async fn a_backup_tells_of_media_that_are_missing() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("b"));
    live_in(&data).await.close().await;
    fs::remove_file(file_of(&data, b"a letter")).unwrap();
    fs::write(file_of(&data, b"a picture"), b"another p").unwrap();
    let mut heard = Heard::default();
    let told = back_up(&data, &backup, false, &mut heard).unwrap();
    assert_eq!((told.media, told.media_missing, heard.findings.len()), (1, 2, 2));
    assert!(!file_of(&backup, b"a picture").exists(), "what is damaged is not copied");
    assert!(backup.join("koine.db").exists());
}
