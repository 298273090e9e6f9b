//! The verbs of the protocol, one a file, and the table by which they are found.

mod auth_login;
mod auth_logout;
mod auth_register;
mod avatar_set;
mod chat_create;
mod heartbeat;
mod message_get;
mod message_push_ack;
mod message_send;
mod user_get;
mod user_sync;

use crate::refusal::{self, NOT_LOGGED_IN, Reason};
use crate::session::Session;
use crate::wire::Body;
use koine_dialect::Outbox;
use koine_model::{Refusal, Reply};
use serde::de::DeserializeOwned;

/// What became of a command.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// One kind of request; the type holds its fields as they came.
pub(crate) trait Verb: DeserializeOwned {
    /// Its `action`.
    const ACTION: &'static str;
    /// The `action` of the answer when it cannot be carried out.
    const FAILURE: &'static str;
    /// The `action` of the answer when nobody is logged in. Where the document has no failure for a verb, its
    /// clients listen for this one.
    const STRANGER: &'static str = "auth.login.fail";
    /// Whether it may be said by nobody in particular.
    const OPEN_TO_STRANGERS: bool = false;

    /// Has it carried out, or says why it cannot even be tried.
    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason>;
}

/// A request that waits for its answer, with what the answer repeats of it.
pub(crate) enum Asked {
    /// `auth.register`
    Register(auth_register::Asked),
    /// `auth.login`
    Login(auth_login::Asked),
    /// `auth.logout`
    Logout,
    /// One of the questions behind `user.sync`
    Sync(user_sync::Asked),
    /// `user.get`
    User,
    /// `message.send`
    Send,
    /// `message.get`
    History(message_get::Bounds),
    /// `chat.create`
    Chat,
    /// `avatar.set`
    Avatar,
}

/// What is done about a request.
struct Entry {
    action: &'static str,
    receive: fn(Body<'_>, &mut Session, &mut Outbox),
}

const VERBS: &[Entry] = &[
    entry::<auth_register::AuthRegister>(),
    entry::<auth_login::AuthLogin>(),
    entry::<auth_logout::AuthLogout>(),
    entry::<user_sync::UserSync>(),
    entry::<user_get::UserGet>(),
    entry::<message_send::MessageSend>(),
    entry::<message_push_ack::MessagePushAck>(),
    entry::<message_get::MessageGet>(),
    entry::<chat_create::ChatCreate>(),
    entry::<avatar_set::AvatarSet>(),
    entry::<heartbeat::Heartbeat>(),
];

const fn entry<V: Verb>() -> Entry {
    Entry { action: V::ACTION, receive: receive_verb::<V> }
}

/// Does what a frame asks for.
pub(crate) fn receive(body: Body<'_>, session: &mut Session, out: &mut Outbox) {
    let action = match body.action() {
        Ok(action) => action,
        Err(unreadable) => return session.say(&refusal::error(unreadable.reason()), out),
    };
    match VERBS.iter().find(|verb| verb.action == action) {
        Some(verb) => (verb.receive)(body, session, out),
        None => session.say(&refusal::error("Unknown action"), out),
    }
}

fn receive_verb<V: Verb>(body: Body<'_>, session: &mut Session, out: &mut Outbox) {
    if session.me().is_none() && !V::OPEN_TO_STRANGERS {
        return session.say(&refusal::failure(V::STRANGER, NOT_LOGGED_IN), out);
    }
    let tried = match body.read::<V>() {
        Ok(verb) => verb.submit(session, out),
        Err(_) => Err("The request's fields are not of their kinds".into()),
    };
    if let Err(reason) = tried {
        session.say(&refusal::failure(V::FAILURE, reason), out);
    }
}

/// Answers what was asked before.
pub(crate) fn answer(asked: Asked, outcome: Outcome, session: &mut Session, out: &mut Outbox) {
    let message = match asked {
        Asked::Register(asked) => auth_register::answer(&asked, outcome),
        Asked::Login(asked) => auth_login::answer(&asked, outcome),
        Asked::Logout => return auth_logout::answer(session, out),
        Asked::Sync(asked) => return user_sync::answer(asked, outcome, session, out),
        Asked::User => user_get::answer(outcome),
        Asked::Send => return message_send::answer(outcome, session, out),
        Asked::History(bounds) => message_get::answer(&bounds, outcome, session),
        Asked::Chat => chat_create::answer(outcome, session),
        Asked::Avatar => avatar_set::answer(outcome),
    };
    session.say(&message, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flavour::Form;
    use crate::testing::{Bench, Did};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn strangers_get_no_data_and_no_silence() {
        let check = |action: &str, expected: &str| {
            let mut bench = Bench::stranger(Form::Pack);
            let expected = json!({"action": expected, "reason": "Not logged in"});
            assert_eq!(bench.says(&json!({"action": action})), vec![Did::Sent(expected)], "{action}");
        };
        check("message.send", "message.send.fail");
        for action in ["user.sync", "user.get", "message.get", "chat.create", "avatar.set"] {
            check(action, "auth.login.fail");
        }
    }

    #[test]
    fn no_field_of_a_wrong_kind_is_met_with_silence() {
        let wrong = [json!(5), json!(true), json!(null), json!({"a": 1}), json!([[]]), json!("")];
        let fields = ["user_name", "password", "user_id", "message", "members", "avatar", "chat_id", "start"];
        for verb in VERBS.iter().filter(|verb| verb.action != "message.push.ack") {
            for field in fields {
                for value in &wrong {
                    let mut bench = Bench::signed_in(Form::Qt);
                    let did = bench.says(&json!({"action": verb.action, field: value}));
                    assert!(!did.is_empty(), "{} with {field} = {value}", verb.action);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_panics(verb in 0..VERBS.len(), field: String, text: String, bytes: Vec<u8>) {
            let mut bench = Bench::signed_in(Form::Pack);
            bench.says(&json!({"action": VERBS[verb].action, "message": {"chat_id": field, "type": text}}));
            bench.says(&json!({"action": VERBS[verb].action, "user_id": text, "avatar": field, "start": field}));
            bench.says_bytes(&bytes);
            bench.says_text(&text);
        }
    }
}
