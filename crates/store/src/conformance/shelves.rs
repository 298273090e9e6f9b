//! Shelves: conversations as they stand on somebody's list.

use super::World;
use super::world::{NOW, seq, text, words};
use crate::{Amend, Append, ShelfRecord};
use koine_model::conversation::{Reach, Shelf};
use koine_model::message::{Act, Deed};
use koine_model::{AccountId, ConversationId, Place, Timestamp};

impl World {
    async fn shelf(&self, conversation: ConversationId, account: AccountId) -> Option<ShelfRecord> {
        let listed = self.shelf_list(account, None, 10).await.unwrap();
        let listed = listed.into_iter().find(|shelf| shelf.conversation.id == conversation);
        let found = self.shelf_find(conversation, account, 10, 10).await.unwrap().map(|(shelf, _)| shelf);
        if listed.is_some() {
            assert_eq!(listed, found);
        }
        listed
    }

    async fn unread(&self, conversation: ConversationId, account: AccountId) -> u32 {
        self.shelf(conversation, account).await.unwrap().unread
    }
}

/// A list has all that is needed to draw it.
pub async fn a_shelf_tells_how_a_conversation_stands(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (direct, own) = (world.direct(ann, bob).await, world.direct(ann, ann).await);
    let tea = world.group(bob, &[ann]).await;
    world.say(bob, direct, "one").await;
    world.say(bob, direct, "two").await;
    world.watermark_advance(ann, "d", &[(direct, seq(1))]);
    world.read_advance(ann, Place { conversation: direct, seq: seq(1) }, 10).await.unwrap();
    let ids: Vec<_> =
        world.shelf_list(ann, None, 10).await.unwrap().iter().map(|shelf| shelf.conversation.id).collect();
    assert_eq!(ids, [direct, own, tea]);
    let shelf = world.shelf(direct, ann).await.unwrap();
    let pair: Vec<_> = shelf.pair.iter().map(|profile| profile.id).collect();
    assert_eq!((pair, shelf.member_count), (vec![ann, bob], 2));
    assert_eq!((shelf.last_seq, shelf.read, shelf.delivered, shelf.unread), (seq(2), seq(1), seq(1), 1));
    let (message, sender) = shelf.last.unwrap();
    assert_eq!((text(&message), sender.id), ("two", bob));
    let shelf = world.shelf(own, ann).await.unwrap();
    assert_eq!((shelf.pair.len(), shelf.member_count, shelf.last), (1, 1, None));
    let shelf = world.shelf(tea, ann).await.unwrap();
    assert_eq!((shelf.pair.len(), shelf.member_count, shelf.last_seq), (0, 2, seq(0)));
    assert_eq!(world.shelf(tea, AccountId::LAST).await, None);
}

/// Whoever has many conversations can have some of them alone, and is told which ones those in which something happened last are.
pub async fn some_shelves_can_be_had_alone(world: World) {
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let at = |seconds: i64| Timestamp(NOW.0 + seconds * 1000);
    let later = async |sender, to, seconds| {
        world.message_append(Append { at: at(seconds), ..words(sender, to, "x") }).await.unwrap();
    };
    let (own, old, young) =
        (world.direct(ann, ann).await, world.direct(ann, bob).await, world.direct(ann, cid).await);
    later(bob, old, 1).await;
    later(cid, young, 2).await;
    let ids = async |only: &[ConversationId]| {
        let shelves = world.shelf_list(ann, Some(only.to_vec()), 10).await.unwrap();
        shelves.iter().map(|shelf| shelf.conversation.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]).await, []);
    assert_eq!(ids(&[young, own, young]).await, [own, young]);
    let all = world.shelf_list(ann, None, 10).await.unwrap();
    assert_eq!(world.shelf_list(ann, Some(vec![own, old, young]), 10).await.unwrap(), all);
    let moments = async || {
        let standings = world.watermark_list(ann, "d").await.unwrap();
        let moment = |id| standings.iter().find(|it| it.conversation == id).map(|it| (it.at, it.listed));
        [own, old, young].map(moment).map(Option::unwrap)
    };
    assert_eq!(moments().await, [(NOW, true), (at(1), true), (at(2), true)]);
    later(bob, old, 3).await;
    assert_eq!(moments().await[1], (at(3), true), "what was said last counts");
    // A group that one has just come to is new, also where nothing was said in it since, or for long.
    let tea = world.group(bob, &[cid]).await;
    later(bob, tea, 9).await;
    world.member_add(tea, bob, ann, false, at(4)).await.unwrap();
    let came = world.watermark_list(ann, "d").await.unwrap().pop().unwrap();
    assert_eq!((came.conversation, came.at, came.listed), (tea, at(4), true));
    world.conversation_clear(young, ann).await.unwrap();
    assert_eq!(moments().await[2], (NOW, false), "what was cleared is not on the list");
    assert_eq!(ids(&[young, tea]).await, [tea]);
    later(cid, young, 5).await;
    assert_eq!(moments().await[2], (at(5), true));
    // Whoever is no member is shown nothing.
    let theirs = world.group(bob, &[cid]).await;
    assert_eq!(ids(&[theirs, old]).await, [old]);
}

/// Messages of others count, up to so many, from where one has read or said something.
pub async fn what_others_said_is_unread(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(ann, direct, "mine").await;
    assert_eq!(world.unread(direct, ann).await, 0);
    for _ in 0..3 {
        world.say(bob, direct, "x").await;
    }
    assert_eq!((world.unread(direct, ann).await, world.unread(direct, bob).await), (3, 0));
    world.read_advance(ann, Place { conversation: direct, seq: seq(3) }, 10).await.unwrap();
    assert_eq!(world.unread(direct, ann).await, 1);
    world.say(ann, direct, "I have seen it").await;
    assert_eq!((world.unread(direct, ann).await, world.unread(direct, bob).await), (0, 1));
    for _ in 0..20 {
        world.say(bob, direct, "x").await;
    }
    assert_eq!((world.unread(direct, ann).await, world.unread(direct, bob).await), (20, 0));
    let deed = Deed::Reacted { emoji: "👍".into(), on: true };
    let amend =
        Amend { actor: bob, conversation: direct, act: Act { target: seq(1), deed }, key: None, at: NOW };
    world.message_amend(amend).await.unwrap();
    // What one does to messages is nothing that one has said.
    let deed = Deed::Reacted { emoji: "👍".into(), on: true };
    let amend =
        Amend { actor: ann, conversation: direct, act: Act { target: seq(6), deed }, key: None, at: NOW };
    world.message_amend(amend).await.unwrap();
    world.read_advance(ann, Place { conversation: direct, seq: seq(9) }, 10).await.unwrap();
    assert_eq!(world.unread(direct, ann).await, 16);
    for _ in 0..Shelf::MOST_UNREAD + 9 {
        world.say(bob, direct, "x").await;
    }
    assert_eq!(world.unread(direct, ann).await, Shelf::MOST_UNREAD);
}

/// Acts neither count as unread nor hide what is, however many there are; what one has said before them ends the counting.
pub async fn what_is_unread_is_found_behind_many_acts(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    for _ in 0..3 {
        world.say(bob, direct, "x").await;
    }
    let react = async |times: u32| {
        for turn in 0..times {
            let deed = Deed::Reacted { emoji: "👍".into(), on: turn % 2 == 0 };
            let act = Act { target: seq(1), deed };
            let amend = Amend { actor: bob, conversation: direct, act, key: None, at: NOW };
            world.message_amend(amend).await.unwrap();
        }
    };
    react(300).await;
    assert_eq!(world.unread(direct, ann).await, 3);
    world.read_advance(ann, Place { conversation: direct, seq: seq(2) }, 10).await.unwrap();
    assert_eq!(world.unread(direct, ann).await, 1);
    world.say(ann, direct, "mine").await;
    react(300).await;
    assert_eq!(world.unread(direct, ann).await, 0);
    world.say(bob, direct, "y").await;
    assert_eq!(world.unread(direct, ann).await, 1);
}

/// What is done to messages is no message, and a shelf shows messages as they are now.
pub async fn acts_are_not_on_a_shelf(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(bob, direct, "helo").await;
    let amend = |deed| {
        let act = Act { target: seq(1), deed };
        world.message_amend(Amend { actor: bob, conversation: direct, act, key: None, at: NOW })
    };
    amend(Deed::Edited("hello".into())).await.unwrap();
    amend(Deed::Reacted { emoji: "👍".into(), on: true }).await.unwrap();
    world.member_words(direct, ann, false).await.unwrap();
    let shelf = world.shelf(direct, ann).await.unwrap();
    assert_eq!((shelf.last_seq, shelf.unread, shelf.words), (seq(3), 1, false));
    let (message, _) = shelf.last.unwrap();
    assert_eq!((text(&message), message.reactions.len()), ("hello", 1));
    assert!(world.shelf(direct, bob).await.unwrap().words);
}

/// What was said before somebody came, or was cleared, is not on their shelf.
pub async fn a_shelf_begins_where_its_owner_came(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    for _ in 0..20 {
        world.say(ann, tea, "before").await;
    }
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    let shelf = world.shelf(tea, bob).await.unwrap();
    assert_eq!((shelf.last, shelf.last_seq, shelf.unread), (None, seq(20), 0));
    for count in 1..=12 {
        world.say(ann, tea, "after").await;
        assert_eq!(world.unread(tea, bob).await, count);
    }
    world.conversation_clear(tea, bob).await.unwrap();
    assert_eq!(world.shelf(tea, bob).await, None);
    world.say(ann, tea, "more").await;
    let shelf = world.shelf(tea, bob).await.unwrap();
    assert_eq!((text(&shelf.last.unwrap().0), shelf.unread), ("more", 1));
}

/// How far one's own last message has come is on the shelf: as far as with anybody, where marks are shared.
pub async fn a_shelf_tells_how_far_its_last_message_has_come(world: World) {
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let tea = world.group(ann, &[bob, cid]).await;
    assert_eq!(world.shelf(tea, ann).await.unwrap().reach, None, "nothing was said");
    world.say(ann, tea, "one").await;
    world.say(ann, tea, "two").await;
    let reach = async |who| world.shelf(tea, who).await.unwrap().reach;
    assert_eq!(reach(bob).await, None, "it is not bob's");
    assert_eq!(reach(ann).await, Some(Reach::Sent));
    // Whoever said it has it, which tells nothing; and so does what came before it.
    world.watermark_advance(ann, "d", &[(tea, seq(2))]);
    world.read_advance(bob, Place { conversation: tea, seq: seq(1) }, 10).await.unwrap();
    assert_eq!(reach(ann).await, Some(Reach::Sent));
    world.watermark_advance(cid, "d", &[(tea, seq(2))]);
    assert_eq!(reach(ann).await, Some(Reach::Delivered));
    world.read_advance(bob, Place { conversation: tea, seq: seq(2) }, 10).await.unwrap();
    assert_eq!(reach(ann).await, Some(Reach::Read));
    assert_eq!(world.shelf_list(ann, None, 2).await.unwrap()[0].reach, None, "too many to share marks");
    let direct = world.direct(ann, bob).await;
    world.say(ann, direct, "x").await;
    assert_eq!(world.shelf(direct, ann).await.unwrap().reach, Some(Reach::Sent));
    world.contact_block(bob, ann, NOW).await.unwrap();
    assert_eq!(world.shelf(direct, ann).await.unwrap().reach, None, "nothing is seen across a block");
}

/// A member sees who is there, how far they have come, and what they are to each other.
pub async fn members_are_seen_by_a_member(world: World) {
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let tea = world.group(ann, &[bob, cid]).await;
    world.befriend(ann, bob).await;
    world.contact_block(cid, ann, NOW).await.unwrap();
    world.say(ann, tea, "x").await;
    world.read_advance(bob, Place { conversation: tea, seq: seq(1) }, 10).await.unwrap();
    world.watermark_advance(cid, "d", &[(tea, seq(1))]);
    let (_, members) = world.shelf_find(tea, ann, 10, 10).await.unwrap().unwrap();
    let seen: Vec<_> = members
        .iter()
        .map(|member| {
            let marks = member.marks.unwrap();
            (member.profile.id, marks.read.number(), marks.delivered.number(), member.friend, member.blocked)
        })
        .collect();
    assert_eq!(seen, [(ann, 0, 0, false, false), (bob, 1, 0, true, false), (cid, 0, 1, false, true)]);
    let (_, members) = world.shelf_find(tea, ann, 2, 2).await.unwrap().unwrap();
    let marked: Vec<_> = members.iter().map(|member| member.marks.is_some()).collect();
    assert_eq!(marked, [true, false], "too many to share marks: each has their own");
}
