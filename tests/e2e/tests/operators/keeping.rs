//! Backups, restores and checks: beside a server that is being talked to, and of data that were damaged.

use crate::koine::{koine, koine_without_room};
use koine_e2e::matrix::{File, Flavour, Person, Town, flavours};
use koine_testkit::Ending;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// How many messages are said before a backup, and at most while it is made.
const BEFORE: usize = 200;
const MOST: usize = 100_000;

#[tokio::test]
async fn what_was_acknowledged_before_a_backup_is_in_it() {
    let (mut town, place) = (Town::found().await, tempfile::tempdir().expect("a folder"));
    let data = town.server().data();
    let (backup, exported) = (place.path().join("backup"), place.path().join("exported"));
    let (mut ann, mut bob) = two(&mut town).await;
    bob.leaves().await;
    for number in 0..BEFORE {
        ann.tells(&bob.known, &format!("before {number}")).await.expect("a message that is taken");
    }
    let letter = file("letter.txt", b"dear bob");
    let room = ann.room_with(&bob.known).await.expect("a conversation");
    ann.client.send(&room, &letter).await.expect("a file that is taken");

    let making = {
        let (data, backup) = (data.clone(), backup.clone());
        std::thread::spawn(move || koine(&data, &["backup", &backup.to_string_lossy()]))
    };
    let mut during = 0;
    while during == 0 || !making.is_finished() {
        ann.tells(&bob.known, &format!("during {during}")).await.expect("a message that is taken");
        during += 1;
        assert!(during < MOST, "the backup does not end");
    }
    let made = making.join().expect("a command");
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert!(
        made.stdout.contains(" is whole: ") && made.stdout.contains(" 1 media files of 8 bytes"),
        "{made:?}"
    );
    assert!(!made.stderr.contains('\u{1b}'), "no bar where there is no terminal: {}", made.stderr);
    ann.tells(&bob.known, "after").await.expect("a message that is taken");
    is_sound(&data);
    is_sound(&backup);

    // Where a server runs, nothing is restored; where data are, only if they may be moved.
    let from = backup.to_string_lossy().into_owned();
    koine(&data, &["restore", &from, "--replace"]).failed_showing(1, &["in use by another process"]);
    town.server_mut().end(Ending::InOrder).await;
    koine(&data, &["restore", &from]).failed_showing(1, &["there are data in", "--replace"]);
    let restored = koine(&data, &["restore", &from, "--replace"]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    assert!(restored.stdout.contains("what was there before is in"), "{restored:?}");

    // What was said during the backup is there up to some moment, and everything before it.
    koine(&data, &["export", "bob", &exported.to_string_lossy()]).well();
    let texts = texts(&exported);
    let expected: Vec<String> = (0..BEFORE).map(|number| format!("before {number}")).collect();
    assert_eq!(texts[..BEFORE], expected);
    let rest: Vec<String> = (0..texts.len() - BEFORE).map(|number| format!("during {number}")).collect();
    assert_eq!(texts[BEFORE..], rest);
    assert!(rest.len() <= during, "{} of {during}", rest.len());

    // Bob was away all the time. It goes on where the backup ends.
    town.server_mut().start_again().await;
    town.sign_in(std::slice::from_mut(&mut ann)).await;
    town.sign_in(std::slice::from_mut(&mut bob)).await;
    let last = texts.last().expect("messages");
    bob.hears_from(&ann.known, last).await.expect("what waited for him");
    ann.tells(&bob.known, "on we go").await.expect("a message that is taken");
    bob.hears_from(&ann.known, "on we go").await.expect("a message that comes");
    is_sound(&data);
    let log = town.close().await;
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn a_second_backup_copies_what_is_new_and_a_strange_folder_is_left_alone() {
    let (mut town, place) = (Town::found().await, tempfile::tempdir().expect("a folder"));
    let data = town.server().data();
    let (mut ann, bob) = two(&mut town).await;
    let room = ann.room_with(&bob.known).await.expect("a conversation");
    let backup = place.path().join("backup");
    let backs_up = || koine(&data, &["backup", &backup.to_string_lossy()]);
    for (name, bytes, told) in [
        ("one.txt", &b"one"[..], "1 media files of 3 bytes (0 of them were there before)"),
        ("two.txt", b"number two", "2 media files of 13 bytes (1 of them were there before)"),
    ] {
        ann.client.send(&room, &file(name, bytes)).await.expect("a file that is taken");
        let made = backs_up();
        assert!(made.code == Some(0) && made.stdout.contains(told), "{made:?}");
    }
    let own = place.path().join("own");
    fs::create_dir(&own).expect("a folder");
    fs::write(own.join("thesis.txt"), "years of work").expect("a file");
    koine(&data, &["backup", &own.to_string_lossy()])
        .failed(1, &["is not empty, and no backup that koine has made"]);
    koine(&data, &["backup", &data.join("b").to_string_lossy()]).failed(1, &["none of them in the other"]);
    koine(&place.path().join("nothing"), &["backup", &backup.to_string_lossy()])
        .failed(1, &["is no data folder"]);
    koine(&place.path().join("new"), &["restore", &own.to_string_lossy()]).failed(1, &["is no backup"]);
    koine(&data, &["backup"]).failed(2, &["<DIR>"]);
    town.close().await;
}

#[tokio::test]
async fn damage_is_found_and_what_is_left_is_saved() {
    let (mut town, place) = (Town::found().await, tempfile::tempdir().expect("a folder"));
    let data = town.server().data();
    let (mut ann, bob) = two(&mut town).await;
    for number in 0..BEFORE {
        let text = format!("{} {number}", "many words ".repeat(20));
        ann.tells(&bob.known, &text).await.expect("a message that is taken");
    }
    let room = ann.room_with(&bob.known).await.expect("a conversation");
    ann.client.send(&room, &file("letter.txt", b"dear bob")).await.expect("a file that is taken");
    town.server_mut().end(Ending::InOrder).await;
    is_sound(&data);

    let letter = blobs(&data).pop().expect("a media file");
    fs::write(&letter, "dear eve").expect("a file");
    koine(&data, &["fsck", "--quick"]).well();
    let found = koine(&data, &["fsck"]);
    found.failed_showing(1, &["is damaged: 1 findings"]);
    assert!(found.stdout.contains("\"letter.txt\" has other bytes"), "{}", found.stdout);
    fs::write(&letter, "dear bob").expect("a file");
    is_sound(&data);

    let mut bytes = fs::read(data.join("koine.db")).expect("the database");
    let holding = |page: &[u8]| page.windows(10).filter(|words| *words == b"many words").count() > 20;
    let pages: Vec<usize> =
        (0..bytes.len() / 4096).filter(|page| holding(&bytes[page * 4096..][..4096])).collect();
    assert!(pages.len() > 5, "messages are on the pages {pages:?}");
    let page = pages[pages.len() / 2];
    bytes[page * 4096..(page + 1) * 4096].fill(0);
    fs::write(data.join("koine.db"), bytes).expect("the database");
    let found = koine(&data, &["fsck"]);
    found.failed_showing(1, &["is damaged"]);
    assert!(
        found.stdout.lines().all(|line| line.starts_with("damage: ") || line.starts_with("note: ")),
        "{}",
        found.stdout
    );
    let backup = place.path().join("backup");
    koine(&data, &["backup", &backup.to_string_lossy()]).failed_showing(1, &["no backup was made"]);
    assert!(!backup.join("koine.db").exists());

    let saved = place.path().join("saved");
    let told = koine(&data, &["fsck", "--salvage", &saved.to_string_lossy()]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("1 media files were saved"), "{}", told.stdout);
    assert!(told.stdout.contains(" tables could not be read to their end"), "{}", told.stdout);
    koine(&data, &["fsck", "--salvage", &saved.to_string_lossy()]).failed(1, &["is not empty"]);
    is_sound(&saved);
    let exported = place.path().join("exported");
    koine(&saved, &["export", "ann", &exported.to_string_lossy()]).well();
    let texts = texts(&exported);
    assert!(texts.len() < BEFORE && texts.len() > BEFORE / 2, "{} of {BEFORE} are left", texts.len());
    assert!(texts.iter().all(|text| text.starts_with("many words ")), "{texts:?}");
}

/// A backup whose database has lost what a restore must change is not restored, forced or not, and what is there goes on.
#[test]
fn a_backup_of_no_use_moves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let (data, backup) = (place.path().join("data"), place.path().join("backup"));
    fs::create_dir(&data).expect("a folder");
    koine(&data, &["account", "add", "ann", "--generate"]).well();
    let from = backup.to_string_lossy().into_owned();
    koine(&data, &["backup", &from]).well();
    rusqlite::Connection::open(backup.join("koine.db"))
        .and_then(|database| database.execute_batch("DROP TABLE meta; PRAGMA journal_mode = DELETE"))
        .expect("a backup that can be spoiled");
    koine(&data, &["restore", &from, "--replace"]).failed_showing(1, &["--force restores it nevertheless"]);
    let refused = koine(&data, &["restore", &from, "--replace", "--force"]);
    let saves = format!("no data were moved: koine fsck --data {from} --salvage DIR copies what can be read");
    refused.failed_showing(1, &[&saves, "no such table: meta"]);
    assert!(koine(&data, &["account", "list"]).well().contains("ann"));
    let names = fs::read_dir(&data).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let moved = names.filter(|name| name.to_string_lossy().starts_with("replaced-")).count();
    assert_eq!(moved, 0, "something was moved");
    let saved = place.path().join("saved").to_string_lossy().into_owned();
    assert_eq!(koine(&backup, &["fsck", "--salvage", &saved]).code, Some(0));
    koine(&data, &["restore", &from, "--replace", "--force"]).failed_showing(1, &[&saves]);
}

pub(crate) async fn two(town: &mut Town) -> (Person, Person) {
    let own: Flavour = *flavours().iter().find(|flavour| flavour.name == "native").expect("the own protocol");
    (town.welcome(own, "ann".to_owned()).await, town.welcome(own, "bob".to_owned()).await)
}

pub(crate) fn file(name: &str, bytes: &[u8]) -> File {
    File { name: name.to_owned(), mime: "text/plain".to_owned(), bytes: bytes.to_vec() }
}

/// All media files of a data folder.
pub(crate) fn blobs(data: &Path) -> Vec<std::path::PathBuf> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect::<Vec<_>>()
    };
    let shelves = entries(&data.join("media")).into_iter().filter(|path| path.is_dir());
    let shelves = shelves.filter(|path| path.file_name().is_some_and(|name| name.len() == 2));
    shelves.flat_map(|shelf| entries(&shelf)).collect()
}

fn is_sound(data: &Path) {
    let told = koine(data, &["fsck"]);
    assert_eq!(told.code, Some(0), "{}{}", told.stdout, told.stderr);
    assert!(told.stdout.contains(" is sound: ") && !told.stdout.contains("damage"), "{}", told.stdout);
}

/// The texts that an export holds, in their order.
fn texts(exported: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(exported.join("messages")).expect("messages") {
        let lines = fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).expect("an object");
            for part in line["parts"].as_array().expect("parts") {
                texts.extend(part["text"].as_str().map(str::to_owned));
            }
        }
    }
    texts
}

/// An operator is told what failed, with which file and where the copy is, and not all that was to be done.
#[test]
fn a_change_of_schema_that_fails_is_told_in_one_line() {
    let place = tempfile::tempdir().expect("a folder");
    let database = place.path().join("koine.db");
    let connection = rusqlite::Connection::open(&database).expect("a database");
    connection
        .execute_batch("CREATE TABLE other (x); PRAGMA user_version = 1")
        .expect("a database of its own");
    drop(connection);
    let told = koine(place.path(), &["account", "list"]);
    let copy = place.path().join("koine.db.v1.bak");
    let words =
        ["cannot be brought from schema 1 to ", "the step to 2 failed", "and is as it was; a copy of it is"];
    told.failed(1, &words);
    told.failed(1, &[&database.to_string_lossy(), &copy.to_string_lossy(), "no such table"]);
    assert!(told.stderr.lines().count() == 1 && told.stderr.len() < 600, "{}", told.stderr);
    assert!(copy.is_file());
}

/// Where there is no room for the copy that comes before a change of schema, nothing is changed, and nothing of the copy is left: it
/// would be what fills the disk.
#[test]
fn what_finds_no_room_leaves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let data = place.path().join("data");
    fs::create_dir(&data).expect("a folder");
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/store/sqlite/fixtures/schema_9.sql");
    let connection = rusqlite::Connection::open(data.join("koine.db")).expect("a database");
    connection.execute_batch(&fs::read_to_string(old).expect("a schema")).expect("a database of schema 9");
    connection
        .execute_batch("CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(8 << 20))")
        .expect("a large database");
    drop(connection);
    let unfinished = |folder: &Path| {
        let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name.contains("unfinished") || name.ends_with(".bak")).collect::<Vec<_>>()
    };
    let copy = data.join("koine.db.v9.bak");
    koine_without_room(&data, &["account", "list"]).failed(
        1,
        &["the database cannot be copied to ", &copy.to_string_lossy(), " before its schema changes: "],
    );
    assert_eq!(unfinished(&data), [""; 0]);
    koine(&data, &["account", "list"]).well();
    assert_eq!(unfinished(&data), ["koine.db.v9.bak"]);

    // The same of a backup; the one from before is there still.
    let data = place.path().join("other");
    fs::create_dir(&data).expect("a folder");
    koine(&data, &["account", "add", "ann", "--generate"]).well();
    let backup = place.path().join("backup");
    let into = backup.to_string_lossy().into_owned();
    koine(&data, &["backup", &into]).well();
    let whole = fs::read(backup.join("koine.db")).expect("a database");
    rusqlite::Connection::open(data.join("koine.db"))
        .and_then(|database| database.execute("UPDATE account SET status = printf('%.*c', 8 << 20, 'x')", []))
        .expect("somebody who has much to say of themselves");
    koine_without_room(&data, &["backup", &into]).failed(1, &["cannot write ", "koine.db.unfinished"]);
    assert_eq!(unfinished(&backup), [""; 0]);
    assert!(fs::read(backup.join("koine.db")).expect("a database") == whole);
    koine(&data, &["backup", &into]).well();
    // What is saved or restored where there is no room is no data folder yet.
    let saved = place.path().join("saved");
    koine_without_room(&data, &["fsck", "--salvage", &saved.to_string_lossy()]).failed(1, &["cannot write "]);
    koine(&saved, &["account", "list"]).failed(1, &["was not restored to the end"]);
    let restored = place.path().join("restored");
    koine_without_room(&restored, &["restore", &into]).failed(1, &["cannot write "]);
    koine(&restored, &["account", "list"]).failed(1, &["was not restored to the end"]);
    koine(&restored, &["restore", &into]).well();
    is_sound(&restored);
    let exported = place.path().join("exported");
    koine_without_room(&data, &["export", "ann", &exported.to_string_lossy()]).failed(1, &["cannot write "]);
    assert!(!exported.join("export.json").exists(), "it is not finished");
}
