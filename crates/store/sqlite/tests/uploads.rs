//! Uploads on this backend's disk: what a crash has spoilt is noticed, and what was given up goes.

use bytes::Bytes;
use koine_model::AccountId;
use koine_model::upload::Progress;
use koine_store::{NewUpload, Quota, Store};
use koine_store_sqlite::{Options, SqliteStore};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const ANN: AccountId = AccountId::FIRST;
const QUOTA: Quota = Quota { uploads: 100, bytes: 1 << 30, room: u64::MAX };

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, Options::default()).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder.join("media/partial")).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| !path.ends_with("swept")).collect()
}

/// Two chunks of three, and then the end of the process.
async fn begun(folder: &Path) {
    let store = open(folder);
    store.upload_begin(ANN, "m", 9, QUOTA).await.unwrap();
    for (index, chunk) in [(1, "abc"), (2, "def")] {
        store.upload_append(ANN, "m", index, 3, Bytes::from(chunk)).await.unwrap();
    }
    store.close().await;
}

#[tokio::test]
async fn an_upload_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    begun(folder.path()).await;
    let store = open(folder.path());
    let two = Progress { chunks: 2, bytes: 6, total: 3 };
    assert_eq!(store.upload_begin(ANN, "m", 9, QUOTA).await.unwrap(), two);
    store.upload_append(ANN, "m", 3, 3, Bytes::from("ghi")).await.unwrap();
    let blob = store.upload_finish(ANN, "m").await.unwrap();
    assert_eq!(store.blob_read(&blob).await.unwrap(), Some(Bytes::from("abcdefghi")));
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    store.close().await;
}

#[tokio::test]
async fn what_a_power_cut_has_spoilt_is_sent_again() {
    for spoilt in [&b"abc\0\0\0"[..], b"abcd"] {
        let folder = tempfile::tempdir().unwrap();
        begun(folder.path()).await;
        let bytes = files(folder.path()).into_iter().find(|file| file.extension().is_none()).unwrap();
        fs::write(bytes, spoilt).unwrap();
        let store = open(folder.path());
        let one = Progress { chunks: 1, bytes: 3, total: 3 };
        assert_eq!(store.upload_begin(ANN, "m", 9, QUOTA).await.unwrap(), one);
        for (index, chunk) in [(2, "def"), (3, "ghi")] {
            store.upload_append(ANN, "m", index, 3, Bytes::from(chunk)).await.unwrap();
        }
        let blob = store.upload_finish(ANN, "m").await.unwrap();
        assert_eq!(store.blob_read(&blob).await.unwrap(), Some(Bytes::from("abcdefghi")));
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_given_up_goes() {
    let folder = tempfile::tempdir().unwrap();
    begun(folder.path()).await;
    let fresh = File::open(folder.path()).unwrap().metadata().unwrap().modified().unwrap();
    for file in files(folder.path()) {
        let at: SystemTime = fresh - Duration::from_secs(8 * 24 * 60 * 60);
        File::options().write(true).open(file).unwrap().set_modified(at).unwrap();
    }
    open(folder.path()).close().await;
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn notes_without_bytes_begin_all_over() {
    let folder = tempfile::tempdir().unwrap();
    begun(folder.path()).await;
    // A kill right after the bytes became an attachment leaves nothing but the notes.
    for file in files(folder.path()) {
        if fs::read(&file).unwrap() == b"abcdef" {
            fs::remove_file(file).unwrap();
        }
    }
    let store = open(folder.path());
    assert_eq!(store.upload_begin(ANN, "m", 9, QUOTA).await.unwrap().chunks, 0);
    for (index, chunk) in [(1, "abc"), (2, "def"), (3, "ghi")] {
        store.upload_append(ANN, "m", index, 3, Bytes::from(chunk)).await.unwrap();
    }
    let blob = store.upload_finish(ANN, "m").await.unwrap();
    assert_eq!(store.blob_read(&blob).await.unwrap(), Some(Bytes::from("abcdefghi")));
    store.close().await;
}

fn new_upload(size: u64) -> NewUpload {
    NewUpload { size, mime: "text/plain".into(), name: "a.txt".into() }
}

#[tokio::test]
async fn what_was_taken_is_known_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.upload_open(ANN, "g", new_upload(6), QUOTA).await.unwrap();
    store.upload_extend(ANN, "g", 0, Bytes::from("abc")).await.unwrap();
    store.close().await;
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.upload_look(ANN, "g").await.unwrap(), Some((3, new_upload(6))));
    store.upload_extend(ANN, "g", 3, Bytes::from("def")).await.unwrap();
    let taken = store.upload_take(ANN, "g").await.unwrap();
    store.close().await;
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.upload_take(ANN, "g").await.unwrap(), taken);
    assert_eq!(files(folder.path()).len(), 1, "the bytes and their notes are gone");
    store.close().await;
}

#[tokio::test]
async fn what_a_power_cut_has_spoilt_of_a_growing_upload_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.upload_open(ANN, "g", new_upload(6), QUOTA).await.unwrap();
    store.upload_extend(ANN, "g", 0, Bytes::from("abc")).await.unwrap();
    store.upload_extend(ANN, "g", 3, Bytes::from("de")).await.unwrap();
    store.close().await;
    drop(store);
    let bytes = files(folder.path()).into_iter().find(|file| file.extension().is_none()).unwrap();
    fs::write(bytes, b"abc\0\0").unwrap();
    let store = open(folder.path());
    assert_eq!(store.upload_look(ANN, "g").await.unwrap(), Some((3, new_upload(6))));
    store.upload_extend(ANN, "g", 3, Bytes::from("def")).await.unwrap();
    let (blob, _) = store.upload_take(ANN, "g").await.unwrap();
    assert_eq!(store.blob_read(&blob).await.unwrap(), Some(Bytes::from("abcdef")));
    store.close().await;
}

/// What may be left of notes that were never synced: zeros, nothing, or no file.
const TORN: [Option<&[u8]>; 3] = [Some(&[0; 48]), Some(b""), None];

fn tear(folder: &Path, left: Option<&[u8]>) {
    let notes =
        files(folder).into_iter().find(|file| file.extension().is_some_and(|it| it == "notes")).unwrap();
    match left {
        Some(left) => fs::write(notes, left).unwrap(),
        None => fs::remove_file(notes).unwrap(),
    }
}

#[tokio::test]
async fn what_was_noted_and_taken_by_a_power_cut_makes_no_other_file() {
    for torn in TORN {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.upload_open(ANN, "g", new_upload(6), QUOTA).await.unwrap();
        store.upload_extend(ANN, "g", 0, Bytes::from("abcdef")).await.unwrap();
        store.close().await;
        drop(store);
        tear(folder.path(), torn);
        let store = open(folder.path());
        let narrow = Quota { bytes: 6, ..QUOTA };
        store.upload_open(ANN, "other", new_upload(1), narrow).await.unwrap_err();
        assert!(store.upload_weigh(ANN, "g").await.is_err(), "not even an empty one");
        assert_eq!(store.upload_look(ANN, "g").await.unwrap(), Some((0, new_upload(6))));
        assert_eq!(store.upload_extend(ANN, "g", 0, Bytes::from("abcdef")).await.unwrap(), (6, 6));
        let (blob, _) = store.upload_take(ANN, "g").await.unwrap();
        assert_eq!(store.blob_read(&blob).await.unwrap(), Some(Bytes::from("abcdef")));
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_weighed_can_be_taken_without_its_notes() {
    for torn in TORN {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.upload_open(ANN, "g", new_upload(6), QUOTA).await.unwrap();
        store.upload_extend(ANN, "g", 0, Bytes::from("abcdef")).await.unwrap();
        let weighed = store.upload_weigh(ANN, "g").await.unwrap();
        store.close().await;
        drop(store);
        tear(folder.path(), torn);
        let store = open(folder.path());
        assert_eq!(store.upload_take(ANN, "g").await.unwrap(), weighed);
        assert_eq!(store.blob_read(&weighed.0).await.unwrap(), Some(Bytes::from("abcdef")));
        store.close().await;
    }
}

#[tokio::test]
async fn chunks_whose_notes_a_power_cut_has_taken_are_no_file() {
    for torn in TORN {
        let folder = tempfile::tempdir().unwrap();
        begun(folder.path()).await;
        tear(folder.path(), torn);
        let store = open(folder.path());
        assert!(store.upload_finish(ANN, "m").await.is_err(), "not even an empty one");
        let nothing = Progress { chunks: 0, bytes: 0, total: 0 };
        assert_eq!(store.upload_begin(ANN, "m", 9, QUOTA).await.unwrap(), nothing);
        store.close().await;
    }
}

#[tokio::test]
async fn a_quota_is_kept_over_a_restart_and_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let quota = Quota { uploads: 2, bytes: 10, room: u64::MAX };
    let store = open(folder.path());
    store.upload_open(ANN, "one", new_upload(6), quota).await.unwrap();
    store.close().await;
    drop(store);
    let store = open(folder.path());
    store.upload_open(ANN, "two", new_upload(5), quota).await.unwrap_err();
    store.upload_open(ANN, "two", new_upload(4), quota).await.unwrap();
    store.upload_open(ANN, "three", new_upload(0), quota).await.unwrap_err();
    store.upload_drop(ANN, "two").await.unwrap();
    store.upload_open(ANN, "three", new_upload(1), quota).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn what_is_given_up_goes_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.upload_open(ANN, "old", new_upload(6), QUOTA).await.unwrap();
    store.upload_open(ANN, "kept", new_upload(6), QUOTA).await.unwrap();
    store.upload_extend(ANN, "kept", 0, Bytes::from("abc")).await.unwrap();
    let fresh = File::open(folder.path()).unwrap().metadata().unwrap().modified().unwrap();
    let long_ago: SystemTime = fresh - Duration::from_secs(8 * 24 * 60 * 60);
    let age = |path: &Path| File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    // The one that has bytes was touched by them; what it is about may be old.
    for file in files(folder.path()) {
        if fs::read(&file).unwrap() != b"abc" {
            age(&file);
        }
    }
    // Whoever begins one sweeps. What is locked together with theirs, as it falls out, stays until another one does.
    for new in ["one", "two", "three", "four", "five", "six", "seven", "eight"] {
        age(&folder.path().join("media/partial/swept"));
        store.upload_open(ANN, new, new_upload(6), QUOTA).await.unwrap();
    }
    assert_eq!(store.upload_look(ANN, "old").await.unwrap(), None);
    assert_eq!(store.upload_look(ANN, "kept").await.unwrap(), Some((3, new_upload(6))));
    store.close().await;
}

/// Of a chunk, only the chunk is written: the notes of the others are not read again.
#[tokio::test]
async fn many_chunks_are_written_in_their_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let count = 5_000;
    store.upload_begin(ANN, "m", count, QUOTA).await.unwrap();
    for index in 1..=u32::try_from(count).unwrap() {
        let progress = store.upload_append(ANN, "m", index, 5_000, Bytes::from("x")).await.unwrap();
        assert_eq!(progress.chunks, index);
    }
    assert_eq!(store.upload_finish(ANN, "m").await.unwrap().size, count);
    store.close().await;
}

#[tokio::test]
async fn a_growing_upload_with_a_torn_description_is_not_there() {
    for torn in [&b""[..], b"half a hash", &[0; 40]] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.upload_open(ANN, "g", new_upload(6), QUOTA).await.unwrap();
        store.upload_extend(ANN, "g", 0, Bytes::from("abc")).await.unwrap();
        let about = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "about");
        fs::write(files(folder.path()).into_iter().find(about).unwrap(), torn).unwrap();
        assert_eq!(store.upload_look(ANN, "g").await.unwrap(), None);
        assert_eq!(files(folder.path()).len(), 0, "nothing is left of it");
        assert_eq!(store.upload_open(ANN, "g", new_upload(6), QUOTA).await.unwrap(), 0);
        store.close().await;
    }
}
