//! What is told of one person when all that is held of them is asked for: everything that they did, and nothing of anybody else.

mod archived;
mod lived_in;

use archived::{
    LATE, act, blob, bob, conversation, cy, dora, eve, fay, foreign, gus, hal, live_on, reaction, reply,
    version,
};
use koine_model::account::{AccountRef, Handle};
use koine_model::conversation::Kind;
use koine_model::media::Media;
use koine_model::message::{Deed, Message, Part};
use koine_model::secret::Form;
use koine_model::session::SessionId;
use koine_model::{AccountId, ConversationId, MediaId, Place, Seq, Timestamp};
use koine_store::TokenRecord;
use koine_store_sqlite::{Archive, Belongings, Entry, Joined, UpkeepError};
use lived_in::{ANN, sqlite};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;

#[tokio::test]
async fn what_belongs_to_somebody_is_told() {
    let place = tempfile::tempdir().unwrap();
    live_on(place.path()).await;
    let archive = Archive::open(place.path()).unwrap();
    let account = archive.account(&AccountRef::Typed("anna".to_owned())).unwrap().expect("ann");
    assert_eq!((account.disabled, account.answers_requests), (false, true));
    let profile = account.profile;
    assert_eq!((profile.id, profile.handle, profile.created), (ANN, handle("Anna"), Timestamp(0)));
    let texts = [profile.nick, profile.email, profile.phone, profile.status].join(", ");
    assert_eq!(texts, "Ann Lee, lee@example.org, +49 1, at tea");
    assert_eq!((profile.avatar, profile.deleted), (Some(blob(b"a new picture")), false));
    let token = |session, device: &str, label: &str, created, used| TokenRecord {
        session: SessionId(session),
        device: device.to_owned(),
        label: label.to_owned(),
        created: Timestamp(created),
        used: Timestamp(used),
    };
    let chess = conversation(3, Kind::Group, "chess", bob(), 22);
    let expected = Belongings {
        handles: vec!["ann".to_owned(), "anna".to_owned()],
        forms: vec![Form::Plain, Form::Md5],
        contacts: vec![(bob(), Timestamp(1), true), (fay(), Timestamp(14), false)],
        requests: vec![(dora(), Timestamp(11)), (gus(), Timestamp(16))],
        asked: vec![(eve(), Timestamp(12)), (fay(), Timestamp(14))],
        blocked: vec![(cy(), Timestamp(3))],
        invitations: vec![(chess, Timestamp(23))],
        tokens: vec![
            token(1, "phone", "in the kitchen", 5, 5),
            token(3, "desk", "at work", 21, 21 + archived::LATER),
        ],
    };
    assert_eq!(archive.belongings(ANN).unwrap(), expected);
    let of_hal = Belongings {
        handles: vec!["hal".to_owned()],
        forms: vec![Form::Plain],
        contacts: Vec::new(),
        requests: Vec::new(),
        asked: Vec::new(),
        blocked: vec![(ANN, Timestamp(18))],
        invitations: Vec::new(),
        tokens: Vec::new(),
    };
    assert_eq!(archive.belongings(hal()).unwrap(), of_hal);
    assert_eq!(archive.leftovers(ANN).unwrap(), [blob(b"a picture")]);
    assert_eq!(archive.pictured(ANN).unwrap(), [garden()]);
}

#[tokio::test]
async fn what_somebody_is_a_member_of_is_told() {
    let place = tempfile::tempdir().unwrap();
    live_on(place.path()).await;
    let mut tea = conversation(2, Kind::Group, "tea", bob(), 7);
    tea.avatar = Some(blob(b"a picture of tea"));
    let joined = |conversation, members: &[AccountId], at: i64| Joined {
        conversation,
        members: members.to_vec(),
        at: Timestamp(at),
        since: Seq::ZERO,
        cleared: false,
        read: Seq::ZERO,
        devices: Vec::new(),
        words: true,
    };
    let expected = [
        Joined {
            read: Seq::new(40),
            devices: vec![("desk".to_owned(), Seq::new(7)), ("phone".to_owned(), Seq::new(50))],
            ..joined(conversation(1, Kind::Direct, "", ANN, 6), &[ANN, bob()], 6)
        },
        Joined { devices: vec![("desk".to_owned(), Seq::new(30))], ..joined(tea, &[bob(), ANN], 7) },
        Joined {
            since: Seq::new(2),
            cleared: true,
            read: Seq::new(1),
            words: false,
            ..joined(garden(), &[ANN, dora()], 24)
        },
        Joined {
            since: Seq::new(2),
            ..joined(conversation(7, Kind::Group, "late", eve(), 30), &[eve(), ANN], LATE)
        },
    ];
    let archive = Archive::open(place.path()).unwrap();
    assert_eq!(archive.joined(ANN).unwrap(), expected);
    assert_eq!(archive.joined(hal()).unwrap(), []);
    // Somebody has left it, and has said something there.
    let left = conversation(6, Kind::Group, "left", dora(), 26);
    assert_eq!(archive.conversation(left.id).unwrap(), Some(left));
}

#[tokio::test]
async fn what_somebody_may_see_or_has_said_is_told() {
    let place = tempfile::tempdir().unwrap();
    live_on(place.path()).await;
    let archive = Archive::open(place.path()).unwrap();
    let (found, expected) = (entries(&archive, ANN), expected_entries());
    // One at a time: texts are not shown for debugging.
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
        assert_eq!(found.message.parts, expected.message.parts, "at {}", expected.message.place.seq);
    }
    assert_eq!(found.len(), expected.len());
    let of_hal = entries(&archive, hal());
    assert!(of_hal.is_empty(), "{of_hal:?}");
}

/// In the order of their places.
fn expected_entries() -> Vec<Entry> {
    let words = |number: u32| Part::text(format!("words {number} {}", "x".repeat(100)));
    let lived = |conversation, seq: u32, number: u32| {
        let sender = if number.is_multiple_of(3) { ANN } else { bob() };
        let key = (number.is_multiple_of(15)).then(|| number.to_string());
        Entry { key, ..said(conversation, seq, sender, vec![words(number)], 1_000) }
    };
    let mut direct: Vec<Entry> = (1..=100).map(|seq| lived(1, seq, (seq - 1) * 2)).collect();
    for (id, bytes, name) in [(1, &b"a letter"[..], "letter.txt"), (2, b"a song", "song.ogg")] {
        let media =
            Media { id: MediaId(id), blob: blob(bytes), mime: "text/plain".into(), name: name.into() };
        let seq = 100 + u32::try_from(id).unwrap();
        direct.push(said(1, seq, bob(), vec![Part::text("look"), Part::Media(media)], 1_000));
    }
    // What was done to them is told as it is now.
    let first = &mut direct[0];
    first.message.parts = vec![Part::text("third words")];
    first.message.edited = Some(Timestamp(3_003));
    first.message.reactions = vec![reaction("🎉", &[bob()])];
    first.versions = vec![
        version(1_000, &format!("words 0 {}", "x".repeat(100))),
        version(2_000, "other words"),
        version(3_003, "third words"),
    ];
    let third = &mut direct[2];
    third.message.parts = vec![Part::text("bob's words")];
    third.message.edited = Some(Timestamp(3_010));
    third.message.reactions = vec![reaction("👍", &[ANN, bob()])];
    third.versions =
        vec![version(1_000, &format!("words 4 {}", "x".repeat(100))), version(3_010, "bob's words")];
    for seq in [7, 10] {
        direct[seq - 1].message.parts = vec![Part::Removed];
    }
    let edit = |text: &str| Deed::Edited(text.to_owned());
    let react = |emoji: &str, on| Deed::Reacted { emoji: emoji.to_owned(), on };
    let keyed = |key: &str, entry| Entry { key: Some(key.to_owned()), ..entry };
    direct.extend([
        said(1, 103, ANN, vec![act(1, edit("other words"))], 2_000),
        said(1, 104, ANN, vec![act(3, react("👍", true))], 2_000),
        said(1, 105, ANN, vec![act(7, Deed::Deleted)], 2_000),
        keyed("re", said(1, 106, ANN, reply(3, "yes"), 3_000)),
        said(1, 107, ANN, vec![foreign()], 3_001),
        // Bob's own name for it is not hers to know.
        said(1, 108, bob(), vec![archived::html()], 3_002),
        keyed("edit", said(1, 109, ANN, vec![act(1, edit("third words"))], 3_003)),
        said(1, 110, bob(), vec![act(1, react("🎉", true))], 3_004),
        said(1, 111, bob(), vec![act(3, react("👍", true))], 3_005),
        // What was deleted is in no act either.
        said(1, 112, ANN, vec![act(10, edit(""))], 3_006),
        said(1, 113, ANN, vec![act(10, Deed::Deleted)], 3_007),
        said(1, 114, bob(), reply(106, "no"), 500),
        said(1, 115, ANN, vec![act(4, react("👍", true))], 3_008),
        said(1, 116, ANN, vec![act(4, react("👍", false))], 3_009),
        said(1, 117, bob(), vec![act(3, edit("bob's words"))], 3_010),
    ]);
    let tea = (1..=100).map(|seq| lived(2, seq, seq * 2 - 1));
    let unseen = |entry| Entry { visible: false, ..entry };
    direct
        .into_iter()
        .chain(tea)
        .chain([
            unseen(said(5, 2, ANN, vec![Part::text("in the garden")], 25)),
            unseen(keyed("bye", said(6, 1, ANN, vec![Part::text("farewell")], 27))),
            said(7, 3, eve(), vec![Part::text("hello ann")], 32),
        ])
        .collect()
}

fn said(conversation: u32, seq: u32, sender: AccountId, parts: Vec<Part>, at: i64) -> Entry {
    let place = Place { conversation: ConversationId::new(conversation).unwrap(), seq: Seq::new(seq) };
    let message = Message::new(place, sender, Timestamp(at), parts);
    Entry { message, visible: true, key: None, versions: Vec::new() }
}

fn garden() -> koine_model::conversation::Conversation {
    let mut garden = conversation(5, Kind::Group, "garden", dora(), 24);
    garden.avatar = Some(blob(b"a picture of roses"));
    garden
}

fn handle(text: &str) -> Handle {
    Handle::parse(text).unwrap()
}

fn entries(archive: &Archive, of: AccountId) -> Vec<Entry> {
    let mut found = Vec::new();
    let take = |entry| -> Result<(), UpkeepError> {
        found.push(entry);
        Ok(())
    };
    archive.entries(of, |_, _| {}, take).unwrap();
    found
}

/// Where the database names an account, and what stands there is told.
const TOLD: &[(&str, &str)] = &[
    ("account", "id"),
    ("block", "owner"),
    ("contact", "owner"),
    ("contact_request", "asker"),
    ("contact_request", "peer"),
    ("conversation", "leader"),
    ("conversation", "pictured"),
    ("handle", "account"),
    ("invitation", "account"),
    ("leftover", "owner"),
    ("member", "account"),
    ("message", "sender"),
    ("reaction", "account"),
    ("read_mark", "account"),
    ("token", "account"),
    ("verifier", "account"),
    ("watermark", "account"),
];

/// Where it names one, and the export does without; and why.
const NOT_TOLD: &[(&str, &str, &str)] = &[
    ("block", "peer", "nobody is told who has blocked them"),
    ("contact", "peer", "another's list is theirs; that they are on it is told of their own contacts"),
    ("direct", "high", "one of the two members of a conversation, who are told"),
    ("direct", "low", "likewise"),
    ("media", "owner", "for whom it counts; an attachment is a part of its message"),
    ("media_use", "account", "the sum of what is told one by one"),
    ("message_key", "sender", "it leads to a message, and stands there, too"),
];

/// What a new table says of people is told, or it is said why not.
#[tokio::test]
async fn whatever_names_an_account_is_told() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    live_on(&data).await;
    let connection = Connection::open(data.join("koine.db")).unwrap();
    let mut known: BTreeSet<(String, String)> =
        TOLD.iter().map(|(table, column)| (table.to_string(), column.to_string())).collect();
    for (table, column, why) in NOT_TOLD {
        assert!(known.insert((table.to_string(), column.to_string())), "{table}.{column} is told: {why}");
    }
    assert_eq!(naming(&connection), known, "which columns name an account, and which are known to");
    let before = all_of_ann(&data);
    for (table, column) in TOLD {
        let folder = place.path().join(format!("{table}.{column}"));
        std::fs::create_dir(&folder).unwrap();
        let copy = folder.join("koine.db");
        connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        // As if it were somebody's whom there is not.
        sqlite(&folder, &format!("UPDATE {table} SET {column} = 1000009999 WHERE {column} = {ANN}"));
        assert_ne!(all_of_ann(&folder), before, "{table}.{column} is not told");
    }
}

/// Columns that refer to accounts, or hold nothing but numbers of accounts.
fn naming(connection: &Connection) -> BTreeSet<(String, String)> {
    let names = |query: &str| -> Vec<String> {
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let one = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    let mut found = BTreeSet::new();
    let tables = names(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    );
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables {
        assert!(one(&format!("SELECT count(*) FROM {table}")) > 0, "nobody has lived in {table}");
        let referring =
            format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}') WHERE \"table\" = 'account'");
        found.extend(names(&referring).into_iter().map(|column| (table.clone(), column)));
        for column in names(&format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'INTEGER'"))
        {
            let others = format!("{column} <> 0 AND {column} NOT IN (SELECT id FROM account)");
            let all = one(&format!("SELECT count(*) FROM {table} WHERE {column} <> 0"));
            if all > 0 && one(&format!("SELECT count(*) FROM {table} WHERE {others}")) == 0 {
                found.insert((table.clone(), column));
            }
        }
    }
    found
}

fn all_of_ann(data: &Path) -> String {
    let archive = Archive::open(data).unwrap();
    let account = archive.account(&AccountRef::Id(ANN)).unwrap();
    let (belongings, joined) = (archive.belongings(ANN).unwrap(), archive.joined(ANN).unwrap());
    let (left, given) = (archive.leftovers(ANN).unwrap(), archive.pictured(ANN).unwrap());
    format!("{account:?} {belongings:?} {joined:?} {:?} {left:?} {given:?}", entries(&archive, ANN))
}
