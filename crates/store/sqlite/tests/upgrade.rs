//! Data folders of every released schema open, and keep what is in them.
//!
//! `fixtures/schema_N.sql` is a database as a program with schema N has left it. Once that is released, it is never changed. A new
//! schema gets one by `UPDATE_EXPECT=1`: what the one before becomes, to which rows of what is new are added by hand.

mod lived_in;

use koine_model::account::{AccountRef, Handle};
use koine_model::conversation::{ConversationRef, Kind};
use koine_model::message::{Markup, Message, Part, Span};
use koine_model::{AccountId, ConversationId, Epoch, Refusal, Seq, Timestamp};
use koine_store::words::Query;
use koine_store::{Append, Error, Keeping as _, OperatorStore as _, Order, Page, Store, Wanted};
use koine_store_sqlite::{Depth, OpenError, Options, SqliteStore, check};
use lived_in::{ANN, Heard, damages, file_of};
use rusqlite::Connection;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The schemas that brought acts, sessions, what operators decide, files that nothing names, and epochs.
const ACTS: u32 = 3;
const SESSIONS: u32 = 4;
const OPERATORS: u32 = 9;
const LEFTOVERS: u32 = 10;
const EPOCHS: u32 = 11;

#[tokio::test]
async fn every_released_schema_opens_with_all_that_is_in_it() {
    let newest = newest();
    let mut epochs = Vec::new();
    for version in 1..=newest {
        let place = tempfile::tempdir().unwrap();
        let data = folder_of(place.path(), version);
        // A check says how much is there before the schema is brought up to date, too.
        let entries = check(&data, Depth::Bytes, &mut Heard::default()).unwrap().entries;
        assert_eq!(entries, if version >= ACTS { 12 } else { 8 }, "schema {version}");
        let store = SqliteStore::open(&data, Options::default()).unwrap();
        people_are_there(&store, version).await;
        what_was_said_is_there(&store, version).await;
        what_is_on_the_disk_counts(&store, version).await;
        epochs.push(store.epoch());
        it_goes_on(&store).await;
        store.close().await;
        drop(store);
        is_sound(&data);
        the_copy_is_as_it_was(&data, version, newest);
    }
    // What is older gets an epoch of its own.
    let (given, kept) = epochs.split_at(usize::try_from(EPOCHS).unwrap() - 1);
    assert!(kept.iter().all(|epoch| *epoch == Epoch::new(0x5bad_c0de_0000_0011)), "{kept:?}");
    assert!((1..given.len()).all(|number| !given[..number].contains(&given[number])), "{given:?}");
    assert!(!given.contains(&Epoch::NONE));
}

/// A schema without a fixture would be one whose folders nobody has tried to open later.
#[tokio::test]
async fn the_newest_schema_has_a_fixture() {
    let newest = newest();
    let place = tempfile::tempdir().unwrap();
    SqliteStore::open(place.path(), Options::default()).unwrap().close().await;
    let known = version_of(&place.path().join("koine.db"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        for version in newest + 1..=known {
            let database = folder_of(&place.path().join("old"), version - 1).join("koine.db");
            Connection::open(&database).unwrap().execute_batch(&migration_to(version)).unwrap();
            fs::write(fixture(version), dump(&database, version)).unwrap();
        }
    }
    let newest = self::newest();
    assert!(
        fixture(known).is_file(),
        "UPDATE_EXPECT=1 makes {}; add rows of what is new to it",
        fixture(known).display()
    );
    assert_eq!(newest, known);
    let size = |version| fs::metadata(fixture(version)).unwrap().len();
    assert!((1..=newest).all(|version| size(version) < 20 << 10), "fixtures are small");
}

/// The schema of each fixture is the one that the migrations make, so that none was changed after it was released.
#[test]
fn fixtures_have_the_schema_of_their_program() {
    for version in 2..=newest() {
        let place = tempfile::tempdir().unwrap();
        let (old, new) = (folder_of(place.path(), version - 1), folder_of(place.path(), version));
        let schema = |data: &Path| schema_of(&data.join("koine.db"));
        Connection::open(old.join("koine.db")).unwrap().execute_batch(&migration_to(version)).unwrap();
        assert_eq!(schema(&old), schema(&new), "schema {version}");
    }
}

/// Something that no migration expects: the first one that meets it fails.
#[tokio::test]
async fn a_failed_migration_leaves_the_old_file_as_it_was() {
    for (version, obstacle) in
        [(1, "CREATE TABLE block (x)"), (3, "CREATE TABLE indexed (x)"), (4, "CREATE TABLE words (x)")]
    {
        let place = tempfile::tempdir().unwrap();
        let data = folder_of(place.path(), version);
        lived_in::sqlite(&data, obstacle);
        let before = fs::read(data.join("koine.db")).unwrap();
        for _ in 0..2 {
            let error = SqliteStore::open(&data, Options::default()).unwrap_err();
            assert!(matches!(error, OpenError::Migrate { from, .. } if from == version), "{error}");
            assert!(
                error.to_string().contains(&format!("cannot be brought from schema {version} to")),
                "{error}"
            );
            assert!(
                fs::read(data.join("koine.db")).unwrap() == before,
                "schema {version}: the file was changed"
            );
            let log = fs::metadata(data.join("koine.db-wal")).map_or(0, |log| log.len());
            assert_eq!(log, 0, "schema {version}: changes wait in the log");
        }
        lived_in::sqlite(&data, &obstacle.replace("CREATE", "DROP").replace(" (x)", ""));
        SqliteStore::open(&data, Options::default()).unwrap().close().await;
        is_sound(&data);
    }
}

async fn people_are_there(store: &SqliteStore, version: u32) {
    let by_handle = AccountRef::Handle(Handle::parse("ANN").unwrap());
    let ann = store.account_find(&by_handle).await.unwrap().expect("ann");
    let profile = &ann.profile;
    assert_eq!((profile.id, profile.nick.as_str(), ann.answers_requests), (ANN, "Änn", true));
    assert_eq!((profile.phone.as_str(), profile.status.as_str()), ("+1 555", "drinks tea"));
    let picture = profile.avatar.expect("her picture");
    assert_eq!(store.blob_read(&picture).await.unwrap().as_deref(), Some(&b"a picture"[..]));
    let typed = AccountRef::Typed("ann@EXAMPLE.org".into());
    assert_eq!(store.account_find(&typed).await.unwrap().expect("her address").profile.id, ANN);
    assert_eq!(store.account_verifiers(ANN).await.unwrap().len(), 2);
    assert!(store.account_profiles(&[account(3)]).await.unwrap()[0].deleted);

    let edges = store.contact_list(ANN).await.unwrap();
    assert_eq!((edges.edges.len(), edges.edges[0].peer, edges.edges[0].mutual), (1, account(1), true));
    assert_eq!(edges.requests, [account(2)]);
    let blocked = store.contact_list(account(1)).await.unwrap().blocked;
    assert_eq!(blocked, if version >= SESSIONS { vec![account(2)] } else { vec![] });
    let groups = store.invitation_list(account(2)).await.unwrap();
    assert_eq!((groups.len(), groups[0].name.as_str()), (1, "tea"));

    let cy = store.account_record(account(2)).await.unwrap().expect("cy");
    assert_eq!(cy.disabled, version >= OPERATORS);
    let invites = store.invite_list().await.unwrap();
    let invites: Vec<_> = invites.iter().map(|invite| (invite.number, invite.uses, invite.used)).collect();
    assert_eq!(invites, if version >= OPERATORS { vec![(2, 3, 1)] } else { vec![] });

    let tokens = store.token_list(ANN, Timestamp(0)).await.unwrap();
    assert_eq!(tokens.len(), usize::from(version >= 2));
    if version >= 2 {
        let label = if version >= SESSIONS { "in the kitchen" } else { "" };
        assert_eq!((tokens[0].device.as_str(), tokens[0].label.as_str()), ("phone", label));
        let owner = store.token_use([7; 32], "phone", Timestamp(1), Timestamp(2)).await.unwrap();
        assert_eq!(owner.map(|owner| owner.account), Some(ANN));
    }
}

async fn what_was_said_is_there(store: &SqliteStore, version: u32) {
    let history = |id, who| async move {
        let member = store.member_find(conversation(id), who).await.unwrap().expect("a member");
        let page = Page { span: Span::ALL, order: Order::Oldest, limit: 100 };
        store.message_page(&member, page).await.unwrap()
    };
    let direct = history(1, ANN).await;
    let acts = version >= ACTS;
    assert_eq!(seqs(&direct), (1..=if acts { 8 } else { 4 }).collect::<Vec<_>>());
    assert_eq!(direct[0].parts, [Part::text(if acts { "hello again" } else { "hello bob" })]);
    assert_eq!(direct[1].parts, [Part::Text { text: "<b>hello</b>".into(), markup: Markup::Html }]);
    let Part::Media(letter) = &direct[2].parts[1] else { panic!("{:?}", direct[2]) };
    assert_eq!(
        (letter.name.as_str(), store.media_find(letter.id).await.unwrap()),
        ("letter.txt", Some(letter.clone()))
    );
    assert_eq!(store.blob_read(&letter.blob).await.unwrap().as_deref(), Some(&b"a letter"[..]));
    if acts {
        assert_eq!(
            (direct[0].edited, direct[0].reactions[0].people.as_slice()),
            (Some(moment(105)), &[account(1)][..])
        );
        assert!(direct[3].is_removed() && direct[4].act().is_some());
        assert_eq!(direct[7].parts[0], Part::Reply { to: Seq::new(1) });
        let member = store.member_find(conversation(1), ANN).await.unwrap().unwrap();
        let versions = store.message_versions(&member, Seq::new(1)).await.unwrap();
        assert_eq!(
            versions.iter().map(|version| version.text.as_str()).collect::<Vec<_>>(),
            ["hello bob", "hello again"]
        );
    } else {
        let Part::Foreign { dialect, text, .. } = &direct[3].parts[0] else { panic!("{:?}", direct[3]) };
        assert_eq!((dialect.as_str(), text.as_str()), ("other", "a sticker"));
    }
    assert_eq!(seqs(&history(2, ANN).await), [3], "she sees what was said since she came");
    assert_eq!(seqs(&history(2, account(1)).await), [1, 2, 3]);

    let listed: Vec<_> = store.shelf_list(ANN, None, 100).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|shelf| shelf.conversation.id.number()).collect();
    assert_eq!(ids, if version >= 2 { vec![1, 2] } else { vec![1, 2, 4] }, "without what she cleared");
    let tea = &listed[1];
    assert_eq!((tea.conversation.kind, tea.conversation.leader, tea.words), (Kind::Group, account(1), !acts));
    assert_eq!(listed[0].read.number(), if version >= SESSIONS { 2 } else { 0 });
    let standings = store.watermark_list(ANN, "phone").await.unwrap();
    assert_eq!((standings[0].position.number(), standings[1].position.number()), (3, 3));
    let wanted = Wanted { account: ANN, query: Query::parse("letter"), of: None, before: None, limit: 10 };
    assert_eq!(seqs(&store.message_search(wanted).await.unwrap().messages), [3]);
}

async fn what_is_on_the_disk_counts(store: &SqliteStore, version: u32) {
    let kept = async |who| store.media_kept(who).await.unwrap();
    let (last, bytes) = if version >= LEFTOVERS { (3, 5) } else { (0, 0) };
    assert_eq!((kept(ANN).await, kept(account(1)).await), (9 + bytes, 8 + 9), "schema {version}");
    assert_eq!(store.leftover_last().await.unwrap(), last);
    // Its file went before, and there was no time for the row.
    let cleared = store.leftover_clear(last, Duration::ZERO, 10).await.unwrap().unwrap();
    assert_eq!((cleared.looked_at, cleared.files), (u32::from(last > 0), 0));
    assert_eq!((kept(ANN).await, kept(account(1)).await), (9, 8 + 9));
}

async fn it_goes_on(store: &SqliteStore) {
    // What was said under a key before is still known by it.
    let again = Append {
        sender: ANN,
        to: ConversationRef::Id(conversation(1)),
        parts: vec![Part::text("hello bob")].into(),
        key: Some("k1".into()),
        at: moment(1_000),
    };
    let first = store.message_append(again.clone()).await.unwrap();
    assert_eq!((first.place.seq.number(), first.fresh), (1, false));
    let next = store.message_append(Append { key: None, ..again.clone() }).await.unwrap();
    assert!(next.fresh);
    let to = ConversationRef::Id(conversation(4));
    let refused = store.message_append(Append { to, key: None, ..again }).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::UnknownAccount))), "dee is gone");
    let group = koine_store::NewGroup {
        leader: ANN,
        name: "new".into(),
        members: Vec::new(),
        invite: false,
        accepted: Default::default(),
        most: 10,
        at: moment(1_000),
    };
    assert_eq!(store.group_create(group).await.unwrap().id, conversation(5), "no number is given out twice");
}

fn the_copy_is_as_it_was(data: &Path, version: u32, newest: u32) {
    let copy = data.join(format!("koine.db.v{version}.bak"));
    assert_eq!(copy.exists(), version < newest);
    if version == newest {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let original = folder_of(place.path(), version).join("koine.db");
    assert_eq!(version_of(&copy), version);
    assert_eq!(dump(&copy, version), dump(&original, version));
    let sound: String =
        Connection::open(&copy).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

fn is_sound(data: &Path) {
    assert_eq!(damages(data, Depth::Bytes), [""; 0]);
}

/// Makes a data folder of schema `version`, as a server that ended in order has left it.
fn folder_of(place: &Path, version: u32) -> PathBuf {
    let data = place.join(format!("schema_{version}"));
    for bytes in [&b"a picture"[..], b"a letter"] {
        let file = file_of(&data, bytes);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
    let connection = Connection::open(data.join("koine.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN;").unwrap();
    connection.execute_batch(&fs::read_to_string(fixture(version)).unwrap()).unwrap();
    connection.execute_batch("COMMIT").unwrap();
    data
}

fn fixture(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/schema_{version}.sql"))
}

/// The statements that make schema `version` of the one before.
fn migration_to(version: u32) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/migrations");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    fs::read_to_string(&files[usize::try_from(version).unwrap() - 1]).unwrap()
}

/// The newest schema of which there is a fixture.
fn newest() -> u32 {
    (1..).take_while(|version| fixture(*version).is_file()).last().expect("fixtures")
}

fn version_of(database: &Path) -> u32 {
    Connection::open(database).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// The tables, indexes and triggers as they were declared, without SQLite's own and those behind the index of words.
fn schema_of(database: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
                 AND name NOT LIKE 'words~_%' ESCAPE '~' ORDER BY type = 'trigger', type DESC, name",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// A database as SQL, without the index of words, which is made anew of the messages.
fn dump(database: &Path, version: u32) -> String {
    let connection = Connection::open(database).unwrap();
    let mut page = format!("-- A database of schema {version}.\n");
    for (name, sql) in schema_of(database) {
        writeln!(page, "{sql};").unwrap();
        if sql.starts_with("CREATE TABLE") && !["indexed", "belated", "reindex"].contains(&name.as_str()) {
            rows(&connection, &name, &mut page);
        }
    }
    page.push_str("DELETE FROM sqlite_sequence;\n");
    rows(&connection, "sqlite_sequence", &mut page);
    writeln!(page, "PRAGMA user_version = {version};").unwrap();
    page
}

fn rows(connection: &Connection, table: &str, page: &mut String) {
    let columns: String = connection
        .query_row(
            "SELECT group_concat('quote(' || name || ')', ' || '', '' || ') FROM pragma_table_info(?1)",
            [table],
            |row| row.get(0),
        )
        .unwrap();
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table} ORDER BY 1")).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for row in rows {
        writeln!(page, "INSERT INTO {table} VALUES ({});", row.unwrap()).unwrap();
    }
}

fn seqs(messages: &[Message]) -> Vec<u32> {
    messages.iter().map(|message| message.place.seq.number()).collect()
}

/// Somebody by the order in which they came, ann being 0.
fn account(number: u32) -> AccountId {
    AccountId::new(ANN.number() + number).unwrap()
}

fn conversation(number: u32) -> ConversationId {
    ConversationId::new(number).unwrap()
}

fn moment(milliseconds: i64) -> Timestamp {
    Timestamp(1_700_000_000_000 + milliseconds)
}
