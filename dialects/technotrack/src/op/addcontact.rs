//! `addcontact`: have somebody as a contact at once.
//!
//! `{uid}` is answered with `{status, error, user: {uid, nick, email, phone, picture}}`.
//! Groups are in the list by being in them, so a group can only be there already.

use super::{Asked, Outcome, Verb};
use crate::card::PictureCard;
use crate::peer::Peer;
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::lenient::Word;
use koine_model::account::AccountRef;
use koine_model::conversation::{self, Kind};
use koine_model::{Command, Refusal, Reply, contact};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AddContact {
    uid: Word,
}

#[derive(Serialize, Default)]
pub(crate) struct Fields {
    user: PictureCard,
}

impl Verb for AddContact {
    const ACTION: &'static str = "addcontact";
    type Asked = ();
    type Fields = Fields;

    fn submit(self) -> Result<(Asked, Command), No> {
        let command = match Peer::parse(self.uid.as_str())? {
            Peer::Person(handle) => contact::Command::Add { who: AccountRef::Handle(handle) }.into(),
            Peer::Group(conversation) => conversation::Command::Find { conversation }.into(),
        };
        Ok((Asked::AddContact, command))
    }

    fn answer((): (), outcome: Outcome, _: &Conversing) -> Result<Fields, No> {
        match outcome? {
            Reply::Contact(contact::Reply::Contact(person)) => {
                Ok(Fields { user: PictureCard::from(person.as_ref()) })
            }
            Reply::Conversation(conversation::Reply::Conversation(overview)) => {
                match overview.conversation.kind {
                    Kind::Group => Err(Refusal::Already.into()),
                    Kind::Direct => Err(No::user_not_found()),
                }
            }
            _ => Err(No::unexpected()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, overview, status};
    use serde_json::json;

    fn answered(uid: &str, outcome: Outcome) -> Vec<Said> {
        let mut stage = Stage::signed_in(&ann());
        let said = stage.says(&json!({"action": "addcontact", "data": {"uid": uid}}));
        assert!(matches!(said.as_slice(), [Said::Ran(_)]), "{said:?}");
        stage.hears_answer(outcome)
    }

    #[test]
    fn who_was_added_is_shown() {
        let said = answered("bob", Ok(Reply::Contact(contact::Reply::Contact(Box::new(bob())))));
        let user = json!({"uid": "bob", "nick": "Bob", "email": "bob@h", "phone": "+1", "picture": ""});
        assert_eq!(
            said,
            [Said::Frame(
                json!({"action": "addcontact", "data": {"status": 0, "error": "OK", "user": user}})
            )]
        );
    }

    #[test]
    fn a_refusal_has_every_field() {
        let user = json!({"uid": "", "nick": "", "email": "", "phone": "", "picture": ""});
        let data = json!({"status": 1, "error": "it is so already", "user": user});
        let expected = [Said::Frame(json!({"action": "addcontact", "data": data}))];
        assert_eq!(answered("bob", Err(Refusal::Already)), expected);
        let group = overview(7, "tea", Kind::Group);
        let found = Reply::Conversation(conversation::Reply::Conversation(Box::new(group)));
        assert_eq!(answered("group:7", Ok(found)), expected);
    }

    #[test]
    fn the_code_tells_why_not() {
        let check = |uid: &str, refusal, expected: u8| {
            assert_eq!(status(&answered(uid, Err(refusal))), expected, "{uid}")
        };
        check("ann", Refusal::Yourself, 1);
        check("eve", Refusal::UnknownAccount, 8);
        check("group:8", Refusal::UnknownConversation, 8);
        let direct = overview(8, "", Kind::Direct);
        let found = Reply::Conversation(conversation::Reply::Conversation(Box::new(direct)));
        assert_eq!(status(&answered("group:8", Ok(found))), 8);
        assert_eq!(
            status(&Stage::signed_in(&ann()).says(&json!({"action": "addcontact", "data": {"uid": ""}}))),
            4
        );
    }
}
