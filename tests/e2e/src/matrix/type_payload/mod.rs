//! A client of Type-payload, by TCP or WebSocket.

use super::line::{expect, words};
use super::{Client, Known, Line, PASSWORD_HASHED, Said, Soon};
use serde_json::{Value, json};

/// The client.
pub(super) struct TypePayload {
    line: Line,
    me: Known,
}

impl TypePayload {
    pub(super) fn new(me: Known) -> Self {
        Self { line: Line::default(), me }
    }

    async fn ask(&mut self, request: &str, answer: &str) -> Result<(), String> {
        let payload = json!({"username": self.me.handle, "passwordHash": PASSWORD_HASHED});
        let came = self.line.ask(&envelope(request, payload), |frame| frame["type"] == answer).await?;
        expect(came, |frame| frame["payload"]["success"] == true).map(drop)
    }
}

impl Client for TypePayload {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            self.ask("REGISTER_REQUEST", "REGISTER_RESPONSE").await?;
            self.sign_in().await
        })
    }

    fn sign_in(&mut self) -> Soon<'_, ()> {
        Box::pin(self.ask("LOGIN_REQUEST", "LOGIN_RESPONSE"))
    }

    fn say<'a>(&'a mut self, to: &'a Known, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            let said = json!({"sender": self.me.handle, "receiver": to.handle, "content": text});
            // A text is answered only when it is refused. What is said to nobody always is, and requests are
            // done in order: so the first refusal tells what became of the text.
            let nobody = json!({"sender": self.me.handle, "receiver": "nobody", "content": text});
            self.line.send(&envelope("TEXT_MESSAGE", said)).await?;
            let request = envelope("TEXT_MESSAGE", nobody);
            let answer = self.line.ask(&request, |frame| frame["type"] == "TEXT_MESSAGE_ACK").await?;
            expect(answer, |frame| frame["payload"]["receiver"] == "nobody").map(drop)
        })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            loop {
                let frame = self.line.next().await?;
                let payload = &frame["payload"];
                let from = words(&payload["sender"]);
                if frame["type"] == "TEXT_MESSAGE" && !self.me.is(&from) {
                    return Ok(Said { from, text: words(&payload["content"]) });
                }
            }
        })
    }
}

fn envelope(kind: &str, payload: Value) -> Value {
    json!({"type": kind, "timestamp": 1_630_000_000, "payload": payload})
}
