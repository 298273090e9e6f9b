//! A long history: chunks of a hundred, in order, over all conversations, whether or not anybody acknowledges them.

use koine_testkit::peer::{Peer, Received};
use koine_testkit::{Server, World};
use koine_type_payload::TypePayload;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

async fn says(peer: &mut Peer, kind: &str, payload: Value) {
    peer.send(&json!({"type": kind, "payload": payload})).await;
}

async fn hears(peer: &mut Peer) -> (String, Value) {
    match peer.receive(Duration::from_secs(10)).await {
        Some(Received::Frame(frame)) => {
            (frame["type"].as_str().unwrap().to_owned(), frame["payload"].clone())
        }
        other => panic!("{other:?}"),
    }
}

/// Asks for everything; tells the sizes of the chunks, and what was said.
async fn looks_back(peer: &mut Peer, acknowledges: bool) -> (Vec<usize>, Vec<String>) {
    says(peer, "MESSAGE_HISTORY_REQUEST", json!({"username": "ann"})).await;
    let (mut sizes, mut texts) = (Vec::new(), Vec::new());
    loop {
        let (kind, payload) = hears(peer).await;
        if kind == "MESSAGE_HISTORY_DATA" {
            let messages = payload["messages"].as_array().unwrap();
            sizes.push(messages.len());
            texts.extend(messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()));
        }
        if acknowledges && kind != "MESSAGE_HISTORY_RESPONSE" {
            says(peer, &format!("{kind}_ACK"), json!({"username": "ann"})).await;
        }
        if kind == "MESSAGE_HISTORY_COMPLETE" {
            return (sizes, texts);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_history_comes_in_chunks() {
    let world = World::start(vec![Arc::new(TypePayload)]).await;
    let mut ann = Peer::stream(world.address("type-payload")).await;
    for who in ["bob", "eve", "ann"] {
        says(&mut ann, "REGISTER_REQUEST", json!({"username": who, "passwordHash": "x"})).await;
        hears(&mut ann).await;
    }
    says(&mut ann, "LOGIN_REQUEST", json!({"username": "ann", "passwordHash": "x"})).await;
    assert_eq!(hears(&mut ann).await.0, "LOGIN_RESPONSE");
    for number in 0..250 {
        let to = if number % 3 == 0 { "eve" } else { "bob" };
        let text = json!({"sender": "ann", "receiver": to, "content": number.to_string()});
        says(&mut ann, "TEXT_MESSAGE", text).await;
    }
    let expected: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    let begun = tokio::time::Instant::now();
    assert_eq!(looks_back(&mut ann, true).await, (vec![100, 100, 50], expected.clone()));
    assert_eq!(looks_back(&mut ann, false).await, (vec![100, 100, 50], expected));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
