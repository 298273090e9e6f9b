//! Calls that nobody looks after: a connection leaves one alone while it does something else, and comes back to it later.

use super::*;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// Begins a call, and does not look at it again.
fn begin<F: Future>(call: Pin<&mut F>) {
    assert!(call.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn a_read_that_is_left_alone_keeps_nobody_waiting() {
    let world = world_with(Options { readers: 1, ..Options::default() }).await;
    world.say("tea").await.unwrap();
    let (end, until) = mpsc::channel::<()>();
    let mut held = pin!(world.store.readers.read("hold", move |_| Ok(until.recv().is_ok())));
    begin(held.as_mut());
    let ann = AccountRef::Id(world.ann);
    // They wait for the only reader, and are not looked at when it is their turn.
    let mut left_alone = pin!(world.store.account_find(&ann));
    begin(left_alone.as_mut());
    let mut given_up = Box::pin(world.store.account_find(&ann));
    begin(given_up.as_mut());
    drop(given_up);
    end.send(()).unwrap();
    assert!(timeout(PATIENCE, held).await.expect("its turn").unwrap());
    assert_eq!(timeout(PATIENCE, world.seqs()).await.expect("its turn"), [1]);
    assert!(timeout(PATIENCE, left_alone).await.expect("its answer").unwrap().is_some());
}

#[tokio::test]
async fn a_search_that_is_left_alone_keeps_nobody_waiting() {
    let world = world().await;
    let (end, until) = mpsc::channel::<()>();
    let mut held = pin!(world.store.readers.search("hold", move |_| Ok(until.recv().is_ok())));
    begin(held.as_mut());
    let mut left_alone = pin!(world.store.readers.search("look", |_| Ok(1)));
    begin(left_alone.as_mut());
    let third = world.store.readers.search("look", |_| Ok(2));
    end.send(()).unwrap();
    assert!(timeout(PATIENCE, held).await.expect("its turn").unwrap());
    assert_eq!(timeout(PATIENCE, third).await.expect("its turn").unwrap(), 2);
    assert_eq!(timeout(PATIENCE, left_alone).await.expect("its answer").unwrap(), 1);
}
