//! MiniOICQ's two clients: the documented one in MessagePack, and the Qt one in JSON.

use super::line::{decoded, expect, words};
use super::{Client, Content, Entry, File, Form, Group, Known, Line, Said, Sends, Shows, Soon};
use koine_dialect::toolbox::base64;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A client of either kind.
pub(super) struct MiniOicq {
    line: Line,
    me: Known,
    secret: &'static str,
    qt: bool,
    /// What came in one push with what was heard last.
    heard: VecDeque<Said>,
}

impl MiniOicq {
    pub(super) fn documented(me: Known) -> Self {
        let (line, secret) = (Line::default(), Form::Plain.right());
        Self { line, me, secret, qt: false, heard: VecDeque::new() }
    }

    pub(super) fn qt(me: Known) -> Self {
        Self { qt: true, ..Self::documented(me) }
    }

    async fn ask(&mut self, request: &Value) -> Result<Value, String> {
        let action = words(&request["action"]);
        self.line.ask(request, |frame| starts(frame, &action)).await
    }

    /// Asks for a chat, which is answered by showing it.
    async fn create(&mut self, request: &Value, is_it: impl Fn(&Value) -> bool) -> Result<String, String> {
        let shown = |frame: &Value| frame["action"] == "chat.spawn" && is_it(frame);
        let answered = |frame: &Value| starts(frame, "chat.create") || shown(frame);
        let chat = self.line.ask(request, answered).await?;
        Ok(words(&expect(chat, |frame| frame["action"] == "chat.spawn")?["chat_id"]))
    }

    /// Sends what is done when it has come back.
    async fn post(&mut self, room: &str, mut message: Value) -> Result<(), String> {
        message["chat_id"] = json!(room);
        let request = json!({"action": "message.send", "message": message});
        let me = self.me.id.to_string();
        // A file of a type that the Qt client does not show comes back in words.
        let comes_as_sent = !self.qt || is_shown(&words(&request["message"]["type"]));
        let is_it = |message: &Value| {
            let is_mine = words(&message["chat_id"]) == room && words(&message["sender"]) == me;
            // What it has said earlier may come once more.
            is_mine && (!comes_as_sent || message["content"] == request["message"]["content"])
        };
        let echo = |frame: &Value| frame["messages"].as_array().and_then(|all| all.iter().position(is_it));
        let answers = |frame: &Value| starts(frame, "message.send") || echo(frame).is_some();
        let mut answer = expect(self.line.ask(&request, answers).await?, |frame| echo(frame).is_some())?;
        let own = echo(&answer);
        if let (Some(own), Some(messages)) = (own, answer["messages"].as_array_mut()) {
            messages.remove(own);
        }
        self.line.keep(answer);
        Ok(())
    }

    fn content(&self, message: &Value) -> Result<Content, String> {
        let (kind, content) = (words(&message["type"]), &message["content"]);
        let file = |mime: &str| {
            let name = words(&message["file_name"]);
            Ok(Content::File(File { name, mime: mime.to_owned(), bytes: decoded(content)? }))
        };
        match (self.qt, kind.as_str()) {
            (false, "text") => Ok(Content::Text(words(content))),
            (false, "image" | "file") => file(""),
            (true, "text/plain") => {
                String::from_utf8(decoded(content)?).map(Content::Text).map_err(|error| error.to_string())
            }
            (true, mime) if is_shown(mime) => file(mime),
            _ => Err(message.to_string()),
        }
    }
}

impl Client for MiniOicq {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn secret(&mut self) -> &mut &'static str {
        &mut self.secret
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let request =
                json!({"action": "auth.register", "user_name": self.me.handle, "password": self.secret});
            let answer = self.ask(&request).await?;
            expect(answer, |frame| words(&frame["user_id"]) == self.me.id.to_string())?;
            match self.sign_in().await? {
                Entry::In => Ok(()),
                Entry::WrongPassword => Err("the password is forgotten".to_owned()),
            }
        })
    }

    fn sign_in(&mut self) -> Soon<'_, Entry> {
        Box::pin(async move {
            let id = self.me.id.to_string();
            let request = json!({"action": "auth.login", "user_id": id, "password": self.secret});
            let answer = self.ask(&request).await?;
            if answer["reason"] == "Incorrect password" {
                return Ok(Entry::WrongPassword);
            }
            expect(answer, |frame| frame["action"] == "auth.login.success").map(|_| Entry::In)
        })
    }

    fn meet<'a>(&'a mut self, other: &'a Known) -> Soon<'a, String> {
        Box::pin(async move {
            let request = json!({"action": "chat.create", "members": [other.id.to_string()]});
            let members =
                |frame: &Value| frame["members"].as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
            let with_other = |frame: &Value| {
                let members = members(frame);
                members.len() == 2 && members.iter().any(|member| other.is(&words(&member["user_id"])))
            };
            self.create(&request, with_other).await
        })
    }

    fn say<'a>(&'a mut self, room: &'a str, text: &'a str) -> Soon<'a, ()> {
        let (kind, content) = match self.qt {
            true => ("text/plain", base64::encode(text.as_bytes())),
            false => ("text", text.to_owned()),
        };
        Box::pin(self.post(room, json!({"type": kind, "content": content})))
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            loop {
                if let Some(said) = self.heard.pop_front() {
                    return Ok(said);
                }
                let frame = self.line.next().await?;
                let messages = frame["messages"].as_array().filter(|_| frame["action"] == "message.push");
                for message in messages.into_iter().flatten() {
                    let (room, from) = (words(&message["chat_id"]), words(&message["sender"]));
                    let content = self.content(message)?;
                    self.heard.push_back(Said { room, from, id: words(&message["message_id"]), content });
                }
            }
        })
    }

    fn sends(&self) -> Sends {
        Sends { pictures: true, files: true, names: true, types: self.qt }
    }

    fn shows(&self) -> Shows {
        Shows { names: true, types: self.qt }
    }

    fn send<'a>(&'a mut self, room: &'a str, file: &'a File) -> Soon<'a, ()> {
        let kind = match (self.qt, file.mime.starts_with("image/")) {
            (true, _) => file.mime.as_str(),
            (false, true) => "image",
            (false, false) => "file",
        };
        let content = base64::encode(&file.bytes);
        Box::pin(self.post(room, json!({"type": kind, "content": content, "file_name": file.name})))
    }

    fn make_group<'a>(&'a mut self, name: &'a str, others: &'a [Known]) -> Soon<'a, Group> {
        Box::pin(async move {
            let members: Vec<_> = others.iter().map(|other| other.id.to_string()).collect();
            let request = json!({"action": "chat.create", "chat_name": name, "members": members});
            let room = self.create(&request, |frame| frame["name"] == name).await?;
            Ok(Group { name: name.to_owned(), room })
        })
    }

    fn join<'a>(&'a mut self, name: &'a str) -> Soon<'a, String> {
        Box::pin(async move {
            let known = self.ask(&json!({"action": "user.sync"})).await?;
            let mut chats = known["chats"].as_array().into_iter().flatten();
            let chat = chats.find(|chat| chat["name"] == name).ok_or("the group is not in user.sync")?;
            Ok(words(&chat["chat_id"]))
        })
    }
}

fn is_shown(mime: &str) -> bool {
    mime == "text/plain" || mime.starts_with("image/")
}

fn starts(frame: &Value, action: &str) -> bool {
    frame["action"].as_str().is_some_and(|known| known.starts_with(action))
}
