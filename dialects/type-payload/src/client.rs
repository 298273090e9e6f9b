//! A client: what a program of type-payload says and hears, as pure state. It makes no groups, into which one is only
//! invited, and does not look back.
//!
//! A text is answered only when it is refused, but everything is answered in order. So each text is followed by an empty one, which is
//! always refused: once it is, the text before it is on the server's disk.

use koine_dialect::client::{Answer, Ask, Client, Heard, Wordless};
use koine_dialect::{Frame, Payload};
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::VecDeque;

/// One program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Its own name, once it has told it.
    me: String,
    /// What was asked and is not answered yet, oldest first.
    pending: VecDeque<Pending>,
}

#[derive(Debug)]
enum Pending {
    /// Registering, with the password to sign in with.
    Register(String),
    Enter,
    /// The conversation with somebody, whose name is that of the conversation.
    Room(String),
    /// A text, and whether it was refused itself.
    Say(Option<u32>),
    /// What is answered by a frame of this type.
    Deed(&'static str),
}

/// What the empty text is refused with.
const EMPTY: u32 = 3005;

/// As much of a frame as is looked at.
#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    payload: Content<'a>,
}

#[derive(Deserialize, Default)]
struct Content<'a> {
    code: Option<u32>,
    #[serde(borrow, default)]
    content: Cow<'a, str>,
}

impl Client for Program {
    fn begin(&mut self) {
        self.pending.clear();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        match ask {
            Ask::Register { me, password } => {
                self.me.clone_from(&me.handle);
                self.pending.push_back(Pending::Register(password.to_owned()));
                out.push(entry("REGISTER_REQUEST", &me.handle, password));
            }
            Ask::SignIn { me, password, .. } => {
                self.me.clone_from(&me.handle);
                self.pending.push_back(Pending::Enter);
                out.push(entry("LOGIN_REQUEST", &me.handle, password));
            }
            Ask::Meet { other } => {
                self.pending.push_back(Pending::Room(other.handle.clone()));
                out.push(self.text(&other.handle, ""));
            }
            Ask::Say { room, text, .. } => {
                self.pending.push_back(Pending::Say(None));
                out.push(self.text(room, text));
                out.push(self.text(room, ""));
            }
            Ask::Befriend { other } => {
                let request = json!({"sender": self.me, "receiver": other.handle});
                self.deed("FRIEND_REQUEST", "FRIEND_REQUEST_ACK", &request, out);
            }
            Ask::Part { other } => {
                let request = json!({"sender": self.me, "receiver": other.handle});
                self.deed("FRIEND_REMOVE", "FRIEND_REMOVE_ACK", &request, out);
            }
            Ask::Leave { room } => {
                let request = json!({"sender": self.me, "group": room});
                self.deed("GROUP_LEAVE", "GROUP_LEAVE_ACK", &request, out);
            }
            Ask::Promote { room, other } => {
                let request = json!({"sender": self.me, "group": room, "newLeader": other.handle});
                self.deed("GROUP_LEADER_CHANGE", "GROUP_LEADER_CHANGE_ACK", &request, out);
            }
            Ask::SignOut
            | Ask::Show { .. }
            | Ask::Group { .. }
            | Ask::Page { .. }
            | Ask::Admit { .. }
            | Ask::Expel { .. }
            | Ask::Rename { .. } => return Err(Wordless),
        }
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let Frame::Text(text) = frame else { return hear(Heard::Broken("a binary frame".to_owned())) };
        let Incoming { kind, payload } = match serde_json::from_str(text) {
            Ok(incoming) => incoming,
            Err(error) => return hear(Heard::Broken(format!("{error}: {text}"))),
        };
        let refused = payload.code.filter(|code| *code != 0);
        match (kind.as_ref(), self.pending.pop_front()) {
            ("TEXT_MESSAGE", pending) => {
                self.put_back(pending);
                hear(Heard::Said(&payload.content));
            }
            ("TEXT_MESSAGE_ACK", Some(Pending::Room(other))) => hear(Heard::Answer(Answer::Room(&other))),
            ("TEXT_MESSAGE_ACK", Some(Pending::Say(None))) if refused != Some(EMPTY) => {
                self.pending.push_front(Pending::Say(refused));
            }
            ("TEXT_MESSAGE_ACK", Some(Pending::Say(refused))) => match refused {
                Some(code) => hear(Heard::Refused(&code.to_string())),
                None => hear(Heard::Answer(Answer::Taken)),
            },
            (kind, Some(Pending::Deed(answer))) if kind == answer => match refused {
                Some(code) => hear(Heard::Refused(&code.to_string())),
                None => hear(Heard::Answer(Answer::Done)),
            },
            ("REGISTER_RESPONSE" | "LOGIN_RESPONSE", Some(Pending::Register(_) | Pending::Enter))
                if refused.is_some() =>
            {
                hear(Heard::Refused(&refused.unwrap_or_default().to_string()));
            }
            ("REGISTER_RESPONSE", Some(Pending::Register(password))) => {
                self.pending.push_front(Pending::Enter);
                out.push(entry("LOGIN_REQUEST", &self.me, &password));
            }
            // People have names here, and no numbers.
            ("LOGIN_RESPONSE", Some(Pending::Enter)) => hear(Heard::Answer(Answer::Entered(0))),
            // What happens to other people and groups.
            (_, pending) => self.put_back(pending),
        }
    }
}

impl Program {
    /// What was asked longest ago is still not answered.
    fn put_back(&mut self, pending: Option<Pending>) {
        if let Some(pending) = pending {
            self.pending.push_front(pending);
        }
    }

    fn deed(&mut self, kind: &str, answer: &'static str, request: &Value, out: &mut Vec<Payload>) {
        self.pending.push_back(Pending::Deed(answer));
        out.push(envelope(kind, request));
    }

    fn text(&self, receiver: &str, text: &str) -> Payload {
        envelope("TEXT_MESSAGE", &json!({"sender": self.me, "receiver": receiver, "content": text}))
    }
}

fn entry(kind: &str, name: &str, password: &str) -> Payload {
    envelope(kind, &json!({"username": name, "passwordHash": password}))
}

fn envelope(kind: &str, payload: &Value) -> Payload {
    Payload::text(json!({"type": kind, "timestamp": 1_630_000_000, "payload": payload}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_dialect::client::Known;

    fn hears(asks: &[Ask<'_>], frames: &[Value]) -> (Vec<String>, usize) {
        let (mut program, mut out, mut heard) = (Program::default(), Vec::new(), Vec::new());
        for ask in asks {
            program.ask(*ask, &mut out).unwrap();
        }
        for frame in frames {
            let text = frame.to_string();
            program.receive(Frame::Text(&text), &mut out, &mut |what| heard.push(format!("{what:?}")));
        }
        (heard, out.len())
    }

    #[test]
    fn a_program_is_answered_in_order() {
        let (me, other) =
            (Known { handle: "ann".to_owned(), id: 0 }, Known { handle: "bob".to_owned(), id: 0 });
        let asks = [
            Ask::Register { me: &me, password: "secret" },
            Ask::Meet { other: &other },
            Ask::Say { room: "bob", key: 1, text: "Tea" },
            Ask::Say { room: "eve", key: 2, text: "Tea" },
            Ask::Say { room: "bob", key: 3, text: "Tea" },
        ];
        let ack = |code: u32| json!({"type": "TEXT_MESSAGE_ACK", "timestamp": 1, "payload": {"code": code}});
        let frames = [
            json!({"type": "REGISTER_RESPONSE", "payload": {"success": true, "code": 0}}),
            json!({"type": "LOGIN_RESPONSE", "payload": {"success": true, "code": 0}}),
            ack(3005),
            ack(3005),
            json!({"type": "TEXT_MESSAGE", "payload": {"sender": "bob", "receiver": "ann", "content": "Tea"}}),
            json!({"type": "USER_STATUS_UPDATE", "payload": {"username": "bob"}}),
            ack(3001),
            ack(3005),
            ack(3005),
        ];
        let expected = [
            "Answer(Entered(0))",
            r#"Answer(Room("bob"))"#,
            "Answer(Taken)",
            r#"Said("Tea")"#,
            r#"Refused("3001")"#,
            "Answer(Taken)",
        ];
        let (heard, said) = hears(&asks, &frames);
        assert_eq!((heard, said), (expected.map(str::to_owned).to_vec(), 1 + 1 + 1 + 3 * 2));
    }

    #[test]
    fn what_happens_to_friends_and_groups_has_answers_of_its_own() {
        let other = Known { handle: "bob".to_owned(), id: 0 };
        let asks = [
            Ask::Befriend { other: &other },
            Ask::Part { other: &other },
            Ask::Promote { room: "tea", other: &other },
            Ask::Leave { room: "tea" },
        ];
        let told = |kind: &str, code: u32| json!({"type": kind, "payload": {"sender": "ann", "code": code}});
        let frames = [
            told("FRIEND_REQUEST_ACK", 0),
            told("FRIEND_REMOVE", 0),
            told("FRIEND_REMOVE_ACK", 2001),
            told("GROUP_LEADER_CHANGE_ACK", 0),
            told("GROUP_LEAVE_ACK", 0),
        ];
        let (heard, said) = hears(&asks, &frames);
        assert_eq!(heard, ["Answer(Done)", r#"Refused("2001")"#, "Answer(Done)", "Answer(Done)"]);
        assert_eq!(said, 4);
    }

    #[test]
    fn what_it_cannot_say_or_hear_is_noticed() {
        let (heard, _) = hears(&[], &[json!([])]);
        assert!(heard.len() == 1 && heard[0].starts_with("Broken"), "{heard:?}");
        let page = Ask::Page { room: "bob", before: 1, limit: 1 };
        assert_eq!(Program::default().ask(page, &mut Vec::new()), Err(Wordless));
    }
}
