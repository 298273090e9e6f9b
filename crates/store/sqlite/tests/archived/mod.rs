//! A data folder in which people have gone on living, so that there is something of everything that a person can have.

use crate::lived_in::{ANN, live_in, person};
use bytes::Bytes;
use koine_model::account::Handle;
use koine_model::conversation::{Conversation, ConversationRef, Kind};
use koine_model::media::Blob;
use koine_model::message::{Act, Deed, Markup, Part, Reaction, Version};
use koine_model::secret::Form;
use koine_model::{AccountId, ConversationId, Place, Seq, Timestamp};
use koine_store::words::Query;
use koine_store::{
    Amend, Append, Change, Keeping, NewGroup, NewInvite, NewToken, OperatorStore, Store, Verifier, Wanted,
};
use koine_store_sqlite::SqliteStore;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;

pub(crate) fn bob() -> AccountId {
    account(2)
}

pub(crate) fn cy() -> AccountId {
    account(3)
}

pub(crate) fn dora() -> AccountId {
    account(4)
}

pub(crate) fn eve() -> AccountId {
    account(5)
}

pub(crate) fn fay() -> AccountId {
    account(6)
}

pub(crate) fn gus() -> AccountId {
    account(7)
}

pub(crate) fn hal() -> AccountId {
    account(8)
}

fn account(number: u32) -> AccountId {
    AccountId::new(1_000_000_000 + number).unwrap()
}

/// When ann came to the group "late".
pub(crate) const LATE: i64 = 31;
/// After what time ann used her second token again, in milliseconds: long enough that it is noted.
pub(crate) const LATER: i64 = 2 * 60 * 60 * 1_000;

/// Has people live in a new folder as [`live_in`] does, and go on: five more of them, and of all that concerns ann something that
/// concerns another as well.
pub(crate) async fn live_on(data: &Path) {
    let store = live_in(data).await;
    for (name, id) in [("dora", dora()), ("eve", eve()), ("fay", fay()), ("gus", gus()), ("hal", hal())] {
        assert_eq!(person(&store, name).await, id);
    }
    meet(&store).await;
    sign_in(&store).await;
    gather(&store).await;
    speak(&store).await;
    store.close().await;
}

/// Requests, contacts and blocks.
async fn meet(store: &SqliteStore) {
    for (asker, peer, accepted, at) in [
        (dora(), ANN, false, 11),
        (ANN, eve(), false, 12),
        (eve(), dora(), false, 13),
        (bob(), gus(), true, 15),
    ] {
        store.contact_request(asker, peer, accepted, Timestamp(at)).await.unwrap();
    }
    // These two have them without being had.
    store.contact_add(ANN, fay(), false, Timestamp(14)).await.unwrap();
    store.contact_add(gus(), ANN, false, Timestamp(16)).await.unwrap();
    store.contact_block(dora(), cy(), Timestamp(17)).await.unwrap();
    store.contact_block(hal(), ANN, Timestamp(18)).await.unwrap();
}

/// Profiles, passwords, tokens, and what was let go of.
async fn sign_in(store: &SqliteStore) {
    let handle = |text| Some(Handle::parse(text).unwrap());
    let text = |text: &str| Some(text.to_owned());
    let picture = store.blob_write(Bytes::from_static(b"a new picture")).await.unwrap();
    let change = Change {
        handle: handle("Anna"),
        nick: text("Ann Lee"),
        email: text("lee@example.org"),
        phone: text("+49 1"),
        status: text("at tea"),
        avatar: Some(Some(picture)),
    };
    store.account_change(ANN, change).await.unwrap();
    store.account_change(bob(), Change { handle: handle("Robert"), ..Change::default() }).await.unwrap();
    for (who, form) in [(ANN, Form::Md5), (bob(), Form::Sha256)] {
        let added = vec![Verifier { form, hash: "$argon2id$".into() }];
        store.account_signed_in(who, &[], added, true).await.unwrap();
    }
    for (who, hash, device, label, at) in
        [(bob(), [8; 32], "phone", "bob's", 20), (ANN, [9; 32], "desk", "at work", 21)]
    {
        let token = NewToken {
            account: who,
            hash,
            device: device.into(),
            label: label.into(),
            at: Timestamp(at),
            until: Timestamp(i64::MAX),
            most: 5,
        };
        store.token_create(token).await.unwrap();
    }
    store.token_use([9; 32], "desk", Timestamp(21 + LATER), Timestamp(i64::MAX)).await.unwrap();
    let old = store.blob_write(Bytes::from_static(b"what bob had")).await.unwrap();
    store.leftover_add(bob(), &[old]).await.unwrap();
    let invite = NewInvite { hash: [1; 32], uses: 3, at: Timestamp(0), until: Timestamp(9) };
    store.invite_create(invite).await.unwrap();
}

/// Groups, and how far people have come in them.
async fn gather(store: &SqliteStore) {
    for (number, leader, name, member, at) in [
        (3, bob(), "chess", None, 22),
        (4, bob(), "go", None, 22),
        (5, ANN, "garden", Some(dora()), 24),
        (6, dora(), "left", Some(ANN), 26),
        (7, eve(), "late", None, 30),
    ] {
        let group = NewGroup {
            leader,
            name: name.into(),
            members: member.into_iter().collect(),
            invite: false,
            accepted: HashSet::new(),
            most: 10,
            at: Timestamp(at),
        };
        assert_eq!(store.group_create(group).await.unwrap().id, id(number));
    }
    for (group, by, who, invite, at) in [(3, bob(), ANN, true, 23), (4, bob(), gus(), true, 23)] {
        store.member_add(id(group), by, who, invite, 10, Timestamp(at)).await.unwrap();
    }
    for (group, by, picture) in [(2, bob(), &b"a picture of tea"[..]), (5, ANN, b"a picture of roses")] {
        let picture = store.blob_write(Bytes::from_static(picture)).await.unwrap();
        store.group_picture(id(group), by, Some(picture)).await.unwrap();
    }
    store.group_promote(id(5), ANN, dora()).await.unwrap();
    say(store, dora(), 5, vec![Part::text("not for ann: cleared")], None, 25).await;
    say(store, ANN, 5, vec![Part::text("in the garden")], None, 25).await;
    store.read_advance(ANN, Place { conversation: id(5), seq: Seq::new(1) }, 10).await.unwrap();
    store.conversation_clear(id(5), ANN).await.unwrap();
    store.member_words(id(5), ANN, false).await.unwrap();
    say(store, ANN, 6, vec![Part::text("farewell")], Some("bye"), 27).await;
    store.member_leave(id(6), ANN).await.unwrap();
    say(store, dora(), 6, vec![Part::text("not for ann: she has left")], None, 28).await;
    say(store, eve(), 7, vec![Part::text("not for ann: she was not there")], None, 30).await;
    say(store, eve(), 7, vec![Part::text("not for ann: nor here")], None, 30).await;
    store.member_add(id(7), eve(), ANN, false, 10, Timestamp(LATE)).await.unwrap();
    say(store, eve(), 7, vec![Part::text("hello ann")], None, 32).await;
    let aside = store.direct_open(dora(), eve(), Timestamp(33)).await.unwrap().0.id;
    assert_eq!(aside, id(8));
    say(store, dora(), 8, vec![Part::text("not for ann: between two others")], None, 34).await;
    store.watermark_advance(ANN, "desk", &[(id(1), Seq::new(7)), (id(2), Seq::new(30))]);
    store.watermark_advance(bob(), "tablet", &[(id(1), Seq::new(9))]);
    store.read_advance(bob(), Place { conversation: id(1), seq: Seq::new(60) }, 10).await.unwrap();
    store.read_advance(bob(), Place { conversation: id(2), seq: Seq::new(61) }, 10).await.unwrap();
}

/// Every kind of part, and of what is done to messages. The numbers are those that the entries of the direct conversation get.
async fn speak(store: &SqliteStore) {
    say(store, ANN, 1, reply(3, "yes"), Some("re"), 3_000).await; // 106
    say(store, ANN, 1, vec![foreign()], None, 3_001).await;
    say(store, bob(), 1, vec![html()], Some("bob's"), 3_002).await;
    let edit = |text: &str| Deed::Edited(text.to_owned());
    let react = |emoji: &str, on| Deed::Reacted { emoji: emoji.to_owned(), on };
    amend(store, ANN, 1, edit("third words"), Some("edit"), 3_003).await;
    amend(store, bob(), 1, react("🎉", true), None, 3_004).await; // 110
    amend(store, bob(), 3, react("👍", true), Some("bob's too"), 3_005).await;
    amend(store, ANN, 10, edit("soon gone"), None, 3_006).await;
    amend(store, ANN, 10, Deed::Deleted, None, 3_007).await;
    // The clock was set back for a moment.
    say(store, bob(), 1, reply(106, "no"), None, 500).await;
    let wanted = Wanted { account: ANN, query: Query::parse("words"), of: None, before: None, limit: 5 };
    store.message_search(wanted).await.unwrap();
    amend(store, ANN, 4, react("👍", true), None, 3_008).await; // 115
    amend(store, ANN, 4, react("👍", false), None, 3_009).await;
    amend(store, bob(), 3, edit("bob's words"), None, 3_010).await;
}

async fn say(store: &SqliteStore, sender: AccountId, to: u32, parts: Vec<Part>, key: Option<&str>, at: i64) {
    let (to, key) = (ConversationRef::Id(id(to)), key.map(str::to_owned));
    store.message_append(Append { sender, to, parts: parts.into(), key, at: Timestamp(at) }).await.unwrap();
}

/// Does something to an entry of the direct conversation.
async fn amend(store: &SqliteStore, actor: AccountId, seq: u32, deed: Deed, key: Option<&str>, at: i64) {
    let (act, key) = (Act { target: Seq::new(seq), deed }, key.map(str::to_owned));
    store.message_amend(Amend { actor, conversation: id(1), act, key, at: Timestamp(at) }).await.unwrap();
}

fn id(number: u32) -> ConversationId {
    ConversationId::new(number).unwrap()
}

pub(crate) fn conversation(
    number: u32,
    kind: Kind,
    name: &str,
    leader: AccountId,
    created: i64,
) -> Conversation {
    let (id, created) = (id(number), Timestamp(created));
    Conversation { id, kind, name: name.to_owned(), avatar: None, leader, created }
}

pub(crate) fn blob(bytes: &[u8]) -> Blob {
    Blob { hash: Sha256::digest(bytes).into(), size: bytes.len().try_into().unwrap() }
}

pub(crate) fn reply(to: u32, text: &str) -> Vec<Part> {
    vec![Part::Reply { to: Seq::new(to) }, Part::text(text)]
}

pub(crate) fn foreign() -> Part {
    let payload = Bytes::from_static(b"\x00\xffsticker");
    Part::Foreign { dialect: "another".into(), payload, text: "a sticker".into() }
}

pub(crate) fn html() -> Part {
    Part::Text { text: "<b>bold</b>".into(), markup: Markup::Html }
}

pub(crate) fn act(target: u32, deed: Deed) -> Part {
    Part::Act(Act { target: Seq::new(target), deed })
}

pub(crate) fn reaction(emoji: &str, people: &[AccountId]) -> Reaction {
    Reaction { emoji: emoji.to_owned(), people: people.to_vec() }
}

pub(crate) fn version(at: i64, text: &str) -> Version {
    Version { at: Timestamp(at), text: text.to_owned() }
}
