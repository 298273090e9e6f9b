//! The store as a whole: whether it works, and how it ends.

use super::World;
use super::world::{newcomer, words};
use crate::Error;
use koine_model::Epoch;
use tokio::task::JoinSet;

/// A check is a change that nobody sees.
pub async fn a_store_that_works_says_so(world: World) {
    for _ in 0..3 {
        world.check().await.unwrap();
    }
}

/// It is one that a server has, and does not change under whoever was told of it.
pub async fn the_epoch_stays(world: World) {
    let epoch = world.epoch();
    assert_ne!(epoch, Epoch::NONE);
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.message_append(words(ann, own, "x")).await.unwrap();
    world.check().await.unwrap();
    assert_eq!(world.epoch(), epoch);
}

/// After the end every change fails, and closing again does no harm.
pub async fn a_closed_store_changes_nothing(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.close().await;
    assert!(matches!(world.account_create(newcomer("bob")).await, Err(Error::Failed(_))));
    assert!(matches!(world.message_append(words(ann, own, "x")).await, Err(Error::Failed(_))));
    assert!(world.check().await.is_err());
    world.watermark_advance(ann, "d", &[(own, super::world::seq(1))]);
    world.close().await;
}

/// Whatever is under way when the store is closed is answered, one way or the other.
pub async fn closing_finishes_what_was_begun(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let world = world.clone();
        tasks.spawn(async move { world.message_append(words(ann, own, "x")).await });
    }
    tokio::task::yield_now().await;
    world.close().await;
    for answer in tasks.join_all().await {
        assert!(matches!(answer, Ok(_) | Err(Error::Failed(_))));
    }
}
