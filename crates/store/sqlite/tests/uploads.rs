//! Uploads on this backend's disk: what a crash has spoilt is noticed, and what was given up goes.

use bytes::Bytes;
use koine_model::AccountId;
use koine_model::upload::Progress;
use koine_store::Store;
use koine_store_sqlite::{Options, SqliteStore};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const ANN: AccountId = AccountId::FIRST;

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, Options::default()).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder.join("media/partial")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Two chunks of three, and then the end of the process.
async fn begun(folder: &Path) {
    let store = open(folder);
    store.upload_begin(ANN, "m", 9).await.unwrap();
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
    assert_eq!(store.upload_begin(ANN, "m", 9).await.unwrap(), two);
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
        assert_eq!(store.upload_begin(ANN, "m", 9).await.unwrap(), one);
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
    assert_eq!(store.upload_begin(ANN, "m", 9).await.unwrap().chunks, 0);
    for (index, chunk) in [(1, "abc"), (2, "def"), (3, "ghi")] {
        store.upload_append(ANN, "m", index, 3, Bytes::from(chunk)).await.unwrap();
    }
    let blob = store.upload_finish(ANN, "m").await.unwrap();
    assert_eq!(store.blob_read(&blob).await.unwrap(), Some(Bytes::from("abcdefghi")));
    store.close().await;
}
