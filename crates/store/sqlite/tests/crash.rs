//! What was answered is there after a `SIGKILL` at any moment.
//!
//! The test starts itself once more as a process of its own, which writes and says what was answered until it is killed.

use koine_model::account::{AccountRef, Handle};
use koine_model::conversation::ConversationRef;
use koine_model::message::{Message, Part, Span};
use koine_model::{AccountId, ConversationId, Timestamp};
use koine_store::{Append, NewAccount, Order, Page, Store, WantedHandle};
use koine_store_sqlite::{Options, SqliteStore};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const FOLDER: &str = "KOINE_TEST_CRASH_FOLDER";

#[tokio::test]
async fn answered_messages_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut answered = HashMap::new();
    for round in 0..4 {
        let writer = start(folder.path());
        for (place, text) in heard_until_killed(writer).await {
            assert!(answered.insert(place, text).is_none(), "{place:?} was given twice");
        }
        check(folder.path(), &answered, round).await;
    }
}

/// The process that is killed. As a test of its own it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_writing_process() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = Arc::new(SqliteStore::open(Path::new(&folder), Options::default()).unwrap());
    let ann = ann(&store).await;
    let rooms = [room(&store, ann, "one").await, room(&store, ann, "two").await];
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for round in 0_u32.. {
                let text = format!("{}-{task}-{round}", std::process::id());
                let append = Append {
                    sender: ann,
                    to: ConversationRef::Id(rooms[task % 2]),
                    parts: vec![Part::text(&text)].into(),
                    key: (task % 3 == 0).then(|| text.clone()),
                    at: Timestamp(0),
                };
                let place = store.message_append(append).await.unwrap().place;
                writeln!(std::io::stdout(), "answered {} {} {text}", place.conversation, place.seq).unwrap();
            }
        });
    }
    tasks.join_all().await;
}

async fn ann(store: &SqliteStore) -> AccountId {
    let handle = Handle::parse("ann").unwrap();
    if let Some(found) = store.account_find(&AccountRef::Handle(handle.clone())).await.unwrap() {
        return found.profile.id;
    }
    let new = NewAccount {
        handle: WantedHandle::Exactly(handle),
        nick: "ann".into(),
        nick_is_unique: false,
        email: String::new(),
        phone: String::new(),
        verifiers: Vec::new(),
        invitation: None,
        at: Timestamp(0),
    };
    store.account_create(new).await.unwrap().id
}

async fn room(store: &SqliteStore, ann: AccountId, name: &str) -> ConversationId {
    let known = store.membership_list(ann).await.unwrap();
    if let Some(found) = known.into_iter().find(|membership| membership.conversation.name == name) {
        return found.conversation.id;
    }
    let new = koine_store::NewGroup {
        leader: ann,
        name: name.to_owned(),
        members: Vec::new(),
        invite: false,
        accepted: HashSet::new(),
        most: 2,
        at: Timestamp(0),
    };
    store.group_create(new).await.unwrap().id
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_writing_process", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills the writer some time after its first answer, and tells everything that it said.
async fn heard_until_killed(mut writer: Child) -> Vec<((u32, u32), String)> {
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let first = lines.find(|line| line.as_ref().unwrap().contains("answered ")).unwrap().unwrap();
    let listener = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
    let random = RandomState::new().build_hasher().finish();
    tokio::time::sleep(Duration::from_millis(random % 150)).await;
    writer.kill().unwrap();
    writer.wait().unwrap();
    let mut lines = listener.join().unwrap();
    lines.push(first);
    lines.iter().filter_map(|line| answer(line)).collect()
}

/// Reads one line. The last one may have been cut off by the kill, and then lacks its text.
fn answer(line: &str) -> Option<((u32, u32), String)> {
    let (_, rest) = line.split_once("answered ")?;
    let mut words = rest.split(' ');
    let place = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().map(|text| (place, text.to_owned()))
}

async fn check(folder: &Path, answered: &HashMap<(u32, u32), String>, round: u32) {
    let store = SqliteStore::open(folder, Options::default()).unwrap();
    let ann = ann(&store).await;
    let mut found = 0;
    for membership in store.membership_list(ann).await.unwrap() {
        let conversation = membership.conversation.id;
        let member = store.member_find(conversation, ann).await.unwrap().unwrap();
        let page = Page { span: Span::ALL, order: Order::Oldest, limit: usize::MAX };
        let messages = store.message_page(&member, page).await.unwrap();
        for (message, seq) in messages.iter().zip(1..) {
            assert_eq!(message.place.seq.number(), seq, "places are dense");
            if let Some(said) = answered.get(&(conversation.number(), seq)) {
                assert!(text(message).starts_with(said), "{} is not {said}", text(message));
                found += 1;
            }
        }
    }
    assert_eq!(found, answered.len(), "all answered messages are there in round {round}");
    store.close().await;
}

fn text(message: &Message) -> &str {
    match &message.parts[..] {
        [Part::Text { text, .. }] => text,
        other => panic!("{other:?}"),
    }
}
