//! Contacts, requests, and having nothing to do with somebody.

use super::{Signed, Step, Tried, Verb};
use crate::refusal::No;
use crate::render;
use crate::session::Me;
use crate::wire::Bare;
use crate::wire::account::Somebody;
use crate::wire::contact::{About, Contacts};
use koine_model::Reply as Reached;
use koine_model::account::Person;
use koine_model::contact::{Command, Reply};

pub(super) use crate::wire::contact::Answer;

shaped! {
    /// Everyone whom one has.
    All: Bare,
    /// Ask somebody to be one's contact.
    Request: About,
    /// Have somebody no longer, nor they oneself.
    Remove: About,
    /// Have nothing to do with somebody.
    Block: About,
    /// Take that back.
    Unblock: About,
}

impl Verb for All {
    type Answer = Contacts;
}

impl Signed for All {
    fn begin(self, _: Me) -> Tried<Contacts> {
        Ok(Step::ask(Command::People, |outcome| match outcome? {
            Reached::Contact(Reply::Contacts(contacts)) => Ok(Step::Say(Contacts {
                contacts: contacts.people.iter().map(render::contact).collect(),
                requests: people(&contacts.requests),
                asked: people(&contacts.asked),
                blocked: people(&contacts.blocked),
            })),
            _ => Err(No::unexpected()),
        }))
    }
}

fn people(people: &[Person]) -> Vec<crate::wire::account::Person> {
    people.iter().map(|person| render::person(&person.profile)).collect()
}

impl Verb for Request {
    type Answer = Somebody;
}

impl Signed for Request {
    fn begin(self, _: Me) -> Tried<Somebody> {
        Ok(about(Command::Request { who: self.0.who.reference()? }))
    }
}

impl Verb for Answer {
    type Answer = Somebody;
}

impl Signed for Answer {
    fn begin(self, _: Me) -> Tried<Somebody> {
        Ok(about(Command::Answer { who: self.who.reference()?, accept: self.accept }))
    }
}

impl Verb for Remove {
    type Answer = Somebody;
}

impl Signed for Remove {
    fn begin(self, _: Me) -> Tried<Somebody> {
        Ok(about(Command::Remove { who: self.0.who.reference()?, both: true }))
    }
}

impl Verb for Block {
    type Answer = Somebody;
}

impl Signed for Block {
    fn begin(self, _: Me) -> Tried<Somebody> {
        Ok(about(Command::Block { who: self.0.who.reference()? }))
    }
}

impl Verb for Unblock {
    type Answer = Somebody;
}

impl Signed for Unblock {
    fn begin(self, _: Me) -> Tried<Somebody> {
        Ok(about(Command::Unblock { who: self.0.who.reference()? }))
    }
}

/// Asks for something about a person, who is the answer.
fn about(command: Command) -> Step<Somebody> {
    Step::ask(command, |outcome| match outcome? {
        Reached::Contact(Reply::Contact(person)) => {
            Ok(Step::Say(Somebody { person: render::person(&person.profile) }))
        }
        _ => Err(No::unexpected()),
    })
}
