//! `MESSAGE_HISTORY_REQUEST`: everything that was said, or (ours) a part of it, oldest first, in chunks.
//!
//! Each step waits for its acknowledgement, but not for longer than a beat of the clock. A client that has let one beat pass
//! is not waited for again: from then on it gets the next chunk as soon as it has taken the last one off its socket.

use super::{Asked, Name, Outcome, Verb, code};
use crate::refusal::{DONE, Family, NO_HISTORY};
use crate::render;
use crate::session::{Conversing, say};
use crate::wire::Echo;
use koine_dialect::toolbox::content;
use koine_dialect::{Outbox, Wake};
use koine_model::account::{AccountRef, Handle};
use koine_model::conversation::ConversationRef;
use koine_model::message::{self, Command, Letter, Part};
use koine_model::{ConversationId, Refusal, Reply, Seq, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Request {
    username: Name,
    peer: Option<Name>,
    after: Option<i64>,
    before: Option<i64>,
    limit: Option<usize>,
}

/// A history on its way to a client.
pub(crate) struct History {
    echo: Echo,
    of: Option<ConversationRef>,
    /// The group that the peer is, when it is no person after all.
    otherwise: Option<ConversationId>,
    since: Option<Timestamp>,
    before: Option<Timestamp>,
    /// How many of the newest are wanted; without it, all.
    newest: Option<usize>,
    read: Vec<(ConversationId, Seq)>,
    ready: VecDeque<Letter>,
    /// Nothing more is to be read.
    complete: bool,
    waits_for: Option<Step>,
    begun: bool,
    patient: bool,
}

/// What a client acknowledges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Begin,
    Data,
    Complete,
}

/// The most messages of one chunk.
const CHUNK: usize = 100;
/// A chunk with so many bytes of text is not filled up further.
const ENOUGH: usize = 256 << 10;

impl Verb for Request {
    const TYPE: &'static str = "MESSAGE_HISTORY_REQUEST";
    const ANSWER: &'static str = "MESSAGE_HISTORY_RESPONSE";
    const ECHO: &'static [&'static str] = &["username"];
    const FAMILY: Family = Family::History;

    fn speaker(&self) -> &str {
        self.username.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        if session.history.is_some() {
            return Err(crate::refusal::code(Family::History, Refusal::Busy));
        }
        let (of, otherwise) = match self.peer {
            None => (None, None),
            Some(peer) => {
                let group = session.rooms.joined(peer.as_str()).map(|room| room.id);
                match Handle::parse(peer.as_str()) {
                    Ok(handle) => (Some(ConversationRef::With(AccountRef::Handle(handle))), group),
                    Err(_) => (Some(ConversationRef::Id(group.ok_or(NO_HISTORY)?)), None),
                }
            }
        };
        session.history = Some(Box::new(History {
            echo,
            of,
            otherwise,
            since: self.after.map(Timestamp::from_seconds),
            // A whole second of the client's lasts for a thousand moments of the server's.
            before: self
                .before
                .map(|second| Timestamp(Timestamp::from_seconds(second).0.saturating_add(999))),
            newest: self.limit,
            read: Vec::new(),
            ready: VecDeque::new(),
            complete: false,
            waits_for: None,
            begun: false,
            patient: true,
        }));
        read_on(session, out);
        Ok(())
    }
}

/// Which step a client's frame of this type acknowledges; the server's own types, echoed back, do as well.
pub(crate) fn step(kind: &str) -> Option<Step> {
    match kind.strip_prefix("MESSAGE_HISTORY_")? {
        "BEGIN_ACK" | "BEGIN" => Some(Step::Begin),
        "DATA_ACK" | "DATA" => Some(Step::Data),
        "COMPLETE_ACK" | "COMPLETE" => Some(Step::Complete),
        _ => None,
    }
}

/// The client has got what it was sent.
pub(crate) fn acknowledge(step: Step, session: &mut Conversing, out: &mut Outbox) {
    if session.history.as_ref().is_some_and(|history| history.waits_for == Some(step)) {
        out.wake(Wake::Never);
        proceed(session, out);
    }
}

/// The client was waited for long enough.
pub(crate) fn wake(session: &mut Conversing, out: &mut Outbox) {
    if let Some(history) = session.history.as_mut().filter(|history| history.waits_for.is_some()) {
        history.patient = false;
        proceed(session, out);
    }
}

/// What was read.
pub(crate) fn answer(outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    let Some(history) = session.history.as_mut() else { return };
    let letters = match outcome {
        Ok(Reply::Message(message::Reply::History(letters))) => letters,
        Err(Refusal::UnknownAccount) if history.otherwise.is_some() => {
            history.of = history.otherwise.take().map(ConversationRef::Id);
            return read_on(session, out);
        }
        outcome => {
            let code = code(Family::History, &outcome);
            out.send(history.echo.clone().frame(code, out.now()));
            session.history = None;
            return;
        }
    };
    history.complete |= letters.is_empty() || history.newest.is_some();
    for letter in &letters {
        let place = letter.message.place;
        match history.read.iter_mut().find(|(known, _)| *known == place.conversation) {
            Some((_, seq)) => *seq = place.seq,
            None => history.read.push((place.conversation, place.seq)),
        }
    }
    history.ready.extend(letters);
    if history.begun {
        return proceed(session, out);
    }
    let response = history.echo.clone();
    if history.ready.is_empty() {
        session.history = None;
        return out.send(response.frame(NO_HISTORY, out.now()));
    }
    history.begun = true;
    out.send(response.clone().frame(DONE, out.now()));
    out.send(response.under("MESSAGE_HISTORY_BEGIN").frame(DONE, out.now()));
    wait(history, Step::Begin, out);
}

/// Sends the next chunk, or reads it first, or says that there is none.
fn proceed(session: &mut Conversing, out: &mut Outbox) {
    let Some(mut history) = session.history.take() else { return };
    history.waits_for = None;
    if history.ready.is_empty() && !history.complete {
        session.history = Some(history);
        return read_on(session, out);
    }
    let entries = chunk(&mut history.ready, session);
    if entries.is_empty() {
        out.send(history.echo.under("MESSAGE_HISTORY_COMPLETE").frame(DONE, out.now()));
        return;
    }
    say("MESSAGE_HISTORY_DATA", json!({"username": session.my_name(), "messages": entries}), out);
    wait(&mut history, Step::Data, out);
    session.history = Some(history);
}

fn wait(history: &mut History, step: Step, out: &mut Outbox) {
    history.waits_for = Some(step);
    out.wake(if history.patient { Wake::AtNextBeat } else { Wake::WhenThereIsRoom });
}

fn read_on(session: &mut Conversing, out: &mut Outbox) {
    let Some(history) = &session.history else { return };
    let command = Command::Chronicle {
        of: history.of.clone(),
        read: history.read.clone(),
        since: history.since,
        before: history.before,
        newest: history.newest.is_some(),
        limit: history.newest.unwrap_or(CHUNK),
    };
    session.ask(Asked::History, command, out);
}

/// The entries of one chunk.
fn chunk(ready: &mut VecDeque<Letter>, session: &Conversing) -> Vec<Value> {
    let Some(me) = session.me.as_ref().map(|me| me.id) else { return Vec::new() };
    let (mut entries, mut bytes) = (Vec::new(), 0_usize);
    while entries.len() < CHUNK && bytes < ENOUGH {
        let Some(letter) = ready.pop_front() else { break };
        let shown = session.rooms.find(letter.conversation.id).map(|room| room.shown.as_str());
        let receiver = render::receiver(&letter, me, shown);
        entries.extend(render::entries(&letter, &receiver, &session.links));
        bytes = bytes.saturating_add(content::parts(&letter).iter().map(weight).sum());
    }
    entries
}

fn weight(part: &Part) -> usize {
    match part {
        Part::Text { text, .. } | Part::Foreign { text, .. } => text.len(),
        Part::Media(_) | Part::Reply { .. } | Part::Act(_) | Part::Removed => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, frames, letter};

    fn page(count: usize) -> Outcome {
        let letters = (0..count).map(|_| letter(&ann(), &[&ann(), &bob()], vec![Part::text("hi")])).collect();
        Ok(Reply::Message(message::Reply::History(letters)))
    }

    fn asks(stage: &mut Stage) {
        let said = stage.says(&json!({"type": "MESSAGE_HISTORY_REQUEST", "payload": {"username": "ann"}}));
        assert!(matches!(said.as_slice(), [Said::Ran(_)]), "{said:?}");
    }

    fn types(said: &[Said]) -> Vec<String> {
        frames(said).iter().map(|frame| frame["type"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn each_step_waits_for_its_acknowledgement() {
        let mut stage = Stage::signed_in(&ann());
        asks(&mut stage);
        assert_eq!(
            types(&stage.hears_answer(page(3))),
            ["MESSAGE_HISTORY_RESPONSE", "MESSAGE_HISTORY_BEGIN"]
        );
        assert_eq!(stage.says(&json!({"type": "MESSAGE_HISTORY_DATA_ACK", "payload": {}})), []);
        let said = stage.says(&json!({"type": "MESSAGE_HISTORY_BEGIN_ACK", "payload": {}}));
        assert_eq!(types(&said), ["MESSAGE_HISTORY_DATA"]);
        let said = stage.says(&json!({"type": "MESSAGE_HISTORY_DATA", "payload": {}}));
        assert!(matches!(said.as_slice(), [Said::Ran(_)]), "{said:?}");
        assert_eq!(types(&stage.hears_answer(page(0))), ["MESSAGE_HISTORY_COMPLETE"]);
        assert_eq!(stage.says(&json!({"type": "MESSAGE_HISTORY_COMPLETE", "payload": {}})), []);
    }

    #[test]
    fn who_acknowledges_nothing_gets_everything_all_the_same() {
        let mut stage = Stage::signed_in(&ann());
        asks(&mut stage);
        stage.hears_answer(page(1));
        assert_eq!(types(&stage.with(wake)), ["MESSAGE_HISTORY_DATA"]);
        stage.with(wake);
        assert_eq!(types(&stage.hears_answer(page(0))), ["MESSAGE_HISTORY_COMPLETE"]);
        assert_eq!(stage.with(wake), []);
    }

    #[test]
    fn without_history_there_is_a_code() {
        let mut stage = Stage::signed_in(&ann());
        asks(&mut stage);
        let said = frames(&stage.hears_answer(page(0)));
        assert_eq!(said[0]["payload"], json!({"username": "ann", "code": 6001}));
    }
}
