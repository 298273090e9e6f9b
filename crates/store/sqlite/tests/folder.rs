//! The data folder: who may have it, what is in it, and what is said when it cannot be opened.

use bytes::Bytes;
use koine_model::account::{AccountRef, Handle};
use koine_model::{AccountId, Timestamp};
use koine_store::{NewAccount, Store, WantedHandle};
use koine_store_sqlite::{OpenError, Options, SqliteStore};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const FOLDER: &str = "KOINE_TEST_FOLDER";

fn open(folder: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(folder, Options::default())
}

async fn person(store: &SqliteStore, name: &str) -> AccountId {
    let new = NewAccount {
        handle: WantedHandle::Exactly(Handle::parse(name).unwrap()),
        nick: name.to_owned(),
        nick_is_unique: false,
        email: String::new(),
        phone: String::new(),
        verifiers: Vec::new(),
        invitation: None,
        at: Timestamp(0),
    };
    store.account_create(new).await.unwrap().id
}

#[tokio::test]
async fn a_folder_is_one_process_s() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_other_process", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().contains("it is open")).unwrap().unwrap();

    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }));
    let expected = format!("the data folder {} is in use by another process", folder.path().display());
    assert_eq!(error.to_string(), expected);

    other.kill().unwrap();
    other.wait().unwrap();
    open(folder.path()).unwrap();
}

/// The process that has the folder. As a test of its own it does nothing.
#[test]
fn the_other_process() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let _store = open(Path::new(&folder)).unwrap();
    writeln!(std::io::stdout(), "it is open").unwrap();
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[tokio::test]
async fn a_folder_is_free_after_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    assert!(matches!(open(folder.path()), Err(OpenError::InUse { .. })));
    let ann = person(&store, "ann").await;
    let own = store.direct_open(ann, ann, Timestamp(0)).await.unwrap().0.id;
    for device in 0..2000 {
        store.watermark_advance(ann, &device.to_string(), &[(own, koine_model::Seq::ZERO)]);
    }
    store.close().await;
    // Not yet dropped, and nevertheless free.
    let again = open(folder.path()).unwrap();
    for device in 0..2000 {
        let standings = again.watermark_list(ann, &device.to_string()).await.unwrap();
        assert!(standings[0].seen, "closing writes what waits");
    }
    drop(again);
    drop(store);
    let last = open(folder.path()).unwrap();
    assert!(last.account_find(&AccountRef::Id(ann)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_folder_is_made_with_its_parents() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("a/b");
    let store = open(&folder).unwrap();
    let blob = store.blob_write(Bytes::from_static(b"abc")).await.unwrap();
    let name = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(fs::read(folder.join("media/ba").join(name)).unwrap(), b"abc");
    assert!(folder.join("koine.db").exists() && folder.join("lock").exists());
    assert_eq!(fs::read_dir(folder.join("media/tmp")).unwrap().count(), 0);
    fs::remove_file(folder.join("media/ba").join(name)).unwrap();
    assert_eq!(store.blob_read(&blob).await.unwrap(), None);
}

#[test]
fn what_was_not_finished_is_cleaned_away() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    fs::write(folder.path().join("media/tmp/0"), "half").unwrap();
    drop(open(folder.path()).unwrap());
    assert_eq!(fs::read_dir(folder.path().join("media/tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn half_a_media_file_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let blob = store.blob_write(Bytes::from_static(b"abc")).await.unwrap();
    let file =
        folder.path().join("media/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    fs::write(&file, "a").unwrap();
    assert!(store.blob_read(&blob).await.is_err());
    store.blob_write(Bytes::from_static(b"abc")).await.unwrap();
    assert_eq!(store.blob_read(&blob).await.unwrap().unwrap(), "abc");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "").unwrap();
    for below in ["file", "file/folder"] {
        let folder = place.path().join(below);
        let error = open(&folder).unwrap_err();
        assert!(matches!(error, OpenError::Create { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("the data folder {} cannot be created", folder.display()));
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only_is_an_error_of_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
    // Nothing is read-only to root.
    if fs::write(folder.path().join("probe"), "").is_ok() {
        return;
    }
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Unwritable { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("the data folder {} is not writable", folder.path().display()));
}

#[test]
fn a_newer_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let file = folder.path().join("koine.db");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("use a newer one"));
    // The folder was let go.
    assert!(matches!(open(folder.path()), Err(OpenError::Newer { .. })));
}

#[test]
fn what_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("koine.db");
    fs::write(&file, "no database at all, but quite some text".repeat(100)).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Database { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("the database {} cannot be opened", file.display()));
    assert!(fs::read_to_string(&file).unwrap().starts_with("no database"));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_inside() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data");
    drop(open(&folder).unwrap());
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

/// A database that cannot be had itself is not told as a lack of what lies beside it.
#[test]
fn a_folder_in_the_place_of_the_database_is_told_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("koine.db");
    fs::create_dir(&database).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Database { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("the database {} cannot be opened", database.display()));
}
