//! A client of native, which keeps its token and how far it has come in each conversation.

use super::line::{expect, words};
use super::{Client, Content, Entry, File, Form, Group, Known, Line, Said, Sends, Shows, Soon};
use crate::fetch::try_ask;
use crate::native::request;
use koine_dialect::toolbox::base64;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// The longest key.
const KEY: usize = 64;

/// The client.
pub(super) struct Native {
    line: Line,
    me: Known,
    secret: &'static str,
    http: Option<SocketAddr>,
    /// Empty until it has one. It outlives the connection.
    token: String,
    /// The last `seq` of each conversation, by its number. They outlive the connection.
    places: Map<String, Value>,
    /// In which epoch these are; `null` before any was told.
    epoch: Value,
    heard: VecDeque<Said>,
    asked: u64,
}

impl Native {
    pub(super) fn new(me: Known) -> Self {
        Self {
            line: Line::default(),
            me,
            secret: Form::Plain.right(),
            http: None,
            token: String::new(),
            places: Map::new(),
            epoch: Value::Null,
            heard: VecDeque::new(),
            asked: 0,
        }
    }

    async fn ask_any(&mut self, verb: &str, fields: Value) -> Result<Value, String> {
        self.asked += 1;
        let id = self.asked;
        self.line.ask(&request(id, verb, fields), |frame| frame["id"] == id).await
    }

    async fn ask(&mut self, verb: &str, request: Value) -> Result<Value, String> {
        let mut answer = expect(self.ask_any(verb, request).await?, |frame| frame.get("ok").is_some())?;
        Ok(answer["ok"].take())
    }

    /// Goes on where it was, and reads the rest of what it has never seen.
    async fn listen(&mut self) -> Result<(), String> {
        let snapshot = self.ask("listen", json!({"have": self.places, "epoch": self.epoch})).await?;
        self.epoch = snapshot["epoch"].clone();
        for conversation in snapshot["conversations"].as_array().into_iter().flatten() {
            let room = words(&conversation["id"]);
            let afresh = snapshot["afresh"].as_array().is_some_and(|all| all.contains(&conversation["id"]));
            if afresh || !self.places.contains_key(&room) {
                let request = json!({"conversation": conversation["id"], "limit": 100});
                let page = self.ask("history", request).await?;
                for message in page["messages"].as_array().into_iter().flatten() {
                    self.take(message).await?;
                }
                self.places.insert(room, conversation["last_seq"].clone());
            }
        }
        Ok(())
    }

    /// Notes what was said: each part of it is one thing that is heard.
    async fn take(&mut self, message: &Value) -> Result<(), String> {
        let (room, from) = (words(&message["conversation"]), words(&message["sender"]["id"]));
        let mut heard = Vec::new();
        for part in message["parts"].as_array().into_iter().flatten() {
            let media = &part["media"];
            let content = if media.is_null() {
                Content::Text(words(if part["text"].is_null() {
                    &part["foreign"]["text"]
                } else {
                    &part["text"]
                }))
            } else {
                let http = self.http.ok_or("no HTTP port")?;
                let fetched = try_ask(http, "GET", &words(&media["url"]), &[], &[]).await?;
                if fetched.status != 200 {
                    return Err(format!("{media}: status {}", fetched.status));
                }
                Content::File(File {
                    name: words(&media["name"]),
                    mime: words(&media["mime"]),
                    bytes: fetched.body,
                })
            };
            heard.push(Said { room: room.clone(), from: from.clone(), id: words(&message["seq"]), content });
        }
        self.heard.extend(heard);
        Ok(())
    }

    /// Uploads a file, and tells what messages call it.
    async fn upload(&mut self, file: &File) -> Result<String, String> {
        let http = self.http.ok_or("no HTTP port")?;
        let bearer = ("Authorization", format!("Bearer {}", self.token));
        let version = ("Tus-Resumable", "1.0.0".to_owned());
        let metadata = format!(
            "filename {},filetype {}",
            base64::encode(file.name.as_bytes()),
            base64::encode(file.mime.as_bytes())
        );
        let length = ("Upload-Length", file.bytes.len().to_string());
        let headers = [bearer.clone(), version.clone(), length, ("Upload-Metadata", metadata)];
        let made = try_ask(http, "POST", "/api/uploads", &headers, &[]).await?;
        let place = made.header("location").to_owned();
        if made.status != 201 {
            return Err(format!("status {}: {}", made.status, String::from_utf8_lossy(&made.body)));
        }
        let kind = ("Content-Type", "application/offset+octet-stream".to_owned());
        let headers = [bearer, version, ("Upload-Offset", "0".to_owned()), kind];
        let path = place.split_once("/api/").map_or(place.clone(), |(_, path)| format!("/api/{path}"));
        let sent = try_ask(http, "PATCH", &path, &headers, &file.bytes).await?;
        if sent.status != 204 {
            return Err(format!("status {}: {}", sent.status, String::from_utf8_lossy(&sent.body)));
        }
        path.rsplit('/').next().map(str::to_owned).ok_or_else(|| "no Location".to_owned())
    }
}

impl Client for Native {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn secret(&mut self) -> &mut &'static str {
        &mut self.secret
    }

    fn finds_http(&mut self, address: SocketAddr) {
        self.http = Some(address);
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let name = &self.me.handle;
            let request = json!({"handle": name, "nick": name, "password": self.secret, "device": "matrix"});
            self.token = words(&self.ask("register", request).await?["token"]);
            self.listen().await
        })
    }

    fn sign_in(&mut self) -> Soon<'_, Entry> {
        Box::pin(async move {
            if self.token.is_empty() {
                let request = json!({"who": self.me.handle, "password": self.secret, "device": "matrix"});
                let answer = self.ask_any("login", request).await?;
                if answer["error"]["code"] == "wrong_password" {
                    return Ok(Entry::WrongPassword);
                }
                self.token = words(&expect(answer, |frame| frame.get("ok").is_some())?["ok"]["token"]);
            } else {
                self.ask("resume", json!({"token": self.token})).await?;
            }
            self.listen().await?;
            Ok(Entry::In)
        })
    }

    fn meet<'a>(&'a mut self, other: &'a Known) -> Soon<'a, String> {
        Box::pin(async move {
            Ok(words(&self.ask("open", json!({"with": other.handle})).await?["conversation"]["id"]))
        })
    }

    fn say<'a>(&'a mut self, room: &'a str, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            // As unique as it must be: nobody has two of these programs.
            let key = format!("{}-{room}-{}", self.token, self.asked);
            let key = key.get(key.len().saturating_sub(KEY)..).unwrap_or(&key);
            let request = json!({"to": {"conversation": number(room)?}, "key": key, "text": text});
            self.ask("send", request).await.map(drop)
        })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            loop {
                if let Some(said) = self.heard.pop_front() {
                    return Ok(said);
                }
                let frame = self.line.next().await?;
                let entry = if frame["event"] == "message" { &frame["message"] } else { &frame };
                if frame["event"] == "message" {
                    self.take(entry).await?;
                }
                if entry["seq"].is_u64() {
                    self.places.insert(words(&entry["conversation"]), entry["seq"].clone());
                }
            }
        })
    }

    fn sends(&self) -> Sends {
        Sends { pictures: true, files: true, names: true, types: true }
    }

    fn shows(&self) -> Shows {
        Shows { names: true, types: true }
    }

    fn echoes(&self) -> usize {
        1
    }

    fn send<'a>(&'a mut self, room: &'a str, file: &'a File) -> Soon<'a, ()> {
        Box::pin(async move {
            let upload = self.upload(file).await?;
            let request = json!({"to": {"conversation": number(room)?}, "key": upload, "uploads": [upload]});
            self.ask("send", request).await.map(drop)
        })
    }

    fn makes_friends(&self) -> bool {
        true
    }

    fn befriend<'a>(&'a mut self, other: &'a Known) -> Soon<'a, ()> {
        // Asking somebody who has asked is an answer.
        Box::pin(async move { self.ask("contact.request", json!({"who": other.id})).await.map(drop) })
    }

    fn make_group<'a>(&'a mut self, name: &'a str, others: &'a [Known]) -> Soon<'a, Group> {
        Box::pin(async move {
            let members: Vec<_> = others.iter().map(|other| other.id).collect();
            let answer = self.ask("group.create", json!({"name": name, "members": members})).await?;
            Ok(Group { name: name.to_owned(), room: words(&answer["conversation"]["id"]) })
        })
    }

    fn join<'a>(&'a mut self, name: &'a str) -> Soon<'a, String> {
        Box::pin(async move {
            let answer = self.ask("invitations", json!({})).await?;
            let invited = answer["invitations"].as_array().into_iter().flatten();
            let invited = invited.map(|invitation| &invitation["conversation"]).find(|it| it["name"] == name);
            if let Some(group) = invited {
                let request = json!({"conversation": group["id"], "accept": true});
                self.ask("invitation.answer", request).await?;
                return Ok(words(&group["id"]));
            }
            let answer = self.ask("conversations", json!({})).await?;
            let mut all = answer["conversations"].as_array().into_iter().flatten();
            let group = all.find(|it| it["name"] == name).ok_or("the group is not on the list")?;
            Ok(words(&group["id"]))
        })
    }
}

fn number(room: &str) -> Result<u32, String> {
    room.parse().map_err(|_| format!("{room} is no conversation"))
}
