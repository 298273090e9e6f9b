//! A client of Mode-token, which asks for what is new and keeps its own place in each chat.

use super::line::{expect, words};
use super::{Client, Known, Line, PASSWORD, Said, Soon};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How often it asks, and how many times before it gives up.
const PAUSE: Duration = Duration::from_millis(50);
const TRIES: usize = 100;

/// The client.
pub(super) struct ModeToken {
    line: Line,
    me: Known,
    token: String,
    places: BTreeMap<String, u64>,
    heard: VecDeque<Said>,
}

impl ModeToken {
    pub(super) fn new(me: Known) -> Self {
        let (token, places) = (String::new(), BTreeMap::new());
        Self { line: Line::default(), me, token, places, heard: VecDeque::new() }
    }

    async fn ask(&mut self, mode: &str, mut request: Value) -> Result<Value, String> {
        request["mode"] = json!(mode);
        request["token"] = json!(self.token);
        let answer = self.line.ask(&request, |frame| frame["mode"] == mode).await?;
        expect(answer, |frame| frame["status"] == "200")
    }

    async fn poll(&mut self) -> Result<(), String> {
        let chats = self.ask("getChats", json!({})).await?;
        for chat in chats["chats"].as_array().into_iter().flatten() {
            let chat = words(&chat["chat_id"]);
            let place = self.places.get(&chat).copied().unwrap_or(0);
            let request = json!({"chat_id": chat, "min_message_id": place});
            let messages = self.ask("getMessages", request).await?;
            for message in messages["messages"].as_array().into_iter().flatten() {
                let id = message["message_id"].as_u64().ok_or("a message without a number")?;
                self.places.insert(chat.clone(), id);
                let from = words(&message["from_id"]);
                if !self.me.is(&from) {
                    self.heard.push_back(Said { from, text: words(&message["content"]) });
                }
            }
        }
        Ok(())
    }
}

impl Client for ModeToken {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let email = format!("{}@example.org", self.me.handle);
            let request = json!({"username": self.me.handle, "password": PASSWORD, "email": email});
            let answer = self.ask("register", request).await?;
            self.token = words(&answer["token"]);
            Ok(())
        })
    }

    fn sign_in(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let request = json!({"username": self.me.handle, "password": PASSWORD});
            let answer = self.ask("auth", request).await?;
            self.token = words(&answer["token"]);
            Ok(())
        })
    }

    fn say<'a>(&'a mut self, to: &'a Known, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            let request = json!({"contact_mode": "username", "contact_value": to.handle});
            let chat = self.ask("createChat", request).await?["chat_id"].clone();
            let request = json!({"chat_id": chat, "content_type": "text", "content": text});
            self.ask("sendMessage", request).await.map(drop)
        })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            for _ in 0..TRIES {
                if self.heard.is_empty() {
                    self.poll().await?;
                }
                if let Some(said) = self.heard.pop_front() {
                    return Ok(said);
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err("nothing came".to_owned())
        })
    }
}
