//! Who keeps the place when an account signs in twice: the older one, as long as its client is there.

use koine_testkit::peer::{Peer, Received};
use koine_testkit::value::Encoding;
use koine_testkit::{Server, World};
use koine_type_payload::TypePayload;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longer than what was heard of a client proves that it is there.
const SILENCE: Duration = Duration::from_millis(4_500);

async fn world() -> World {
    World::start(vec![Arc::new(TypePayload)]).await
}

async fn stream(world: &World) -> Peer {
    Peer::stream(world.address("type-payload")).await
}

async fn websocket(world: &World) -> Peer {
    Peer::websocket(world.address("type-payload"), "/", Encoding::Json).await
}

async fn says(peer: &mut Peer, kind: &str) -> Value {
    peer.send(&json!({"type": kind, "payload": {"username": "ann", "passwordHash": "x"}})).await;
    match peer.receive(Duration::from_secs(10)).await {
        Some(Received::Frame(frame)) => frame["payload"]["code"].clone(),
        other => panic!("{other:?}"),
    }
}

async fn enters(mut peer: Peer) -> Peer {
    says(&mut peer, "REGISTER_REQUEST").await;
    assert_eq!(says(&mut peer, "LOGIN_REQUEST").await, 0);
    peer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_client_on_a_stream_is_there_as_long_as_its_kernel_is() {
    let world = world().await;
    let older = enters(stream(&world).await).await;
    tokio::time::sleep(SILENCE).await;
    assert_eq!(says(&mut stream(&world).await, "LOGIN_REQUEST").await, 2002);
    drop(older);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(says(&mut stream(&world).await, "LOGIN_REQUEST").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_client_by_websocket_is_there_when_it_answers_a_ping() {
    let world = world().await;
    let mut older = enters(websocket(&world).await).await;
    let listening = tokio::task::JoinSet::from_iter([async move {
        older.receive(Duration::from_secs(60)).await;
    }]);
    tokio::time::sleep(SILENCE).await;
    assert_eq!(says(&mut stream(&world).await, "LOGIN_REQUEST").await, 2002);
    drop(listening);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_answers_nothing_does_not_count() {
    let world = world().await;
    // Nobody reads from it, so no ping is answered: so does a phone without a network.
    let mut older = enters(websocket(&world).await).await;
    tokio::time::sleep(SILENCE).await;
    let begun = Instant::now();
    let mut newer = stream(&world).await;
    assert_eq!(says(&mut newer, "LOGIN_REQUEST").await, 0);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(older.receive(Duration::from_secs(5)).await, Some(Received::Closed));
    // The place is really the newer one's.
    assert_eq!(says(&mut websocket(&world).await, "LOGIN_REQUEST").await, 2002);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_at_once_one_comes_in() {
    let world = world().await;
    let mut first = stream(&world).await;
    says(&mut first, "REGISTER_REQUEST").await;
    let mut second = websocket(&world).await;
    let (one, other) = tokio::join!(says(&mut first, "LOGIN_REQUEST"), says(&mut second, "LOGIN_REQUEST"));
    let mut codes = [one.as_u64(), other.as_u64()];
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(2002)]);
}
