//! What somebody has heard, over all of their connections: each message once, and always the same.

use koine_testkit::peer::{Peer, Received};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a frame that must come may take, on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long it must be quiet to be taken for the end of what there was.
pub const QUIET: Duration = Duration::from_millis(400);

/// The messages of one MiniOICQ user, by chat and number.
#[derive(Debug, Default)]
pub struct Heard {
    messages: BTreeMap<(String, u64), Value>,
    /// The number of the last message of each chat on this connection.
    last: BTreeMap<String, u64>,
}

impl Heard {
    /// Notes what a frame tells. A message that came before must be the same, and on one connection they come in order.
    pub fn note(&mut self, frame: &Value) {
        if frame["action"] != "message.push" {
            return;
        }
        for message in frame["messages"].as_array().expect("a list of messages") {
            let (chat, number) = (digits(&message["chat_id"]), digits(&message["message_id"]));
            let number: u64 = number.parse().expect("a number");
            let last = self.last.insert(chat.clone(), number).unwrap_or(0);
            assert!(last < number, "{number} came after {last}");
            let known = self.messages.entry((chat, number)).or_insert_with(|| message.clone());
            assert_eq!(known, message, "a message changed");
        }
    }

    /// A new connection begins: what was not confirmed may come again.
    pub fn begin_again(&mut self) {
        self.last.clear();
    }

    /// Notes everything that comes until nothing does, or the server closes. Tells whether it has closed.
    pub async fn listen(&mut self, peer: &mut Peer) -> bool {
        while let Some(received) = peer.receive(QUIET).await {
            match received {
                Received::Frame(frame) => self.note(&frame),
                Received::Closed => return true,
                Received::Garbage(why) => panic!("garbage: {why}"),
            }
        }
        false
    }

    /// Every chat of which something was heard.
    pub fn chats(&self) -> Vec<String> {
        let mut chats: Vec<String> = self.messages.keys().map(|(chat, _)| chat.clone()).collect();
        chats.dedup();
        chats
    }

    /// How many messages were heard, in all chats.
    pub fn in_chats(&self) -> usize {
        self.messages.len()
    }

    /// Everything that was said in `chat`, in order.
    pub fn in_chat(&self, chat: &str) -> Vec<String> {
        let messages = self.messages.iter().filter(|((known, _), _)| known == chat);
        messages.map(|(_, message)| message["content"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The numbers and contents of `chat`, in order.
    pub fn numbered(&self, chat: &str) -> Vec<(u64, String)> {
        let messages = self.messages.iter().filter(|((known, _), _)| known == chat);
        let content = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
        messages.map(|((_, number), message)| (*number, content(message))).collect()
    }
}

/// The next frame, which must come.
pub async fn next(peer: &mut Peer) -> Value {
    match peer.receive(PATIENCE).await {
        Some(Received::Frame(frame)) => frame,
        other => panic!("{other:?} instead of a frame"),
    }
}

/// All frames until nothing comes, or the server closes; and whether it has closed.
pub async fn rest(peer: &mut Peer) -> (Vec<Value>, bool) {
    let mut frames = Vec::new();
    while let Some(received) = peer.receive(QUIET).await {
        match received {
            Received::Frame(frame) => frames.push(frame),
            Received::Closed => return (frames, true),
            Received::Garbage(why) => panic!("garbage: {why}"),
        }
    }
    (frames, false)
}

/// The texts of the `ev_message` frames among `frames` that are not from `own`.
pub fn bodies(frames: &[Value], own: &str) -> Vec<String> {
    let told = frames.iter().filter(|frame| frame["action"] == "ev_message" && frame["data"]["from"] != own);
    told.map(|frame| frame["data"]["body"].as_str().expect("a text").to_owned()).collect()
}

/// An id, which is text in one flavour and a number in the other.
fn digits(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
