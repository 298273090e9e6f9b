//! A client: what a program of mode-token says and hears, as pure state. It subscribes to what is said, instead of asking for it.
//!
//! Nothing from before is told unasked: whoever signs in asks in each chat for what is newer than what they have, and holds back what is said
//! there meanwhile.

use koine_dialect::client::{Answer, Ask, Client, Heard, Picture, Wordless};
use koine_dialect::toolbox::base64;
use koine_dialect::{Frame, Payload};
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

/// One program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Empty until it has one.
    token: String,
    /// What was asked and is not answered yet, oldest first: its mode, and of a page of messages the chat.
    pending: VecDeque<(&'static str, String)>,
    /// Those of which something is known.
    chats: BTreeMap<String, Chat>,
}

/// How far the program has come in a chat.
#[derive(Debug, Default)]
struct Chat {
    /// The number of the last message.
    last: u64,
    /// What was said while older messages are being asked for.
    held: Option<Vec<Message<'static>>>,
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

#[derive(Deserialize, Debug)]
struct Message<'a> {
    #[serde(default)]
    message_id: u64,
    #[serde(borrow, default)]
    content: Cow<'a, str>,
    #[serde(borrow, default)]
    content_type: Cow<'a, str>,
}

impl Client for Program {
    fn begin(&mut self) {
        self.pending.clear();
        self.chats.values_mut().for_each(|chat| chat.held = None);
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        let (mode, request) = match ask {
            Ask::Register { me, password } => {
                let email = format!("{}@load.example", me.handle);
                ("register", json!({"username": me.handle, "password": password, "email": email}))
            }
            Ask::SignIn { me, password, rooms } => {
                for room in rooms {
                    self.chats.entry(room.clone()).or_default();
                }
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
        self.request(mode, "", request, out);
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let Frame::Text(text) = frame else { return hear(Heard::Broken("a binary frame".to_owned())) };
        let incoming: Incoming<'_> = match serde_json::from_str(text) {
            Ok(incoming) => incoming,
            Err(error) => return hear(Heard::Broken(format!("{error}: {text}"))),
        };
        if incoming.mode == "newMessage" {
            let chat = incoming.chat_id.map(name).unwrap_or_default();
            return self.chats.entry(chat).or_default().told(incoming.messages, hear);
        }
        match self.pending.pop_front() {
            Some((mode, chat)) if mode == incoming.mode => self.answered((mode, chat), incoming, out, hear),
            other => hear(Heard::Broken(format!("{other:?} is not answered by {text}"))),
        }
    }
}

impl Chat {
    /// Something is said just now.
    fn told(&mut self, messages: Vec<Message<'_>>, hear: &mut dyn FnMut(Heard<'_>)) {
        for message in messages {
            match &mut self.held {
                Some(held) => held.push(message.into_owned()),
                None => self.hears(&message, hear),
            }
        }
    }

    /// It is the message's turn, unless it was heard before.
    fn hears(&mut self, message: &Message<'_>, hear: &mut dyn FnMut(Heard<'_>)) {
        if message.message_id > self.last {
            self.last = message.message_id;
            said(message, hear);
        }
    }
}

impl Message<'_> {
    fn into_owned(self) -> Message<'static> {
        let Self { message_id, content, content_type } = self;
        Message {
            message_id,
            content: content.into_owned().into(),
            content_type: content_type.into_owned().into(),
        }
    }
}

/// A chat's number, as it is written in requests.
fn name(chat: Value) -> String {
    match chat {
        Value::String(name) => name,
        number => number.to_string(),
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
    fn request(&mut self, mode: &'static str, chat: &str, mut request: Value, out: &mut Vec<Payload>) {
        if let Some(fields) = request.as_object_mut() {
            fields.insert("mode".to_owned(), json!(mode));
            fields.insert("token".to_owned(), json!(self.token));
        }
        self.pending.push_back((mode, chat.to_owned()));
        out.push(Payload::text(request.to_string()));
    }

    /// Asks for what is newer in a chat than what is known of it.
    fn page(&mut self, chat: &str, out: &mut Vec<Payload>) {
        let Some(known) = self.chats.get_mut(chat) else { return };
        known.held.get_or_insert_default();
        let request = json!({"chat_id": chat, "min_message_id": known.last});
        self.request("getMessages", chat, request, out);
    }

    /// A page has come; an empty one is the last.
    fn paged(
        &mut self,
        chat: &str,
        messages: &[Message<'_>],
        out: &mut Vec<Payload>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) {
        let Some(known) = self.chats.get_mut(chat) else { return };
        for message in messages {
            known.hears(message, hear);
        }
        if !messages.is_empty() {
            return self.page(chat, out);
        }
        for message in known.held.take().unwrap_or_default() {
            known.hears(&message, hear);
        }
    }

    fn answered(
        &mut self,
        (mode, chat): (&str, String),
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
                self.request("subscribe", "", json!({}), out);
            }
            // Where people have numbers, they are not told to themselves.
            "logout" => hear(Heard::Answer(Answer::Left)),
            "subscribe" => {
                hear(Heard::Answer(Answer::Entered(0)));
                let chats: Vec<String> = self.chats.keys().cloned().collect();
                chats.iter().for_each(|chat| self.page(chat, out));
            }
            "getMessages" => self.paged(&chat, &incoming.messages, out, hear),
            "createChat" | "createGroupChat" => match incoming.chat_id.map(name) {
                Some(room) => hear(Heard::Answer(Answer::Room(&room))),
                None => hear(Heard::Broken("a chat without a number".to_owned())),
            },
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
            r#"{"mode": "newMessage", "timestamp": "x", "status": "200", "chat_id": "3", "messages": [{"message_id": 16, "content": "Tea"}]}"#,
        ];
        let (heard, said) = hears(&[Ask::Register { me: &me, password: "secret" }], &frames);
        assert_eq!(heard, ["Answer(Entered(0))", r#"Said("Tea")"#]);
        assert_eq!((&said[1]["mode"], &said[1]["token"]), (&json!("subscribe"), &json!("t")));
    }

    #[test]
    fn who_comes_back_asks_for_what_is_newer_and_hears_it_first() {
        let me = Known { handle: "ann".to_owned(), id: 0 };
        let (mut program, mut out, mut heard) = (Program::default(), Vec::new(), Vec::new());
        let mut receive = |program: &mut Program, out: &mut Vec<Payload>, frame: &str| {
            program.receive(Frame::Text(frame), out, &mut |what| heard.push(format!("{what:?}")));
        };
        let said = |id: u32, text: &str| {
            format!(
                r#"{{"mode": "newMessage", "status": "200", "chat_id": 3, "messages": [{{"message_id": {id}, "content": "{text}"}}]}}"#
            )
        };
        let page =
            |items: &str| format!(r#"{{"mode": "getMessages", "status": "200", "messages": [{items}]}}"#);
        receive(&mut program, &mut out, &said(16, "one"));
        program.begin();
        let rooms = ["4".to_owned()];
        program.ask(Ask::SignIn { me: &me, password: "secret", rooms: &rooms }, &mut out).unwrap();
        receive(&mut program, &mut out, r#"{"mode": "auth", "status": "200", "token": "t"}"#);
        receive(&mut program, &mut out, r#"{"mode": "subscribe", "status": "200"}"#);
        receive(&mut program, &mut out, &said(64, "four"));
        receive(
            &mut program,
            &mut out,
            &page(r#"{"message_id": 32, "content": "two"}, {"message_id": 48, "content": "three"}"#),
        );
        receive(&mut program, &mut out, &page(""));
        // What was said meanwhile may be in a page, too.
        receive(&mut program, &mut out, &page(r#"{"message_id": 64, "content": "four"}"#));
        receive(&mut program, &mut out, &said(80, "five"));
        receive(&mut program, &mut out, &page(""));
        let words = ["one", "two", "three", "four", "five"].map(|text| format!("Said({text:?})"));
        assert_eq!(
            heard.iter().filter(|it| it.starts_with("Said")).collect::<Vec<_>>(),
            words.iter().collect::<Vec<_>>()
        );
        let asked = out.iter().map(|payload| serde_json::from_slice::<Value>(payload.bytes()).unwrap());
        let asked: Vec<_> = asked.filter(|it| it["mode"] == "getMessages").collect();
        let asked: Vec<_> = asked.iter().map(|it| (&it["chat_id"], &it["min_message_id"])).collect();
        let expected = [("3", 16), ("4", 0), ("3", 48), ("3", 64)].map(|(chat, id)| (json!(chat), json!(id)));
        assert_eq!(asked, expected.iter().map(|(chat, id)| (chat, id)).collect::<Vec<_>>());
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
        let frame = r#"{"mode": "newMessage", "status": "200", "messages": [{"message_id": 16, "content": "iVBORw==", "content_type": "picture"}, {"message_id": 17, "content": "Tea", "content_type": "text"}]}"#;
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
