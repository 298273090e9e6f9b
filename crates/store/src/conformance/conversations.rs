//! Conversations: direct ones, and groups from their making to their end.

use super::World;
use super::world::{NOW, group, refused, seq, words};
use crate::NewGroup;
use koine_model::conversation::{Conversation, Kind};
use koine_model::media::Blob;
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Refusal};
use std::collections::HashSet;
use tokio::task::JoinSet;

/// Whoever opens it, it is the same.
pub async fn a_direct_conversation_is_one_for_each_pair(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    assert_eq!(world.direct_find(ann, bob).await.unwrap(), None);
    let (made, fresh) = world.direct_open(bob, ann, NOW).await.unwrap();
    assert!(fresh);
    let expected = Conversation {
        id: made.id,
        kind: Kind::Direct,
        name: String::new(),
        avatar: None,
        leader: bob,
        created: NOW,
    };
    assert_eq!(made, expected);
    assert_eq!(world.direct_open(ann, bob, NOW).await.unwrap(), (made.clone(), false));
    assert_eq!(world.direct_find(ann, bob).await.unwrap(), Some(made.id));
    assert_eq!(world.direct_find(bob, ann).await.unwrap(), Some(made.id));
    assert_ne!(world.direct(ann, cy).await, made.id);
    let mut members = world.members(made.id).await;
    members.sort_unstable();
    assert_eq!(members, [ann, bob]);
    assert_eq!(world.member(made.id, ann).await.since(), seq(0));
    assert_eq!(world.conversation_find(made.id).await.unwrap(), Some(made));
}

/// A conversation with oneself has one member.
pub async fn somebody_talks_to_themselves(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let own = world.direct(ann, ann).await;
    assert_eq!(world.members(own).await, [ann]);
    assert_eq!(world.direct_find(ann, ann).await.unwrap(), Some(own));
    assert_ne!(world.direct(ann, bob).await, own);
    let said = world.say(ann, own, "a note").await;
    assert_eq!((said.place.seq, said.pair), (seq(1), vec![ann]));
    refused(world.message_append(words(bob, own, "?")).await, Refusal::UnknownConversation);
}

/// Exactly one of those who open at the same time makes it.
pub async fn opening_at_the_same_time_is_one_conversation(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut tasks = JoinSet::new();
    for round in 0..20 {
        let world = world.clone();
        let (opener, peer) = if round % 2 == 0 { (ann, bob) } else { (bob, ann) };
        tasks.spawn(async move { world.direct_open(opener, peer, NOW).await.unwrap() });
    }
    let opened = tasks.join_all().await;
    assert_eq!(opened.iter().filter(|(_, fresh)| *fresh).count(), 1);
    assert!(opened.iter().all(|(conversation, _)| conversation == &opened[0].0));
    assert_eq!(world.membership_list(ann).await.unwrap().len(), 1);
}

/// Both have to be there.
pub async fn a_direct_conversation_needs_accounts(world: World) {
    let [ann, gone, known] = world.people(["ann", "gone", "known"]).await;
    world.direct(ann, known).await;
    world.account_delete(gone, NOW).await.unwrap();
    world.account_delete(known, NOW).await.unwrap();
    for nobody in [gone, known, AccountId::LAST] {
        refused(world.direct_open(ann, nobody, NOW).await, Refusal::UnknownAccount);
    }
    assert_eq!(world.direct_find(ann, AccountId::LAST).await.unwrap(), None);
    assert_eq!(world.membership_list(ann).await.unwrap().len(), 1);
}

/// Members see everything from the start.
pub async fn a_group_begins_with_its_members(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let made = world.group_create(group(bob, &[cy, ann], false)).await.unwrap();
    let expected = Conversation {
        id: made.id,
        kind: Kind::Group,
        name: "tea".into(),
        avatar: None,
        leader: bob,
        created: NOW,
    };
    assert_eq!(made, expected);
    assert_eq!(world.conversation_find(made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(world.members(made.id).await, [bob, cy, ann]);
    world.say(bob, made.id, "hello").await;
    assert_eq!(world.history(made.id, ann).await.len(), 1);
}

/// Friends who are invited are no members yet, except for those for whom it is accepted.
pub async fn a_group_begins_with_invitations_to_friends(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    world.befriend(ann, bob).await;
    let new = || NewGroup { accepted: HashSet::from([cy]), ..group(ann, &[bob, cy], true) };
    refused(world.group_create(new()).await, Refusal::NotFriends);
    world.befriend(ann, cy).await;
    let made = world.group_create(new()).await.unwrap();
    assert_eq!(world.members(made.id).await, [ann, cy]);
    assert!(world.invitation_list(cy).await.unwrap().is_empty());
    assert!(world.member_find(made.id, bob).await.unwrap().is_none());
    assert!(world.membership_list(bob).await.unwrap().is_empty());
    assert_eq!(world.invitation_list(bob).await.unwrap(), [made]);
}

/// Nobody is in a group beyond its bound, be they members or invited; the leader is one of them.
pub async fn a_group_begins_within_its_bound(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    for friend in [bob, cy] {
        world.befriend(ann, friend).await;
    }
    for invite in [false, true] {
        let within = |most| NewGroup { most, ..group(ann, &[bob, cy, bob], invite) };
        refused(world.group_create(within(2)).await, Refusal::TooLarge(Field::Members));
        assert!(world.group_create(within(3)).await.is_ok());
    }
}

/// A refused group leaves nothing behind.
pub async fn a_group_needs_accounts_and_friends(world: World) {
    let [ann, bob, cy, gone] = world.people(["ann", "bob", "cy", "gone"]).await;
    world.account_delete(gone, NOW).await.unwrap();
    for nobody in [gone, AccountId::LAST] {
        refused(world.group_create(group(ann, &[bob, nobody], false)).await, Refusal::UnknownAccount);
        refused(world.group_create(group(nobody, &[bob], false)).await, Refusal::UnknownAccount);
    }
    world.befriend(ann, bob).await;
    world.contact_add(ann, cy, false, NOW).await.unwrap();
    refused(world.group_create(group(ann, &[bob, cy], true)).await, Refusal::NotFriends);
    assert!(world.membership_list(ann).await.unwrap().is_empty());
    assert!(world.invitation_list(bob).await.unwrap().is_empty());
}

/// A picture is kept, replaced, and taken away again.
pub async fn a_leader_gives_a_picture(world: World) {
    let [ann, bob, eve] = world.people(["ann", "bob", "eve"]).await;
    let tea = world.group(ann, &[bob]).await;
    let blob = Blob { hash: [7; 32], size: 3 };
    assert_eq!(world.group_picture(tea, ann, Some(blob)).await.unwrap().avatar, Some(blob));
    assert_eq!(world.conversation_find(tea).await.unwrap().unwrap().avatar, Some(blob));
    refused(world.group_picture(tea, bob, None).await, Refusal::NotLeader);
    refused(world.group_picture(tea, eve, None).await, Refusal::UnknownConversation);
    let direct = world.direct(ann, bob).await;
    refused(world.group_picture(direct, ann, None).await, Refusal::UnknownConversation);
    assert_eq!(world.group_picture(tea, ann, None).await.unwrap().avatar, None);
    assert_eq!(world.conversation_find(tea).await.unwrap().unwrap().avatar, None);
}

/// The leader gives the group another name and another leader.
pub async fn a_leader_renames_and_promotes(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.say(ann, tea, "one").await;
    assert_eq!(world.group_rename(tea, ann, "coffee".into()).await.unwrap().name, "coffee");
    assert_eq!(world.say(ann, tea, "two").await.conversation.name, "coffee");
    assert_eq!(world.group_promote(tea, ann, bob).await.unwrap().leader, bob);
    let found = world.conversation_find(tea).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.leader), ("coffee", bob));
    assert_eq!(world.say(ann, tea, "three").await.conversation, found);
    refused(world.group_rename(tea, ann, "x".into()).await, Refusal::NotLeader);
    world.group_promote(tea, bob, bob).await.unwrap();
}

/// What members, the invited and strangers may not do.
pub async fn only_a_leader_may(world: World) {
    let [ann, bob, cy, di] = world.people(["ann", "bob", "cy", "di"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.member_add(tea, ann, cy, true, NOW).await.unwrap();
    let nowhere = ConversationId::new(77).unwrap();
    for (group, by, expected) in [
        (tea, bob, Refusal::NotLeader),
        (tea, cy, Refusal::UnknownConversation),
        (tea, di, Refusal::UnknownConversation),
        (nowhere, ann, Refusal::UnknownConversation),
    ] {
        refused(world.group_rename(group, by, "x".into()).await, expected);
        refused(world.group_promote(group, by, bob).await, expected);
        refused(world.group_dissolve(group, by).await, expected);
    }
    refused(world.group_promote(tea, ann, cy).await, Refusal::NotThere);
    refused(world.group_promote(tea, ann, di).await, Refusal::NotThere);
}

/// Nothing of a dissolved group can be seen or spoken to.
pub async fn a_dissolved_group_is_gone(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.member_add(tea, ann, cy, true, NOW).await.unwrap();
    world.say(bob, tea, "hello").await;
    let member = world.member(tea, bob).await;
    let before = world.conversation_find(tea).await.unwrap();
    assert_eq!(Some(world.group_dissolve(tea, ann).await.unwrap()), before);
    assert_eq!(world.conversation_find(tea).await.unwrap(), None);
    assert!(world.member_find(tea, bob).await.unwrap().is_none());
    assert_eq!(world.member_list(tea, 9).await.unwrap(), (Vec::new(), 0));
    assert!(world.membership_list(bob).await.unwrap().is_empty());
    assert!(world.invitation_list(cy).await.unwrap().is_empty());
    assert!(world.message_page(&member, super::world::everything()).await.unwrap().is_empty());
    assert!(world.watermark_list(bob, "d").await.unwrap().is_empty());
    refused(world.message_append(words(bob, tea, "?")).await, Refusal::UnknownConversation);
    refused(world.group_dissolve(tea, ann).await, Refusal::UnknownConversation);
    refused(world.invitation_answer(tea, cy, true, NOW).await, Refusal::NotThere);
}

/// A number that a client still remembers never names another conversation.
pub async fn numbers_are_not_given_twice(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let first = world.group(ann, &[bob]).await;
    world.group_dissolve(first, ann).await.unwrap();
    let second = world.group(ann, &[bob]).await;
    assert_ne!(first, second);
    world.member_leave(second, bob).await.unwrap();
    world.member_leave(second, ann).await.unwrap();
    let third =
        world.group_create(NewGroup { name: "third".into(), ..group(ann, &[], false) }).await.unwrap();
    assert!(third.id != first && third.id != second);
    assert_eq!(world.say(ann, third.id, "first words").await.place.seq, seq(1));
}

/// What is done to groups cannot be done to a direct conversation.
pub async fn a_direct_conversation_is_no_group(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let direct = world.direct(ann, bob).await;
    let expected = Refusal::UnknownConversation;
    refused(world.group_rename(direct, ann, "x".into()).await, expected);
    refused(world.group_promote(direct, ann, bob).await, expected);
    refused(world.group_dissolve(direct, ann).await, expected);
    refused(world.member_leave(direct, ann).await, expected);
    refused(world.member_expel(direct, ann, bob).await, expected);
    refused(world.member_add(direct, ann, cy, false, NOW).await, expected);
    refused(world.member_add(direct, ann, cy, true, NOW).await, expected);
    assert_eq!(world.members(direct).await.len(), 2);
}
