//! A client: what a program of mode-token says and hears, as pure state. It subscribes to what is said, instead of asking for it.
//! Nothing from before is told unasked, and this program does not ask.

use koine_dialect::client::{Answer, Ask, Client, Heard, Picture, Wordless};
use koine_dialect::toolbox::base64;
use koine_dialect::{Frame, Payload};
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::VecDeque;

/// One program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Empty until it has one.
    token: String,
    /// The modes of what was asked and is not answered yet, oldest first.
    pending: VecDeque<&'static str>,
}

/// As much of a frame as is looked at.
#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow, default)]
    error_msg: Cow<'a, str>,
    #[serde(borrow, default)]
    token: Cow<'a, str>,
    chat_id: Option<Value>,
    #[serde(borrow, default)]
    messages: Vec<Message<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    content: Cow<'a, str>,
    #[serde(borrow, default)]
    content_type: Cow<'a, str>,
}

impl Client for Program {
    fn begin(&mut self) {
        self.pending.clear();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        let (mode, request) = match ask {
            Ask::Register { me, password } => {
                let email = format!("{}@load.example", me.handle);
                ("register", json!({"username": me.handle, "password": password, "email": email}))
            }
            Ask::SignIn { me, password, .. } => {
                ("auth", json!({"username": me.handle, "password": password}))
            }
            Ask::SignOut => ("logout", json!({})),
            Ask::Meet { other } => {
                ("createChat", json!({"contact_mode": "username", "contact_value": other.handle}))
            }
            Ask::Group { name, others } => {
                let members: Vec<&str> = others.iter().map(|other| other.handle.as_str()).collect();
                ("createGroupChat", json!({"chat_name": name, "members": members}))
            }
            Ask::Say { room, text, .. } => {
                ("sendMessage", json!({"chat_id": room, "content_type": "text", "content": text}))
            }
            Ask::Show { room, picture: Picture::Bytes(bytes), .. } => {
                let content = base64::encode(bytes);
                ("sendMessage", json!({"chat_id": room, "content_type": "picture", "content": content}))
            }
            Ask::Admit { room, other } => {
                ("editGroupChat", json!({"chat_id": room, "add_members": [other.handle]}))
            }
            Ask::Expel { room, other } => {
                ("editGroupChat", json!({"chat_id": room, "remove_members": [other.handle]}))
            }
            Ask::Rename { room, name } => ("editGroupChat", json!({"chat_id": room, "chat_name": name})),
            Ask::Show { .. }
            | Ask::Page { .. }
            | Ask::Befriend { .. }
            | Ask::Part { .. }
            | Ask::Leave { .. }
            | Ask::Promote { .. } => return Err(Wordless),
        };
        self.request(mode, request, out);
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let Frame::Text(text) = frame else { return hear(Heard::Broken("a binary frame".to_owned())) };
        let incoming: Incoming<'_> = match serde_json::from_str(text) {
            Ok(incoming) => incoming,
            Err(error) => return hear(Heard::Broken(format!("{error}: {text}"))),
        };
        if incoming.mode == "newMessage" {
            return incoming.messages.iter().for_each(|message| said(message, hear));
        }
        match self.pending.pop_front() {
            Some(mode) if mode == incoming.mode => self.answered(mode, incoming, out, hear),
            other => hear(Heard::Broken(format!("{other:?} is not answered by {text}"))),
        }
    }
}

fn said(message: &Message<'_>, hear: &mut dyn FnMut(Heard<'_>)) {
    if message.content_type != "picture" {
        return hear(Heard::Said(&message.content));
    }
    match base64::decode(&message.content) {
        Some(bytes) => hear(Heard::Shown(Picture::Bytes(&bytes))),
        None => hear(Heard::Broken("a picture that is no Base64".to_owned())),
    }
}

impl Program {
    fn request(&mut self, mode: &'static str, mut request: Value, out: &mut Vec<Payload>) {
        if let Some(fields) = request.as_object_mut() {
            fields.insert("mode".to_owned(), json!(mode));
            fields.insert("token".to_owned(), json!(self.token));
        }
        self.pending.push_back(mode);
        out.push(Payload::text(request.to_string()));
    }

    fn answered(
        &mut self,
        mode: &str,
        incoming: Incoming<'_>,
        out: &mut Vec<Payload>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) {
        if incoming.status != "200" {
            return hear(Heard::Refused(&incoming.error_msg));
        }
        match mode {
            "register" | "auth" => {
                self.token = incoming.token.into_owned();
                self.request("subscribe", json!({}), out);
            }
            // Where people have numbers, they are not told to themselves.
            "logout" => hear(Heard::Answer(Answer::Left)),
            "subscribe" => hear(Heard::Answer(Answer::Entered(0))),
            "createChat" | "createGroupChat" => {
                let room = match incoming.chat_id {
                    Some(Value::String(room)) => room,
                    Some(room) => room.to_string(),
                    None => return hear(Heard::Broken("a chat without a number".to_owned())),
                };
                hear(Heard::Answer(Answer::Room(&room)));
            }
            "editGroupChat" => hear(Heard::Answer(Answer::Done)),
            _ => hear(Heard::Answer(Answer::Taken)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_dialect::client::Known;

    fn hears(asks: &[Ask<'_>], frames: &[&str]) -> (Vec<String>, Vec<Value>) {
        let (mut program, mut out, mut heard) = (Program::default(), Vec::new(), Vec::new());
        for ask in asks {
            program.ask(*ask, &mut out).unwrap();
        }
        for frame in frames {
            program.receive(Frame::Text(frame), &mut out, &mut |what| heard.push(format!("{what:?}")));
        }
        let said = out.iter().map(|payload| serde_json::from_slice(payload.bytes()).unwrap());
        (heard, said.collect())
    }

    #[test]
    fn signing_in_is_done_once_it_is_told_what_is_said() {
        let me = Known { handle: "ann".to_owned(), id: 0 };
        let frames = [
            r#"{"mode": "register", "timestamp": "x", "status": "200", "token": "t"}"#,
            r#"{"mode": "subscribe", "timestamp": "x", "status": "200"}"#,
            r#"{"mode": "newMessage", "timestamp": "x", "status": "200", "chat_id": "3", "messages": [{"content": "Tea"}]}"#,
        ];
        let (heard, said) = hears(&[Ask::Register { me: &me, password: "secret" }], &frames);
        assert_eq!(heard, ["Answer(Entered(0))", r#"Said("Tea")"#]);
        assert_eq!((&said[1]["mode"], &said[1]["token"]), (&json!("subscribe"), &json!("t")));
    }

    #[test]
    fn a_program_is_answered_in_order() {
        let other = Known { handle: "bob".to_owned(), id: 0 };
        let asks = [
            Ask::Meet { other: &other },
            Ask::Say { room: "3", key: 1, text: "Tea" },
            Ask::Say { room: "3", key: 2, text: "" },
            Ask::Admit { room: "3", other: &other },
            Ask::Expel { room: "3", other: &other },
            Ask::Rename { room: "3", name: "coffee" },
        ];
        let frames = [
            r#"{"mode": "createChat", "status": "200", "chat_id": 3}"#,
            r#"{"mode": "sendMessage", "status": "200", "message_id": 16}"#,
            r#"{"mode": "sendMessage", "status": "400", "error_msg": "it is empty"}"#,
            r#"{"mode": "editGroupChat", "status": "200"}"#,
            r#"{"mode": "editGroupChat", "status": "200"}"#,
            r#"{"mode": "editGroupChat", "status": "403", "error_msg": "only the leader may"}"#,
        ];
        let (heard, said) = hears(&asks, &frames);
        let expected = [
            r#"Answer(Room("3"))"#,
            "Answer(Taken)",
            r#"Refused("it is empty")"#,
            "Answer(Done)",
            "Answer(Done)",
            r#"Refused("only the leader may")"#,
        ];
        assert_eq!(heard, expected);
        let changes = [&said[3]["add_members"], &said[4]["remove_members"], &said[5]["chat_name"]];
        assert_eq!(changes, [&json!(["bob"]), &json!(["bob"]), &json!("coffee")]);
    }

    #[test]
    fn pictures_go_with_the_frame() {
        let show = |picture| Ask::Show { room: "3", key: 1, picture };
        let frame = r#"{"mode": "newMessage", "status": "200", "messages": [{"content": "iVBORw==", "content_type": "picture"}, {"content": "Tea", "content_type": "text"}]}"#;
        let (heard, said) = hears(&[show(Picture::Bytes(b"\x89PNG"))], &[frame]);
        assert_eq!((&said[0]["content_type"], &said[0]["content"]), (&json!("picture"), &json!("iVBORw==")));
        assert_eq!(heard, ["Shown(Bytes([137, 80, 78, 71]))", r#"Said("Tea")"#]);
        assert_eq!(Program::default().ask(show(Picture::ByHttp("cat")), &mut Vec::new()), Err(Wordless));
    }

    #[test]
    fn what_is_out_of_order_is_noticed() {
        for frame in [r#"{"mode": "auth", "status": "200"}"#, "[]", "{"] {
            let (heard, _) = hears(&[], &[frame]);
            assert!(heard.len() == 1 && heard[0].starts_with("Broken"), "{frame}: {heard:?}");
        }
    }
}
