//! The verbs: one request of the document, one file, and the table by which they are found.

mod contact_list;
mod friend_remove;
mod friend_request;
mod friend_request_response;
mod group_create;
mod group_invite_response;
mod group_leader_change;
mod group_leave;
mod group_remove;
pub(crate) mod history;
mod login;
mod media_complete;
mod media_data;
mod media_message;
mod register;
mod text_message;
mod user_logout;
mod user_status_update;

use crate::incoming::Incoming;
use crate::outgoing;
use crate::refusal::{self, DONE, Family};
use crate::session::Conversing;
use crate::wire::{Echo, Envelope, error};
use koine_dialect::Outbox;
use koine_model::account::{AccountRef, Handle};
use koine_model::{Refusal, Reply};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What became of a command.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// One request of the document; the type itself is its payload.
pub(crate) trait Verb: DeserializeOwned {
    /// Its type.
    const TYPE: &'static str;
    /// The type of its answer.
    const ANSWER: &'static str;
    /// What the answer repeats.
    const ECHO: &'static [&'static str];
    /// Whose codes the answer has.
    const FAMILY: Family;
    /// Whether a stranger may say it.
    const OPEN: bool = false;
    /// Whether the two who talk change sides in the answer.
    const TURNED: bool = false;

    /// Who says it, by its own word.
    fn speaker(&self) -> &str;

    /// Has it carried out, or says why it cannot even be tried.
    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32>;
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(crate) enum Asked {
    /// One of which there is nothing to say but whether it was done.
    Plain(Echo, Family),
    /// The same, where only a failure is told.
    Quiet(Echo, Family),
    Login(Echo),
    /// After a login: friends, requests and groups.
    Arrival,
    /// Requests that wait, once more.
    Requests,
    /// After a login, or once more: invitations.
    Invitations,
    ContactList(Echo),
    FriendAnswer(Echo),
    GroupCreate(Box<group_create::Asked>),
    Group(group_leave::Asked),
    InviteAnswer(group_invite_response::Asked),
    LeaderChange(Echo),
    Text(text_message::Asked),
    Logout(Echo),
    History,
    MediaBegin(Box<Incoming>),
    MediaData(Echo, String),
    MediaFinish(String),
    MediaChunk,
    /// Nobody waits for the answer.
    Nothing,
}

/// What is done about a request.
struct Entry {
    kind: &'static str,
    receive: fn(Map<String, Value>, &mut Conversing, &mut Outbox),
}

const VERBS: &[Entry] = &[
    entry::<register::Register>(),
    entry::<login::Login>(),
    entry::<friend_request::FriendRequest>(),
    entry::<friend_request_response::FriendRequestResponse>(),
    entry::<friend_remove::FriendRemove>(),
    entry::<group_create::GroupCreate>(),
    entry::<group_invite_response::GroupInviteResponse>(),
    entry::<group_leave::GroupLeave>(),
    entry::<group_remove::GroupRemove>(),
    entry::<group_leader_change::GroupLeaderChange>(),
    entry::<text_message::TextMessage>(),
    entry::<media_message::MediaMessage>(),
    entry::<media_data::MediaData>(),
    entry::<user_status_update::UserStatusUpdate>(),
    entry::<user_logout::UserLogout>(),
    entry::<history::Request>(),
    entry::<contact_list::ContactList>(),
];

/// Every type that is understood, for tests.
#[cfg(test)]
pub(crate) const TYPES: &[&str] = &[
    "REGISTER_REQUEST",
    "LOGIN_REQUEST",
    "FRIEND_REQUEST",
    "FRIEND_REQUEST_RESPONSE",
    "FRIEND_REMOVE",
    "GROUP_CREATE",
    "GROUP_INVITE_RESPONSE",
    "GROUP_LEAVE",
    "GROUP_REMOVE",
    "GROUP_LEADER_CHANGE",
    "TEXT_MESSAGE",
    "MEDIA_MESSAGE",
    "MEDIA_MESSAGE_ACK",
    "MEDIA_MESSAGE_DATA",
    "MEDIA_MESSAGE_DATA_ACK",
    "MEDIA_MESSAGE_COMPLETE",
    "USER_STATUS_UPDATE",
    "USER_LOGOUT",
    "MESSAGE_HISTORY_REQUEST",
    "CONTACT_LIST_REQUEST",
    "MESSAGE_HISTORY_DATA_ACK",
];

const fn entry<V: Verb>() -> Entry {
    Entry { kind: V::TYPE, receive: receive_verb::<V> }
}

/// Does what a frame asks for.
pub(crate) fn receive(envelope: Envelope, session: &mut Conversing, out: &mut Outbox) {
    let Envelope { kind, payload } = envelope;
    if let Some(verb) = VERBS.iter().find(|verb| verb.kind == kind) {
        (verb.receive)(payload, session, out);
    } else if let Some(step) = history::step(&kind) {
        history::acknowledge(step, session, out);
    } else if let Some(what) = media_complete::acknowledged(&kind) {
        media_complete::acknowledge(what, payload, session, out);
    } else if !kind.ends_with("_ACK") {
        // Acknowledgements that nobody waits for ask for no answer.
        out.send(error(out.now(), "there is no such type"));
    }
}

fn receive_verb<V: Verb>(payload: Map<String, Value>, session: &mut Conversing, out: &mut Outbox) {
    let echo = Echo::new(V::ANSWER, V::ECHO, &payload);
    let echo = if V::TURNED { echo.turned() } else { echo };
    let tried = V::deserialize(Value::Object(payload))
        .map_err(|_| not_you(V::FAMILY))
        .and_then(|verb| admit(&verb, session).map(|()| verb))
        .and_then(|verb| verb.submit(echo.clone(), session, out));
    if let Err(code) = tried {
        out.send(echo.frame(code, out.now()));
    }
}

/// A request is the connection's own: whoever it names as its speaker must be signed in here.
fn admit<V: Verb>(verb: &V, session: &Conversing) -> Result<(), u32> {
    let is_me = |me: &crate::session::Me| Handle::parse(verb.speaker()).is_ok_and(|named| named == me.handle);
    if V::OPEN || session.me.as_ref().is_some_and(is_me) { Ok(()) } else { Err(not_you(V::FAMILY)) }
}

fn not_you(family: Family) -> u32 {
    refusal::code(family, Refusal::NotSignedIn)
}

/// Answers what was asked before.
pub(crate) fn answer(asked: Asked, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    match asked {
        Asked::Plain(echo, family) => out.send(echo.frame(code(family, &outcome), out.now())),
        Asked::Quiet(echo, family) => {
            if outcome.is_err() {
                out.send(echo.frame(code(family, &outcome), out.now()));
            }
        }
        Asked::Login(echo) => login::answer(echo, &outcome, session, out),
        Asked::Arrival => login::arrived(outcome, session, out),
        Asked::Requests => login::requested(outcome, session, out),
        Asked::Invitations => login::invited(outcome, session, out),
        Asked::ContactList(echo) => contact_list::answer(echo, outcome, session, out),
        Asked::FriendAnswer(echo) => friend_request_response::answer(echo, outcome, session, out),
        Asked::GroupCreate(asked) => group_create::answer(*asked, outcome, session, out),
        Asked::Group(asked) => group_leave::answer(asked, &outcome, session, out),
        Asked::InviteAnswer(asked) => group_invite_response::answer(asked, outcome, session, out),
        Asked::LeaderChange(echo) => group_leader_change::answer(echo, outcome, session, out),
        Asked::Text(asked) => text_message::answer(asked, &outcome, session, out),
        Asked::Logout(echo) => user_logout::answer(echo, &outcome, session, out),
        Asked::History => history::answer(outcome, session, out),
        Asked::MediaBegin(incoming) => media_message::answer(*incoming, outcome, session, out),
        Asked::MediaData(echo, id) => media_data::answer(echo, &id, outcome, session, out),
        Asked::MediaFinish(id) => media_complete::answer(id, &outcome, session, out),
        Asked::MediaChunk => outgoing::answer(outcome, session, out),
        Asked::Nothing => {}
    }
}

/// What an answer says of an outcome.
pub(crate) fn code(family: Family, outcome: &Outcome) -> u32 {
    outcome.as_ref().err().map_or(DONE, |refusal| refusal::code(family, *refusal))
}

/// A name that may be missing, or come as a number.
#[derive(Deserialize, Default)]
#[serde(transparent)]
pub(crate) struct Name(koine_dialect::toolbox::lenient::Word);

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The account that is named; one that cannot be is as unknown as one that is not there.
    pub(crate) fn account(&self, family: Family) -> Result<AccountRef, u32> {
        let handle = Handle::parse(self.as_str());
        handle.map(AccountRef::Handle).map_err(|_| refusal::code(family, Refusal::UnknownAccount))
    }
}
