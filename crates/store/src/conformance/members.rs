//! Memberships: proof, coming, leadership, going.

use super::World;
use super::world::{NOW, refused, seq, seqs, words};
use crate::Departure;
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Refusal};

/// Only a member is proven to be one.
pub async fn a_member_is_proven(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.member_add(tea, ann, cy, true, NOW).await.unwrap();
    let member = world.member(tea, bob).await;
    assert_eq!((member.account(), member.since()), (bob, seq(0)));
    assert_eq!(Some(member.conversation().clone()), world.conversation_find(tea).await.unwrap());
    assert!(world.member_find(tea, cy).await.unwrap().is_none());
    assert!(world.member_find(ConversationId::new(99).unwrap(), ann).await.unwrap().is_none());
}

/// The order is that in which they came, and the count is of all.
pub async fn members_are_listed_in_their_order(world: World) {
    let [ann, bob, cy, di] = world.people(["ann", "bob", "cy", "di"]).await;
    let tea = world.group(cy, &[bob]).await;
    world.member_add(tea, bob, di, false, NOW).await.unwrap();
    world.member_add(tea, di, ann, false, NOW).await.unwrap();
    assert_eq!(world.member_list(tea, 9).await.unwrap(), (vec![cy, bob, di, ann], 4));
    assert_eq!(world.member_list(tea, 2).await.unwrap(), (vec![cy, bob], 4));
    assert_eq!(world.member_list(tea, 0).await.unwrap(), (vec![], 4));
}

/// What was said before stays unseen.
pub async fn who_is_added_sees_what_follows(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "one").await;
    world.say(ann, tea, "two").await;
    let group = world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    assert_eq!(Some(group), world.conversation_find(tea).await.unwrap());
    assert_eq!(world.member(tea, bob).await.since(), seq(2));
    assert_eq!(world.say(bob, tea, "three").await.place.seq, seq(3));
    assert_eq!(seqs(&world.history(tea, bob).await), [3]);
    assert_eq!(seqs(&world.history(tea, ann).await), [1, 2, 3]);
    let membership = world.membership_list(bob).await.unwrap().remove(0);
    assert_eq!((membership.since, membership.last), (seq(2), seq(3)));
}

/// What was said before an invitation was accepted stays unseen.
pub async fn who_is_invited_sees_nothing_until_then(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.member_add(tea, ann, bob, true, NOW).await.unwrap();
    world.say(ann, tea, "one").await;
    refused(world.message_append(words(bob, tea, "?")).await, Refusal::UnknownConversation);
    let group = world.invitation_answer(tea, bob, true, NOW).await.unwrap();
    assert_eq!(group.id, tea);
    assert_eq!(world.member(tea, bob).await.since(), seq(1));
    assert!(world.invitation_list(bob).await.unwrap().is_empty());
    assert_eq!(world.say(bob, tea, "two").await.place.seq, seq(2));
}

/// Every refusal of adding.
pub async fn adding_refuses(world: World) {
    let [ann, bob, cy, di, gone] = world.people(["ann", "bob", "cy", "di", "gone"]).await;
    world.account_delete(gone, NOW).await.unwrap();
    let tea = world.group(ann, &[bob]).await;
    world.member_add(tea, bob, cy, true, NOW).await.unwrap();
    for invite in [false, true] {
        let nowhere = ConversationId::new(99).unwrap();
        refused(world.member_add(nowhere, ann, di, invite, NOW).await, Refusal::UnknownConversation);
        refused(world.member_add(tea, di, di, invite, NOW).await, Refusal::UnknownConversation);
        refused(world.member_add(tea, cy, di, invite, NOW).await, Refusal::UnknownConversation);
        refused(world.member_add(tea, ann, bob, invite, NOW).await, Refusal::Already);
        refused(world.member_add(tea, ann, ann, invite, NOW).await, Refusal::Already);
        refused(world.member_add(tea, ann, gone, invite, NOW).await, Refusal::UnknownAccount);
        refused(world.member_add(tea, ann, AccountId::LAST, invite, NOW).await, Refusal::UnknownAccount);
    }
    refused(world.member_add(tea, ann, cy, true, NOW).await, Refusal::Already);
    assert_eq!(world.members(tea).await, [ann, bob]);
}

/// A person who is added through a protocol without invitations need not answer one.
pub async fn adding_the_invited_makes_them_a_member(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.member_add(tea, ann, bob, true, NOW).await.unwrap();
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    assert_eq!(world.members(tea).await, [ann, bob]);
    assert!(world.invitation_list(bob).await.unwrap().is_empty());
    refused(world.invitation_answer(tea, bob, true, NOW).await, Refusal::NotThere);
}

/// Nobody comes into a full group, and who is invited counts: they may come, and be put in, and give the place back.
pub async fn the_invited_have_places(world: World) {
    let [ann, bob, cy, di] = world.people(["ann", "bob", "cy", "di"]).await;
    let tea = world.group(ann, &[]).await;
    world.member_add_within(3, tea, ann, bob, true).await.unwrap();
    world.member_add_within(3, tea, ann, cy, true).await.unwrap();
    for invite in [false, true] {
        let added = world.member_add_within(3, tea, ann, di, invite).await;
        refused(added, Refusal::TooLarge(Field::Members));
    }
    world.member_add_within(3, tea, ann, bob, false).await.unwrap();
    world.invitation_answer(tea, cy, true, NOW).await.unwrap();
    assert_eq!(world.members(tea).await, [ann, bob, cy]);
    refused(world.member_add_within(3, tea, ann, di, true).await, Refusal::TooLarge(Field::Members));
    world.member_leave(tea, cy).await.unwrap();
    world.member_add_within(3, tea, ann, di, true).await.unwrap();
    world.invitation_answer(tea, di, false, NOW).await.unwrap();
    world.member_add_within(3, tea, ann, cy, false).await.unwrap();
}

/// Whoever looks before the other is in looks in vain.
pub async fn of_two_who_are_added_at_once_one_has_the_last_place(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    for invite in [false, true] {
        let tea = world.group(ann, &[]).await;
        let add = |who, invite| world.member_add_within(2, tea, ann, who, invite);
        let (one, other) = tokio::join!(add(bob, invite), add(cy, false));
        assert_ne!(one.is_ok(), other.is_ok());
        let late = if one.is_ok() { other } else { one };
        refused(late, Refusal::TooLarge(Field::Members));
    }
}

/// A declined invitation can be repeated, an answered one cannot be answered again.
pub async fn an_invitation_is_answered_once(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let (tea, milk) = (world.group(ann, &[]).await, world.group(ann, &[]).await);
    world.member_add(milk, ann, bob, true, NOW).await.unwrap();
    world.member_add(tea, ann, bob, true, NOW).await.unwrap();
    let invited: Vec<_> = world.invitation_list(bob).await.unwrap().iter().map(|group| group.id).collect();
    assert_eq!(invited, [milk, tea]);
    assert_eq!(world.invitation_answer(tea, bob, false, NOW).await.unwrap().id, tea);
    refused(world.invitation_answer(tea, bob, true, NOW).await, Refusal::NotThere);
    refused(world.invitation_answer(tea, cy, true, NOW).await, Refusal::NotThere);
    assert_eq!(world.members(tea).await, [ann]);
    world.member_add(tea, ann, bob, true, NOW).await.unwrap();
    world.invitation_answer(tea, bob, true, NOW).await.unwrap();
    refused(world.invitation_answer(tea, bob, false, NOW).await, Refusal::NotThere);
    assert_eq!(world.members(tea).await, [ann, bob]);
}

/// Leaving leaves the others and their history alone.
pub async fn a_follower_leaves(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.say(bob, tea, "bye").await;
    let before = world.conversation_find(tea).await.unwrap().unwrap();
    let departure = world.member_leave(tea, bob).await.unwrap();
    assert_eq!(departure, Departure { conversation: before, new_leader: None, dissolved: false });
    assert_eq!(world.members(tea).await, [ann]);
    assert!(world.membership_list(bob).await.unwrap().is_empty());
    refused(world.message_append(words(bob, tea, "?")).await, Refusal::UnknownConversation);
    assert_eq!(seqs(&world.history(tea, ann).await), [1]);
}

/// Not the lowest number, not who led before, but who has been there longest.
pub async fn the_longest_standing_member_leads_next(world: World) {
    let [ann, bob, cy, di] = world.people(["ann", "bob", "cy", "di"]).await;
    let tea = world.group(di, &[cy, ann]).await;
    world.member_add(tea, di, bob, true, NOW).await.unwrap();
    world.member_leave(tea, cy).await.unwrap();
    world.member_add(tea, di, cy, false, NOW).await.unwrap();
    let departure = world.member_leave(tea, di).await.unwrap();
    assert_eq!((departure.conversation.leader, departure.new_leader), (di, Some(ann)));
    assert_eq!(world.conversation_find(tea).await.unwrap().unwrap().leader, ann);
    assert_eq!(world.say(cy, tea, "?").await.conversation.leader, ann);
    assert_eq!(world.member_leave(tea, ann).await.unwrap().new_leader, Some(cy));
}

/// A group without members is no group, even where somebody is invited.
pub async fn the_last_one_out_removes_the_group(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.member_add(tea, ann, bob, true, NOW).await.unwrap();
    world.say(ann, tea, "echo").await;
    let departure = world.member_leave(tea, ann).await.unwrap();
    assert_eq!((departure.new_leader, departure.dissolved), (None, true));
    assert_eq!(world.conversation_find(tea).await.unwrap(), None);
    assert!(world.invitation_list(bob).await.unwrap().is_empty());
}

/// Only who is in can leave.
pub async fn leaving_refuses(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let tea = world.group(ann, &[]).await;
    world.member_add(tea, ann, bob, true, NOW).await.unwrap();
    refused(world.member_leave(tea, bob).await, Refusal::UnknownConversation);
    refused(world.member_leave(tea, cy).await, Refusal::UnknownConversation);
    refused(world.member_leave(ConversationId::new(99).unwrap(), ann).await, Refusal::UnknownConversation);
}

/// Members and the invited can be taken out.
pub async fn the_leader_expels(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.member_add(tea, ann, cy, true, NOW).await.unwrap();
    assert_eq!(world.member_expel(tea, ann, bob).await.unwrap().id, tea);
    assert_eq!(world.member_expel(tea, ann, cy).await.unwrap().id, tea);
    assert_eq!(world.members(tea).await, [ann]);
    assert!(world.invitation_list(cy).await.unwrap().is_empty());
}

/// Every refusal of expelling.
pub async fn expelling_refuses(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let tea = world.group(ann, &[bob]).await;
    let nowhere = ConversationId::new(99).unwrap();
    refused(world.member_expel(nowhere, ann, bob).await, Refusal::UnknownConversation);
    refused(world.member_expel(tea, cy, bob).await, Refusal::UnknownConversation);
    refused(world.member_expel(tea, bob, ann).await, Refusal::NotLeader);
    refused(world.member_expel(tea, ann, cy).await, Refusal::NotThere);
    refused(world.member_expel(tea, ann, ann).await, Refusal::Yourself);
    assert_eq!(world.members(tea).await, [ann, bob]);
}

/// Nothing that is remembered of a member outlives the membership.
pub async fn who_was_expelled_says_nothing_more(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.say(bob, tea, "one").await;
    world.member_expel(tea, ann, bob).await.unwrap();
    refused(world.message_append(words(bob, tea, "?")).await, Refusal::UnknownConversation);
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    assert_eq!(world.say(bob, tea, "two").await.place.seq, seq(2));
    assert_eq!(seqs(&world.history(tea, bob).await), [2]);
}
