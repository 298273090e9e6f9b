//! Somebody who has several requests of native under way at once.

use koine_e2e::fetch::ask;
use koine_e2e::native::request;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// How long an answer may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The connection.
pub(crate) struct Talker {
    peer: Peer,
    asked: u64,
    name: String,
    token: String,
    /// The number of their conversation with themselves.
    room: Value,
}

impl Talker {
    /// Somebody new.
    pub(crate) async fn register(server: &Process, name: &str) -> Self {
        let mut talker = Self::connect(server, name).await;
        let who = json!({"handle": name, "nick": name, "password": "secret", "device": "disk"});
        talker.token = text(&talker.ask("register", who).await["token"]);
        talker.go_home().await;
        talker
    }

    /// Somebody who has registered before.
    pub(crate) async fn sign_in(server: &Process, name: &str) -> Self {
        let mut talker = Self::connect(server, name).await;
        let who = json!({"who": name, "password": "secret", "device": "disk"});
        talker.token = text(&talker.ask("login", who).await["token"]);
        talker.go_home().await;
        talker
    }

    async fn connect(server: &Process, name: &str) -> Self {
        let peer = Peer::websocket(server.address("native"), "/", Encoding::Json).await;
        Self { peer, asked: 0, name: name.to_owned(), token: String::new(), room: Value::Null }
    }

    async fn go_home(&mut self) {
        let own = self.ask("open", json!({"with": self.name})).await;
        self.room = own["conversation"]["id"].clone();
    }

    /// Says something in that conversation, without waiting for the answer.
    pub(crate) async fn say(&mut self, text: &str) {
        // Another one on each connection.
        let key = format!("{} {}", self.asked, &self.token[..12]);
        self.send("send", json!({"to": {"conversation": self.room}, "key": key, "text": text})).await;
    }

    /// Says something to somebody, perhaps in answer to an earlier message; tells its number when it is on the server.
    pub(crate) async fn tell(&mut self, who: &str, text: &str, reply: Option<u64>) -> u64 {
        let key = format!("{} {}", self.asked, &self.token[..12]);
        let request = json!({"to": {"with": who}, "key": key, "text": text, "reply": reply});
        self.ask("send", request).await["seq"].as_u64().expect("a number")
    }

    /// Says things to themselves without a pause, several at once, until a message of that text comes from somebody else or the time is over.
    /// Tells whether it came; everything that was said is answered then.
    pub(crate) async fn talk_until_told(&mut self, text: &str, patience: Duration) -> bool {
        const AT_ONCE: usize = 8;
        let end = Instant::now() + patience;
        let (mut under_way, mut told) = (0, false);
        loop {
            let goes_on = !told && Instant::now() < end;
            while goes_on && under_way < AT_ONCE {
                self.say("and another thing").await;
                under_way += 1;
            }
            if under_way == 0 {
                return told;
            }
            match self.peer.receive(PATIENCE).await {
                Some(Received::Frame(frame)) if frame["id"].is_null() => {
                    told |= frame["message"]["parts"][0]["text"] == text;
                }
                Some(Received::Frame(frame)) if frame.get("ok").is_some() => under_way -= 1,
                other => panic!("{other:?} instead of an answer or an event"),
            }
        }
    }

    /// Waits for the server to end the connection.
    pub(crate) async fn has_ended(&mut self) -> bool {
        loop {
            match self.peer.receive(PATIENCE).await {
                Some(Received::Frame(_)) => {}
                Some(Received::Closed) => return true,
                Some(Received::Garbage(_)) | None => return false,
            }
        }
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

    /// The number of the last message of that conversation.
    pub(crate) async fn last(&mut self) -> Value {
        let page = json!({"conversation": self.room, "limit": 50});
        let page = self.ask("history", page).await;
        page["messages"]
            .as_array()
            .and_then(|messages| {
                messages.iter().map(|message| message["seq"].clone()).max_by_key(Value::as_u64)
            })
            .unwrap_or_default()
    }

    /// Asks, and waits for the answer. Nothing else may be under way.
    pub(crate) async fn ask(&mut self, verb: &str, request: Value) -> Value {
        self.send(verb, request).await;
        self.answer().await
    }

    /// The next answer, which says yes.
    pub(crate) async fn answer(&mut self) -> Value {
        self.outcome(PATIENCE).await.unwrap_or_else(|code| panic!("{code} instead of a yes"))
    }

    /// The next answer, or the code with which it says no; `silence` where none comes in that time.
    pub(crate) async fn outcome(&mut self, patience: Duration) -> Result<Value, String> {
        loop {
            match self.peer.receive(patience).await {
                Some(Received::Frame(frame)) if frame["id"].is_null() => {}
                Some(Received::Frame(mut frame)) if frame.get("ok").is_some() => {
                    return Ok(frame["ok"].take());
                }
                Some(Received::Frame(frame)) => return Err(text(&frame["error"]["code"])),
                None => return Err("silence".to_owned()),
                other => panic!("{other:?} instead of an answer"),
            }
        }
    }

    /// Asks, and waits for the answer, which may say no.
    pub(crate) async fn try_to(&mut self, verb: &str, request: Value) -> Result<Value, String> {
        self.send(verb, request).await;
        self.outcome(PATIENCE).await
    }

    /// Uploads these bytes, and tells what messages call them.
    pub(crate) async fn upload(&self, server: &Process, bytes: &[u8]) -> String {
        let address = server.address("http");
        let headers = |own: &[(&'static str, String)]| {
            let mut headers = vec![
                ("Tus-Resumable", "1.0.0".to_owned()),
                ("Authorization", format!("Bearer {}", self.token)),
            ];
            headers.extend_from_slice(own);
            headers
        };
        let length = [("Upload-Length", bytes.len().to_string())];
        let made = ask(address, "POST", "/api/uploads", &headers(&length), &[]).await;
        assert_eq!(made.status, 201, "an upload begins");
        let name = made.header("location").rsplit('/').next().expect("a name").to_owned();
        let kind = "application/offset+octet-stream".to_owned();
        let head = headers(&[("Upload-Offset", "0".to_owned()), ("Content-Type", kind)]);
        let sent = ask(address, "PATCH", &format!("/api/uploads/{name}"), &head, bytes).await;
        assert_eq!(sent.status, 204, "it takes bytes");
        name
    }

    /// What a message in their own conversation says that holds this upload.
    pub(crate) fn with_upload(&self, name: &str) -> Value {
        json!({"to": {"conversation": self.room}, "key": format!("upload {name}"), "uploads": [name]})
    }

    async fn send(&mut self, verb: &str, fields: Value) {
        self.asked += 1;
        self.peer.send(&request(self.asked, verb, fields)).await;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
