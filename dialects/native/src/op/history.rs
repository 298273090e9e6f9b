//! Looking back: pages of messages, the wordings of one, and looking for words.

use super::{Signed, Step, Tried, Verb, conversation_of, place_of};
use crate::refusal::{Code, No, usual_name};
use crate::render;
use crate::session::Me;
use crate::wire::message::{self as wire, At, Cursor};
use koine_model::message::{self as model, Command, Origin, Reply};
use koine_model::refusal::Field;
use koine_model::{Place, Reply as Answer, Seq, Timestamp};

pub(super) use wire::{History, Search};

shaped! {
    /// All wordings of a message.
    Versions: At,
}

impl Verb for History {
    type Answer = wire::Page;
}

impl Signed for History {
    fn begin(self, _: Me) -> Tried<wire::Page> {
        let of = conversation_of(self.conversation)?;
        let from = match (self.before, self.after, self.around) {
            (None, None, None) => Origin::End,
            (Some(seq), None, None) => Origin::Before(Seq::new(seq)),
            (None, Some(seq), None) => Origin::After(Seq::new(seq)),
            (None, None, Some(seq)) => Origin::Around(Seq::new(seq)),
            _ => {
                let no = No::new(Code::BadRequest, "before, after and around exclude each other");
                return Err(no.about("before"));
            }
        };
        Ok(Step::ask(Command::Leaf { of, from, limit: count(self.limit) }, |outcome| match outcome? {
            Answer::Message(Reply::Leaf(leaf)) => Ok(Step::Say(wire::Page {
                messages: leaf.letters.iter().map(render::message).collect(),
                first: leaf.first,
                last: leaf.last,
            })),
            _ => Err(No::unexpected()),
        }))
    }
}

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl Verb for Versions {
    type Answer = wire::Versions;
}

impl Signed for Versions {
    fn begin(self, _: Me) -> Tried<wire::Versions> {
        let of = place_of(self.0.conversation, self.0.seq)?;
        Ok(Step::ask(Command::Versions { of }, |outcome| match outcome? {
            Answer::Message(Reply::Versions(versions)) => {
                let wording =
                    |version: model::Version| wire::Version { at: version.at.0, text: version.text };
                Ok(Step::Say(wire::Versions { versions: versions.into_iter().map(wording).collect() }))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

impl Verb for Search {
    type Answer = wire::Hits;

    fn field(field: Field) -> &'static str {
        if field == Field::Message { "query" } else { usual_name(field) }
    }
}

impl Signed for Search {
    fn begin(self, _: Me) -> Tried<wire::Hits> {
        let search = model::Search {
            query: self.query,
            of: self.conversation.map(conversation_of).transpose()?,
            before: self.before.map(shown).transpose()?,
            limit: count(self.limit),
        };
        Ok(Step::ask(Command::Search(Box::new(search)), |outcome| match outcome? {
            Answer::Message(Reply::Hits { hits, more }) => {
                Ok(Step::Say(wire::Hits { hits: hits.into_iter().map(hit).collect(), more }))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

fn shown(cursor: Cursor) -> Result<(Timestamp, Place), No> {
    Ok((Timestamp(cursor.at), place_of(cursor.conversation, cursor.seq)?))
}

fn hit(hit: model::Hit) -> wire::Hit {
    let runs = hit.snippet.into_iter().map(|(text, hit)| wire::Run { text, hit });
    wire::Hit { message: render::message(&hit.letter), snippet: runs.collect() }
}
