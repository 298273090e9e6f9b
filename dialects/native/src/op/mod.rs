//! What clients ask for, one family of requests a file, and the table by which a request is found.
//!
//! A request is read, and asks the core; what it makes of the reply it says in a closure beside the question, so that a
//! request that must ask twice reads from top to bottom.

/// Requests of one shape, each a type of its own.
macro_rules! shaped {
    ($($(#[$doc:meta])* $name:ident: $shape:ty),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(serde::Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
        #[serde(transparent)]
        pub(super) struct $name($shape);
    )*};
}

mod account;
mod contact;
mod conversation;
mod group;
mod history;
mod listen;
mod message;
mod session;

use crate::refusal::{self, Code, No};
use crate::session::Me;
use crate::wire::{Described, Nothing, json, read};
use koine_model::account::{Handle, HandleFault};
use koine_model::refusal::Field;
use koine_model::{Command, ConversationId, Place, Refusal, Reply, Seq};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What became of a command.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// What is made of a command's outcome.
pub(crate) type Then<A> = Box<dyn FnOnce(Outcome) -> Tried<A> + Send>;

/// A step towards the answer, or the refusal that is the answer.
pub(crate) type Tried<A> = Result<Step<A>, No>;

/// What is done next about a request that is answered with an `A`.
pub(crate) enum Step<A> {
    /// It is answered.
    Say(A),
    /// The core is asked.
    Ask(Box<Command>, Then<A>),
    /// It is answered, and the connection is somebody.
    SignedIn(Me, A),
    /// It is answered, and the connection is nobody.
    SignedOut(A),
    /// It is answered, and the connection is told what happens.
    Listens(A),
    /// It is refused, and the connection ends: it is not what the client would take it for.
    Break(No),
}

impl<A: Serialize + 'static> Step<A> {
    /// Asks the core.
    fn ask(command: impl Into<Command>, then: impl FnOnce(Outcome) -> Tried<A> + Send + 'static) -> Self {
        Self::Ask(Box::new(command.into()), Box::new(then))
    }

    /// The same step, towards an answer that is written down.
    fn written(self) -> Step<String> {
        match self {
            Self::Say(answer) => Step::Say(json(&answer)),
            Self::Ask(command, then) => {
                Step::Ask(command, Box::new(|outcome| then(outcome).map(Step::written)))
            }
            Self::SignedIn(me, answer) => Step::SignedIn(me, json(&answer)),
            Self::SignedOut(answer) => Step::SignedOut(json(&answer)),
            Self::Listens(answer) => Step::Listens(json(&answer)),
            Self::Break(no) => Step::Break(no),
        }
    }
}

impl Step<Nothing> {
    /// Asks for something of which nothing is said but that it was done.
    fn only(command: impl Into<Command>) -> Self {
        Self::ask(command, |outcome| {
            outcome?;
            Ok(Self::Say(Nothing {}))
        })
    }
}

/// A request.
pub(crate) trait Verb: DeserializeOwned + Described {
    /// Its answer.
    type Answer: Serialize + Described + 'static;

    /// How it calls a field of the core.
    fn field(field: Field) -> &'static str {
        refusal::usual_name(field)
    }
}

/// A request of somebody who is signed in.
trait Signed: Verb {
    fn begin(self, me: Me) -> Tried<Self::Answer>;
}

/// A request of somebody who is not.
trait Stranger: Verb {
    fn begin(self) -> Tried<Self::Answer>;
}

/// A row of the table.
pub(crate) struct Row {
    /// What the request is called.
    pub(crate) name: &'static str,
    pub(crate) begin: Begin,
    pub(crate) field: fn(Field) -> &'static str,
    /// The schemas of the request and of its answer.
    #[cfg(test)]
    pub(crate) schema: crate::schema::Pair,
}

/// How a request begins.
#[derive(Clone, Copy)]
pub(crate) enum Begin {
    Stranger(fn(&str) -> Tried<String>),
    Signed(fn(&str, Me) -> Tried<String>),
}

const fn open<V: Stranger>(name: &'static str) -> Row {
    Row {
        name,
        begin: Begin::Stranger(|text| read::<V>(text)?.begin().map(Step::written)),
        field: V::field,
        #[cfg(test)]
        schema: crate::schema::pair::<V>,
    }
}

const fn row<V: Signed>(name: &'static str) -> Row {
    Row {
        name,
        begin: Begin::Signed(|text, me| read::<V>(text)?.begin(me).map(Step::written)),
        field: V::field,
        #[cfg(test)]
        schema: crate::schema::pair::<V>,
    }
}

/// Every request, those first that come most often.
pub(crate) static ROWS: &[Row] = &[
    row::<message::Send>("send"),
    row::<message::Read>("read"),
    row::<message::Typing>("typing"),
    row::<history::History>("history"),
    row::<message::React>("react"),
    row::<message::Edit>("edit"),
    row::<message::Delete>("delete"),
    row::<history::Versions>("versions"),
    row::<history::Search>("search"),
    row::<conversation::All>("conversations"),
    row::<conversation::Room>("conversation"),
    row::<conversation::Open>("open"),
    row::<conversation::Invitations>("invitations"),
    row::<conversation::InvitationAnswer>("invitation.answer"),
    row::<conversation::Clear>("clear"),
    row::<conversation::Words>("words"),
    row::<group::Create>("group.create"),
    row::<group::Add>("group.add"),
    row::<group::Expel>("group.remove"),
    row::<group::Promote>("group.promote"),
    row::<group::Rename>("group.rename"),
    row::<group::Picture>("group.picture"),
    row::<group::Leave>("group.leave"),
    row::<group::Dissolve>("group.dissolve"),
    row::<contact::All>("contacts"),
    row::<contact::Request>("contact.request"),
    row::<contact::Answer>("contact.answer"),
    row::<contact::Remove>("contact.remove"),
    row::<contact::Block>("block"),
    row::<contact::Unblock>("unblock"),
    row::<account::Find>("find"),
    row::<account::Profile>("profile"),
    row::<account::Avatar>("avatar"),
    row::<account::Password>("password"),
    row::<account::Delete>("account.delete"),
    row::<account::DeleteConfirm>("account.delete.confirm"),
    row::<listen::Listen>("listen"),
    open::<session::Resume>("resume"),
    open::<session::Login>("login"),
    open::<session::Register>("register"),
    open::<session::Recover>("recover"),
    row::<session::Logout>("logout"),
    row::<session::Sessions>("sessions"),
    row::<session::End>("session.end"),
];

/// The request of this name.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// The conversation of this number. One that no conversation can have is one that is not the caller's.
fn conversation_of(number: u32) -> Result<ConversationId, No> {
    ConversationId::new(number).ok_or_else(|| Refusal::UnknownConversation.into())
}

/// The place in the conversation of this number.
fn place_of(conversation: u32, seq: u32) -> Result<Place, No> {
    Ok(Place { conversation: conversation_of(conversation)?, seq: Seq::new(seq) })
}

/// A handle that somebody wants to have.
fn handle(text: &str) -> Result<Handle, No> {
    Handle::parse(text).map_err(|fault| {
        No::from(match fault {
            HandleFault::Empty => Refusal::Empty(Field::Handle),
            HandleFault::TooLong => Refusal::TooLarge(Field::Handle),
            HandleFault::Unusable => Refusal::Unusable(Field::Handle),
        })
    })
}

/// The client's own name for what it says.
fn key(key: String) -> Result<Option<String>, No> {
    /// In characters.
    const LONGEST: usize = 64;
    if key.is_empty() {
        return Err(No::new(Code::Empty, "the key is empty").about("key"));
    }
    if key.chars().nth(LONGEST).is_some() {
        return Err(No::new(Code::TooLarge, "the key has more than 64 characters").about("key"));
    }
    Ok(Some(key))
}
