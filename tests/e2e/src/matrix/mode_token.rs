//! A client of Mode-token, which asks for what is new and keeps its own place in each chat.

use super::line::{decoded, expect, words};
use super::{Client, Content, Entry, File, Form, Group, Known, Line, Said, Sends, Shows, Soon};
use koine_dialect::toolbox::base64;
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
    secret: &'static str,
    /// Empty until it has one. It outlives the connection.
    token: String,
    places: BTreeMap<String, u64>,
    heard: VecDeque<Said>,
}

impl ModeToken {
    pub(super) fn new(me: Known) -> Self {
        let (line, secret) = (Line::default(), Form::Plain.right());
        Self { line, me, secret, token: String::new(), places: BTreeMap::new(), heard: VecDeque::new() }
    }

    async fn ask_any(&mut self, mode: &str, mut request: Value) -> Result<Value, String> {
        request["mode"] = json!(mode);
        request["token"] = json!(self.token);
        self.line.ask(&request, |frame| frame["mode"] == mode).await
    }

    async fn ask(&mut self, mode: &str, request: Value) -> Result<Value, String> {
        expect(self.ask_any(mode, request).await?, |frame| frame["status"] == "200")
    }

    async fn chats(&mut self) -> Result<Vec<Value>, String> {
        let chats = self.ask("getChats", json!({})).await?;
        Ok(chats["chats"].as_array().cloned().unwrap_or_default())
    }

    async fn poll(&mut self) -> Result<(), String> {
        for chat in self.chats().await? {
            let room = words(&chat["chat_id"]);
            let place = self.places.get(&room).copied().unwrap_or(0);
            let request = json!({"chat_id": room, "min_message_id": place});
            let messages = self.ask("getMessages", request).await?;
            for message in messages["messages"].as_array().into_iter().flatten() {
                let id = message["message_id"].as_u64().ok_or("a message without a number")?;
                self.places.insert(room.clone(), id);
                let from = words(&message["from_id"]);
                let (room, content) = (room.clone(), content(message)?);
                self.heard.push_back(Said { room, from, id: id.to_string(), content });
            }
        }
        Ok(())
    }
}

impl Client for ModeToken {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn secret(&mut self) -> &mut &'static str {
        &mut self.secret
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let email = format!("{}@example.org", self.me.handle);
            let request = json!({"username": self.me.handle, "password": self.secret, "email": email});
            let answer = self.ask("register", request).await?;
            self.token = words(&answer["token"]);
            Ok(())
        })
    }

    fn sign_in(&mut self) -> Soon<'_, Entry> {
        Box::pin(async move {
            if !self.token.is_empty() {
                return self.ask("checkToken", json!({})).await.map(|_| Entry::In);
            }
            let request = json!({"username": self.me.handle, "password": self.secret});
            let answer = self.ask_any("auth", request).await?;
            if answer["status"] == "401" {
                return Ok(Entry::WrongPassword);
            }
            self.token = words(&expect(answer, |frame| frame["status"] == "200")?["token"]);
            Ok(Entry::In)
        })
    }

    fn meet<'a>(&'a mut self, other: &'a Known) -> Soon<'a, String> {
        Box::pin(async move {
            let request = json!({"contact_mode": "username", "contact_value": other.handle});
            Ok(words(&self.ask("createChat", request).await?["chat_id"]))
        })
    }

    fn say<'a>(&'a mut self, room: &'a str, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            let request = json!({"chat_id": room, "content_type": "text", "content": text});
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

    fn polls(&self) -> bool {
        true
    }

    fn echoes(&self) -> usize {
        1
    }

    fn sends(&self) -> Sends {
        Sends { pictures: true, files: false, names: false, types: false }
    }

    fn shows(&self) -> Shows {
        Shows { names: false, types: false }
    }

    fn send<'a>(&'a mut self, room: &'a str, file: &'a File) -> Soon<'a, ()> {
        Box::pin(async move {
            let content = base64::encode(&file.bytes);
            let request = json!({"chat_id": room, "content_type": "picture", "content": content});
            self.ask("sendMessage", request).await.map(drop)
        })
    }

    fn make_group<'a>(&'a mut self, name: &'a str, others: &'a [Known]) -> Soon<'a, Group> {
        Box::pin(async move {
            let members: Vec<_> = others.iter().map(|other| &other.handle).collect();
            let answer = self.ask("createGroupChat", json!({"chat_name": name, "members": members})).await?;
            Ok(Group { name: name.to_owned(), room: words(&answer["chat_id"]) })
        })
    }

    fn join<'a>(&'a mut self, name: &'a str) -> Soon<'a, String> {
        Box::pin(async move {
            let chats = self.chats().await?;
            let is_it = |chat: &&Value| chat["chat_name"] == name && chat["chat_type"] == "group";
            let chat = chats.iter().find(is_it).ok_or("the group is not in getChats")?;
            Ok(words(&chat["chat_id"]))
        })
    }
}

fn content(message: &Value) -> Result<Content, String> {
    match message["content_type"].as_str() {
        Some("text") => Ok(Content::Text(words(&message["content"]))),
        Some("picture") => {
            let bytes = decoded(&message["content"])?;
            Ok(Content::File(File { bytes, ..File::default() }))
        }
        _ => Err(message.to_string()),
    }
}
