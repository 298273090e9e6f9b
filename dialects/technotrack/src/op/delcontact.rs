//! `delcontact`: no longer have somebody as a contact, who keeps one all the same; or leave a group.
//!
//! `{uid}` is answered with `{status, error, uid}`.

use super::{Asked, Outcome, Verb};
use crate::peer::Peer;
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::lenient::Word;
use koine_model::account::AccountRef;
use koine_model::{Command, Refusal, Reply, contact, conversation};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct DelContact {
    uid: Word,
}

#[derive(Serialize, Default)]
pub(crate) struct Fields {
    uid: String,
}

impl Verb for DelContact {
    const ACTION: &'static str = "delcontact";
    type Asked = Peer;
    type Fields = Fields;

    fn submit(self) -> Result<(Asked, Command), No> {
        let peer = Peer::parse(self.uid.as_str())?;
        let command = match peer.clone() {
            Peer::Person(handle) => {
                contact::Command::Remove { who: AccountRef::Handle(handle), both: false }.into()
            }
            Peer::Group(conversation) => conversation::Command::Leave { conversation }.into(),
        };
        Ok((Asked::DelContact(peer), command))
    }

    fn answer(peer: Peer, outcome: Outcome, _: &Conversing) -> Result<Fields, No> {
        match outcome {
            // The login as its owner writes it, which the request may have written otherwise.
            Ok(Reply::Contact(contact::Reply::Contact(person))) => {
                Ok(Fields { uid: person.profile.handle.to_string() })
            }
            Ok(_) => Ok(Fields { uid: peer.to_string() }),
            // Nobody has themselves: to take oneself off the list is to take off who is not there.
            Err(Refusal::Yourself) => Err(Refusal::NotThere.into()),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, status};
    use serde_json::json;

    fn answered(uid: &str, outcome: Outcome) -> Vec<Said> {
        let mut stage = Stage::signed_in(&ann());
        let said = stage.says(&json!({"action": "delcontact", "data": {"uid": uid}}));
        match said.as_slice() {
            [Said::Ran(Command::Contact(contact::Command::Remove { both, .. }))] => assert!(!both),
            [Said::Ran(Command::Conversation(conversation::Command::Leave { .. }))] => {}
            other => panic!("{other:?}"),
        }
        stage.hears_answer(outcome)
    }

    #[test]
    fn who_was_taken_off_is_told() {
        let check = |uid: &str, outcome, expected: &str| {
            let data = json!({"status": 0, "error": "OK", "uid": expected});
            assert_eq!(answered(uid, outcome), [Said::Frame(json!({"action": "delcontact", "data": data}))]);
        };
        check("BOB", Ok(Reply::Contact(contact::Reply::Contact(Box::new(bob())))), "bob");
        check("Group:7", Ok(Reply::Done), "group:7");
    }

    #[test]
    fn who_is_not_there_cannot_be_taken_off() {
        let data = json!({"status": 8, "error": "there is no such thing", "uid": ""});
        let expected = [Said::Frame(json!({"action": "delcontact", "data": data}))];
        assert_eq!(answered("bob", Err(Refusal::NotThere)), expected);
        assert_eq!(answered("ann", Err(Refusal::Yourself)), expected);
        assert_eq!(status(&answered("group:7", Err(Refusal::UnknownConversation))), 8);
        assert_eq!(status(&Stage::signed_in(&ann()).says(&json!({"action": "delcontact"}))), 4);
    }
}
