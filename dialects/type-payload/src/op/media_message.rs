//! `MEDIA_MESSAGE`: announce an attachment, and go on with one that broke off.

use super::{Asked, Name, Outcome, Verb, code};
use crate::incoming::{Incoming, WRONG_SIZE};
use crate::op::media_complete;
use crate::refusal::{self, DONE, Family};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::conversation::ConversationRef;
use koine_model::upload::{self, Command, Progress};
use koine_model::{Refusal, Reply};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MediaMessage {
    sender: Name,
    receiver: Name,
    media_id: Name,
    media_type: Name,
    media_size: u64,
}

impl Verb for MediaMessage {
    const TYPE: &'static str = "MEDIA_MESSAGE";
    const ANSWER: &'static str = "MEDIA_MESSAGE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "receiver", "mediaId"];
    const FAMILY: Family = Family::Media;
    const TURNED: bool = true;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        if !session.uploads.has_room() {
            return Err(refusal::code(Family::Media, Refusal::Busy));
        }
        if self.media_size == 0 {
            return Err(WRONG_SIZE);
        }
        let room = session.rooms.joined(self.receiver.as_str()).map(|room| room.id);
        let (to, otherwise) = match (self.receiver.account(Family::Media), room) {
            (Ok(who), room) => (ConversationRef::With(who), room),
            (Err(_), Some(id)) => (ConversationRef::Id(id), None),
            (Err(code), None) => return Err(code),
        };
        let incoming = Incoming {
            id: self.media_id.as_str().to_owned(),
            echo,
            to,
            otherwise,
            size: self.media_size,
            mime: self.media_type.as_str().to_owned(),
            progress: Progress::default(),
        };
        begin(incoming, session, out);
        Ok(())
    }
}

fn begin(incoming: Incoming, session: &mut Conversing, out: &mut Outbox) {
    let command = Command::Begin { key: incoming.id.clone(), to: incoming.to.clone(), size: incoming.size };
    session.ask(Asked::MediaBegin(Box::new(incoming)), command, out);
}

pub(crate) fn answer(mut incoming: Incoming, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    match (outcome, incoming.otherwise.take()) {
        (Ok(Reply::Upload(upload::Reply::Progress(progress))), _) => {
            incoming.progress = progress;
            out.send(incoming.echo.clone().frame(DONE, out.now()));
            let (id, is_whole) = (incoming.id.clone(), incoming.is_whole());
            session.uploads.begin(incoming);
            if is_whole {
                media_complete::finish(&id, session, out);
            }
        }
        (Err(Refusal::UnknownAccount), Some(group)) => {
            incoming.to = ConversationRef::Id(group);
            begin(incoming, session, out);
        }
        (outcome, _) => out.send(incoming.echo.frame(code(Family::Media, &outcome), out.now())),
    }
}
