//! Blocks: what the two cannot do, and what stays as it was.

use super::World;
use super::world::{NOW, group, refused, seq, words};
use crate::{Amend, Append};
use koine_model::account::AccountRef;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Act, Deed};
use koine_model::{AccountId, Refusal};

fn to(sender: AccountId, peer: AccountId) -> Append {
    let direct = ConversationRef::With(AccountRef::Id(peer));
    Append { to: direct, ..words(sender, koine_model::ConversationId::new(1).unwrap(), "hello") }
}

/// Edges and requests go, and only the blocker sees the block.
pub async fn a_block_takes_contacts_and_requests(world: World) {
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    world.befriend(ann, bob).await;
    world.contact_request(cid, ann, false, NOW).await.unwrap();
    assert!(world.contact_block(ann, bob, NOW).await.unwrap());
    assert!(!world.contact_block(ann, bob, NOW).await.unwrap(), "they are friends no more");
    assert!(!world.contact_block(ann, cid, NOW).await.unwrap());
    let anns = world.contact_list(ann).await.unwrap();
    assert!(anns.edges.is_empty() && anns.requests.is_empty());
    assert_eq!(anns.blocked, [bob, cid]);
    let bobs = world.contact_list(bob).await.unwrap();
    assert!(bobs.edges.is_empty() && bobs.blocked.is_empty());
    world.contact_unblock(ann, bob).await.unwrap();
    refused(world.contact_unblock(ann, bob).await, Refusal::NotThere);
    refused(world.contact_unblock(bob, ann).await, Refusal::NotThere);
    assert_eq!(world.contact_list(ann).await.unwrap().blocked, [cid]);
    assert!(world.contact_list(bob).await.unwrap().edges.is_empty());
}

/// Nobody writes in the direct conversation, wherever it is named from and whatever was remembered of it.
pub async fn the_blocked_do_not_write_to_each_other(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    for (one, other) in [(ann, bob), (bob, ann)] {
        world.say(one, direct, "before").await;
        world.contact_block(one, other, NOW).await.unwrap();
        for sender in [ann, bob] {
            let peer = if sender == ann { bob } else { ann };
            refused(world.message_append(words(sender, direct, "x")).await, Refusal::Blocked);
            refused(world.message_append(to(sender, peer)).await, Refusal::Blocked);
        }
        world.contact_unblock(one, other).await.unwrap();
    }
    assert_eq!(world.say(bob, direct, "after").await.place.seq.number(), 3);
    let own = world.direct(ann, ann).await;
    world.contact_block(ann, bob, NOW).await.unwrap();
    world.say(ann, own, "to myself").await;
    assert_eq!(world.history(direct, bob).await.len(), 3, "what was said stays");
}

/// What was said before the block is answered as it was.
pub async fn a_repetition_is_answered_after_a_block(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let keyed = |key: &str| Append { key: Some(key.to_owned()), ..to(bob, ann) };
    let first = world.message_append(keyed("k")).await.unwrap();
    world.contact_block(ann, bob, NOW).await.unwrap();
    let again = world.message_append(keyed("k")).await.unwrap();
    assert_eq!((again.place, again.fresh), (first.place, false));
    refused(world.message_append(keyed("other")).await, Refusal::Blocked);
    world.contact_unblock(ann, bob).await.unwrap();
    assert!(world.message_append(keyed("other")).await.unwrap().fresh);
}

/// An edit is words, too; what one has said oneself can be taken back.
pub async fn the_blocked_take_back_what_they_said(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(bob, direct, "x").await;
    world.contact_block(ann, bob, NOW).await.unwrap();
    let amend = |deed| {
        let act = Act { target: seq(1), deed };
        world.message_amend(Amend { actor: bob, conversation: direct, act, key: None, at: NOW })
    };
    refused(amend(Deed::Edited("y".into())).await, Refusal::Blocked);
    refused(amend(Deed::Reacted { emoji: "👎".into(), on: true }).await, Refusal::Blocked);
    amend(Deed::Deleted).await.unwrap();
}

/// A direct conversation that is there stays, and none is made.
pub async fn no_conversation_is_made_with_the_blocked(world: World) {
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let direct = world.direct(ann, bob).await;
    for peer in [bob, cid] {
        world.contact_block(ann, peer, NOW).await.unwrap();
    }
    assert_eq!(world.direct(bob, ann).await, direct);
    refused(world.direct_open(cid, ann, NOW).await, Refusal::Blocked);
    refused(world.direct_open(ann, cid, NOW).await, Refusal::Blocked);
    refused(world.message_append(to(cid, ann)).await, Refusal::Blocked);
    assert_eq!(world.direct_find(ann, cid).await.unwrap(), None);
}

/// Requests are refused in both directions, also those that would be accepted for somebody.
pub async fn the_blocked_are_not_asked(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.contact_block(ann, bob, NOW).await.unwrap();
    for (asker, peer) in [(ann, bob), (bob, ann)] {
        refused(world.contact_add(asker, peer, true, NOW).await, Refusal::Blocked);
        refused(world.contact_request(asker, peer, true, NOW).await, Refusal::Blocked);
    }
    refused(world.contact_answer(ann, bob, true, NOW).await, Refusal::NotThere);
    world.contact_unblock(ann, bob).await.unwrap();
    world.befriend(bob, ann).await;
}

/// Groups that both are in stay as they are; the blocked one brings the blocker into no other.
pub async fn the_blocked_bring_nobody_into_groups(world: World) {
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (tea, other) = (world.group(cid, &[ann, bob]).await, world.group(bob, &[cid]).await);
    world.befriend(ann, bob).await;
    world.contact_block(ann, bob, NOW).await.unwrap();
    for invite in [true, false] {
        refused(world.member_add(other, bob, ann, invite, NOW).await, Refusal::Blocked);
        refused(world.group_create(group(bob, &[cid, ann], invite)).await, Refusal::Blocked);
    }
    world.say(bob, tea, "all is as before").await;
    world.say(ann, tea, "it is").await;
    world.member_add(other, cid, ann, false, NOW).await.unwrap();
    let anns = world.group(ann, &[]).await;
    world.member_add(anns, ann, bob, false, NOW).await.unwrap();
}

/// One blocks somebody who is there and not oneself; whoever is deleted is in no block any more.
pub async fn blocking_refuses(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    refused(world.contact_block(ann, ann, NOW).await, Refusal::Yourself);
    refused(world.contact_block(ann, AccountId::LAST, NOW).await, Refusal::UnknownAccount);
    world.contact_block(ann, bob, NOW).await.unwrap();
    world.account_delete(bob, NOW).await.unwrap();
    assert!(world.contact_list(ann).await.unwrap().blocked.is_empty());
    refused(world.contact_block(ann, bob, NOW).await, Refusal::UnknownAccount);
}
