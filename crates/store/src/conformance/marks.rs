//! Marks: what was read, and what has arrived on any device.

use super::World;
use super::world::{NOW, refused, seq};
use crate::Marks;
use koine_model::{AccountId, ConversationId, Place, Refusal};

/// The most members among whom the cases share marks.
const MOST: u32 = 3;

impl World {
    async fn marks(&self, conversation: ConversationId, account: AccountId) -> Option<(u32, u32, bool)> {
        let found = self.mark_list(&[(conversation, account)], MOST).await.unwrap();
        found[0].map(|Marks { read, delivered, shared }| (read.number(), delivered.number(), shared))
    }

    async fn reads(&self, account: AccountId, conversation: ConversationId, until: u32) -> bool {
        let until = Place { conversation, seq: seq(until) };
        self.read_advance(account, until, MOST).await.unwrap().0
    }
}

/// What was read stays read.
pub async fn a_read_mark_moves_forward_alone(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    for _ in 0..3 {
        world.say(ann, direct, "x").await;
    }
    assert!(!world.reads(bob, direct, 0).await);
    assert!(world.reads(bob, direct, 2).await);
    assert!(!world.reads(bob, direct, 2).await);
    assert!(!world.reads(bob, direct, 1).await);
    assert_eq!(world.marks(direct, bob).await, Some((2, 0, true)));
    assert_eq!(world.marks(direct, ann).await, Some((0, 0, true)));
    assert!(world.reads(bob, direct, 3).await);
    assert_eq!(world.marks(direct, bob).await, Some((3, 0, true)));
}

/// Only members read, and only what is there.
pub async fn reading_refuses(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "x").await;
    let until = |conversation, number| Place { conversation, seq: seq(number) };
    refused(world.read_advance(bob, until(tea, 1), MOST).await, Refusal::UnknownConversation);
    refused(world.read_advance(ann, until(tea, 2), MOST).await, Refusal::UnknownMessage);
    let nowhere = ConversationId::new(99).unwrap();
    refused(world.read_advance(ann, until(nowhere, 1), MOST).await, Refusal::UnknownConversation);
    assert_eq!(world.mark_list(&[(tea, bob), (nowhere, ann)], MOST).await.unwrap(), [None, None]);
}

/// The furthest of all devices counts, at once and once it is written.
pub async fn what_arrived_on_any_device_is_delivered(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (direct, tea) = (world.direct(ann, bob).await, world.group(ann, &[bob]).await);
    for _ in 0..5 {
        world.say(ann, direct, "x").await;
        world.say(ann, tea, "x").await;
    }
    for (device, number) in [("c", 2), ("a", 4), ("b", 1)] {
        world.watermark_advance(bob, device, &[(direct, seq(number))]);
    }
    world.watermark_advance(bob, "b", &[(tea, seq(5))]);
    world.watermark_advance(ann, "b", &[(direct, seq(5))]);
    let both = [(direct, bob), (tea, bob)];
    for _ in 0..3 {
        let found = world.mark_list(&both, MOST).await.unwrap();
        let delivered: Vec<_> = found.iter().map(|marks| marks.unwrap().delivered.number()).collect();
        assert_eq!(delivered, [4, 5]);
        // A change has the writer write what was reported before it.
        world.say(ann, tea, "x").await;
    }
}

/// Marks are shared among few, and not with whom one has blocked.
pub async fn marks_are_shared_among_few(world: World) {
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let tea = world.group(ann, &[bob, cid]).await;
    assert_eq!(world.marks(tea, ann).await, Some((0, 0, true)));
    world.member_add(tea, ann, dan, false, NOW).await.unwrap();
    assert_eq!(world.marks(tea, ann).await, Some((0, 0, false)));
    let (direct, own) = (world.direct(ann, bob).await, world.direct(ann, ann).await);
    world.contact_block(bob, ann, NOW).await.unwrap();
    assert_eq!(world.marks(direct, ann).await, Some((0, 0, false)));
    assert_eq!(world.marks(direct, bob).await, Some((0, 0, false)));
    assert_eq!(world.marks(own, ann).await, Some((0, 0, true)));
}

/// Whoever comes back has read nothing.
pub async fn marks_go_with_the_membership(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.say(ann, tea, "x").await;
    assert!(world.reads(bob, tea, 1).await);
    world.member_leave(tea, bob).await.unwrap();
    assert_eq!(world.marks(tea, bob).await, None);
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    assert_eq!(world.marks(tea, bob).await, Some((0, 0, true)));
}
