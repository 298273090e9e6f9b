//! Clearing a conversation: it goes from one list until something more is said.

use super::World;
use super::world::{NOW, refused, seqs, words};
use koine_model::{AccountId, ConversationId, Refusal};

impl World {
    async fn listed(&self, account: AccountId) -> Vec<ConversationId> {
        let memberships = self.membership_list(account).await.unwrap();
        memberships.iter().map(|membership| membership.conversation.id).collect()
    }
}

/// The other keeps what the one has cleared.
pub async fn what_is_cleared_is_gone_for_one(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (direct, tea) = (world.direct(ann, bob).await, world.group(ann, &[bob]).await);
    world.say(ann, direct, "one").await;
    world.conversation_clear(direct, ann).await.unwrap();
    assert_eq!(world.listed(ann).await, [tea]);
    assert_eq!(world.listed(bob).await, [direct, tea]);
    assert!(world.history(direct, ann).await.is_empty());
    assert_eq!(seqs(&world.history(direct, bob).await), [1]);
    assert_eq!(world.members(direct).await, [ann, bob]);
}

/// The next message brings it back, without those from before.
pub async fn the_next_message_brings_it_back(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(ann, direct, "one").await;
    world.conversation_clear(direct, ann).await.unwrap();
    world.say(bob, direct, "two").await;
    assert_eq!(world.listed(ann).await, [direct]);
    assert_eq!(seqs(&world.history(direct, ann).await), [2]);
    world.conversation_clear(direct, ann).await.unwrap();
    assert!(world.listed(ann).await.is_empty());
    world.say(ann, direct, "three").await;
    assert_eq!(seqs(&world.history(direct, ann).await), [3]);
}

/// Who opens it again has it on the list, as empty as before; the other's opening does not bring it back.
pub async fn opening_shows_it_to_the_opener(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(ann, direct, "one").await;
    world.conversation_clear(direct, ann).await.unwrap();
    assert_eq!(world.direct(bob, ann).await, direct);
    assert!(world.listed(ann).await.is_empty());
    assert_eq!(world.direct(ann, bob).await, direct);
    assert_eq!(world.listed(ann).await, [direct]);
    assert!(world.history(direct, ann).await.is_empty());
}

/// Clearing tells whether the member wants words.
pub async fn clearing_tells_what_is_wanted(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    assert!(world.conversation_clear(direct, ann).await.unwrap());
    world.member_words(direct, ann, false).await.unwrap();
    assert!(!world.conversation_clear(direct, ann).await.unwrap());
    assert!(world.conversation_clear(direct, bob).await.unwrap());
}

/// Devices that listen hear what is said after it, and nothing from before.
pub async fn a_device_goes_on_after_it(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(bob, direct, "one").await;
    world.conversation_clear(direct, ann).await.unwrap();
    let standings = world.watermark_list(ann, "d").await.unwrap();
    assert_eq!((standings[0].position.number(), standings[0].last.number()), (1, 1));
}

/// What was cleared belongs to its member still, and goes when they do.
pub async fn what_was_cleared_goes_with_the_account(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (direct, tea) = (world.direct(ann, bob).await, world.group(ann, &[bob]).await);
    world.say(bob, direct, "one").await;
    world.say(bob, tea, "one").await;
    for conversation in [direct, tea] {
        world.conversation_clear(conversation, ann).await.unwrap();
    }
    let departures = world.account_delete(ann, NOW).await.unwrap();
    assert_eq!((departures.len(), departures[0].new_leader), (1, Some(bob)));
    assert_eq!(world.members(tea).await, [bob]);
    refused(world.message_append(words(bob, direct, "?")).await, Refusal::UnknownAccount);
}

/// Only a member can clear.
pub async fn clearing_refuses(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let direct = world.direct_open(ann, bob, NOW).await.unwrap().0.id;
    refused(world.conversation_clear(direct, cy).await, Refusal::UnknownConversation);
    let nowhere = ConversationId::new(99).unwrap();
    refused(world.conversation_clear(nowhere, ann).await, Refusal::UnknownConversation);
}
