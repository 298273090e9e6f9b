//! A data folder with something of every kind in it, and what can be seen of it.

#![allow(dead_code, reason = "each test uses some of it")]

use bytes::Bytes;
use koine_model::account::Handle;
use koine_model::conversation::ConversationRef;
use koine_model::media::Media;
use koine_model::message::{Act, Deed, Part, Span};
use koine_model::secret::Form;
use koine_model::{AccountId, ConversationId, MediaId, Place, Seq, Timestamp};
use koine_store::words::Query;
use koine_store::{
    Amend, Append, Change, NewAccount, NewGroup, NewToken, Order, Page, Store, Verifier, Wanted, WantedHandle,
};
use koine_store_sqlite::{Depth, Finding, Grade, Options, SqliteStore, Watch, check};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub(crate) const ANN: AccountId = AccountId::FIRST;

/// Everything that can be told apart afterwards.
#[derive(Debug, PartialEq, Eq, Default)]
pub(crate) struct Seen {
    /// The texts of all that ann may see, one conversation after the other.
    pub(crate) texts: Vec<String>,
    /// Everything else about it, as it is shown for debugging.
    pub(crate) rest: Vec<String>,
}

/// Opens a new data folder in which people have lived: three accounts, friends, one who was blocked, a direct conversation (1), a
/// group (2), and media.
pub(crate) async fn live_in(data: &Path) -> SqliteStore {
    let store = SqliteStore::open(data, Options::default()).unwrap();
    let ann = person(&store, "ann").await;
    let (bob, cy) = (person(&store, "bob").await, person(&store, "cy").await);
    assert_eq!(ann, ANN);
    store.contact_request(ann, bob, true, Timestamp(1)).await.unwrap();
    store.contact_request(cy, bob, false, Timestamp(2)).await.unwrap();
    store.contact_block(ann, cy, Timestamp(3)).await.unwrap();
    let picture = store.blob_write(Bytes::from_static(b"a picture")).await.unwrap();
    store.account_change(ann, Change { avatar: Some(Some(picture)), ..Change::default() }).await.unwrap();
    let token = NewToken {
        account: ann,
        hash: [7; 32],
        device: "phone".into(),
        label: "in the kitchen".into(),
        at: Timestamp(5),
        until: Timestamp(i64::MAX),
        most: 5,
    };
    store.token_create(token).await.unwrap();
    let direct = store.direct_open(ann, bob, Timestamp(6)).await.unwrap().0.id;
    let group = NewGroup {
        leader: bob,
        name: "tea".into(),
        members: vec![ann],
        invite: false,
        accepted: HashSet::new(),
        most: 10,
        at: Timestamp(7),
    };
    let group = store.group_create(group).await.unwrap().id;
    for number in 0..200 {
        let to = if number % 2 == 0 { direct } else { group };
        let key = (number % 5 == 0).then(|| number.to_string());
        post(
            &store,
            if number % 3 == 0 { ann } else { bob },
            to,
            vec![Part::text(format!("words {number} {}", "x".repeat(100)))],
            key,
        )
        .await;
    }
    for (id, bytes, name) in [(1, &b"a letter"[..], "letter.txt"), (2, b"a song", "song.ogg")] {
        let blob = store.blob_write(Bytes::from_static(bytes)).await.unwrap();
        let media = Media { id: MediaId(id), blob, mime: "text/plain".into(), name: name.into() };
        post(&store, bob, direct, vec![Part::text("look"), Part::Media(media)], None).await;
    }
    for (seq, deed) in [
        (1, Deed::Edited("other words".into())),
        (3, Deed::Reacted { emoji: "👍".into(), on: true }),
        (7, Deed::Deleted),
    ] {
        amend(&store, ann, direct, seq, deed).await;
    }
    store.watermark_advance(ann, "phone", &[(direct, Seq::new(50))]);
    store.read_advance(ann, Place { conversation: direct, seq: Seq::new(40) }, 10).await.unwrap();
    let wanted = Wanted { account: ann, query: Query::parse("words"), of: None, before: None, limit: 5 };
    assert_eq!(store.message_search(wanted).await.unwrap().messages.len(), 5);
    store.check().await.unwrap();
    store
}

/// One more message of ann's.
pub(crate) async fn say(store: &SqliteStore, text: &str) {
    post(store, ANN, ConversationId::new(1).unwrap(), vec![Part::text(text)], None).await;
}

pub(crate) async fn person(store: &SqliteStore, name: &str) -> AccountId {
    let new = NewAccount {
        handle: WantedHandle::Exactly(Handle::parse(name).unwrap()),
        nick: name.to_uppercase(),
        nick_is_unique: false,
        email: format!("{name}@example.org"),
        phone: String::new(),
        verifiers: vec![Verifier { form: Form::Plain, hash: "$argon2id$".into() }],
        invitation: None,
        at: Timestamp(0),
    };
    store.account_create(new).await.unwrap().id
}

async fn post(
    store: &SqliteStore,
    sender: AccountId,
    to: ConversationId,
    parts: Vec<Part>,
    key: Option<String>,
) {
    let append =
        Append { sender, to: ConversationRef::Id(to), parts: parts.into(), key, at: Timestamp(1_000) };
    store.message_append(append).await.unwrap();
}

async fn amend(store: &SqliteStore, actor: AccountId, conversation: ConversationId, seq: u32, deed: Deed) {
    let act = Act { target: Seq::new(seq), deed };
    store.message_amend(Amend { actor, conversation, act, key: None, at: Timestamp(2_000) }).await.unwrap();
}

/// All that ann can see, through the trait.
pub(crate) async fn see(store: &SqliteStore) -> Seen {
    let mut seen = Seen::default();
    for shelf in store.shelf_list(ANN, None, 100).await.unwrap() {
        let member = store.member_find(shelf.conversation.id, ANN).await.unwrap().unwrap();
        let page = Page { span: Span::ALL, order: Order::Oldest, limit: 10_000 };
        for message in store.message_page(&member, page).await.unwrap() {
            for part in &message.parts {
                match part {
                    Part::Text { text, .. } => seen.texts.push(text.clone()),
                    Part::Media(media) => {
                        let bytes = store.blob_read(&media.blob).await.unwrap().expect("its bytes");
                        seen.rest.push(format!("{media:?} {bytes:?}"));
                    }
                    _ => {}
                }
            }
            seen.rest.push(format!("{message:?}"));
        }
        seen.rest.push(format!("{shelf:?} {member:?}"));
    }
    seen.rest.push(format!("{:?}", store.account_profiles(&[ANN]).await.unwrap()));
    seen.rest.push(format!("{:?}", store.contact_list(ANN).await.unwrap()));
    seen.rest.push(format!("{:?}", store.token_list(ANN, Timestamp(0)).await.unwrap()));
    seen.rest.push(format!("{:?}", store.watermark_list(ANN, "phone").await.unwrap()));
    seen
}

/// Changes a database behind the back of the program, whatever its foreign keys say.
pub(crate) fn sqlite(data: &Path, statements: &str) {
    let connection = Connection::open(data.join("koine.db")).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(statements).unwrap();
}

/// Where the bytes lie.
pub(crate) fn file_of(data: &Path, bytes: &[u8]) -> PathBuf {
    let name: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    data.join("media").join(&name[..2]).join(&name)
}

/// Remembers what it was told.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) findings: Vec<Finding>,
    pub(crate) parts: Vec<koine_store_sqlite::Part>,
}

impl Watch for Heard {
    fn progress(&mut self, part: koine_store_sqlite::Part, done: u64, of: u64) {
        assert!(of == 0 || done <= of, "{part:?}: {done} of {of}");
        self.parts.push(part);
    }

    fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// The damages that a check finds.
pub(crate) fn damages(data: &Path, depth: Depth) -> Vec<String> {
    let mut heard = Heard::default();
    let verdict = check(data, depth, &mut heard).unwrap();
    let damages = heard.findings.into_iter().filter(|finding| finding.grade == Grade::Damage);
    let damages: Vec<String> = damages.map(|finding| finding.text).collect();
    assert_eq!(damages.is_empty(), verdict.damages == 0, "{damages:?}");
    damages
}

/// What ann sees in a folder that no store has open.
pub(crate) async fn seen_in(data: &Path) -> Seen {
    let store = SqliteStore::open(data, Options::default()).unwrap();
    let seen = see(&store).await;
    store.close().await;
    seen
}
