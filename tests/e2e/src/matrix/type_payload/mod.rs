//! A client of Type-payload, by TCP or WebSocket.

mod media;

use super::line::{expect, words};
use super::{Client, Content, Entry, File, Form, Group, Known, Line, Said, Sends, Shows, Soon};
use media::Incoming;
use serde_json::{Value, json};

/// The client.
pub(super) struct TypePayload {
    line: Line,
    me: Known,
    secret: &'static str,
    /// How many files it has sent: each needs a name of its own.
    sent: usize,
    incoming: Option<Incoming>,
}

impl TypePayload {
    pub(super) fn new(me: Known) -> Self {
        Self { line: Line::default(), me, secret: Form::Sha256.right(), sent: 0, incoming: None }
    }

    async fn enter(&mut self, request: &str, answer: &str) -> Result<Value, String> {
        let payload = json!({"username": self.me.handle, "passwordHash": self.secret});
        self.line.ask(&envelope(request, payload), |frame| frame["type"] == answer).await
    }

    async fn ask(&mut self, request: &str, payload: Value, answer: &str) -> Result<Value, String> {
        let came = self.line.ask(&envelope(request, payload), |frame| frame["type"] == answer).await?;
        expect(came, |frame| frame["payload"]["code"] == 0)
    }

    /// In which conversation something was said.
    fn room(&self, payload: &Value) -> String {
        let receiver = words(&payload["receiver"]);
        if self.me.is(&receiver) { words(&payload["sender"]) } else { receiver }
    }
}

impl Client for TypePayload {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn secret(&mut self) -> &mut &'static str {
        &mut self.secret
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let answer = self.enter("REGISTER_REQUEST", "REGISTER_RESPONSE").await?;
            expect(answer, |frame| frame["payload"]["success"] == true)?;
            match self.sign_in().await? {
                Entry::In => Ok(()),
                Entry::WrongPassword => Err("the password is forgotten".to_owned()),
            }
        })
    }

    fn sign_in(&mut self) -> Soon<'_, Entry> {
        Box::pin(async move {
            self.incoming = None;
            let answer = self.enter("LOGIN_REQUEST", "LOGIN_RESPONSE").await?;
            if answer["payload"]["code"] == 2001 {
                return Ok(Entry::WrongPassword);
            }
            expect(answer, |frame| frame["payload"]["success"] == true).map(|_| Entry::In)
        })
    }

    fn meet<'a>(&'a mut self, other: &'a Known) -> Soon<'a, String> {
        Box::pin(async { Ok(other.handle.clone()) })
    }

    fn say<'a>(&'a mut self, room: &'a str, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            let said = json!({"sender": self.me.handle, "receiver": room, "content": text});
            // A text is answered only when it is refused. What is said to nobody always is, and texts are answered in
            // order: so a refusal of that tells what became of the text before it. The first one may still come before
            // a name that is no person's is tried as a group's; the second one comes after that.
            let nobody = json!({"sender": self.me.handle, "receiver": "nobody", "content": text});
            let request = envelope("TEXT_MESSAGE", nobody);
            self.line.send(&envelope("TEXT_MESSAGE", said)).await?;
            for _ in ["its name", "the text"] {
                let answer = self.line.ask(&request, |frame| frame["type"] == "TEXT_MESSAGE_ACK").await?;
                expect(answer, |frame| frame["payload"]["receiver"] == "nobody")?;
            }
            Ok(())
        })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            loop {
                let frame = self.line.next().await?;
                let payload = &frame["payload"];
                let content = match frame["type"].as_str() {
                    Some("TEXT_MESSAGE") => Content::Text(words(&payload["content"])),
                    Some(kind) => match self.take_media(kind, payload).await? {
                        Some(file) => Content::File(file),
                        None => continue,
                    },
                    None => return Err(frame.to_string()),
                };
                return Ok(Said {
                    room: self.room(payload),
                    from: words(&payload["sender"]),
                    id: String::new(),
                    content,
                });
            }
        })
    }

    fn sends(&self) -> Sends {
        Sends { pictures: true, files: true, names: false, types: true }
    }

    fn shows(&self) -> Shows {
        Shows { names: false, types: true }
    }

    fn send<'a>(&'a mut self, room: &'a str, file: &'a File) -> Soon<'a, ()> {
        Box::pin(self.give_media(room, file))
    }

    fn makes_friends(&self) -> bool {
        true
    }

    fn befriend<'a>(&'a mut self, other: &'a Known) -> Soon<'a, ()> {
        Box::pin(async move {
            let names = json!({"sender": self.me.handle, "receiver": other.handle});
            self.ask("FRIEND_REQUEST", names, "FRIEND_REQUEST_ACK").await.map(drop)
        })
    }

    fn make_group<'a>(&'a mut self, name: &'a str, others: &'a [Known]) -> Soon<'a, Group> {
        Box::pin(async move {
            let members: Vec<_> = others.iter().map(|other| &other.handle).collect();
            let group = json!({"sender": self.me.handle, "members": members, "name": name});
            self.ask("GROUP_CREATE", group, "GROUP_CREATE_ACK").await?;
            Ok(Group { name: name.to_owned(), room: name.to_owned() })
        })
    }

    fn join<'a>(&'a mut self, name: &'a str) -> Soon<'a, String> {
        Box::pin(async move {
            let asked = |frame: &Value| frame["type"] == "GROUP_INVITE" && frame["payload"]["group"] == name;
            let mut answer = self.line.find(asked).await?["payload"].clone();
            answer["code"] = json!(0);
            self.line.send(&envelope("GROUP_INVITE_RESPONSE", answer)).await?;
            // Which is answered only when it fails. The list says whether it has worked.
            let me = json!({"username": self.me.handle});
            let known = self.ask("CONTACT_LIST_REQUEST", me, "CONTACT_LIST_RESPONSE").await?;
            let mut groups = known["payload"]["groups"].as_array().into_iter().flatten();
            let group = groups.find(|group| group["group"] == name);
            Ok(words(&group.ok_or("the group is not in the contact list")?["group"]))
        })
    }
}

fn envelope(kind: &str, payload: Value) -> Value {
    json!({"type": kind, "timestamp": 1_630_000_000, "payload": payload})
}
