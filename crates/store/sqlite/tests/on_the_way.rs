//! Checks of what is not part of the log: uploads under way, files that were let go of, invitations; and what is saved of them.

mod lived_in;

use koine_store::{Keeping, NewUpload, Quota, Store};
use koine_store_sqlite::{Archive, Depth, Grade, Options, SqliteStore, check, salvage};
use lived_in::{Heard, damages, file_of, live_in, sqlite};
use std::fs;
use std::io::Read;
use std::path::Path;

/// Rows of files that were let go of, and of invitations, are worth nothing once they are wrong: what is saved is without them.
#[tokio::test]
async fn what_was_let_go_of_is_looked_at_and_not_saved() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    let blob = store.blob_write(bytes::Bytes::from_static(b"old")).await.unwrap();
    store.leftover_add(lived_in::ANN, &[blob]).await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(damages(&data, Depth::Sizes), [""; 0]);
    let old = file_of(&data, b"old");
    fs::write(&old, "older").unwrap();
    let found = damages(&data, Depth::Sizes);
    assert!(
        found.len() == 1 && found[0].contains("account 1000000001 has 5 bytes instead of 3"),
        "{found:?}"
    );
    // As a crash leaves it between the file and its row.
    fs::remove_file(&old).unwrap();
    let told = notes(&data, Depth::Sizes);
    assert!(
        told.len() == 1 && told[0].starts_with("1 files that somebody has let go of are gone"),
        "{told:?}"
    );
    sqlite(
        &data,
        "INSERT INTO leftover (owner, hash, size) VALUES (1000000009, zeroblob(32), 1);
         INSERT INTO invite (hash, uses, used, created, until) VALUES (zeroblob(31), 1, 0, 0, 0), (zeroblob(32), 3, 1, 0, 9)",
    );
    assert_eq!(damages(&data, Depth::Rows).len(), 2);
    let into = place.path().join("into");
    salvage(&data, &into, &mut Heard::default()).unwrap();
    assert_eq!(damages(&into, Depth::Bytes), [""; 0]);
    let connection = rusqlite::Connection::open(into.join("koine.db")).unwrap();
    let count = |table: &str| {
        let query = format!("SELECT count(*) FROM {table}");
        connection.query_row(&query, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count("leftover"), count("invite")), (0, 1));
}

/// Uploads that are under way, as a power cut may leave them or somebody who tidies up.
#[tokio::test]
async fn uploads_that_are_not_as_they_were_noted_are_told() {
    const QUOTA: Quota = Quota { uploads: 9, bytes: 99, room: u64::MAX };
    let place = tempfile::tempdir().unwrap();
    let mut number = 0;
    let mut data = async || {
        number += 1;
        let data = place.path().join(number.to_string());
        let store = live_in(&data).await;
        let new = NewUpload { size: 9, mime: String::new(), name: "a.txt".to_owned() };
        store.upload_open(lived_in::ANN, "g", new, QUOTA).await.unwrap();
        store.upload_extend(lived_in::ANN, "g", 0, "abc".into()).await.unwrap();
        store.upload_extend(lived_in::ANN, "g", 3, "def".into()).await.unwrap();
        store.close().await;
        assert_eq!(notes(&data, Depth::Bytes), [""; 0]);
        let mut files = fs::read_dir(data.join("media/partial")).unwrap().map(|it| it.unwrap().path());
        let bytes = files.find(|it| it.extension().is_none() && !it.ends_with("swept")).unwrap();
        (data, bytes)
    };
    let check = |data: &Path, depth: Depth, expected: &str| {
        let told = notes(data, depth);
        assert!(told.len() == 1 && told[0].contains(expected), "{expected}: {told:?}");
        assert_eq!(damages(data, depth), [""; 0], "a power cut is no damage");
    };
    let (folder, bytes) = data().await;
    fs::write(&bytes, "abcdefgh").unwrap();
    assert_eq!(notes(&folder, Depth::Bytes), [""; 0], "what was not noted is written anew");
    fs::write(&bytes, "abcd").unwrap();
    check(
        &folder,
        Depth::Sizes,
        "6 bytes of it have come, and its file has 4: it goes on behind the first 3",
    );
    fs::write(&bytes, "abcdEf").unwrap();
    assert_eq!(notes(&folder, Depth::Sizes), [""; 0], "as long, and not read");
    check(&folder, Depth::Bytes, "and its file has other ones: it goes on behind the first 3");
    fs::remove_file(&bytes).unwrap();
    check(&folder, Depth::Sizes, "its file is missing: it goes on behind the first 0");
    // What is told is what the server does.
    let store = SqliteStore::open(&folder, Options::default()).unwrap();
    assert_eq!(store.upload_look(lived_in::ANN, "g").await.unwrap().map(|(bytes, _)| bytes), Some(0));
    store.close().await;
    assert_eq!(notes(&folder, Depth::Bytes), [""; 0], "it was taken up");

    let (folder, bytes) = data().await;
    let no_notes = "there are no notes of what has come: it begins again with its first byte";
    fs::write(bytes.with_extension("notes"), [0; 48]).unwrap();
    check(&folder, Depth::Sizes, no_notes);
    fs::remove_file(bytes.with_extension("notes")).unwrap();
    check(&folder, Depth::Sizes, no_notes);
    let store = SqliteStore::open(&folder, Options::default()).unwrap();
    let whole = store.upload_extend(lived_in::ANN, "g", 0, "abcdefghi".into()).await.unwrap();
    assert_eq!(whole, (9, 9), "what is told is what the server does");
    store.close().await;
    let (folder, bytes) = data().await;
    fs::write(bytes.with_extension("about"), "torn").unwrap();
    check(&folder, Depth::Sizes, "what it is about is torn");
    let (folder, bytes) = data().await;
    let (mut torn, notes_of) =
        (fs::read(bytes.with_extension("notes")).unwrap(), bytes.with_extension("notes"));
    torn[16..24].fill(9);
    fs::write(&notes_of, &torn).unwrap();
    check(&folder, Depth::Sizes, "its notes do not go together: it goes on behind the first 0 bytes");
    torn[16..24].copy_from_slice(&3_u64.to_be_bytes());
    torn[..8].copy_from_slice(&7_u64.to_be_bytes());
    fs::write(&notes_of, &torn).unwrap();
    check(&folder, Depth::Sizes, "its notes say that it will have 7 bytes, and what it is about says 9");
    // As a power cut leaves them whose length is on the disk.
    let (folder, bytes) = data().await;
    let notes_of = bytes.with_extension("notes");
    let zeros = [fs::read(&notes_of).unwrap(), vec![0; 16]].concat();
    fs::write(&notes_of, zeros).unwrap();
    check(&folder, Depth::Sizes, "its notes do not go together: it goes on behind the first 6 bytes");
    let uploads = Archive::open(&folder).unwrap().uploads(lived_in::ANN).unwrap();
    assert_eq!(uploads.iter().map(|it| it.received).collect::<Vec<_>>(), [6]);
    let store = SqliteStore::open(&folder, Options::default()).unwrap();
    let whole = store.upload_extend(lived_in::ANN, "g", 6, "ghi".into()).await.unwrap();
    assert_eq!(whole, (9, 9), "what is told is what the server does");
    store.close().await;
    let (folder, bytes) = data().await;
    fs::write(bytes.with_file_name("letter"), "x").unwrap();
    check(&folder, Depth::Sizes, "media/partial/letter: it is no upload");
    fs::remove_file(bytes.with_file_name("letter")).unwrap();
    for kind in ["notes", "about", ""] {
        let name = bytes.file_name().unwrap().to_str().unwrap().replace("1000000001-", "1000000009-");
        fs::rename(bytes.with_extension(kind), bytes.with_file_name(name).with_extension(kind)).unwrap();
    }
    check(&folder, Depth::Sizes, "account 1000000009, whose it is, is not there");

    // One that is finished is known for some days; its bytes are among the media.
    let (folder, _) = data().await;
    let store = SqliteStore::open(&folder, Options::default()).unwrap();
    store.upload_extend(lived_in::ANN, "g", 6, "ghi".into()).await.unwrap();
    store.upload_take(lived_in::ANN, "g").await.unwrap();
    store.close().await;
    let told = notes(&folder, Depth::Bytes);
    assert!(
        told.len() == 1 && told[0].starts_with("1 media files (9 bytes) are named by nothing"),
        "{told:?}"
    );
    // None of it is in what is saved.
    let into = place.path().join("into");
    salvage(&folder, &into, &mut Heard::default()).unwrap();
    assert!(!into.join("media/partial").exists());
    assert_eq!(notes(&into, Depth::Bytes), [""; 0]);
}

/// Whoever reads the bytes of an upload reads those also when it begins anew meanwhile.
#[tokio::test]
async fn an_upload_that_begins_anew_leaves_its_old_bytes_to_their_readers() {
    const QUOTA: Quota = Quota { uploads: 9, bytes: 99, room: u64::MAX };
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    store.upload_begin(lived_in::ANN, "k", 9, QUOTA).await.unwrap();
    store.upload_append(lived_in::ANN, "k", 1, 3, "abc".into()).await.unwrap();
    let mut uploads = Archive::open(&data).unwrap().uploads(lived_in::ANN).unwrap();
    let mut old = uploads.pop().and_then(|upload| upload.bytes).unwrap();
    let anew = store.upload_begin(lived_in::ANN, "k", 8, QUOTA).await.unwrap();
    assert_eq!(anew.bytes, 0);
    store.upload_append(lived_in::ANN, "k", 1, 2, "x".into()).await.unwrap();
    let mut read = String::new();
    old.read_to_string(&mut read).unwrap();
    assert_eq!(read, "abc");
    store.close().await;
}

/// A group's picture counts as of whoever has given it. Where nobody knows that person any more, it is its leader's; and what goes
/// while all is mended leaves no files behind that were never copied.
#[tokio::test]
async fn a_picture_whose_owner_is_lost_is_the_leader_s() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_in(&data).await.close().await;
    let (cy, nobody) = (lived_in::ANN.number() + 2, lived_in::ANN.number() + 8);
    sqlite(
        &data,
        &format!(
            "UPDATE conversation SET avatar_size = 9, pictured = {cy},
                 avatar_hash = (SELECT avatar_hash FROM account WHERE avatar_hash IS NOT NULL) WHERE id = 2;
             INSERT INTO conversation (id, kind, name, leader, created, avatar_hash, avatar_size, pictured)
                 VALUES (3, 1, 'gone', {nobody}, 0, zeroblob(32), 7, {cy});
             DELETE FROM handle WHERE account = {cy};
             DELETE FROM account WHERE id = {cy}"
        ),
    );
    let found = damages(&data, Depth::Rows);
    let lost = format!("the picture of conversation 2 is account {cy}'s, which is not there");
    assert!(found.contains(&lost), "{found:?}");
    let into = place.path().join("into");
    salvage(&data, &into, &mut Heard::default()).unwrap();
    assert_eq!(damages(&into, Depth::Bytes), [""; 0]);
    assert_eq!(notes(&into, Depth::Bytes), [""; 0]);
    let connection = rusqlite::Connection::open(into.join("koine.db")).unwrap();
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("SELECT pictured = leader FROM conversation WHERE id = 2"), 1);
    assert_eq!(number("SELECT count(*) FROM conversation WHERE id = 3"), 0);
    assert_eq!(number("SELECT count(*) FROM leftover"), 0);
}

fn notes(data: &Path, depth: Depth) -> Vec<String> {
    let mut heard = Heard::default();
    check(data, depth, &mut heard).unwrap();
    let notes = heard.findings.into_iter().filter(|finding| finding.grade == Grade::Note);
    notes.map(|finding| finding.text).collect()
}
