//! A client: what a program of native says and hears, as pure state.
//!
//! It reads no more of a frame than it needs, since thousands of them run beside the server that they measure.

mod frames;

use frames::{Bye, Done, Entered, Entry, Head, Me, Media, Message, Page, Part, Room, Snapshot, Text, Told};
use koine_dialect::client::{Answer, Ask, Client, Heard, Known, Picture, Wordless};
use koine_dialect::{Frame, Payload};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};

/// One program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Its own number and token, once it is signed in.
    me: u64,
    token: Option<String>,
    /// The last `seq` of each conversation of which something was heard.
    places: BTreeMap<u32, u64>,
    /// The number of the last request.
    asked: u64,
    /// What was asked and is not answered yet, oldest first, by the numbers of the requests.
    pending: VecDeque<(u64, Pending)>,
}

/// So many conversations fill the list of a program's window; the others are for later.
const NEWEST: u32 = 50;

#[derive(Debug)]
enum Pending {
    /// Signing in, and the last place that is known of each conversation.
    Enter(Map<String, Value>),
    Listen(u64),
    Leave,
    Room,
    Say,
    Page,
    Deed,
}

impl Client for Program {
    fn begin(&mut self) {
        self.pending.clear();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        match ask {
            Ask::Register { me: Known { handle, .. }, password } => {
                let request =
                    json!({"handle": handle, "nick": handle, "password": password, "device": "load"});
                self.request("register", request, Pending::Enter(Map::new()), out);
            }
            Ask::SignIn { me, password, rooms } => {
                let request = json!({"who": me.handle, "password": password, "device": "load"});
                let new = rooms.iter().map(|room| (room.clone(), json!(0)));
                let known = self.places.iter().map(|(room, place)| (room.to_string(), json!(place)));
                let have = new.chain(known).collect();
                self.request("login", request, Pending::Enter(have), out);
            }
            Ask::SignOut => self.request("logout", json!({}), Pending::Leave, out),
            Ask::Meet { other } => self.request("open", json!({"with": other.id}), Pending::Room, out),
            Ask::Group { name, others } => {
                let members: Vec<u64> = others.iter().map(|other| other.id).collect();
                self.request("group.create", json!({"name": name, "members": members}), Pending::Room, out);
            }
            Ask::Say { room, key, text } => {
                let id = self.next(Pending::Say);
                let text = serde_json::to_string(text).unwrap_or_default();
                out.push(Payload::text(format!(
                    r#"{{"id":{id},"do":"send","to":{{"conversation":{room}}},"key":"{key}","text":{text}}}"#
                )));
            }
            Ask::Show { room, key, picture: Picture::ByHttp(upload) } => {
                let request = json!({"to": {"conversation": number(room)?}, "key": key.to_string(), "uploads": [upload]});
                self.request("send", request, Pending::Say, out);
            }
            Ask::Show { picture: Picture::Bytes(_), .. } => return Err(Wordless),
            Ask::Page { room, before, limit } => {
                let id = self.next(Pending::Page);
                out.push(Payload::text(format!(
                    r#"{{"id":{id},"do":"history","conversation":{room},"before":{before},"limit":{limit}}}"#
                )));
            }
            Ask::Befriend { other } => self.deed("contact.request", json!({"who": other.id}), out),
            Ask::Part { other } => self.deed("contact.remove", json!({"who": other.id}), out),
            Ask::Leave { room } => self.deed("group.leave", json!({"conversation": number(room)?}), out),
            Ask::Admit { room, other } => self.deed("group.add", member(room, other)?, out),
            Ask::Expel { room, other } => self.deed("group.remove", member(room, other)?, out),
            Ask::Promote { room, other } => self.deed("group.promote", member(room, other)?, out),
            Ask::Rename { room, name } => {
                self.deed("group.rename", json!({"conversation": number(room)?, "name": name}), out);
            }
        }
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let Frame::Text(text) = frame else { return hear(Heard::Broken("a binary frame".to_owned())) };
        if let Err(why) = self.take(text, out, hear) {
            hear(Heard::Broken(format!("{why}: {text}")));
        }
    }

    fn upload_token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

impl Program {
    fn next(&mut self, pending: Pending) -> u64 {
        self.asked = self.asked.saturating_add(1);
        self.pending.push_back((self.asked, pending));
        self.asked
    }

    fn request(&mut self, verb: &str, mut request: Value, pending: Pending, out: &mut Vec<Payload>) {
        if let Some(fields) = request.as_object_mut() {
            fields.insert("id".to_owned(), json!(self.next(pending)));
            fields.insert("do".to_owned(), json!(verb));
        }
        out.push(Payload::text(request.to_string()));
    }

    /// Asks for something of which nothing is looked at but that it was done.
    fn deed(&mut self, verb: &str, request: Value, out: &mut Vec<Payload>) {
        self.request(verb, request, Pending::Deed, out);
    }

    fn take(
        &mut self,
        text: &str,
        out: &mut Vec<Payload>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), String> {
        let head: Head<'_> = read(text)?;
        match (head.id, head.event) {
            (Some(id), _) => {
                let (asked, pending) = self.pending.pop_front().ok_or("nothing was asked")?;
                if id != asked {
                    return Err(format!("the answer to {asked} is the next one"));
                }
                match head.error {
                    Some(error) => hear(Heard::Refused(&error.code)),
                    None => self.answered(pending, text, out, hear)?,
                }
            }
            (None, Some(Text(event))) => match event.as_ref() {
                "message" => {
                    let Message { conversation, seq, sender, parts } = read::<Told<'_>>(text)?.message;
                    self.moved(conversation, seq)?;
                    let is_own = sender.is_some_and(|sender| sender.id == self.me);
                    for Part { text, media } in parts {
                        if let Some(Text(text)) = text {
                            hear(Heard::Said(&text));
                        }
                        // Its own picture it has.
                        if let Some(Media { mime, url }) = media
                            && mime.0.starts_with("image/")
                            && !is_own
                        {
                            hear(Heard::Shown(Picture::ByHttp(&url.0)));
                        }
                    }
                }
                "edited" | "deleted" | "reacted" => {
                    let Entry { conversation, seq } = read(text)?;
                    self.moved(conversation, seq)?;
                }
                "bye" => hear(Heard::Ended(&read::<Bye<'_>>(text)?.why.0)),
                "bad_frame" => return Err("the server cannot read this program's frames".to_owned()),
                _ => {}
            },
            (None, None) => return Err("neither an answer nor an event".to_owned()),
        }
        Ok(())
    }

    /// An entry of a conversation's log has come.
    fn moved(&mut self, conversation: u32, seq: u64) -> Result<(), String> {
        match self.places.insert(conversation, seq) {
            Some(last) if last.checked_add(1) != Some(seq) => Err(format!("{seq} comes after {last}")),
            _ => Ok(()),
        }
    }

    fn answered(
        &mut self,
        pending: Pending,
        text: &str,
        out: &mut Vec<Payload>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), String> {
        match pending {
            Pending::Enter(have) => {
                let Entered { me: Me { id: me }, token } = read::<Done<Entered>>(text)?.ok;
                (self.me, self.token) = (me, token);
                // Whatever was asked meanwhile is answered after the sign-in, so this must be, too.
                if !self.pending.is_empty() {
                    return Err("something was asked before signing in was answered".to_owned());
                }
                let request = json!({"have": have, "newest": NEWEST});
                self.request("listen", request, Pending::Listen(me), out);
            }
            Pending::Listen(me) => {
                for conversation in read::<Done<Snapshot>>(text)?.ok.afresh {
                    self.places.remove(&conversation);
                }
                hear(Heard::Answer(Answer::Entered(me)));
            }
            Pending::Leave => hear(Heard::Answer(Answer::Left)),
            Pending::Room => {
                let room = read::<Done<Room>>(text)?.ok.conversation.id.to_string();
                hear(Heard::Answer(Answer::Room(&room)));
            }
            Pending::Say => hear(Heard::Answer(Answer::Taken)),
            Pending::Deed => hear(Heard::Answer(Answer::Done)),
            Pending::Page => {
                hear(Heard::Answer(Answer::Page(read::<Done<Page>>(text)?.ok.messages.len())));
            }
        }
        Ok(())
    }
}

/// The conversation of this name, which is a number here.
fn number(room: &str) -> Result<u32, Wordless> {
    room.parse().map_err(|_| Wordless)
}

fn member(room: &str, other: &Known) -> Result<Value, Wordless> {
    Ok(json!({"conversation": number(room)?, "who": other.id}))
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program hears that has asked this, when these frames come; and what it says then.
    fn hears(asks: &[Ask<'_>], frames: &[&str]) -> (Vec<String>, Vec<String>) {
        let (mut program, mut out, mut heard) = (Program::default(), Vec::new(), Vec::new());
        for ask in asks {
            program.ask(*ask, &mut out).unwrap();
        }
        for frame in frames {
            program.receive(Frame::Text(frame), &mut out, &mut |what| heard.push(format!("{what:?}")));
        }
        let said = out.iter().map(|payload| String::from_utf8_lossy(payload.bytes()).into_owned());
        (heard, said.collect())
    }

    #[test]
    fn signing_in_is_done_once_it_listens() {
        let me = Known { handle: "ann".to_owned(), id: 0 };
        let frames = [
            r#"{"event":"hello","server":"koine"}"#,
            r#"{"id":1,"ok":{"me":{"id":1000000001,"handle":"ann"},"token":"t","session":1}}"#,
            r#"{"id":2,"ok":{"me":{"id":1000000001},"conversations":[],"afresh":[]}}"#,
        ];
        let ask = Ask::Register { me: &me, password: "secret" };
        let (heard, said) = hears(&[ask], &frames);
        assert_eq!(heard, ["Answer(Entered(1000000001))"]);
        let first: Value = serde_json::from_str(&said[0]).unwrap();
        assert_eq!((&first["do"], &first["handle"]), (&json!("register"), &json!("ann")));
        assert!(said[1].contains(r#""do":"listen""#), "{said:?}");
    }

    #[test]
    fn what_was_missed_is_asked_for() {
        let me = Known { handle: "ann".to_owned(), id: 0 };
        let rooms = ["12".to_owned(), "15".to_owned()];
        let ask = Ask::SignIn { me: &me, password: "secret", rooms: &rooms };
        let (_, said) = hears(&[ask], &[r#"{"id":1,"ok":{"me":{"id":1000000001}}}"#]);
        let listen: Value = serde_json::from_str(&said[1]).unwrap();
        assert_eq!((&listen["have"], &listen["newest"]), (&json!({"12": 0, "15": 0}), &json!(50)));
    }

    #[test]
    fn answers_are_told_in_the_order_of_asking() {
        let other = Known { handle: "bob".to_owned(), id: 7 };
        let asks = [
            Ask::Meet { other: &other },
            Ask::Say { room: "12", key: 1, text: "\"Tea\"" },
            Ask::Say { room: "12", key: 2, text: "" },
            Ask::Page { room: "12", before: 9, limit: 50 },
        ];
        let frames = [
            r#"{"id":1,"ok":{"conversation":{"id":12,"kind":"direct"}}}"#,
            r#"{"id":2,"ok":{"conversation":12,"seq":1,"at":5}}"#,
            r#"{"event":"message","message":{"conversation":12,"seq":1,"parts":[{"text":"\"Tea\""},{"media":{"mime":"text/csv","url":"/media/5"}}]}}"#,
            r#"{"id":3,"error":{"code":"empty","message":"it says nothing"}}"#,
            r#"{"id":4,"ok":{"messages":[{"seq":1},{"seq":2}],"first":true,"last":true}}"#,
            r#"{"event":"bye","why":"stopping"}"#,
        ];
        let (heard, said) = hears(&asks, &frames);
        let expected = [
            r#"Answer(Room("12"))"#,
            "Answer(Taken)",
            r#"Said("\"Tea\"")"#,
            r#"Refused("empty")"#,
            "Answer(Page(2))",
            r#"Ended("stopping")"#,
        ];
        assert_eq!(heard, expected);
        let say: Value = serde_json::from_str(&said[1]).unwrap();
        assert_eq!((&say["key"], &say["text"]), (&json!("1"), &json!("\"Tea\"")));
    }

    #[test]
    fn pictures_go_by_http() {
        let mut program = Program::default();
        let mut out = Vec::new();
        let me = Known { handle: "ann".to_owned(), id: 0 };
        assert_eq!(program.upload_token(), None);
        program.ask(Ask::Register { me: &me, password: "secret" }, &mut out).unwrap();
        let mut heard = Vec::new();
        let mut hear = |what: Heard<'_>| heard.push(format!("{what:?}"));
        let message = |sender: u64, mime: &str| {
            format!(
                r#"{{"event":"message","message":{{"conversation":12,"seq":{sender},"sender":{{"id":{sender}}},"parts":[{{"media":{{"url":"/media/{sender}","mime":"{mime}"}}}}]}}}}"#
            )
        };
        for frame in [
            r#"{"id":1,"ok":{"me":{"id":7},"token":"t"}}"#.to_owned(),
            r#"{"id":2,"ok":{"afresh":[]}}"#.to_owned(),
            message(6, "image/png"),
            message(7, "image/png"),
            message(8, "text/csv"),
        ] {
            program.receive(Frame::Text(&frame), &mut out, &mut hear);
        }
        assert_eq!(heard, ["Answer(Entered(7))", r#"Shown(ByHttp("/media/6"))"#]);
        assert_eq!(program.upload_token(), Some("t"));
        let show = |picture| Ask::Show { room: "12", key: 5, picture };
        program.ask(show(Picture::ByHttp("cat")), &mut out).unwrap();
        let said: Value = serde_json::from_slice(out.last().unwrap().bytes()).unwrap();
        let expected =
            json!({"id": 3, "do": "send", "to": {"conversation": 12}, "key": "5", "uploads": ["cat"]});
        assert_eq!(said, expected);
        assert_eq!(program.ask(show(Picture::Bytes(b"cat")), &mut out), Err(Wordless));
    }

    #[test]
    fn what_happens_to_contacts_and_groups_is_asked_for_by_number() {
        let other = Known { handle: "bob".to_owned(), id: 7 };
        let asks = [
            (Ask::Befriend { other: &other }, json!({"do": "contact.request", "who": 7})),
            (Ask::Part { other: &other }, json!({"do": "contact.remove", "who": 7})),
            (Ask::Leave { room: "12" }, json!({"do": "group.leave", "conversation": 12})),
            (
                Ask::Admit { room: "12", other: &other },
                json!({"do": "group.add", "conversation": 12, "who": 7}),
            ),
            (
                Ask::Expel { room: "12", other: &other },
                json!({"do": "group.remove", "conversation": 12, "who": 7}),
            ),
            (
                Ask::Promote { room: "12", other: &other },
                json!({"do": "group.promote", "conversation": 12, "who": 7}),
            ),
            (
                Ask::Rename { room: "12", name: "tea" },
                json!({"do": "group.rename", "conversation": 12, "name": "tea"}),
            ),
        ];
        for (ask, mut expected) in asks {
            let (heard, said) = hears(&[ask], &[r#"{"id":1,"ok":{}}"#]);
            expected["id"] = json!(1);
            assert_eq!(serde_json::from_str::<Value>(&said[0]).unwrap(), expected);
            assert_eq!(heard, ["Answer(Done)"]);
        }
        let nowhere = Ask::Leave { room: "tea" };
        assert_eq!(Program::default().ask(nowhere, &mut Vec::new()), Err(Wordless));
    }

    #[test]
    fn what_is_out_of_order_is_noticed() {
        let ask = Ask::Say { room: "12", key: 1, text: "Tea" };
        for frame in [r#"{"id":2,"ok":{}}"#, r#"{"ok":{}}"#, "[]", r#"{"event":"message","message":{}}"#, "{"]
        {
            let (heard, _) = hears(&[ask], &[frame]);
            assert!(heard.len() == 1 && heard[0].starts_with("Broken"), "{frame}: {heard:?}");
        }
        let message = |seq: u64| {
            format!(
                r#"{{"event":"message","message":{{"conversation":12,"seq":{seq},"parts":[{{"text":"Tea"}}]}}}}"#
            )
        };
        let edited = r#"{"event":"edited","conversation":12,"seq":9,"target":7,"text":"Coffee"}"#;
        let (heard, _) = hears(&[], &[&message(7), &message(8), edited, &message(10), &message(12)]);
        assert!(heard.len() == 4 && heard[3].starts_with("Broken(\"12 comes after 10"), "{heard:?}");
    }

    #[test]
    fn a_program_goes_on_where_it_was() {
        let mut program = Program::default();
        let me = Known { handle: "ann".to_owned(), id: 0 };
        let ask = Ask::SignIn { me: &me, password: "secret", rooms: &["15".to_owned()] };
        let mut out = Vec::new();
        let frame = r#"{"event":"message","message":{"conversation":12,"seq":7,"parts":[]}}"#;
        program.receive(Frame::Text(frame), &mut out, &mut |_| {});
        program.ask(Ask::Say { room: "12", key: 1, text: "Tea" }, &mut out).unwrap();
        program.begin();
        program.ask(ask, &mut out).unwrap();
        let answer = r#"{"id":2,"ok":{"me":{"id":1000000001}}}"#;
        program.receive(Frame::Text(answer), &mut out, &mut |heard| panic!("{heard:?}"));
        let listen: Value = serde_json::from_slice(out.last().unwrap().bytes()).unwrap();
        assert_eq!(listen["have"], json!({"12": 7, "15": 0}));
    }
}
