//! Somebody who has several requests of native under way at once.

use koine_testkit::peer::{Peer, Received};
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use std::time::Duration;

/// How long an answer may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The connection.
pub(crate) struct Talker {
    peer: Peer,
    asked: u64,
    name: String,
    /// The number of their conversation with themselves.
    room: Value,
}

impl Talker {
    /// Somebody new.
    pub(crate) async fn register(server: &Process, name: &str) -> Self {
        let mut talker = Self::connect(server, name).await;
        let who = json!({"handle": name, "nick": name, "password": "secret", "device": "disk"});
        talker.ask("register", who).await;
        talker.go_home().await;
        talker
    }

    /// Somebody who has registered before.
    pub(crate) async fn sign_in(server: &Process, name: &str) -> Self {
        let mut talker = Self::connect(server, name).await;
        talker.ask("login", json!({"who": name, "password": "secret", "device": "disk"})).await;
        talker.go_home().await;
        talker
    }

    async fn connect(server: &Process, name: &str) -> Self {
        let peer = Peer::websocket(server.address("native"), "/", Encoding::Json).await;
        Self { peer, asked: 0, name: name.to_owned(), room: Value::Null }
    }

    async fn go_home(&mut self) {
        let own = self.ask("open", json!({"with": self.name})).await;
        self.room = own["conversation"]["id"].clone();
    }

    /// Says something in that conversation, without waiting for the answer.
    pub(crate) async fn say(&mut self, text: &str) {
        let key = format!("key {}", self.asked);
        self.send("send", json!({"to": {"conversation": self.room}, "key": key, "text": text})).await;
    }

    /// Every text of that conversation, in order.
    pub(crate) async fn texts(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            let page = json!({"conversation": self.room, "after": texts.len(), "limit": 50});
            let page = self.ask("history", page).await;
            let messages = page["messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return texts;
            }
            for message in messages {
                texts.push(message["parts"][0]["text"].as_str().expect("a text").to_owned());
                assert_eq!(message["seq"], json!(texts.len()));
            }
        }
    }

    /// Asks, and waits for the answer. Nothing else may be under way.
    pub(crate) async fn ask(&mut self, verb: &str, request: Value) -> Value {
        self.send(verb, request).await;
        self.answer().await
    }

    /// The next answer, which says yes.
    pub(crate) async fn answer(&mut self) -> Value {
        loop {
            match self.peer.receive(PATIENCE).await {
                Some(Received::Frame(frame)) if frame["id"].is_null() => {}
                Some(Received::Frame(mut frame)) if frame.get("ok").is_some() => return frame["ok"].take(),
                other => panic!("{other:?} instead of an answer"),
            }
        }
    }

    async fn send(&mut self, verb: &str, mut request: Value) {
        self.asked += 1;
        request["id"] = json!(self.asked);
        request["do"] = json!(verb);
        self.peer.send(&request).await;
    }
}
