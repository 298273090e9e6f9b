//! What is done to messages: edits, deletions, reactions, and what they leave behind.

use super::World;
use super::world::{NOW, everything, refused, seq, seqs, text, words};
use crate::{Amend, Answer, Append, Appended, Order, Page};
use koine_model::media::{Blob, Media};
use koine_model::message::{Act, Deed, Markup, Message, Part, Span, Version};
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, MediaId, Place, Refusal, Timestamp};

fn later(milliseconds: i64) -> Timestamp {
    Timestamp(NOW.0 + milliseconds)
}

fn act(actor: AccountId, conversation: ConversationId, target: u32, deed: Deed) -> Amend {
    Amend { actor, conversation, act: Act { target: seq(target), deed }, key: None, at: later(7) }
}

fn edited(text: &str) -> Deed {
    Deed::Edited(text.to_owned())
}

fn reacted(emoji: &str, on: bool) -> Deed {
    Deed::Reacted { emoji: emoji.to_owned(), on }
}

fn keyed(amend: Amend) -> Amend {
    Amend { key: Some("k".into()), ..amend }
}

fn picture(id: u128) -> Part {
    let blob = Blob { hash: [1; 32], size: 3 };
    Part::Media(Media { id: MediaId(id), blob, mime: "image/png".into(), name: "cat.png".into() })
}

impl World {
    async fn done(&self, actor: AccountId, to: ConversationId, target: u32, deed: Deed) -> Answer<Appended> {
        self.message_amend(act(actor, to, target, deed)).await
    }

    async fn message(&self, conversation: ConversationId, number: u32) -> Message {
        let places = [Place { conversation, seq: seq(number) }];
        self.message_find(&places).await.unwrap().pop().expect("a message")
    }

    async fn wordings(&self, conversation: ConversationId, reader: AccountId, number: u32) -> Vec<Version> {
        let member = self.member(conversation, reader).await;
        self.message_versions(&member, seq(number)).await.unwrap()
    }
}

/// The act has a place of its own, and the message is as it is now for whoever reads it.
pub async fn an_edit_changes_what_is_read(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(ann, direct, "helo").await;
    world.say(bob, direct, "hi").await;
    let place = Place { conversation: direct, seq: seq(3) };
    let answer = world.done(ann, direct, 1, edited("hello")).await.unwrap();
    assert_eq!((answer.place, answer.at, answer.fresh), (place, later(7), true));
    assert_eq!(answer.pair, [ann, bob]);
    let expected = [
        Message {
            edited: Some(later(7)),
            ..Message::new(Place { seq: seq(1), ..place }, ann, NOW, vec![Part::text("hello")])
        },
        Message::new(Place { seq: seq(2), ..place }, bob, NOW, vec![Part::text("hi")]),
        Message::new(place, ann, later(7), vec![Part::Act(Act { target: seq(1), deed: edited("hello") })]),
    ];
    assert_eq!(world.history(direct, bob).await, expected);
    let version = |at, text: &str| Version { at, text: text.into() };
    let wordings = [version(NOW, "helo"), version(later(7), "hello")];
    assert_eq!(world.wordings(direct, bob, 1).await, wordings);
    assert_eq!(world.wordings(direct, bob, 2).await, [version(NOW, "hi")]);
    let again = Amend { at: later(9), ..act(ann, direct, 1, edited("hello!")) };
    world.message_amend(again).await.unwrap();
    assert_eq!(world.message(direct, 1).await.edited, Some(later(9)));
    assert_eq!(world.wordings(direct, ann, 1).await.len(), 3);
}

/// The first text is another; what is attached and what is answered to stay.
pub async fn an_edit_leaves_what_is_attached(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.say(ann, own, "first").await;
    let html = Part::Text { text: "<b>one</b>".into(), markup: Markup::Html };
    let reply = Part::Reply { to: seq(1) };
    let check = async |number: u32, parts: Vec<Part>, expected: Vec<Part>, before: &str| {
        world.message_append(Append { parts: parts.into(), ..words(ann, own, "") }).await.unwrap();
        world.done(ann, own, number, edited("new")).await.unwrap();
        assert_eq!(world.message(own, number).await.parts, expected);
        assert_eq!(world.wordings(own, ann, number).await[0].text, before);
    };
    let new = || Part::text("new");
    check(
        2,
        vec![reply.clone(), html, picture(1), Part::text("two")],
        vec![reply, new(), picture(1)],
        "one\ntwo",
    )
    .await;
    check(4, vec![picture(2)], vec![picture(2), new()], "").await;
    let full = (0..16).map(|number| picture(100 + number)).collect::<Vec<_>>().into();
    world.message_append(Append { parts: full, ..words(ann, own, "") }).await.unwrap();
    refused(world.done(ann, own, 6, edited("new")).await, Refusal::TooLarge(Field::Message));
}

/// A client that did not hear the answer to its message says it again, whatever was done to the message meanwhile.
pub async fn a_repeated_post_is_known_after_an_edit(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let post = |id: u128, text: &str| Append {
        parts: vec![Part::text(text), picture(id)].into(),
        key: Some("post".into()),
        ..words(ann, own, "")
    };
    let first = world.message_append(post(1, "one")).await.unwrap();
    let again = Appended { fresh: false, ..first.clone() };
    for deed in [edited("two"), edited("one"), edited("three"), Deed::Deleted] {
        world.done(ann, own, 1, deed).await.unwrap();
        assert_eq!(world.message_append(post(2, "one")).await.unwrap(), again);
        for other in ["two", "three", ""] {
            refused(world.message_append(post(1, other)).await, Refusal::KeyReused);
        }
    }
}

/// The same is true of acts; and keys are shared with messages.
pub async fn a_repeated_act_is_answered_with_the_first(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (direct, own) = (world.direct(ann, bob).await, world.direct(ann, ann).await);
    for to in [direct, own] {
        world.say(ann, to, "one").await;
    }
    let edit = || keyed(act(ann, direct, 1, edited("two")));
    let first = world.message_amend(edit()).await.unwrap();
    let again = Appended { fresh: false, ..first.clone() };
    assert_eq!(world.message_amend(Amend { at: later(9), ..edit() }).await.unwrap(), again);
    refused(world.message_amend(keyed(act(ann, direct, 1, edited("three")))).await, Refusal::KeyReused);
    refused(world.message_amend(keyed(act(ann, direct, 1, Deed::Deleted))).await, Refusal::KeyReused);
    refused(world.message_amend(keyed(act(ann, own, 1, edited("two")))).await, Refusal::KeyReused);
    let post = Append { key: Some("k".into()), ..words(ann, direct, "two") };
    refused(world.message_append(post).await, Refusal::KeyReused);
    assert!(world.message_amend(keyed(act(bob, direct, 1, reacted("+", true)))).await.unwrap().fresh);
    // Its words are gone with the message, and it is known all the same.
    world.done(ann, direct, 1, Deed::Deleted).await.unwrap();
    assert_eq!(world.message_amend(edit()).await.unwrap(), again);
    refused(world.message_amend(keyed(act(ann, direct, 1, edited("")))).await, Refusal::KeyReused);
    assert_eq!(world.history(direct, bob).await.len(), 4);
}

/// Nothing of it can be read any more: not its wordings, its media, nor the acts that edited it.
pub async fn a_deletion_leaves_nothing_but_the_place(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    let parts = vec![Part::text("secret"), picture(5)];
    world.message_append(Append { parts: parts.into(), ..words(ann, direct, "") }).await.unwrap();
    world.done(ann, direct, 1, edited("secret two")).await.unwrap();
    world.done(bob, direct, 1, reacted("👍", true)).await.unwrap();
    assert!(world.media_find(MediaId(5)).await.unwrap().is_some());
    world.done(ann, direct, 1, Deed::Deleted).await.unwrap();
    assert_eq!(world.media_find(MediaId(5)).await.unwrap(), None);
    let all = world.history(direct, bob).await;
    let place = Place { conversation: direct, seq: seq(1) };
    assert_eq!(all[0], Message::new(place, ann, NOW, vec![Part::Removed]));
    assert_eq!(all[1].parts, [Part::Act(Act { target: seq(1), deed: edited("") })]);
    assert_eq!(all[3].parts, [Part::Act(Act { target: seq(1), deed: Deed::Deleted })]);
    let member = world.member(direct, bob).await;
    refused(world.message_versions(&member, seq(1)).await, Refusal::UnknownMessage);
    for deed in [edited("x"), Deed::Deleted, reacted("👍", true), reacted("👍", false)] {
        refused(world.done(ann, direct, 1, deed).await, Refusal::UnknownMessage);
    }
}

/// The author; and for deletions whoever leads a group.
pub async fn only_the_author_changes_a_message(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let (tea, direct) = (world.group(ann, &[bob]).await, world.direct(ann, bob).await);
    for to in [tea, direct] {
        world.say(ann, to, "one").await;
        world.say(bob, to, "two").await;
        world.say(bob, to, "three").await;
        refused(world.done(bob, to, 1, edited("x")).await, Refusal::NotAuthor);
        refused(world.done(bob, to, 1, Deed::Deleted).await, Refusal::NotAuthor);
        refused(world.done(ann, to, 2, edited("x")).await, Refusal::NotAuthor);
        refused(world.done(cy, to, 1, reacted("x", true)).await, Refusal::UnknownConversation);
    }
    // Whoever opened a direct conversation leads nobody.
    refused(world.done(ann, direct, 2, Deed::Deleted).await, Refusal::NotAuthor);
    world.done(ann, tea, 2, Deed::Deleted).await.unwrap();
    world.done(bob, tea, 3, Deed::Deleted).await.unwrap();
    assert_eq!(seqs(&world.history(direct, ann).await), [1, 2, 3]);
    assert_eq!(seqs(&world.history(tea, ann).await), [1, 2, 3, 4, 5]);
}

/// Each emoji once for each; in the order in which they came.
pub async fn reactions_are_put_and_taken_away(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(ann, direct, "one").await;
    refused(world.done(ann, direct, 1, reacted("b", false)).await, Refusal::NotThere);
    for (who, emoji) in [(bob, "b"), (bob, "a"), (ann, "b")] {
        world.done(who, direct, 1, reacted(emoji, true)).await.unwrap();
        refused(world.done(who, direct, 1, reacted(emoji, true)).await, Refusal::Already);
    }
    let shown = async || {
        let message = world.message(direct, 1).await;
        message.reactions.into_iter().map(|one| (one.emoji, one.people)).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, [("b".into(), vec![bob, ann]), ("a".into(), vec![bob])]);
    world.done(bob, direct, 1, reacted("b", false)).await.unwrap();
    refused(world.done(bob, direct, 1, reacted("b", false)).await, Refusal::NotThere);
    assert_eq!(shown().await, [("a".into(), vec![bob]), ("b".into(), vec![ann])]);
    // An edit leaves them, and they leave the edit.
    world.done(ann, direct, 1, edited("two")).await.unwrap();
    assert_eq!(shown().await.len(), 2);
    // They stay when their account goes, as messages do.
    world.account_delete(ann, NOW).await.unwrap();
    world.done(bob, direct, 1, reacted("a", false)).await.unwrap();
    assert_eq!(shown().await, [("b".into(), vec![ann])]);
    assert_eq!(world.message(direct, 1).await.edited, Some(later(7)));
}

/// However many people there are.
pub async fn a_message_has_so_many_reactions(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.say(ann, own, "one").await;
    for number in 0..Message::MOST_REACTIONS {
        world.done(ann, own, 1, reacted(&number.to_string(), true)).await.unwrap();
    }
    refused(world.done(ann, own, 1, reacted("x", true)).await, Refusal::TooLarge(Field::Message));
    world.done(ann, own, 1, reacted("7", false)).await.unwrap();
    world.done(ann, own, 1, reacted("x", true)).await.unwrap();
    assert_eq!(world.message(own, 1).await.reactions.len(), Message::MOST_REACTIONS);
}

/// An act, a place where nothing is, and what was said before one came are no messages to anyone.
pub async fn an_act_needs_a_message(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "one").await;
    world.done(ann, tea, 1, edited("two")).await.unwrap();
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    world.say(ann, tea, "three").await;
    let all = || [edited("x"), Deed::Deleted, reacted("x", true), reacted("x", false)];
    for deed in all() {
        for target in [0, 2, 4, 99] {
            refused(world.done(ann, tea, target, deed.clone()).await, Refusal::UnknownMessage);
        }
        refused(world.done(bob, tea, 1, deed).await, Refusal::UnknownMessage);
    }
    world.conversation_clear(tea, ann).await.unwrap();
    refused(world.done(ann, tea, 3, Deed::Deleted).await, Refusal::UnknownMessage);
    let nowhere = ConversationId::new(99).unwrap();
    refused(world.done(ann, nowhere, 1, Deed::Deleted).await, Refusal::UnknownConversation);
    // What was refused took no place.
    assert_eq!(world.say(ann, tea, "four").await.place.seq, seq(4));
}

/// What is answered to must be a message that one sees.
pub async fn a_reply_needs_a_message(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "one").await;
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    world.say(ann, tea, "two").await;
    world.done(ann, tea, 2, reacted("x", true)).await.unwrap();
    let reply = |sender, to: u32| Append {
        parts: vec![Part::Reply { to: seq(to) }, Part::text("x")].into(),
        key: Some(format!("{to}")),
        ..words(sender, tea, "")
    };
    for to in [0, 1, 3, 4] {
        refused(world.message_append(reply(bob, to)).await, Refusal::UnknownMessage);
    }
    let first = world.message_append(reply(bob, 2)).await.unwrap();
    assert_eq!(world.message(tea, 4).await.parts, *reply(bob, 2).parts);
    // A reply stands, and is known again, when what it answers to is gone; but another one is refused.
    world.done(ann, tea, 2, Deed::Deleted).await.unwrap();
    assert_eq!(world.message_append(reply(bob, 2)).await.unwrap(), Appended { fresh: false, ..first });
    refused(world.message_append(reply(ann, 2)).await, Refusal::UnknownMessage);
    // The key of a refused reply can be used.
    world.message_append(Append { key: Some("2".into()), ..words(ann, tea, "y") }).await.unwrap();
}

/// A page of messages is as long as was asked for, however much was done between them.
pub async fn a_leaf_has_no_acts(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.say(ann, own, "one").await;
    for number in 0..10 {
        world.done(ann, own, 1, edited(&number.to_string())).await.unwrap();
    }
    world.say(ann, own, "two").await;
    world.done(ann, own, 12, Deed::Deleted).await.unwrap();
    let member = world.member(own, ann).await;
    let check = async |span, order, limit, expected: &[u32]| {
        let page = world.message_leaf(&member, Page { span, order, limit }).await.unwrap();
        assert_eq!(seqs(&page), expected);
    };
    check(Span::ALL, Order::Newest, 2, &[1, 12]).await;
    check(Span::ALL, Order::Newest, 1, &[12]).await;
    check(Span::ALL, Order::Oldest, 1, &[1]).await;
    check(Span { after: seq(1), ..Span::ALL }, Order::Oldest, 9, &[12]).await;
    let first = world.message_leaf(&member, everything()).await.unwrap();
    assert_eq!(text(&first[0]), "9");
    assert!(first[1].is_removed());
    let places: Vec<Place> = [12, 99, 1].map(|number| Place { conversation: own, seq: seq(number) }).into();
    assert_eq!(seqs(&world.message_find(&places).await.unwrap()), [12, 1]);
}

/// The same messages as a page of everything has, whatever their span and however many acts stand between them.
pub async fn a_leaf_steps_over_many_acts(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.say(ann, own, "target").await;
    let mut on = true;
    for (number, run) in (0_i64..).zip([0, 1, 2, 15, 16, 17, 18, 40, 0, 0, 1, 33, 17]) {
        for _ in 0..run {
            world.done(ann, own, 1, reacted("x", on)).await.unwrap();
            on = !on;
        }
        // The moments of messages are before those of acts, and after.
        world.message_append(Append { at: later(number), ..words(ann, own, "x") }).await.unwrap();
    }
    for number in 0..50 {
        world.done(ann, own, 1, reacted(&number.to_string(), true)).await.unwrap();
    }
    let member = world.member(own, ann).await;
    let mut spans = vec![Span::ALL];
    for bound in [0, 1, 2, 20, 40, 41, 60, 100, 150, 170] {
        spans.push(Span { after: seq(bound), ..Span::ALL });
        spans.push(Span { until: seq(bound), ..Span::ALL });
        spans.push(Span { after: seq(bound), until: seq(bound + 60), ..Span::ALL });
    }
    for moment in [0, 4, 7, 12] {
        spans.push(Span { since: Some(later(moment)), ..Span::ALL });
        spans.push(Span { before: Some(later(moment)), ..Span::ALL });
    }
    for span in spans {
        let whole = Page { span, order: Order::Oldest, limit: 10_000 };
        let all = world.message_page(&member, whole).await.unwrap();
        let expected: Vec<_> = all.into_iter().filter(|message| message.act().is_none()).collect();
        for limit in [0, 1, 2, 5, 100] {
            let page = async |order| {
                let page = world.message_leaf(&member, Page { span, order, limit }).await.unwrap();
                seqs(&page)
            };
            let kept = limit.min(expected.len());
            assert_eq!(page(Order::Oldest).await, seqs(&expected[..kept]), "{span:?} {limit}");
            assert_eq!(
                page(Order::Newest).await,
                seqs(&expected[expected.len() - kept..]),
                "{span:?} {limit}"
            );
        }
    }
}

/// All that was kept of its messages goes with a group.
pub async fn what_was_done_goes_with_its_group(world: World) {
    let ann = world.person("ann").await;
    let (tea, own) = (world.group(ann, &[]).await, world.direct(ann, ann).await);
    world.say(ann, tea, "one").await;
    world.message_amend(keyed(act(ann, tea, 1, edited("two")))).await.unwrap();
    world.done(ann, tea, 1, reacted("x", true)).await.unwrap();
    world.group_dissolve(tea, ann).await.unwrap();
    let places = [Place { conversation: tea, seq: seq(1) }];
    assert!(world.message_find(&places).await.unwrap().is_empty());
    world.say(ann, own, "three").await;
    assert!(world.message_amend(keyed(act(ann, own, 1, edited("four")))).await.unwrap().fresh);
}

/// A setting of each member's own.
pub async fn words_are_a_members_own(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let direct = world.direct(ann, bob).await;
    world.member_words(direct, ann, false).await.unwrap();
    assert!(!world.member(direct, ann).await.words());
    assert!(world.member(direct, bob).await.words());
    assert!(!world.watermark_list(ann, "d").await.unwrap()[0].words);
    assert!(world.watermark_list(bob, "d").await.unwrap()[0].words);
    world.member_words(direct, ann, true).await.unwrap();
    assert!(world.member(direct, ann).await.words());
    refused(world.member_words(direct, cy, false).await, Refusal::UnknownConversation);
}
