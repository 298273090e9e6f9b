//! A client of Technotrack that sends its password as it is.

use super::line::{expect, words};
use super::{Client, Known, Line, PASSWORD, Said, Soon};
use serde_json::{Value, json};

/// The client.
pub(super) struct Technotrack {
    line: Line,
    me: Known,
}

impl Technotrack {
    pub(super) fn new(me: Known) -> Self {
        Self { line: Line::default(), me }
    }

    /// Asks, and takes the answer of the kind `answer`, or the request's own one if that says no.
    async fn ask(&mut self, action: &str, data: Value, answer: &str) -> Result<(), String> {
        let refused = |frame: &Value| frame["action"] == action && frame["data"]["status"] != 0;
        let request = json!({"action": action, "data": data});
        let came = self.line.ask(&request, |frame| frame["action"] == answer || refused(frame)).await?;
        expect(came, |frame| frame["data"]["status"] == 0).map(drop)
    }
}

impl Client for Technotrack {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let data = json!({"login": self.me.handle, "pass": PASSWORD, "nick": self.me.handle});
            self.ask("register", data, "auth").await
        })
    }

    fn sign_in(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let data = json!({"login": self.me.handle, "pass": PASSWORD});
            self.ask("auth", data, "auth").await
        })
    }

    fn say<'a>(&'a mut self, to: &'a Known, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move { self.ask("message", json!({"uid": to.handle, "body": text}), "message").await })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            loop {
                let frame = self.line.next().await?;
                let from = words(&frame["data"]["from"]);
                if frame["action"] == "ev_message" && !self.me.is(&from) {
                    return Ok(Said { from, text: words(&frame["data"]["body"]) });
                }
            }
        })
    }
}
