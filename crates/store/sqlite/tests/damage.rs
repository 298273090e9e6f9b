//! Checks of damaged data folders, and what is saved of them.

mod invariants;
mod lived_in;
mod pages;

use koine_model::account::AccountRef;
use koine_model::{AccountId, Timestamp};
use koine_store::Store;
use koine_store_sqlite::{Depth, Grade, Options, SqliteStore, UpkeepError, check, salvage};
use lived_in::{Heard, damages, file_of, live_in, see, seen_in, sqlite};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

/// Whoever has no password is told of. Others are not: the deleted have none.
#[tokio::test]
async fn accounts_without_a_password_are_noted() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    store.account_delete(AccountId::new(1_000_000_003).unwrap(), Timestamp(9)).await.unwrap();
    store.close().await;
    let noted = || -> Vec<String> {
        let mut heard = Heard::default();
        assert_eq!(check(&data, Depth::Rows, &mut heard).unwrap().damages, 0);
        heard
            .findings
            .into_iter()
            .map(|found| found.text)
            .filter(|text| text.contains("no password"))
            .collect()
    };
    assert_eq!(noted(), Vec::<String>::new());
    sqlite(&data, "DELETE FROM verifier WHERE account = 1000000002");
    let [found] = &noted()[..] else { panic!("{:?}", noted()) };
    assert!(found.starts_with("1 accounts have no password") && found.ends_with(": 1000000002"), "{found}");
}

/// Accounts that are found by the wrong words are found by the right ones in what is saved.
#[tokio::test]
async fn what_accounts_are_found_by_is_mended() {
    let place = tempfile::tempdir().unwrap();
    let (data, into) = (place.path().join("data"), place.path().join("into"));
    live_in(&data).await.close().await;
    sqlite(
        &data,
        "UPDATE account SET handle = 'x', nick_key = 'x', email_key = 'x' WHERE id = 1000000001;
         UPDATE account SET email = 'CY@Example.org', email_key = 'y' WHERE id = 1000000002",
    );
    assert_eq!(damages(&data, Depth::Rows).len(), 4);
    salvage(&data, &into, &mut Heard::default()).unwrap();
    assert_eq!(damages(&into, Depth::Rows), [""; 0]);
    let store = SqliteStore::open(&into, Options::default()).unwrap();
    let mut found = Vec::new();
    for name in ["ann", "ann@example.org", "bob", "cy@example.org"] {
        let account = store.account_find(&AccountRef::Typed(name.to_owned())).await.unwrap().unwrap();
        found.push(account.profile.id.number() - 1_000_000_000);
    }
    assert_eq!(found, [1, 1, 2, 3]);
    store.close().await;
}

/// Two who have each other's keys: each gets back what is theirs, and nobody loses anything.
#[tokio::test]
async fn keys_that_are_crossed_are_mended() {
    let place = tempfile::tempdir().unwrap();
    let (data, into) = (place.path().join("data"), place.path().join("into"));
    live_in(&data).await.close().await;
    let crossed = |column: &str| {
        format!(
            "UPDATE account SET {column} = id || '@' WHERE id < 1000000003;
             UPDATE account SET {column} = (SELECT lower({}) FROM account AS other WHERE other.id = 2000000003 - account.id)
             WHERE id < 1000000003;",
            column.trim_end_matches("_key")
        )
    };
    // Ann is called Anna by now, and nobody else may ever be called ann.
    let renamed = "INSERT INTO handle VALUES ('anna', 1000000001);
                   UPDATE account SET handle = 'Anna', handle_key = 'anna' WHERE id = 1000000001;";
    // Cy has somebody else's handle, and his own was given to him.
    let taken = "UPDATE account SET handle = 'bob', handle_key = 'bob' WHERE id = 1000000003;";
    let spoil: String = ["handle_key", "nick_key", "email_key"].map(crossed).concat();
    sqlite(&data, &format!("{renamed}{spoil}{taken}"));
    let found = damages(&data, Depth::Rows);
    assert_eq!(found.iter().filter(|text| text.contains("but by another one")).count(), 6, "{found:?}");
    salvage(&data, &into, &mut Heard::default()).unwrap();
    assert_eq!(damages(&into, Depth::Rows), [""; 0]);
    let store = SqliteStore::open(&into, Options::default()).unwrap();
    let mut seen = Vec::new();
    for name in ["anna", "ann@example.org", "bob", "bob@example.org", "cy", "cy@example.org"] {
        let account = store.account_find(&AccountRef::Typed(name.to_owned())).await.unwrap();
        let profile = account.unwrap_or_else(|| panic!("nobody is called {name}")).profile;
        seen.push((profile.id.number() - 1_000_000_000, profile.handle.as_str().to_owned(), profile.nick));
    }
    let expected = [
        (1, "Anna", "ANN"),
        (1, "Anna", "ANN"),
        (2, "bob", "BOB"),
        (2, "bob", "BOB"),
        (3, "cy", "CY"),
        (3, "cy", "CY"),
    ];
    assert_eq!(seen, expected.map(|(id, handle, nick)| (id, handle.to_owned(), nick.to_owned())));
    store.close().await;
}

/// Where it is not known either what was given out, nobody gets what is another one's.
#[tokio::test]
async fn handles_of_which_nothing_is_known_are_nobody_elses() {
    let place = tempfile::tempdir().unwrap();
    let (data, into) = (place.path().join("data"), place.path().join("into"));
    live_in(&data).await.close().await;
    sqlite(
        &data,
        "DELETE FROM handle; UPDATE account SET handle = 'bob', handle_key = 'BOB' WHERE id = 1000000001;
         UPDATE account SET handle = '' WHERE id = 1000000003",
    );
    salvage(&data, &into, &mut Heard::default()).unwrap();
    assert_eq!(damages(&into, Depth::Rows), [""; 0]);
    let store = SqliteStore::open(&into, Options::default()).unwrap();
    for (number, name) in [(1, "lost-1000000001"), (2, "bob"), (3, "cy")] {
        let account = store.account_find(&AccountRef::Typed(name.to_owned())).await.unwrap();
        assert_eq!(account.unwrap().profile.id.number(), 1_000_000_000 + number, "{name}");
    }
    store.close().await;
}

#[tokio::test]
async fn damaged_media_are_found() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_in(&data).await.close().await;
    let letter = file_of(&data, b"a letter");
    fs::write(&letter, b"a better").unwrap();
    assert_eq!(damages(&data, Depth::Sizes), [""; 0], "as long, and not read");
    let found = damages(&data, Depth::Bytes);
    assert!(found.len() == 1 && found[0].contains("\"letter.txt\" has other bytes"), "{found:?}");
    fs::write(&letter, b"cut").unwrap();
    assert!(damages(&data, Depth::Sizes)[0].contains("has 3 bytes instead of 8"));
    fs::remove_file(&letter).unwrap();
    assert!(damages(&data, Depth::Sizes)[0].contains("is missing"));
    fs::write(&letter, b"a letter").unwrap();
    let database = fs::read(data.join("koine.db")).unwrap();
    sqlite(
        &data,
        "INSERT INTO media SELECT randomblob(16), hash, size + 1, mime, name, place, owner FROM media WHERE size = 8",
    );
    let found = damages(&data, Depth::Sizes);
    assert!(found.iter().any(|text| text.ends_with("\"letter.txt\" has 9 bytes, and also 8")), "{found:?}");
    fs::write(data.join("koine.db"), &database).unwrap();
    sqlite(&data, "INSERT INTO leftover (owner, hash, size) SELECT owner, hash, 9 FROM media WHERE size = 8");
    let found = damages(&data, Depth::Sizes);
    let expected = "the leftover 1 of account 1000000002 has 8 bytes instead of 9";
    assert!(found.iter().any(|text| text.starts_with(expected)), "{found:?}");
    fs::write(data.join("koine.db"), &database).unwrap();
    assert_eq!(damages(&data, Depth::Bytes), [""; 0]);
    fs::create_dir_all(data.join("media/00")).unwrap();
    fs::write(data.join("media/00").join("0".repeat(64)), "x").unwrap();
    let mut heard = Heard::default();
    check(&data, Depth::Sizes, &mut heard).unwrap();
    assert!(
        heard.findings.iter().any(|found| found.grade == Grade::Note && found.text.contains("1 media files"))
    );
}

/// A file that was damaged from outside is told as one, and never panics or hangs.
#[tokio::test]
async fn a_file_damaged_anywhere_is_found() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_in(&data).await.close().await;
    let sound = fs::read(data.join("koine.db")).unwrap();
    let pages = sound.len() / 4096;
    assert!(pages > 30, "{pages} pages");
    let mut unnoticed = Vec::new();
    for page in 0..pages {
        let mut damaged = sound.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0);
        fs::write(data.join("koine.db"), &damaged).unwrap();
        let found = damages(&data, Depth::Rows);
        if found.is_empty() {
            unnoticed.push(page);
        }
        let own: Vec<_> = found.iter().filter(|text| text.contains("no such table: temp.")).collect();
        assert!(own.is_empty(), "page {page}: the check has stumbled over itself: {own:?}");
    }
    assert_eq!(unnoticed, [0_usize; 0], "of {pages} pages");
    for length in [1, 100, 4096, sound.len() / 2, sound.len() - 4096] {
        fs::write(data.join("koine.db"), &sound[..length]).unwrap();
        assert!(!damages(&data, Depth::Rows).is_empty(), "cut off after {length} bytes");
    }
}

/// Where the log cannot be read any further, it is said how far it could.
#[tokio::test]
async fn where_the_log_breaks_off_is_told() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_in(&data).await.close().await;
    let sound = fs::read(data.join("koine.db")).unwrap();
    // The leaves of the table, in its order.
    let leaves =
        asked(&data, "SELECT pageno FROM dbstat WHERE name = 'message' AND pagetype = 'leaf' ORDER BY path");
    assert!(leaves.len() > 4, "{leaves:?}");
    let mut before = 0;
    for page in &leaves[1..] {
        let end = usize::try_from(*page).unwrap() * 4096;
        let mut damaged = sound.clone();
        damaged[end - 4096..end].fill(0);
        fs::write(data.join("koine.db"), &damaged).unwrap();
        let last = *asked(&data, "SELECT place FROM message ORDER BY place").last().unwrap();
        assert!(last > before, "each leaf ends later");
        before = last;
        let (conversation, seq) = (last >> 32, last & 0xffff_ffff);
        let expected = format!("conversation {conversation}: what follows message {seq} cannot be read");
        let found = damages(&data, Depth::Rows);
        assert!(found.contains(&expected), "{expected}: {found:?}");
        // What lies elsewhere is found beside it, and nothing is said of where the log ends, which is unknown.
        sqlite(&data, "DELETE FROM meta; DELETE FROM media_use");
        let found = damages(&data, Depth::Rows);
        for expected in [&expected, "tells the epoch is not there", "has media, and none are counted"] {
            assert!(found.iter().any(|text| text.contains(expected)), "{expected}: {found:?}");
        }
        for never in ["no such table", "not there yet"] {
            assert!(!found.iter().any(|text| text.contains(never)), "{never}: {found:?}");
        }
    }
}

/// The first column of the answer, as far as it can be read.
fn asked(data: &Path, question: &str) -> Vec<i64> {
    let connection = Connection::open(data.join("koine.db")).unwrap();
    let mut statement = connection.prepare(question).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map_while(Result::ok).collect()
}

/// Whatever page is damaged, what is saved of it is sound, and all that lay on other pages is there.
#[tokio::test]
async fn what_can_be_read_of_a_damaged_file_is_saved() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    let all = see(&store).await;
    store.close().await;
    let sound = fs::read(data.join("koine.db")).unwrap();
    let (mut refused, mut poor) = (Vec::new(), Vec::new());
    for page in 0..sound.len() / 4096 {
        let mut damaged = sound.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0);
        fs::write(data.join("koine.db"), &damaged).unwrap();
        let into = place.path().join(page.to_string());
        let mut heard = Heard::default();
        let Ok(saved) = salvage(&data, &into, &mut heard) else {
            refused.push(page);
            continue;
        };
        assert_eq!(damages(&into, Depth::Bytes), [""; 0], "page {page}: {:?}", heard.findings);
        assert_eq!(saved.verdict.damages, 0);
        let left = seen_in(&into).await;
        let kept = left.texts.iter().filter(|text| all.texts.contains(text)).count();
        if kept * 5 < all.texts.len() * 4 {
            poor.push((page, kept));
        }
    }
    assert_eq!(refused, [0], "without its first page nothing is known of a database");
    // Where it is said where people and conversations are, and who is in which conversation.
    assert!(poor.len() <= 2, "of {} texts: {poor:?}", all.texts.len());
}

/// A number that was misread stands far away from all others. What lies between was never there.
#[tokio::test]
async fn a_message_that_is_astray_is_left_out() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    let all = see(&store).await;
    store.close().await;
    let sound = fs::read(data.join("koine.db")).unwrap();
    let move_it = |of: i64, from: i64, to: i64| {
        format!("UPDATE message SET place = ({of} << 32) + {to} WHERE place = ({of} << 32) + {from}")
    };
    // Beyond the others, where a conversation ends; and before them, when what is old has gone.
    let far = move_it(2, 3, 3_000_000);
    let early = format!(
        "UPDATE message SET place = place + 2900000 WHERE place >> 32 = 2; {}",
        move_it(2, 2_900_005, 7)
    );
    for (name, spoil) in [("far", far), ("early", early)] {
        fs::write(data.join("koine.db"), &sound).unwrap();
        sqlite(&data, "DELETE FROM message_key; DELETE FROM media; DELETE FROM act_run");
        sqlite(&data, &spoil);
        let into = place.path().join(name);
        let mut heard = Heard::default();
        let saved = salvage(&data, &into, &mut heard).unwrap();
        let told = heard.findings.iter().any(|found| found.text.starts_with("1 messages stand further"));
        assert!(told, "{name}: {:?}", heard.findings);
        assert_eq!(saved.lost, 1, "{name}");
        assert_eq!(damages(&into, Depth::Bytes), [""; 0], "{name}");
        let left = seen_in(&into).await;
        let kept = left.texts.iter().filter(|text| all.texts.contains(text)).count();
        assert!(kept + 2 >= all.texts.len(), "{name}: {kept} of {}", all.texts.len());
    }
}

#[tokio::test]
async fn what_is_left_of_a_file_that_was_cut_off_is_saved() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = live_in(&data).await;
    let all = see(&store).await;
    store.close().await;
    let sound = fs::read(data.join("koine.db")).unwrap();
    for (name, pages) in [("one", sound.len() / 4096 - 1), ("half", sound.len() / 4096 / 2)] {
        fs::write(data.join("koine.db"), &sound[..pages * 4096]).unwrap();
        let into = place.path().join(name);
        salvage(&data, &into, &mut Heard::default()).unwrap();
        assert_eq!(damages(&into, Depth::Bytes), [""; 0], "{name}");
        // It can be gone on with.
        let store = SqliteStore::open(&into, Options::default()).unwrap();
        if store
            .member_find(koine_model::ConversationId::new(1).unwrap(), lived_in::ANN)
            .await
            .unwrap()
            .is_some()
        {
            lived_in::say(&store, "on we go").await;
        }
        store.close().await;
    }
    fs::write(data.join("koine.db"), &sound).unwrap();
    let whole = place.path().join("whole");
    let saved = salvage(&data, &whole, &mut Heard::default()).unwrap();
    assert_eq!((saved.lost, saved.media, saved.media_missing), (0, 3, 0));
    assert_eq!(seen_in(&whole).await, all, "of a sound file, everything is saved");
    let again = salvage(&data, &whole, &mut Heard::default()).unwrap_err();
    assert!(matches!(again, UpkeepError::NotEmpty { .. }), "{again}");
}
