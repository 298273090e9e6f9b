//! A client: what a program of Technotrack says and hears, as pure state. It has no words for
//! groups, beyond leaving one, and old messages.

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
    /// What was asked and is not answered yet, oldest first.
    pending: VecDeque<Pending>,
}

#[derive(Debug)]
enum Pending {
    Register,
    Enter,
    /// It is asked whether somebody is there, whose login is the name of the conversation, too.
    Room(String),
    Say,
    Befriend,
    /// Somebody is taken off the list, or a group is left.
    Part,
}

/// As much of a frame as is looked at.
#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Data<'a>,
}

#[derive(Deserialize, Default)]
struct Data<'a> {
    #[serde(default)]
    status: u32,
    #[serde(borrow, default)]
    error: Cow<'a, str>,
    #[serde(borrow, default)]
    body: Cow<'a, str>,
    #[serde(borrow, default)]
    attach: Attach<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attach<'a> {
    #[serde(borrow)]
    mime: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

impl Pending {
    /// The action that answers it.
    fn action(&self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Enter => "auth",
            Self::Room(_) => "userinfo",
            Self::Say => "message",
            Self::Befriend => "addcontact",
            Self::Part => "delcontact",
        }
    }
}

impl Client for Program {
    fn begin(&mut self) {
        self.pending.clear();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        let (pending, data) = match ask {
            Ask::Register { me, password } => {
                (Pending::Register, json!({"login": me.handle, "pass": password, "nick": me.handle}))
            }
            Ask::SignIn { me, password, .. } => {
                (Pending::Enter, json!({"login": me.handle, "pass": password}))
            }
            Ask::Meet { other } => (Pending::Room(other.handle.clone()), json!({"user": other.handle})),
            Ask::Say { room, text, .. } => (Pending::Say, json!({"uid": room, "body": text})),
            Ask::Show { room, picture: Picture::Bytes(bytes), .. } => {
                let attach = json!({"mime": "image/png", "data": base64::encode(bytes)});
                (Pending::Say, json!({"uid": room, "body": "", "attach": attach}))
            }
            Ask::Befriend { other } => (Pending::Befriend, json!({"uid": other.handle})),
            Ask::Part { other } => (Pending::Part, json!({"uid": other.handle})),
            Ask::Leave { room } => (Pending::Part, json!({"uid": room})),
            Ask::SignOut
            | Ask::Show { .. }
            | Ask::Group { .. }
            | Ask::Page { .. }
            | Ask::Admit { .. }
            | Ask::Expel { .. }
            | Ask::Promote { .. }
            | Ask::Rename { .. } => return Err(Wordless),
        };
        out.push(said(pending.action(), &data));
        self.pending.push_back(pending);
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, _: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let Frame::Text(text) = frame else { return hear(Heard::Broken("a binary frame".to_owned())) };
        let Incoming { action, data } = match serde_json::from_str(text) {
            Ok(incoming) => incoming,
            Err(error) => return hear(Heard::Broken(format!("{error}: {text}"))),
        };
        match action.as_ref() {
            "welcome" => {}
            "ev_message" => {
                hear(Heard::Said(&data.body));
                if data.attach.mime.starts_with("image/") {
                    match base64::decode(&data.attach.data) {
                        Some(bytes) => hear(Heard::Shown(Picture::Bytes(&bytes))),
                        None => hear(Heard::Broken("an attachment that is no Base64".to_owned())),
                    }
                }
            }
            action => match self.pending.pop_front() {
                Some(pending) if pending.action() == action => self.answered(pending, &data, hear),
                other => hear(Heard::Broken(format!("{other:?} is not answered by {text}"))),
            },
        }
    }
}

impl Program {
    fn answered(&mut self, pending: Pending, data: &Data<'_>, hear: &mut dyn FnMut(Heard<'_>)) {
        if data.status != 0 {
            return hear(Heard::Refused(&data.error));
        }
        match pending {
            // An `auth` of its own comes behind it.
            Pending::Register => self.pending.push_front(Pending::Enter),
            // People have no numbers here.
            Pending::Enter => hear(Heard::Answer(Answer::Entered(0))),
            Pending::Room(other) => hear(Heard::Answer(Answer::Room(&other))),
            Pending::Say => hear(Heard::Answer(Answer::Taken)),
            Pending::Befriend | Pending::Part => hear(Heard::Answer(Answer::Done)),
        }
    }
}

fn said(action: &str, data: &Value) -> Payload {
    Payload::text(json!({"action": action, "data": data}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_dialect::client::Known;

    fn hears(asks: &[Ask<'_>], frames: &[&str]) -> Vec<String> {
        let (mut program, mut out, mut heard) = (Program::default(), Vec::new(), Vec::new());
        for ask in asks {
            program.ask(*ask, &mut out).unwrap();
        }
        for frame in frames {
            program.receive(Frame::Text(frame), &mut out, &mut |what| heard.push(format!("{what:?}")));
        }
        heard
    }

    #[test]
    fn a_program_is_answered_in_order() {
        let (me, other) =
            (Known { handle: "ann".to_owned(), id: 0 }, Known { handle: "bob".to_owned(), id: 0 });
        let asks = [
            Ask::Register { me: &me, password: "secret" },
            Ask::Meet { other: &other },
            Ask::Say { room: "bob", key: 1, text: "Tea" },
            Ask::Say { room: "bob", key: 2, text: "" },
            Ask::Befriend { other: &other },
            Ask::Part { other: &other },
            Ask::Leave { room: "group:7" },
        ];
        let frames = [
            r#"{"action":"welcome","message":"hello","time":1}"#,
            r#"{"action":"register","data":{"status":0,"error":"OK"}}"#,
            r#"{"action":"auth","data":{"status":0,"error":"OK","sid":"1","uid":"ann"}}"#,
            r#"{"action":"userinfo","data":{"status":0,"error":"OK","nick":"bob"}}"#,
            r#"{"action":"message","data":{"status":0,"error":"OK"}}"#,
            r#"{"action":"ev_message","data":{"from":"ann","nick":"ann","body":"Tea","attach":{"mime":"","data":""}}}"#,
            r#"{"action":"message","data":{"status":4,"error":"it is empty"}}"#,
            r#"{"action":"addcontact","data":{"status":0,"error":"OK","user":{"uid":"bob"}}}"#,
            r#"{"action":"delcontact","data":{"status":0,"error":"OK","uid":"bob"}}"#,
            r#"{"action":"delcontact","data":{"status":8,"error":"there is no such thing","uid":""}}"#,
        ];
        let expected = [
            "Answer(Entered(0))",
            r#"Answer(Room("bob"))"#,
            "Answer(Taken)",
            r#"Said("Tea")"#,
            r#"Refused("it is empty")"#,
            "Answer(Done)",
            "Answer(Done)",
            r#"Refused("there is no such thing")"#,
        ];
        assert_eq!(hears(&asks, &frames), expected);
    }

    #[test]
    fn pictures_go_with_the_frame() {
        let mut out = Vec::new();
        let show = |picture| Ask::Show { room: "bob", key: 1, picture };
        Program::default().ask(show(Picture::Bytes(b"\x89PNG")), &mut out).unwrap();
        let said: Value = serde_json::from_slice(out[0].bytes()).unwrap();
        assert_eq!(said["data"]["attach"], json!({"mime": "image/png", "data": "iVBORw=="}));
        assert_eq!(Program::default().ask(show(Picture::ByHttp("cat")), &mut out), Err(Wordless));
        let frames = [
            r#"{"action":"ev_message","data":{"from":"bob","body":"look","attach":{"mime":"image/png","data":"iVBORw=="}}}"#,
            r#"{"action":"ev_message","data":{"from":"bob","body":"read","attach":{"mime":"text/csv","data":"YSxi"}}}"#,
        ];
        let expected =
            [r#"Said("look")"#, "Shown(Bytes([137, 80, 78, 71]))", r#"Said("read")"#].map(str::to_owned);
        assert_eq!(hears(&[], &frames), expected);
    }

    #[test]
    fn what_is_out_of_order_is_noticed() {
        let say = Ask::Say { room: "bob", key: 1, text: "Tea" };
        for frame in [r#"{"action":"auth","data":{"status":0}}"#, "[]", "{"] {
            let heard = hears(&[say], &[frame]);
            assert!(heard.len() == 1 && heard[0].starts_with("Broken"), "{frame}: {heard:?}");
        }
        let page = Ask::Page { room: "bob", before: 1, limit: 1 };
        assert_eq!(Program::default().ask(page, &mut Vec::new()), Err(Wordless));
    }
}
