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
mod tests;
