//! `listen`: be told what happens from now on, and what was missed, with a snapshot of all that is no log.
//!
//! The snapshot is taken once the connection listens, and before it is told anything: what happens meanwhile is in it, or is
//! told after it, or both.

use super::{Outcome, Signed, Step, Tried, Verb};
use crate::refusal::No;
use crate::render;
use crate::session::Me;
use crate::wire::account::Snapshot;
use koine_model::account::{AccountRef, Command, Person, Reply};
use koine_model::contact::Contacts;
use koine_model::conversation::Shelf;
use koine_model::{Command as Any, ConversationId, Epoch, Refusal, Reply as Answer, Seq};
use koine_model::{contact, conversation};

pub(super) use crate::wire::account::Listen;

impl Verb for Listen {
    type Answer = Snapshot;
}

impl Signed for Listen {
    fn begin(self, me: Me) -> Tried<Snapshot> {
        if me.listens {
            return Err(Refusal::Already.into());
        }
        // A number that no conversation can have is that of none that could be told of.
        let known = self.have.into_iter().filter_map(|(number, seq)| {
            ConversationId::new(number).map(|conversation| (conversation, Seq::new(seq)))
        });
        let epoch = self.epoch.as_deref().map(Epoch::read);
        let command = Command::Listen { have: Some(known.collect()), epoch, newest: self.newest };
        Ok(Step::ask(command, move |outcome| match outcome? {
            Answer::Account(Reply::Listening { afresh, newest, epoch }) => {
                Ok(look_around(me, newest, afresh, epoch))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

fn look_around(
    me: Me,
    newest: Option<Vec<ConversationId>>,
    afresh: Vec<ConversationId>,
    epoch: Epoch,
) -> Step<Snapshot> {
    let others = newest.is_some();
    seek(Command::Find { who: AccountRef::Id(me.id) }, move |reply| {
        let Answer::Account(Reply::Person(person)) = reply else { return Err(No::unexpected()) };
        Ok(seek(conversation::Command::Shelves { only: newest }, move |reply| {
            let Answer::Conversation(conversation::Reply::Shelves(shelves)) = reply else {
                return Err(No::unexpected());
            };
            Ok(seek(contact::Command::People, move |reply| {
                let Answer::Contact(contact::Reply::Contacts(contacts)) = reply else {
                    return Err(No::unexpected());
                };
                Ok(seek(conversation::Command::Invitations, move |reply| {
                    let Answer::Conversation(conversation::Reply::Invitations(invitations)) = reply else {
                        return Err(No::unexpected());
                    };
                    let mut snapshot = snapshot(render::me(&person.profile), me, &shelves, &contacts);
                    snapshot.invitations = invitations.iter().map(render::invited).collect();
                    snapshot.afresh = afresh.iter().map(|conversation| conversation.number()).collect();
                    snapshot.others = others;
                    snapshot.epoch = epoch.to_string();
                    Ok(Step::Listens(snapshot))
                }))
            }))
        }))
    })
}

fn snapshot(profile: crate::wire::account::Me, me: Me, shelves: &[Shelf], contacts: &Contacts) -> Snapshot {
    let people = |people: &[Person]| people.iter().map(|it| render::person(&it.profile)).collect();
    Snapshot {
        me: profile,
        conversations: shelves.iter().map(|shelf| render::conversation(shelf, me.id)).collect(),
        others: false,
        contacts: contacts.people.iter().map(render::contact).collect(),
        requests: people(&contacts.requests),
        asked: people(&contacts.asked),
        blocked: people(&contacts.blocked),
        invitations: Vec::new(),
        afresh: Vec::new(),
        epoch: String::new(),
    }
}

/// Asks for a part of the snapshot. Without it, the connection would listen, and its client would not know.
fn seek(
    command: impl Into<Any>,
    then: impl FnOnce(Answer) -> Tried<Snapshot> + Send + 'static,
) -> Step<Snapshot> {
    Step::ask(command, |outcome: Outcome| match outcome.map_err(No::from).and_then(then) {
        Ok(step) => Ok(step),
        Err(no) => Ok(Step::Break(no)),
    })
}
