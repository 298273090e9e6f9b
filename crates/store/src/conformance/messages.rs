//! Messages: what is said and read back.

use super::World;
use super::world::{NOW, everything, handle, refused, seq, seqs, words};
use crate::{Append, Appended, NewAccount, Order, Page};
use koine_model::account::AccountRef;
use koine_model::conversation::ConversationRef;
use koine_model::media::{Blob, Media};
use koine_model::message::{Markup, Message, Part, Span};
use koine_model::{AccountId, ConversationId, MediaId, Place, Refusal, Seq, Timestamp};

/// Place, sender, moment and words are what they were.
pub async fn a_message_is_kept_as_it_was_said(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    let said = world.say(bob, direct, "héllo").await;
    let conversation = world.conversation_find(direct).await.unwrap().unwrap();
    let place = Place { conversation: direct, seq: seq(1) };
    assert_eq!(said, Appended { place, at: NOW, fresh: true, conversation, pair: vec![ann, bob] });
    let expected = Message::new(place, bob, NOW, vec![Part::text("héllo")]);
    assert_eq!(world.history(direct, ann).await, [expected]);
    let tea = world.group(ann, &[bob]).await;
    assert!(world.say(ann, tea, "x").await.pair.is_empty());
}

/// Media, foreign parts and markup come back as they went.
pub async fn all_kinds_of_parts_are_kept(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let media = Media {
        id: MediaId(u128::MAX),
        blob: Blob { hash: [200; 32], size: 1 << 40 },
        mime: "image/png".into(),
        name: "naïve.png".into(),
    };
    let parts = vec![
        Part::Text { text: "<b>x</b>".into(), markup: Markup::Html },
        Part::Media(media),
        Part::Foreign { dialect: "x".into(), payload: vec![0, 200, 255].into(), text: "y".into() },
        Part::text(""),
        Part::text("nul \0 and 🫖"),
    ];
    let append = Append { parts: parts.clone().into(), ..words(ann, own, "") };
    world.message_append(append).await.unwrap();
    assert_eq!(world.history(own, ann).await[0].parts, parts);
}

/// Speaking to somebody needs no opening, and happens in the conversation that is there.
pub async fn a_direct_message_opens_the_conversation(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let to = |sender, peer| Append {
        sender,
        to: ConversationRef::With(AccountRef::Id(peer)),
        parts: vec![Part::text("x")].into(),
        key: None,
        at: NOW,
    };
    let first = world.message_append(to(bob, ann)).await.unwrap();
    assert_eq!((first.place.seq, first.conversation.leader, first.pair), (seq(1), bob, vec![ann, bob]));
    assert_eq!(world.direct_find(ann, bob).await.unwrap(), Some(first.place.conversation));
    let second = world.message_append(to(ann, bob)).await.unwrap();
    assert_eq!(second.place, Place { seq: seq(2), ..first.place });
    let own = world.message_append(to(ann, ann)).await.unwrap();
    assert_eq!((own.place.seq, own.pair), (seq(1), vec![ann]));
    assert_eq!(world.direct(ann, ann).await, own.place.conversation);
    refused(world.message_append(to(ann, AccountId::LAST)).await, Refusal::UnknownAccount);
    assert_eq!(world.membership_list(ann).await.unwrap().len(), 2);
}

/// Number, handle, address: all lead to the same conversation.
pub async fn the_other_is_named_in_any_way(world: World) {
    let ann = world.person("ann").await;
    let new = NewAccount { email: "b@x".into(), ..super::world::newcomer("bob") };
    let bob = world.account_create(new).await.unwrap().id;
    let direct = world.direct(ann, bob).await;
    for who in [
        AccountRef::Id(bob),
        AccountRef::Handle(handle("BOB")),
        AccountRef::Typed(bob.to_string()),
        AccountRef::Typed("B@x".into()),
        AccountRef::Typed("Bob".into()),
    ] {
        let append = Append { to: ConversationRef::With(who), ..words(ann, direct, "x") };
        assert_eq!(world.message_append(append).await.unwrap().place.conversation, direct);
    }
    for nobody in [AccountRef::Handle(handle("cy")), AccountRef::Typed("nobody@x".into())] {
        let append = Append { to: ConversationRef::With(nobody), ..words(ann, direct, "x") };
        refused(world.message_append(append).await, Refusal::UnknownAccount);
    }
}

/// Strangers cannot tell a conversation from one that is not there.
pub async fn a_message_needs_a_membership(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let (direct, tea) = (world.direct(ann, bob).await, world.group(ann, &[bob]).await);
    for conversation in [direct, tea, ConversationId::new(99).unwrap()] {
        refused(world.message_append(words(cy, conversation, "?")).await, Refusal::UnknownConversation);
    }
    assert_eq!(world.say(ann, tea, "x").await.place.seq, seq(1));
    refused(world.message_append(words(cy, tea, "?")).await, Refusal::UnknownConversation);
    assert_eq!(world.say(ann, tea, "x").await.place.seq, seq(2));
}

/// A page is cut from the end that was asked for, and is oldest first all the same.
pub async fn a_page_is_a_span_from_one_end(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let before = world.group(ann, &[bob]).await;
    let tea = world.group(ann, &[bob]).await;
    let after = world.group(ann, &[bob]).await;
    for conversation in [before, tea, after] {
        for _ in 0..10 {
            world.say(ann, conversation, "x").await;
        }
    }
    let member = world.member(tea, bob).await;
    let check = async |after: u32, until: u32, order, limit, expected: &[u32]| {
        let span = Span { after: seq(after), until: seq(until), ..Span::ALL };
        let page = world.message_page(&member, Page { span, order, limit }).await.unwrap();
        assert_eq!(seqs(&page), expected, "{after} {until} {order:?} {limit}");
        assert!(page.iter().all(|message| message.place.conversation == tea));
    };
    let last = Seq::LAST.number();
    check(0, last, Order::Oldest, 100, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).await;
    check(0, last, Order::Newest, 3, &[8, 9, 10]).await;
    check(0, last, Order::Oldest, 3, &[1, 2, 3]).await;
    check(3, 6, Order::Oldest, 100, &[4, 5, 6]).await;
    check(3, 6, Order::Newest, 2, &[5, 6]).await;
    check(3, 6, Order::Oldest, 0, &[]).await;
    check(6, 6, Order::Oldest, 9, &[]).await;
    check(7, 3, Order::Newest, 9, &[]).await;
    check(10, last, Order::Newest, 9, &[]).await;
    check(last, last, Order::Oldest, 9, &[]).await;
}

/// Both moments belong to the span.
pub async fn a_page_is_bounded_by_moments(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    // The fourth was taken by a clock that had gone back.
    for at in [10, 20, 30, 15, 40] {
        world.message_append(Append { at: Timestamp(at), ..words(ann, own, "x") }).await.unwrap();
    }
    let member = world.member(own, ann).await;
    let check = async |since: Option<i64>, before: Option<i64>, order, limit, expected: &[u32]| {
        let span = Span { since: since.map(Timestamp), before: before.map(Timestamp), ..Span::ALL };
        let page = world.message_page(&member, Page { span, order, limit }).await.unwrap();
        assert_eq!(seqs(&page), expected, "{since:?} {before:?}");
    };
    check(Some(20), None, Order::Oldest, 9, &[2, 3, 5]).await;
    check(None, Some(20), Order::Oldest, 9, &[1, 2, 4]).await;
    check(Some(15), Some(30), Order::Newest, 2, &[3, 4]).await;
    check(Some(41), None, Order::Newest, 9, &[]).await;
    check(Some(30), Some(20), Order::Newest, 9, &[]).await;
}

/// A proof reaches no further back than the membership.
pub async fn a_page_begins_where_the_member_came(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "one").await;
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    world.say(ann, tea, "two").await;
    world.say(ann, tea, "three").await;
    let member = world.member(tea, bob).await;
    for order in [Order::Oldest, Order::Newest] {
        let page = world.message_page(&member, Page { order, ..everything() }).await.unwrap();
        assert_eq!(seqs(&page), [2, 3]);
    }
    let span = Span { after: seq(2), ..Span::ALL };
    let page = world.message_page(&member, Page { span, ..everything() }).await.unwrap();
    assert_eq!(seqs(&page), [3]);
}

/// Memberships come by number, each with its last message.
pub async fn memberships_tell_the_last_message(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let first = world.group(bob, &[ann]).await;
    let second = world.direct(ann, bob).await;
    let third = world.group(ann, &[]).await;
    world.say(ann, third, "x").await;
    world.say(ann, first, "x").await;
    world.say(bob, first, "x").await;
    let told: Vec<_> = world.membership_list(ann).await.unwrap();
    let told: Vec<_> = told.iter().map(|one| (one.conversation.id, one.since, one.last)).collect();
    assert_eq!(told, [(first, seq(0), seq(2)), (second, seq(0), seq(0)), (third, seq(0), seq(1))]);
    assert!(world.membership_list(AccountId::LAST).await.unwrap().is_empty());
}
