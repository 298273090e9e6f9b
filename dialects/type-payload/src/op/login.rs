//! `LOGIN_REQUEST`: prove to be somebody. Where the account is signed in already, the newer one is refused (2002).
//!
//! A login is followed by what has happened meanwhile: the friends who are online, the requests and invitations
//! that wait for an answer, and then the messages.

use super::{Asked, Name, Outcome, Verb, code};
use crate::refusal::{self, Family};
use crate::rooms::Footing;
use crate::session::{Conversing, say};
use crate::telling;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::account::{self, Command};
use koine_model::conversation;
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply, contact};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Login {
    username: Name,
    password_hash: Name,
}

impl Verb for Login {
    const TYPE: &'static str = "LOGIN_REQUEST";
    const ANSWER: &'static str = "LOGIN_RESPONSE";
    const ECHO: &'static [&'static str] = &[];
    const FAMILY: Family = Family::Login;
    const OPEN: bool = true;

    fn speaker(&self) -> &str {
        self.username.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        if session.me.is_some() {
            // This very connection is the live one.
            return Err(refusal::code(Family::Login, Refusal::SignedInElsewhere));
        }
        let who = self.username.account(Family::Login)?;
        let secret = Secret::classify(self.password_hash.as_str());
        session.ask(Asked::Login(echo), Command::SignIn { who, secret }, out);
        Ok(())
    }
}

pub(crate) fn answer(echo: Echo, outcome: &Outcome, session: &mut Conversing, out: &mut Outbox) {
    out.send(echo.frame(code(Family::Login, outcome), out.now()));
    if let Ok(Reply::Account(account::Reply::Signed(_))) = outcome {
        session.ask(Asked::Arrival, contact::Command::List, out);
        session.ask(Asked::Invitations, conversation::Command::Invitations, out);
    }
}

/// Friends who are there, and requests that wait.
pub(crate) fn arrived(outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    let Ok(Reply::Contact(contact::Reply::Contacts(contacts))) = outcome else { return };
    for group in &contacts.groups {
        session.rooms.enter(&group.conversation, Footing::Listed);
    }
    for friend in contacts.people.iter().filter(|contact| contact.mutual && contact.online) {
        let profile = &friend.person.profile;
        let status = telling::status(true, &profile.status);
        say("USER_STATUS_UPDATE", telling::Status { username: profile.handle.as_str(), status }, out);
    }
    requests(&contacts, session, out);
}

/// Requests that wait.
pub(crate) fn requested(outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    if let Ok(Reply::Contact(contact::Reply::Contacts(contacts))) = outcome {
        requests(&contacts, session, out);
    }
}

fn requests(contacts: &contact::Contacts, session: &mut Conversing, out: &mut Outbox) {
    for asker in &contacts.requests {
        telling::request(asker.profile.id, asker.profile.handle.as_str(), session, out);
    }
}

/// Invitations that wait.
pub(crate) fn invited(outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    let Ok(Reply::Conversation(conversation::Reply::Invitations(invitations))) = outcome else { return };
    for invitation in invitations {
        telling::invitation(&invitation.conversation, invitation.by.handle.as_str(), session, out);
    }
}
