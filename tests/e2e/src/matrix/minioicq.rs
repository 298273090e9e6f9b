//! MiniOICQ's two clients: the documented one in MessagePack, and the Qt one in JSON.

use super::line::{expect, words};
use super::{Client, Known, Line, PASSWORD, Said, Soon};
use koine_dialect::toolbox::base64;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A client of either kind.
pub(super) struct MiniOicq {
    line: Line,
    me: Known,
    qt: bool,
    /// What came in one push with what was heard last.
    heard: VecDeque<Said>,
}

impl MiniOicq {
    pub(super) fn documented(me: Known) -> Self {
        Self { line: Line::default(), me, qt: false, heard: VecDeque::new() }
    }

    pub(super) fn qt(me: Known) -> Self {
        Self { qt: true, ..Self::documented(me) }
    }

    fn text(&self, message: &Value) -> Result<String, String> {
        let content = words(&message["content"]);
        match (self.qt, message["type"].as_str()) {
            (false, Some("text")) => Ok(content),
            (true, Some("text/plain")) => {
                let bytes = base64::decode(&content).ok_or_else(|| format!("no Base64: {content}"))?;
                String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
            }
            _ => Err(message.to_string()),
        }
    }
}

impl Client for MiniOicq {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let request =
                json!({"action": "auth.register", "user_name": self.me.handle, "password": PASSWORD});
            let answer = self.line.ask(&request, |frame| starts(frame, "auth.register.")).await?;
            expect(answer, |frame| words(&frame["user_id"]) == self.me.id.to_string())?;
            self.sign_in().await
        })
    }

    fn sign_in(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let id = self.me.id.to_string();
            let request = json!({"action": "auth.login", "user_id": id, "password": PASSWORD});
            let answer = self.line.ask(&request, |frame| starts(frame, "auth.login.")).await?;
            expect(answer, |frame| frame["action"] == "auth.login.success").map(drop)
        })
    }

    fn say<'a>(&'a mut self, to: &'a Known, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            let request = json!({"action": "chat.create", "members": [to.id.to_string()]});
            let answered = |frame: &Value| starts(frame, "chat.create.") || is_chat_with(frame, to);
            let chat = self.line.ask(&request, answered).await?;
            let chat = words(&expect(chat, |frame| frame["action"] == "chat.spawn")?["chat_id"]);
            let (kind, content) = match self.qt {
                true => ("text/plain", base64::encode(text.as_bytes())),
                false => ("text", text.to_owned()),
            };
            let message = json!({"chat_id": chat, "type": kind, "content": content});
            let request = json!({"action": "message.send", "message": message});
            let me = self.me.id.to_string();
            let echo = |frame: &Value| {
                let message = &frame["messages"][0];
                words(&message["chat_id"]) == chat && words(&message["sender"]) == me
            };
            let answer =
                self.line.ask(&request, |frame| starts(frame, "message.send.") || echo(frame)).await?;
            expect(answer, echo).map(drop)
        })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            loop {
                if let Some(said) = self.heard.pop_front() {
                    return Ok(said);
                }
                let frame = self.line.next().await?;
                for message in frame["messages"].as_array().into_iter().flatten() {
                    let from = words(&message["sender"]);
                    if frame["action"] == "message.push" && !self.me.is(&from) {
                        let text = self.text(message)?;
                        self.heard.push_back(Said { from, text });
                    }
                }
            }
        })
    }
}

fn starts(frame: &Value, action: &str) -> bool {
    frame["action"].as_str().is_some_and(|known| known.starts_with(action))
}

fn is_chat_with(frame: &Value, other: &Known) -> bool {
    let members = frame["members"].as_array().into_iter().flatten();
    frame["action"] == "chat.spawn" && members.into_iter().any(|member| other.is(&words(&member["user_id"])))
}
