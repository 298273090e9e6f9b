//! Media on their way to this client, one after the other, each in the whole handshake of the document.
//!
//! A message with media has arrived when the client says that it has all of them, and not before. Texts do not wait for
//! media; media wait for each other.

use crate::op::{Asked, Outcome};
use crate::refusal::DONE;
use crate::session::{Conversing, say};
use crate::{render, wire};
use koine_dialect::toolbox::{base64, content};
use koine_dialect::{Outbox, Payload};
use koine_model::media::Media;
use koine_model::message::{Letter, Part};
use koine_model::upload::{self, Command};
use koine_model::{Place, Reply};
use serde_json::json;
use std::collections::VecDeque;

/// What is on its way, and what waits. No memory while there is nothing.
#[derive(Default, Debug)]
pub(crate) struct Deliveries(VecDeque<Delivery>);

/// One attachment.
#[derive(Debug)]
struct Delivery {
    place: Place,
    sender: String,
    receiver: String,
    media: Media,
    /// The text that stands for it with a client that does not take it.
    instead: Payload,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Its turn has not come.
    Waiting,
    /// It was offered.
    Offered,
    /// A chunk is being read.
    Reading,
    /// A chunk was sent.
    Sent {
        /// Where it begins.
        offset: u64,
        /// Whether it is the first one of this connection.
        first: bool,
    },
    /// All chunks were acknowledged.
    Ending,
}

/// What an acknowledgement says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Acknowledged {
    /// The offer.
    Offer,
    /// A chunk.
    Chunk(u64),
    /// All of it.
    Everything,
}

/// The bytes of one chunk. Chunks are numbered by it, so it must not change between two connections.
const CHUNK: u64 = 64 << 10;
/// The most attachments that wait for one client; further ones are told of as a text.
const MOST: usize = 1024;

/// Begins to bring what a message has attached; tells its texts at once.
pub(crate) fn bring(letter: &Letter, receiver: &str, session: &mut Conversing, out: &mut Outbox) {
    for part in content::parts(letter).iter() {
        let words = render::text(letter, receiver, &content::words(part, &session.links));
        let deliveries = &mut session.deliveries.0;
        match part {
            Part::Media(media) if deliveries.len() < MOST => {
                deliveries.push_back(Delivery {
                    place: letter.message.place,
                    sender: letter.sender.handle.to_string(),
                    receiver: receiver.to_owned(),
                    media: media.clone(),
                    instead: words,
                    state: State::Waiting,
                });
                out.hold(letter.message.place);
            }
            _ => out.send(words),
        }
    }
    offer(session, out);
}

/// The client has answered; a code other than zero is a no.
pub(crate) fn acknowledge(
    id: &str,
    what: Acknowledged,
    code: u32,
    session: &mut Conversing,
    out: &mut Outbox,
) {
    let Some(delivery) = session.deliveries.0.front_mut().filter(|front| front.media.id.to_string() == id)
    else {
        return;
    };
    let state = delivery.state;
    match (what, state) {
        (Acknowledged::Everything, State::Waiting) => {}
        (Acknowledged::Everything, _) if code == DONE => {
            let names = json!({"sender": delivery.sender, "receiver": delivery.receiver, "mediaId": id, "code": DONE});
            say("MEDIA_MESSAGE_COMPLETE_ACK", names, out);
            end(session, out);
        }
        // It has not got what was before the place where it left off, and gets it once more.
        (Acknowledged::Chunk(_), State::Sent { offset: 1.., first: true }) if code != DONE => {
            read(Some(0), session, out);
        }
        (Acknowledged::Offer, State::Offered)
        | (Acknowledged::Chunk(_), State::Sent { .. })
        | (Acknowledged::Everything, _)
            if code != DONE =>
        {
            decline(session, out);
        }
        (Acknowledged::Offer, State::Offered) => read(None, session, out),
        (Acknowledged::Chunk(index), State::Sent { offset, .. }) if index == number(offset) => {
            let next = offset.saturating_add(CHUNK);
            if next < delivery.media.blob.size {
                read(Some(next), session, out);
            } else {
                delivery.state = State::Ending;
            }
        }
        _ => {}
    }
}

/// A chunk was read.
pub(crate) fn answer(outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    let Some(delivery) = session.deliveries.0.front_mut().filter(|front| front.state == State::Reading)
    else {
        return;
    };
    let Ok(Reply::Upload(upload::Reply::Chunk { offset, bytes })) = outcome else {
        // The store has lost it: the link will say so, too.
        return decline(session, out);
    };
    let first = !session.chunk_sent;
    session.chunk_sent = true;
    delivery.state = State::Sent { offset, first };
    let chunk = json!({
        "sender": delivery.sender,
        "receiver": delivery.receiver,
        "mediaId": delivery.media.id.to_string(),
        "data": base64::encode(&bytes),
        "chunkIndex": number(offset),
        "totalChunks": delivery.media.blob.size.div_ceil(CHUNK),
    });
    out.send(wire::write("MEDIA_MESSAGE_DATA", out.now(), chunk));
}

/// The number of the chunk that begins at `offset`, from 1.
fn number(offset: u64) -> u64 {
    offset.checked_div(CHUNK).unwrap_or(0).saturating_add(1)
}

fn offer(session: &mut Conversing, out: &mut Outbox) {
    session.chunk_sent = false;
    let Some(delivery) = session.deliveries.0.front_mut().filter(|front| front.state == State::Waiting)
    else {
        return;
    };
    delivery.state = State::Offered;
    let offer = json!({
        "sender": delivery.sender,
        "receiver": delivery.receiver,
        "mediaId": delivery.media.id.to_string(),
        "mediaType": delivery.media.mime,
        "mediaSize": delivery.media.blob.size,
    });
    say("MEDIA_MESSAGE", offer, out);
}

fn read(offset: Option<u64>, session: &mut Conversing, out: &mut Outbox) {
    let Some(delivery) = session.deliveries.0.front_mut() else { return };
    delivery.state = State::Reading;
    let length = usize::try_from(CHUNK).unwrap_or(usize::MAX);
    let command = Command::Read { media: delivery.media.clone(), offset, length };
    session.ask(Asked::MediaChunk, command, out);
}

/// The client does not take it: it is told where it can be fetched.
fn decline(session: &mut Conversing, out: &mut Outbox) {
    if let Some(delivery) = session.deliveries.0.front() {
        out.send(delivery.instead.clone());
    }
    end(session, out);
}

/// The first of the deliveries is done with, and the next one has its turn.
fn end(session: &mut Conversing, out: &mut Outbox) {
    let Some(done) = session.deliveries.0.pop_front() else { return };
    session.ask(Asked::Nothing, Command::Taken { media: done.media.id }, out);
    if session.deliveries.0.iter().all(|other| other.place != done.place) {
        out.arrived(done.place);
    }
    if session.deliveries.0.is_empty() {
        session.deliveries = Deliveries::default();
    }
    offer(session, out);
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::{Said, Stage, ann, bob, frames, letter};
    use bytes::Bytes;
    use koine_dialect::Origin;
    use koine_model::media::{Blob, Media};
    use koine_model::message::Part;
    use koine_model::{Command, Event, MediaId, Refusal, Reply, upload};
    use serde_json::{Value, json};
    use std::sync::Arc;

    const ID: &str = "00000000000000000000000000000005";

    fn stage() -> Stage {
        let mut stage = Stage::signed_in(&bob());
        let blob = Blob { hash: [1; 32], size: 70_000 };
        let media = Media { id: MediaId(5), blob, mime: "image/png".into(), name: "cat.png".into() };
        let parts = vec![Part::text("look"), Part::Media(media)];
        let event = Event::Message(Arc::new(letter(&ann(), &[&ann(), &bob()], parts)));
        let said = stage.hears(event, Origin::Elsewhere);
        let [Said::Frame(text), Said::Held(_), Said::Frame(offer)] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert_eq!((&text["payload"]["content"], &offer["type"]), (&json!("look"), &json!("MEDIA_MESSAGE")));
        let expected = json!({"sender": "ann", "receiver": "bob", "mediaId": ID, "mediaType": "image/png", "mediaSize": 70_000});
        assert_eq!(offer["payload"], expected);
        stage
    }

    fn says(stage: &mut Stage, kind: &str, more: &Value) -> Vec<Said> {
        let mut payload = json!({"sender": "bob", "receiver": "ann", "mediaId": ID});
        for (name, value) in more.as_object().unwrap() {
            payload[name] = value.clone();
        }
        stage.says(&json!({"type": kind, "payload": payload}))
    }

    fn reads(said: &[Said]) -> Option<u64> {
        let [Said::Ran(command)] = said else { panic!("{said:?}") };
        let Command::Upload(upload::Command::Read { offset, .. }) = &**command else { panic!("{command:?}") };
        *offset
    }

    fn chunk(offset: u64) -> Result<Reply, Refusal> {
        Ok(upload::Reply::Chunk { offset, bytes: Bytes::from_static(b"abc") }.into())
    }

    #[test]
    fn every_step_waits_for_the_client() {
        let mut stage = stage();
        assert_eq!(reads(&says(&mut stage, "MEDIA_MESSAGE_ACK", &json!({"code": 0}))), None);
        let sent = frames(&stage.hears_answer(chunk(0)));
        let expected = json!({"sender": "ann", "receiver": "bob", "mediaId": ID, "data": "YWJj", "chunkIndex": 1, "totalChunks": 2});
        assert_eq!(sent[0]["payload"], expected);
        assert_eq!(says(&mut stage, "MEDIA_MESSAGE_DATA_ACK", &json!({"chunkIndex": 2, "code": 0})), []);
        let said = says(&mut stage, "MEDIA_MESSAGE_DATA_ACK", &json!({"chunkIndex": 1, "code": 0}));
        assert_eq!(reads(&said), Some(65_536));
        stage.hears_answer(chunk(65_536));
        assert_eq!(says(&mut stage, "MEDIA_MESSAGE_DATA_ACK", &json!({"chunkIndex": 2, "code": 0})), []);
        let said = says(&mut stage, "MEDIA_MESSAGE_COMPLETE", &json!({"code": 0}));
        assert!(said.iter().any(|said| matches!(said, Said::Arrived(_))), "{said:?}");
        assert_eq!(frames(&said)[0]["type"], "MEDIA_MESSAGE_COMPLETE_ACK");
    }

    #[test]
    fn who_takes_no_media_gets_a_link() {
        let mut stage = stage();
        let said = says(&mut stage, "MEDIA_MESSAGE_ACK", &json!({"code": 1}));
        let link = format!("[image] cat.png http://h/media/{ID}");
        assert_eq!(frames(&said)[0]["payload"]["content"], json!(link));
        assert!(said.iter().any(|said| matches!(said, Said::Arrived(_))), "{said:?}");
    }

    #[test]
    fn who_has_lost_the_beginning_gets_it_once_more() {
        let mut stage = stage();
        says(&mut stage, "MEDIA_MESSAGE_ACK", &json!({"code": 0}));
        assert_eq!(frames(&stage.hears_answer(chunk(65_536)))[0]["payload"]["chunkIndex"], 2);
        let said = says(&mut stage, "MEDIA_MESSAGE_DATA_ACK", &json!({"chunkIndex": 2, "code": 1}));
        assert_eq!(reads(&said), Some(0));
    }
}
