//! A client's connection, on which what comes before an answer waits until somebody listens.

use koine_dialect::toolbox::base64;
use koine_testkit::peer::{Peer, Received};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;

/// How long what must come may take. The server is on the same machine, but that may be a busy one.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that may be away.
#[derive(Default)]
pub struct Line {
    peer: Option<Peer>,
    waiting: VecDeque<Value>,
}

impl Line {
    /// Takes a fresh connection.
    pub fn open(&mut self, peer: Peer) {
        self.peer = Some(peer);
        self.waiting.clear();
    }

    /// Closes the connection, in order.
    pub async fn close(&mut self) {
        if let Some(peer) = self.peer.take() {
            peer.close().await;
        }
    }

    /// Is gone at once, as a machine that crashed. What has come is still told.
    pub fn vanish(&mut self) {
        if let Some(peer) = self.peer.take() {
            peer.vanish();
        }
    }

    /// Nothing comes from now on, as when a cable is cut. What has come is still told.
    pub fn cut(&mut self) {
        if let Some(peer) = &self.peer {
            peer.cut();
        }
    }

    /// Takes what comes into what waits, until nothing comes for so long.
    pub async fn gather(&mut self, patience: Duration) {
        while let Some(peer) = &mut self.peer
            && let Some(Received::Frame(frame)) = peer.receive(patience).await
        {
            self.waiting.push_back(frame);
        }
    }

    /// How many frames have come that nobody has listened to.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Keeps a frame for [`Line::next`].
    pub(super) fn keep(&mut self, frame: Value) {
        self.waiting.push_back(frame);
    }

    /// Sends `frame`.
    pub async fn send(&mut self, frame: &Value) -> Result<(), String> {
        self.peer.as_mut().ok_or("not connected")?.send(frame).await;
        Ok(())
    }

    /// Sends `frame` and waits for the frame that answers it. What comes before that is kept for [`Line::next`].
    pub async fn ask(&mut self, frame: &Value, answers: impl Fn(&Value) -> bool) -> Result<Value, String> {
        self.send(frame).await?;
        loop {
            let frame = self.receive().await?;
            if answers(&frame) {
                return Ok(frame);
            }
            self.waiting.push_back(frame);
        }
    }

    /// Waits for a frame that comes unasked. What comes before that is kept for [`Line::next`].
    pub async fn find(&mut self, is_it: impl Fn(&Value) -> bool) -> Result<Value, String> {
        if let Some(index) = self.waiting.iter().position(&is_it) {
            return self.waiting.remove(index).ok_or_else(|| "nothing waits".to_owned());
        }
        loop {
            let frame = self.receive().await?;
            if is_it(&frame) {
                return Ok(frame);
            }
            self.waiting.push_back(frame);
        }
    }

    /// The next frame that was no answer.
    pub async fn next(&mut self) -> Result<Value, String> {
        match self.waiting.pop_front() {
            Some(frame) => Ok(frame),
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Result<Value, String> {
        match self.peer.as_mut().ok_or("not connected")?.receive(PATIENCE).await {
            Some(Received::Frame(frame)) => Ok(frame),
            Some(Received::Garbage(why)) => Err(format!("garbage: {why}")),
            Some(Received::Closed) => Err("the server closed".to_owned()),
            None => {
                let last = self.waiting.back().map(ToString::to_string).unwrap_or_default();
                Err(format!("nothing came {last}"))
            }
        }
    }
}

/// `frame`, if `good`; else its text, as what went wrong.
pub(super) fn expect(frame: Value, good: impl Fn(&Value) -> bool) -> Result<Value, String> {
    if good(&frame) { Ok(frame) } else { Err(frame.to_string()) }
}

/// What is in `text`, which is Base64.
pub(super) fn decoded(text: &Value) -> Result<Vec<u8>, String> {
    base64::decode(text.as_str().unwrap_or_default()).ok_or_else(|| format!("no Base64: {text}"))
}

/// Text or a number, as text; empty where there is nothing.
pub(super) fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
