//! The verbs: one request of the document, one file.

mod addcontact;
mod auth;
mod contactlist;
mod delcontact;
mod import;
mod message;
mod register;
mod setuserinfo;
mod userinfo;

pub(crate) use addcontact::AddContact;
pub(crate) use auth::Auth;
pub(crate) use contactlist::ContactList;
pub(crate) use delcontact::DelContact;
pub(crate) use import::Import;
pub(crate) use message::Message;
pub(crate) use register::Register;
pub(crate) use setuserinfo::SetUserInfo;
pub(crate) use userinfo::UserInfo;

use crate::peer::Peer;
use crate::refusal::No;
use crate::session::Conversing;
use koine_model::{Command, Refusal, Reply};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What became of a command.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// One request of the document; the type itself is its `data`.
pub(crate) trait Verb: DeserializeOwned {
    /// Its `action`.
    const ACTION: &'static str;
    /// Who may ask.
    const STANDING: Standing = Standing::SignedIn;
    /// What is remembered until the answer comes.
    type Asked;
    /// The fields of the reply, beside `status` and `error`. By default they are what a refusal shows.
    type Fields: Serialize + Default;

    /// The command that carries it out.
    fn submit(self) -> Result<(Asked, Command), No>;

    /// Words the answer, for the client of `session`.
    fn answer(asked: Self::Asked, outcome: Outcome, session: &Conversing) -> Result<Self::Fields, No>;
}

/// Who may ask for something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    Anyone,
    Stranger,
    SignedIn,
}

/// A request that waits for its answer.
pub(crate) enum Asked {
    Register,
    Auth,
    UserInfo,
    ContactList,
    AddContact,
    DelContact(Peer),
    Message,
    /// The clients' own names for the entries, in order.
    Import(Vec<Value>),
    SetUserInfo,
}

/// The fields of a reply that has none of its own.
#[derive(Serialize, Default)]
pub(crate) struct NoFields {}

/// The answer to a request of which there is nothing to say but that it was carried out.
fn done(outcome: Outcome) -> Result<NoFields, No> {
    outcome.map(|_| NoFields {}).map_err(No::from)
}
