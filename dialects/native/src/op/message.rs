//! Saying something, doing something to what was said, and telling how far one has read and that one is writing.

use super::{Outcome, Signed, Step, Tried, Verb, conversation_of, key, place_of};
use crate::refusal::{Code, No, usual_name};
use crate::session::Me;
use crate::wire::Nothing;
use crate::wire::conversation::Of;
use crate::wire::message::{Amended, At, Sent, To};
use koine_model::conversation::ConversationRef;
use koine_model::message::{Act, Command, Deed, DraftPart, Part, Reply};
use koine_model::refusal::Field;
use koine_model::{Place, Reply as Answer, Seq, Timestamp};

pub(super) use crate::wire::message::{Delete, Edit, React, Send};

shaped! {
    /// Everything up to here was read.
    Read: At,
    /// Something is being written.
    Typing: Of,
}

impl Verb for Send {
    type Answer = Sent;
}

impl Signed for Send {
    fn begin(self, _: Me) -> Tried<Sent> {
        let to = destination(self.to)?;
        let key = key(self.key)?;
        let reply = self.reply.map(|to| DraftPart::Ready(Part::Reply { to: Seq::new(to) }));
        // Nothing but white space is nothing: alone it is refused, beside attachments it is left out.
        let text = self.text.filter(|text| !text.trim().is_empty());
        let text = text.map(|text| DraftPart::Ready(Part::text(text)));
        let uploads = self.uploads.into_iter().map(|key| DraftPart::Uploaded { key });
        let parts = reply.into_iter().chain(text).chain(uploads).collect();
        Ok(Step::ask(Command::Post { to, parts, key }, |outcome| {
            let (Place { conversation, seq }, at) = posted(outcome)?;
            Ok(Step::Say(Sent { conversation: conversation.number(), seq: seq.number(), at: at.0 }))
        }))
    }
}

fn destination(to: To) -> Result<ConversationRef, No> {
    match to {
        To { conversation: Some(number), with: None } => conversation_of(number).map(ConversationRef::Id),
        To { conversation: None, with: Some(who) } => Ok(ConversationRef::With(who.reference()?)),
        _ => Err(No::new(Code::BadRequest, "it goes to one conversation, or to one person").about("to")),
    }
}

fn posted(outcome: Outcome) -> Result<(Place, Timestamp), No> {
    match outcome? {
        Answer::Message(Reply::Posted(place, at)) => Ok((place, at)),
        _ => Err(No::unexpected()),
    }
}

impl Verb for Edit {
    type Answer = Amended;
}

impl Signed for Edit {
    fn begin(self, _: Me) -> Tried<Amended> {
        amend(place_of(self.conversation, self.seq)?, Deed::Edited(self.text), self.key)
    }
}

impl Verb for Delete {
    type Answer = Amended;
}

impl Signed for Delete {
    fn begin(self, _: Me) -> Tried<Amended> {
        amend(place_of(self.conversation, self.seq)?, Deed::Deleted, self.key)
    }
}

impl Verb for React {
    type Answer = Amended;

    fn field(field: Field) -> &'static str {
        if field == Field::Message { "emoji" } else { usual_name(field) }
    }
}

impl Signed for React {
    fn begin(self, _: Me) -> Tried<Amended> {
        let deed = Deed::Reacted { emoji: self.emoji, on: self.on };
        amend(place_of(self.conversation, self.seq)?, deed, self.key)
    }
}

fn amend(place: Place, deed: Deed, name: String) -> Tried<Amended> {
    let Place { conversation, seq: target } = place;
    let command = Command::Amend { conversation, act: Act { target, deed }, key: key(name)? };
    Ok(Step::ask(command, |outcome| {
        let (Place { seq, .. }, at) = posted(outcome)?;
        Ok(Step::Say(Amended { seq: seq.number(), at: at.0 }))
    }))
}

impl Verb for Read {
    type Answer = Nothing;
}

impl Signed for Read {
    fn begin(self, _: Me) -> Tried<Nothing> {
        Ok(Step::only(Command::Read { until: place_of(self.0.conversation, self.0.seq)? }))
    }
}

impl Verb for Typing {
    type Answer = Nothing;
}

impl Signed for Typing {
    fn begin(self, _: Me) -> Tried<Nothing> {
        Ok(Step::only(Command::Typing { conversation: conversation_of(self.0.conversation)? }))
    }
}
