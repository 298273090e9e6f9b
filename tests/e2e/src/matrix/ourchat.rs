//! A client of OurChat, which hashes the password before it sends it.

use super::line::{expect, words};
use super::{Client, Content, Entry, File, Form, Group, Known, Line, Said, Sends, Shows, Soon};
use serde_json::{Value, json};

/// The client.
pub(super) struct OurChat {
    line: Line,
    me: Known,
    secret: &'static str,
    /// Whether it has registered the account, and so gave it an address.
    has_address: bool,
}

impl OurChat {
    pub(super) fn new(me: Known) -> Self {
        Self { line: Line::default(), me, secret: Form::Sha256.right(), has_address: false }
    }

    fn address(&self) -> String {
        format!("{}@example.org", self.me.handle)
    }

    async fn ask(&mut self, request: &Value, answer: u64) -> Result<Value, String> {
        // 18 is how the server says no where the document has no answer.
        let came = self.line.ask(request, |frame| frame["code"] == answer || frame["code"] == 18).await?;
        expect(came, |frame| frame["code"] == answer)
    }

    async fn open(&mut self, others: &[Known]) -> Result<String, String> {
        let members: Vec<_> = others.iter().map(|other| other.id.to_string()).collect();
        let answer = self.ask(&json!({"code": 8, "members": members}), 9).await?;
        Ok(words(&expect(answer, |frame| frame["status"] == 0)?["session_id"]))
    }

    async fn name_of(&mut self, session: &str) -> Result<String, String> {
        let request = json!({"code": 1, "session_id": number(session)?, "request_values": ["name"]});
        Ok(words(&self.ask(&request, 2).await?["data"]["name"]))
    }
}

impl Client for OurChat {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn secret(&mut self) -> &mut &'static str {
        &mut self.secret
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let (email, name) = (self.address(), &self.me.handle);
            let request = json!({"code": 4, "email": email, "password": self.secret, "name": name});
            let answer = self.ask(&request, 5).await?;
            self.has_address = true;
            expect(answer, |frame| words(&frame["ocid"]) == self.me.id.to_string()).map(drop)
        })
    }

    fn sign_in(&mut self) -> Soon<'_, Entry> {
        Box::pin(async move {
            let (kind, account) = match self.has_address {
                true => (0, self.address()),
                false => (1, self.me.id.to_string()),
            };
            let request = json!({"code": 6, "login_type": kind, "account": account, "password": self.secret});
            let answer = self.ask(&request, 7).await?;
            if answer["status"] == 1 {
                return Ok(Entry::WrongPassword);
            }
            expect(answer, |frame| frame["status"] == 0).map(|_| Entry::In)
        })
    }

    fn meet<'a>(&'a mut self, other: &'a Known) -> Soon<'a, String> {
        Box::pin(self.open(std::slice::from_ref(other)))
    }

    fn say<'a>(&'a mut self, room: &'a str, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            let me = self.me.id.to_string();
            let request = json!({
                "code": 0, "time": 1, "sender": {"ocid": me, "session_id": number(room)?},
                "msg": [{"type": 0, "text": text}],
            });
            let echo = |frame: &Value| {
                let sender = &frame["sender"];
                let is_mine = words(&sender["ocid"]) == me && words(&sender["session_id"]) == room;
                // What it has said earlier may come once more.
                frame["code"] == 0 && is_mine && frame["msg"][0]["text"] == text
            };
            let answer = self.line.ask(&request, |frame| frame["code"] == 18 || echo(frame));
            expect(answer.await?, |frame| frame["code"] == 0).map(drop)
        })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            let frame = self.line.find(|frame| frame["code"] == 0).await?;
            let frame = expect(frame, |frame| frame["msg"][0]["type"] == 0 && frame["msg_id"].is_i64())?;
            let sender = &frame["sender"];
            let (room, from) = (words(&sender["session_id"]), words(&sender["ocid"]));
            let content = Content::Text(words(&frame["msg"][0]["text"]));
            Ok(Said { room, from, id: words(&frame["msg_id"]), content })
        })
    }

    /// The types of parts beside text are in another document than the one that is spoken.
    fn sends(&self) -> Sends {
        Sends { pictures: false, files: false, names: false, types: false }
    }

    /// It has links for both, which tell what their bytes are.
    fn shows(&self) -> Shows {
        Shows { names: false, types: false }
    }

    fn send<'a>(&'a mut self, _: &'a str, _: &'a File) -> Soon<'a, ()> {
        Box::pin(async { Err("there are no words for it".to_owned()) })
    }

    fn make_group<'a>(&'a mut self, _: &'a str, others: &'a [Known]) -> Soon<'a, Group> {
        Box::pin(async move {
            let room = self.open(others).await?;
            Ok(Group { name: self.name_of(&room).await?, room })
        })
    }

    fn join<'a>(&'a mut self, name: &'a str) -> Soon<'a, String> {
        Box::pin(async move {
            let me = self.me.id.to_string();
            let request = json!({"code": 10, "ocid": me, "request_values": ["sessions"]});
            let known = self.ask(&request, 11).await?;
            for session in known["data"]["sessions"].as_array().into_iter().flatten() {
                let session = words(session);
                if self.name_of(&session).await? == name {
                    return Ok(session);
                }
            }
            Err("the group is not among the sessions".to_owned())
        })
    }
}

/// The document wants numbers.
fn number(session: &str) -> Result<u64, String> {
    session.parse().map_err(|_| format!("{session} is no number of a session"))
}
