//! Watermarks: how far a device has come.
//!
//! A backend may take its time to write them, so the cases look until they are there.

use super::World;
use super::world::{NOW, seq};
use crate::Standing;
use koine_model::{AccountId, ConversationId, Seq};
use std::time::Duration;

async fn standing(
    world: &World,
    account: AccountId,
    device: &str,
    conversation: ConversationId,
) -> Option<Standing> {
    let all = world.watermark_list(account, device).await.unwrap();
    all.into_iter().find(|standing| standing.conversation == conversation)
}

fn stands(conversation: ConversationId, since: u32, position: u32, last: u32, seen: bool) -> Standing {
    let (since, position, last) = (seq(since), seq(position), seq(last));
    Standing { conversation, position, since, last, at: NOW, listed: true, words: true, seen }
}

/// Waits until a device stands somewhere.
async fn arrives(
    world: &World,
    account: AccountId,
    device: &str,
    conversation: ConversationId,
    position: Seq,
) {
    for _ in 0..1000 {
        let found = standing(world, account, device, conversation).await;
        if found.is_some_and(|standing| standing.seen && standing.position == position) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the watermark of {device} in {conversation} never came to {position}");
}

/// Where nothing was recorded, the device has not seen the conversation.
pub async fn a_device_begins_where_the_account_came(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "one").await;
    world.say(ann, tea, "two").await;
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    world.say(ann, tea, "three").await;
    let expected = [stands(direct, 0, 0, 0, false), stands(tea, 2, 2, 3, false)];
    assert_eq!(world.watermark_list(bob, "d").await.unwrap(), expected);
    // Zero is recorded too: the conversation was seen before anything was said in it.
    world.watermark_advance(bob, "d", &[(direct, seq(0)), (tea, seq(0))]);
    arrives(&world, bob, "d", direct, seq(0)).await;
    arrives(&world, bob, "d", tea, seq(2)).await;
}

/// A client that connects again at once is not told everything once more.
pub async fn a_watermark_is_known_at_once(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for number in 1..=100 {
        world.say(ann, own, "x").await;
        world.watermark_advance(ann, "d", &[(own, seq(number))]);
        let expected = stands(own, 0, number, number, true);
        assert_eq!(standing(&world, ann, "d", own).await, Some(expected));
    }
}

/// An earlier place changes nothing, whether it comes at once or later.
pub async fn a_watermark_moves_forward_alone(world: World) {
    let ann = world.person("ann").await;
    let (tea, marker) = (world.group(ann, &[]).await, world.group(ann, &[]).await);
    for _ in 0..9 {
        world.say(ann, tea, "x").await;
        world.say(ann, marker, "x").await;
    }
    world.watermark_advance(ann, "d", &[(tea, seq(5))]);
    world.watermark_advance(ann, "d", &[(tea, seq(3))]);
    arrives(&world, ann, "d", tea, seq(5)).await;
    world.watermark_advance(ann, "d", &[(tea, seq(2)), (marker, seq(1))]);
    arrives(&world, ann, "d", marker, seq(1)).await;
    let expected = stands(tea, 0, 5, 9, true);
    assert_eq!(standing(&world, ann, "d", tea).await, Some(expected));
    world.watermark_advance(ann, "d", &[(tea, seq(6))]);
    arrives(&world, ann, "d", tea, seq(6)).await;
    world.watermark_advance(ann, "d", &[]);
}

/// What arrived at one device has not arrived at another.
pub async fn devices_are_apart(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(ann, direct, "x").await;
    world.watermark_advance(ann, "one", &[(direct, seq(1))]);
    arrives(&world, ann, "one", direct, seq(1)).await;
    assert!(!standing(&world, ann, "two", direct).await.unwrap().seen);
    assert!(!standing(&world, bob, "one", direct).await.unwrap().seen);
}

/// A watermark of a stranger is not kept for the day on which they come.
pub async fn strangers_leave_no_watermark(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (tea, own) = (world.group(ann, &[]).await, world.direct(bob, bob).await);
    world.say(ann, tea, "x").await;
    world.watermark_advance(
        bob,
        "d",
        &[(tea, seq(9)), (ConversationId::new(99).unwrap(), seq(1)), (own, seq(0))],
    );
    arrives(&world, bob, "d", own, seq(0)).await;
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    let expected = stands(tea, 1, 1, 1, false);
    assert_eq!(standing(&world, bob, "d", tea).await, Some(expected));
}

/// To somebody who comes again, the conversation is new.
pub async fn who_comes_back_begins_anew(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    world.say(ann, tea, "one").await;
    world.watermark_advance(bob, "d", &[(tea, seq(1))]);
    arrives(&world, bob, "d", tea, seq(1)).await;
    world.member_leave(tea, bob).await.unwrap();
    world.say(ann, tea, "two").await;
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    let expected = stands(tea, 2, 2, 2, false);
    assert_eq!(standing(&world, bob, "d", tea).await, Some(expected));
}

/// More at once than a transaction would want to take.
pub async fn many_watermarks_are_all_written(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.say(ann, own, "x").await;
    let devices: Vec<_> = (0..3000).map(|number| format!("device {number}")).collect();
    for device in &devices {
        world.watermark_advance(ann, device, &[(own, seq(1))]);
    }
    for device in &devices {
        arrives(&world, ann, device, own, seq(1)).await;
    }
}

/// Reading counts as no change.
pub async fn changes_are_counted_before_they_are_answered(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    for _ in 0..20 {
        let before = world.changes();
        let standings = world.watermark_list(bob, "d").await.unwrap();
        assert_eq!(world.changes(), before);
        world.say(ann, tea, "one more").await;
        assert!(world.changes() > before);
        assert_ne!(world.watermark_list(bob, "d").await.unwrap(), standings);
    }
}
