//! A client of Technotrack that sends its password as it is.

use super::line::{decoded, expect, words};
use super::{Client, Content, Entry, File, Form, Group, Known, Line, Said, Sends, Shows, Soon};
use koine_dialect::toolbox::base64;
use serde_json::{Value, json};

/// The client.
pub(super) struct Technotrack {
    line: Line,
    me: Known,
    secret: &'static str,
}

impl Technotrack {
    pub(super) fn new(me: Known) -> Self {
        Self { line: Line::default(), me, secret: Form::Plain.right() }
    }

    /// Asks, and takes the answer of the kind `answer`, or the request's own one if that says no.
    async fn ask_any(&mut self, action: &str, data: Value, answer: &str) -> Result<Value, String> {
        let refused = |frame: &Value| frame["action"] == action && frame["data"]["status"] != 0;
        let request = json!({"action": action, "data": data});
        self.line.ask(&request, |frame| frame["action"] == answer || refused(frame)).await
    }

    async fn ask(&mut self, action: &str, data: Value, answer: &str) -> Result<Value, String> {
        expect(self.ask_any(action, data, answer).await?, |frame| frame["data"]["status"] == 0)
    }
}

impl Client for Technotrack {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn secret(&mut self) -> &mut &'static str {
        &mut self.secret
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let data = json!({"login": self.me.handle, "pass": self.secret, "nick": self.me.handle});
            self.ask("register", data, "auth").await.map(drop)
        })
    }

    fn sign_in(&mut self) -> Soon<'_, Entry> {
        Box::pin(async move {
            let data = json!({"login": self.me.handle, "pass": self.secret});
            let answer = self.ask_any("auth", data, "auth").await?;
            if answer["data"]["status"] == 2 {
                return Ok(Entry::WrongPassword);
            }
            expect(answer, |frame| frame["data"]["status"] == 0).map(|_| Entry::In)
        })
    }

    fn meet<'a>(&'a mut self, other: &'a Known) -> Soon<'a, String> {
        Box::pin(async { Ok(other.handle.clone()) })
    }

    fn say<'a>(&'a mut self, room: &'a str, text: &'a str) -> Soon<'a, ()> {
        Box::pin(
            async move { self.ask("message", json!({"uid": room, "body": text}), "message").await.map(drop) },
        )
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            let frame = self.line.find(|frame| frame["action"] == "ev_message").await?;
            let data = &frame["data"];
            let (mut room, mut from, mut body) =
                (words(&data["from"]), words(&data["from"]), words(&data["body"]));
            if room.starts_with("group:") {
                // A group is a contact, and the text says who spoke in it.
                let (nick, said) = body.split_once(": ").ok_or_else(|| format!("nobody says {body}"))?;
                (from, body) = (nick.to_owned(), said.to_owned());
            } else if self.me.is(&from) {
                room = String::new();
            }
            let (mime, bytes) = (words(&data["attach"]["mime"]), decoded(&data["attach"]["data"])?);
            let content = match bytes.is_empty() {
                true => Content::Text(body),
                false => Content::File(File { name: String::new(), mime, bytes }),
            };
            Ok(Said { room, from, id: String::new(), content })
        })
    }

    fn echoes(&self) -> usize {
        1
    }

    /// An `ev_message` cannot say to whom it went.
    fn hears_own(&self) -> bool {
        false
    }

    fn sends(&self) -> Sends {
        Sends { pictures: true, files: true, names: false, types: true }
    }

    fn shows(&self) -> Shows {
        Shows { names: false, types: true }
    }

    fn send<'a>(&'a mut self, room: &'a str, file: &'a File) -> Soon<'a, ()> {
        Box::pin(async move {
            let attach = json!({"mime": file.mime, "data": base64::encode(&file.bytes)});
            let data = json!({"uid": room, "body": "", "attach": attach});
            self.ask("message", data, "message").await.map(drop)
        })
    }

    fn makes_groups(&self) -> bool {
        false
    }

    fn make_group<'a>(&'a mut self, _: &'a str, _: &'a [Known]) -> Soon<'a, Group> {
        Box::pin(async { Err("there are no words for it".to_owned()) })
    }

    fn join<'a>(&'a mut self, name: &'a str) -> Soon<'a, String> {
        Box::pin(async move {
            let known = self.ask("contactlist", json!({}), "contactlist").await?;
            let mut contacts = known["data"]["list"].as_array().into_iter().flatten();
            let group = contacts.find(|contact| contact["nick"] == name);
            Ok(words(&group.ok_or("the group is not in the contact list")?["uid"]))
        })
    }
}
