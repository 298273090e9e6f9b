//! A client: what a program of MiniOICQ says and hears, as pure state. It speaks as the document says, in MessagePack, or as the Qt
//! client does, in JSON with texts in Base64. It has no words for old messages of a chat.

use koine_dialect::client::{Answer, Ask, Client, Heard, Picture, Wordless};
use koine_dialect::toolbox::base64;
use koine_dialect::{Frame, Payload};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// One program.
#[derive(Debug)]
pub(crate) struct Program {
    /// Whether it is the Qt client.
    qt: bool,
    /// Its own number, once it knows it.
    me: String,
    /// What was asked and is not answered yet, oldest first.
    pending: VecDeque<Pending>,
}

#[derive(Debug)]
enum Pending {
    /// Registering, with the password to sign in with.
    Register(String),
    Enter,
    /// A chat with one other, by number.
    Room(String),
    /// A group, by its name.
    Group(String),
    /// A message, which is acknowledged by coming back.
    Say,
}

/// As much of a frame as is looked at.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Incoming {
    action: String,
    user_id: Word,
    reason: Word,
    chat_id: Word,
    name: Word,
    members: Vec<Member>,
    messages: Option<Vec<Message>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Member {
    user_id: Word,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    sender: Word,
    #[serde(rename = "type")]
    kind: Word,
    content: Word,
}

/// Text, or a number, which is the same; or what is neither, and not looked at.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Number(u64),
    Other(IgnoredAny),
}

impl Default for Word {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl Word {
    /// As text; empty where it is neither text nor a number.
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Other(_) => String::new(),
        }
    }
}

impl Program {
    /// A program that follows the document.
    pub(crate) fn documented() -> Self {
        Self { qt: false, me: String::new(), pending: VecDeque::new() }
    }

    /// A program that does as the Qt client.
    pub(crate) fn qt() -> Self {
        Self { qt: true, ..Self::documented() }
    }
}

impl Client for Program {
    fn begin(&mut self) {
        self.pending.clear();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        let (pending, request) = match ask {
            Ask::Register { me, password } => (
                Pending::Register(password.to_owned()),
                json!({"action": "auth.register", "user_name": me.handle, "password": password}),
            ),
            Ask::SignIn { me, password, .. } => (Pending::Enter, login(&me.id.to_string(), password)),
            Ask::Meet { other } => {
                let other = other.id.to_string();
                let request = json!({"action": "chat.create", "members": [other]});
                (Pending::Room(other), request)
            }
            Ask::Group { name, others } => {
                let members: Vec<String> = others.iter().map(|other| other.id.to_string()).collect();
                let request = json!({"action": "chat.create", "chat_name": name, "members": members});
                (Pending::Group(name.to_owned()), request)
            }
            Ask::Say { room, text, .. } => {
                let (kind, content) = match self.qt {
                    true => ("text/plain", base64::encode(text.as_bytes())),
                    false => ("text", text.to_owned()),
                };
                let message = json!({"chat_id": room, "type": kind, "content": content});
                (Pending::Say, json!({"action": "message.send", "message": message}))
            }
            Ask::Show { room, picture: Picture::Bytes(bytes), .. } => {
                let kind = if self.qt { "image/png" } else { "image" };
                let message = json!({"chat_id": room, "type": kind, "content": base64::encode(bytes)});
                (Pending::Say, json!({"action": "message.send", "message": message}))
            }
            Ask::SignOut
            | Ask::Show { .. }
            | Ask::Page { .. }
            | Ask::Befriend { .. }
            | Ask::Part { .. }
            | Ask::Leave { .. }
            | Ask::Admit { .. }
            | Ask::Expel { .. }
            | Ask::Promote { .. }
            | Ask::Rename { .. } => return Err(Wordless),
        };
        self.pending.push_back(pending);
        self.say(&request, out);
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let incoming = match frame {
            Frame::Text(text) => serde_json::from_str(text).map_err(|error| error.to_string()),
            Frame::Binary(bytes) => rmp_serde::from_slice(bytes).map_err(|error| error.to_string()),
        };
        if let Err(why) = incoming.and_then(|incoming| self.take(incoming, out, hear)) {
            hear(Heard::Broken(why));
        }
    }
}

impl Program {
    fn say(&self, request: &Value, out: &mut Vec<Payload>) {
        out.push(match self.qt {
            true => Payload::text(request.to_string()),
            // A value of JSON can always be written.
            false => Payload::Binary(rmp_serde::to_vec(request).unwrap_or_default().into()),
        });
    }

    fn take(
        &mut self,
        incoming: Incoming,
        out: &mut Vec<Payload>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), String> {
        let refused = incoming.action.ends_with(".fail");
        match (incoming.action.as_str(), self.pending.front()) {
            ("message.push", _) => self.pushed(incoming.messages.ok_or("no messages")?, hear)?,
            ("chat.spawn", Some(wanted)) => {
                let name = incoming.name.text();
                let members: Vec<String> = incoming.members.into_iter().map(|it| it.user_id.text()).collect();
                let is_it = match wanted {
                    Pending::Room(other) => members.len() == 2 && members.contains(other),
                    Pending::Group(wanted) => *wanted == name,
                    _ => false,
                };
                if is_it {
                    self.pending.pop_front();
                    hear(Heard::Answer(Answer::Room(&incoming.chat_id.text())));
                }
            }
            ("auth.register.success", Some(Pending::Register(password))) => {
                let request = login(&incoming.user_id.text(), password);
                self.pending.pop_front();
                self.pending.push_front(Pending::Enter);
                self.say(&request, out);
            }
            ("auth.login.success", Some(Pending::Enter)) => {
                self.pending.pop_front();
                self.me = incoming.user_id.text();
                let id = self.me.parse().map_err(|_| "no number of an account")?;
                hear(Heard::Answer(Answer::Entered(id)));
            }
            (_, Some(_)) if refused => {
                self.pending.pop_front();
                hear(Heard::Refused(&incoming.reason.text()));
            }
            (_, None) if refused => return Err("nothing was asked".to_owned()),
            // What happens to other chats and people.
            _ => {}
        }
        Ok(())
    }

    fn pushed(&mut self, messages: Vec<Message>, hear: &mut dyn FnMut(Heard<'_>)) -> Result<(), String> {
        for Message { sender, kind, content } in messages {
            if sender.text() == self.me && matches!(self.pending.front(), Some(Pending::Say)) {
                self.pending.pop_front();
                hear(Heard::Answer(Answer::Taken));
            }
            let content = content.text();
            let is_picture = kind.text().starts_with("image");
            if !self.qt && !is_picture {
                hear(Heard::Said(&content));
                continue;
            }
            let bytes = base64::decode(&content).ok_or("no Base64")?;
            match is_picture {
                true => hear(Heard::Shown(Picture::Bytes(&bytes))),
                false => hear(Heard::Said(&String::from_utf8_lossy(&bytes))),
            }
        }
        Ok(())
    }
}

fn login(id: &str, password: &str) -> Value {
    json!({"action": "auth.login", "user_id": id, "password": password})
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_dialect::client::Known;

    /// What a program hears that has asked this, when these frames come in its own encoding; and how often it says something.
    fn hears(mut program: Program, asks: &[Ask<'_>], frames: &[Value]) -> (Vec<String>, usize) {
        let (mut out, mut heard) = (Vec::new(), Vec::new());
        for ask in asks {
            program.ask(*ask, &mut out).unwrap();
        }
        for frame in frames {
            let mut hear = |what: Heard<'_>| heard.push(format!("{what:?}"));
            if program.qt {
                program.receive(Frame::Text(&frame.to_string()), &mut out, &mut hear);
            } else {
                program.receive(Frame::Binary(&rmp_serde::to_vec(frame).unwrap()), &mut out, &mut hear);
            }
        }
        (heard, out.len())
    }

    #[test]
    fn a_program_is_answered_in_order() {
        let (me, other) =
            (Known { handle: "ann".to_owned(), id: 0 }, Known { handle: "bob".to_owned(), id: 7 });
        let asks = [
            Ask::Register { me: &me, password: "secret" },
            Ask::Meet { other: &other },
            Ask::Say { room: "3", key: 1, text: "Tea" },
            Ask::Say { room: "4", key: 2, text: "Tea" },
        ];
        for qt in [false, true] {
            let tea = if qt { base64::encode(b"Tea") } else { "Tea".to_owned() };
            let chat = |other: u32| json!({"action": "chat.spawn", "chat_id": "3", "members": [{"user_id": "5"}, {"user_id": other}]});
            let frames = [
                json!({"action": "auth.register.success", "user_id": "5"}),
                json!({"action": "auth.login.success", "user_id": 5}),
                chat(8),
                chat(7),
                json!({"action": "message.push", "messages": [
                    {"sender": "7", "content": tea}, {"sender": "5", "content": tea},
                ]}),
                json!({"action": "message.send.fail", "reason": "Chat not found"}),
            ];
            let program = if qt { Program::qt() } else { Program::documented() };
            let expected = [
                "Answer(Entered(5))",
                r#"Answer(Room("3"))"#,
                r#"Said("Tea")"#,
                "Answer(Taken)",
                r#"Said("Tea")"#,
                r#"Refused("Chat not found")"#,
            ];
            let (heard, said) = hears(program, &asks, &frames);
            assert_eq!((heard, said), (expected.map(str::to_owned).to_vec(), asks.len() + 1));
        }
    }

    /// Pictures are bytes in MessagePack, which no JSON has.
    #[test]
    fn pictures_are_passed_over() {
        let fields = [
            ("action", rmpv::Value::from("auth.login.success")),
            ("user_id", rmpv::Value::from("5")),
            ("avatar", rmpv::Value::Binary(vec![255, 0])),
        ];
        let push = rmpv::Value::Map(fields.map(|(name, value)| (name.into(), value)).to_vec());
        let mut frame = Vec::new();
        rmpv::encode::write_value(&mut frame, &push).unwrap();
        let mut program = Program::documented();
        let me = Known { handle: "ann".to_owned(), id: 5 };
        program.ask(Ask::SignIn { me: &me, password: "secret", rooms: &[] }, &mut Vec::new()).unwrap();
        let mut heard = Vec::new();
        program.receive(Frame::Binary(&frame), &mut Vec::new(), &mut |what| heard.push(format!("{what:?}")));
        assert_eq!(heard, ["Answer(Entered(5))"]);
    }

    #[test]
    fn pictures_go_with_the_frame() {
        for (program, kind) in [(Program::documented(), "image"), (Program::qt(), "image/png")] {
            let ask = Ask::Show { room: "3", key: 1, picture: Picture::Bytes(b"\x89PNG") };
            let push = json!({"action": "message.push", "messages": [
                {"sender": "7", "type": kind, "content": base64::encode(b"\x89PNG")},
                {"sender": "", "type": kind, "content": base64::encode(b"\x89PNG")},
            ]});
            let shown = "Shown(Bytes([137, 80, 78, 71]))";
            let (heard, said) = hears(program, &[ask], &[push]);
            assert_eq!((heard, said), ([shown, "Answer(Taken)", shown].map(str::to_owned).to_vec(), 1));
            let uploaded = Ask::Show { room: "3", key: 1, picture: Picture::ByHttp("cat") };
            assert_eq!(Program::qt().ask(uploaded, &mut Vec::new()), Err(Wordless));
        }
    }

    #[test]
    fn what_is_out_of_order_is_noticed() {
        for frame in [json!({"action": "auth.login.fail"}), json!({"action": "message.push"})] {
            let (heard, _) = hears(Program::qt(), &[], &[frame]);
            assert!(heard.len() == 1 && heard[0].starts_with("Broken"), "{heard:?}");
        }
        let page = Ask::Page { room: "3", before: 1, limit: 1 };
        assert_eq!(Program::qt().ask(page, &mut Vec::new()), Err(Wordless));
    }
}
