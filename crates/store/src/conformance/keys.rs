//! Keys: a client that is unsure whether it was heard may say it again.

use super::World;
use super::world::{NOW, refused, seq, words};
use crate::{Append, Appended};
use koine_model::account::AccountRef;
use koine_model::conversation::ConversationRef;
use koine_model::media::{Blob, Media};
use koine_model::message::Part;
use koine_model::{AccountId, ConversationId, MediaId, Refusal, Timestamp};
use tokio::task::JoinSet;

fn keyed(sender: AccountId, to: ConversationId, text: &str) -> Append {
    Append { key: Some("k".into()), ..words(sender, to, text) }
}

/// Also later, also by way of the other's name.
pub async fn a_repeated_key_is_answered_with_the_first_post(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    let first = world.message_append(keyed(ann, direct, "x")).await.unwrap();
    assert!(first.fresh);
    world.say(bob, direct, "y").await;
    let expected = Appended { fresh: false, ..first };
    let later = Append { at: Timestamp(NOW.0 + 5), ..keyed(ann, direct, "x") };
    assert_eq!(world.message_append(later.clone()).await.unwrap(), expected);
    let with = Append { to: ConversationRef::With(AccountRef::Id(bob)), ..later };
    assert_eq!(world.message_append(with).await.unwrap(), expected);
    assert_eq!(world.history(direct, ann).await.len(), 2);
}

/// A check refuses what an append would refuse, lets pass what it would answer, and changes nothing.
pub async fn a_check_says_what_an_append_would(world: World) {
    let [ann, bob, cid, gone] = world.people(["ann", "bob", "cid", "gone"]).await;
    let (direct, own, tea) =
        (world.direct(ann, bob).await, world.direct(ann, ann).await, world.group(bob, &[]).await);
    let old = world.direct(ann, gone).await;
    world.account_delete(gone, NOW).await.unwrap();
    world.message_append(keyed(ann, direct, "x")).await.unwrap();
    let with = |who, text| Append { to: ConversationRef::With(who), ..words(ann, own, text) };
    let answer = |to: u32, append: Append| {
        let parts = [vec![Part::Reply { to: seq(to) }], append.parts.to_vec()].concat();
        Append { parts: parts.into(), ..append }
    };
    let unknown = AccountId::new(2_000_000_000).unwrap();
    let check = async |append: Append, expected: Option<Refusal>| {
        for _ in 0..2 {
            let checked = world.message_check(append.clone()).await;
            match expected {
                Some(refusal) => refused(checked, refusal),
                None => checked.unwrap(),
            }
        }
        let length = world.history(direct, ann).await.len();
        match (expected, world.message_append(append).await) {
            (None, appended) => drop(appended.unwrap()),
            (Some(refusal), appended) => refused(appended, refusal),
        }
        length
    };
    let before = check(keyed(ann, direct, "x"), None).await;
    assert_eq!(check(keyed(ann, direct, "y"), Some(Refusal::KeyReused)).await, before);
    check(keyed(ann, own, "x"), Some(Refusal::KeyReused)).await;
    check(Append { key: Some("k".into()), ..with(AccountRef::Id(cid), "x") }, Some(Refusal::KeyReused)).await;
    check(words(ann, tea, "x"), Some(Refusal::UnknownConversation)).await;
    check(words(ann, old, "x"), Some(Refusal::UnknownAccount)).await;
    check(with(AccountRef::Id(gone), "x"), Some(Refusal::UnknownAccount)).await;
    check(with(AccountRef::Id(unknown), "x"), Some(Refusal::UnknownAccount)).await;
    check(with(AccountRef::Typed("nobody".into()), "x"), Some(Refusal::UnknownAccount)).await;
    check(answer(9, words(ann, direct, "x")), Some(Refusal::UnknownMessage)).await;
    check(answer(1, with(AccountRef::Id(cid), "x")), Some(Refusal::UnknownMessage)).await;
    assert_eq!(check(answer(1, words(ann, direct, "x")), None).await, before, "it came after the check");
    world.contact_block(cid, ann, NOW).await.unwrap();
    check(with(AccountRef::Id(cid), "x"), Some(Refusal::Blocked)).await;
    world.contact_unblock(cid, ann).await.unwrap();
    check(with(AccountRef::Id(cid), "x"), None).await;
    check(with(AccountRef::Typed("bob".into()), "x"), None).await;
    world.contact_block(bob, ann, NOW).await.unwrap();
    check(words(ann, direct, "x"), Some(Refusal::Blocked)).await;
    check(keyed(ann, direct, "x"), None).await;
}

/// The second text would be lost without anyone's knowing.
pub async fn a_key_with_other_words_is_refused(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.message_append(keyed(ann, direct, "x")).await.unwrap();
    refused(world.message_append(keyed(ann, direct, "y")).await, Refusal::KeyReused);
    let two = Append { parts: vec![Part::text("x"), Part::text("x")].into(), ..keyed(ann, direct, "") };
    refused(world.message_append(two).await, Refusal::KeyReused);
    assert_eq!(world.say(ann, direct, "z").await.place.seq, seq(2));
}

/// The same words in another place are another message.
pub async fn a_key_in_another_conversation_is_refused(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (direct, tea) = (world.direct(ann, bob).await, world.group(ann, &[]).await);
    world.message_append(keyed(ann, direct, "x")).await.unwrap();
    refused(world.message_append(keyed(ann, tea, "x")).await, Refusal::KeyReused);
    assert!(world.history(tea, ann).await.is_empty());
}

/// Two people may choose the same key, and one may choose several.
pub async fn a_key_is_the_senders_own(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    for sender in [ann, bob] {
        assert!(world.message_append(keyed(sender, direct, "x")).await.unwrap().fresh);
    }
    let other = Append { key: Some("K".into()), ..keyed(ann, direct, "x") };
    assert_eq!(world.message_append(other).await.unwrap().place.seq, seq(3));
}

/// A repeated upload has another id; other bytes, types or names are another message.
pub async fn media_under_a_key_are_compared_by_their_bytes(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let media = |id, hash, mime: &str, name: &str| Append {
        parts: vec![Part::Media(Media {
            id: MediaId(id),
            blob: Blob { hash: [hash; 32], size: 3 },
            mime: mime.to_owned(),
            name: name.to_owned(),
        })]
        .into(),
        ..keyed(ann, own, "")
    };
    let first = world.message_append(media(1, 1, "a/b", "n")).await.unwrap();
    let again = world.message_append(media(2, 1, "a/b", "n")).await.unwrap();
    assert_eq!(again, Appended { fresh: false, ..first });
    for other in [media(3, 2, "a/b", "n"), media(3, 1, "a/c", "n"), media(3, 1, "a/b", "m")] {
        refused(world.message_append(other).await, Refusal::KeyReused);
    }
    // What was never posted is not found.
    assert!(world.media_find(MediaId(1)).await.unwrap().is_some());
    assert!(world.media_find(MediaId(2)).await.unwrap().is_none());
}

/// Also when the repetitions overtake the answer.
pub async fn a_repetition_under_way_is_one_message(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let world = world.clone();
        tasks.spawn(async move { world.message_append(keyed(ann, direct, "x")).await.unwrap() });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.fresh).count(), 1);
    assert!(answers.iter().all(|answer| answer.place == answers[0].place));
    assert_eq!(world.history(direct, bob).await.len(), 1);
}

/// All of it happens or nothing.
pub async fn a_refused_message_does_not_open_a_conversation(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let own = world.direct(ann, ann).await;
    world.message_append(keyed(ann, own, "x")).await.unwrap();
    let refusable = Append { to: ConversationRef::With(AccountRef::Id(bob)), ..keyed(ann, own, "y") };
    refused(world.message_append(refusable).await, Refusal::KeyReused);
    assert_eq!(world.direct_find(ann, bob).await.unwrap(), None);
    // Whatever was remembered of the conversation that never was, the next one has none of it.
    let (next, _) = world.direct_open(ann, cy, NOW).await.unwrap();
    assert_eq!(world.say(cy, next.id, "x").await.pair, [ann, cy]);
    refused(world.message_append(words(bob, next.id, "x")).await, Refusal::UnknownConversation);
}

/// A key whose message is gone can be used again.
pub async fn a_key_goes_with_its_group(world: World) {
    let ann = world.person("ann").await;
    let (tea, own) = (world.group(ann, &[]).await, world.direct(ann, ann).await);
    world.message_append(keyed(ann, tea, "x")).await.unwrap();
    world.group_dissolve(tea, ann).await.unwrap();
    assert!(world.message_append(keyed(ann, own, "y")).await.unwrap().fresh);
}
