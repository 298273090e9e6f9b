//! The least client of native: it asks and is answered. It never listens, so nothing comes unasked.

use koine_e2e::matrix::Line;
use koine_e2e::native::request;
use koine_testkit::peer::Peer;
use koine_testkit::value::Encoding;
use serde_json::Value;
use std::net::SocketAddr;

/// A connection on which somebody is signed in, or will be.
pub(crate) struct Voice {
    line: Line,
    asked: u64,
}

impl Voice {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).await.expect("a connection")
    }

    /// Connects to a server that may be killed meanwhile.
    pub(crate) async fn try_connect(address: SocketAddr) -> Result<Self, String> {
        let mut line = Line::default();
        line.open(Peer::try_websocket(address, "/", Encoding::Json).await?);
        Ok(Self { line, asked: 0 })
    }

    /// What was answered; or what went wrong, in words.
    pub(crate) async fn ask(&mut self, verb: &str, fields: Value) -> Result<Value, String> {
        self.asked += 1;
        let id = self.asked;
        let request = request(id, verb, fields);
        let mut answer = self.line.ask(&request, |frame| frame["id"] == id).await?;
        if answer.get("ok").is_some() { Ok(answer["ok"].take()) } else { Err(format!("{verb}: {answer}")) }
    }

    /// Goes away, in order.
    pub(crate) async fn leave(mut self) {
        self.line.close().await;
    }
}
