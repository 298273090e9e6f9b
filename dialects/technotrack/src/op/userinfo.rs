//! `userinfo`: look somebody up, or a group.
//!
//! `{user}` is answered with `{status, error, nick, email, phone, picture, user_status}`.

use super::{Asked, Outcome, Verb};
use crate::card::picture;
use crate::peer::Peer;
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::lenient::Word;
use koine_model::account::{self, AccountRef, Person};
use koine_model::conversation::{self, Kind};
use koine_model::{Command, Reply};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct UserInfo {
    user: Word,
}

#[derive(Serialize, Default)]
pub(crate) struct Fields {
    nick: String,
    email: String,
    phone: String,
    picture: String,
    user_status: String,
}

impl Verb for UserInfo {
    const ACTION: &'static str = "userinfo";
    type Asked = ();
    type Fields = Fields;

    fn submit(self) -> Result<(Asked, Command), No> {
        let command = match Peer::parse(self.user.as_str())? {
            Peer::Person(handle) => account::Command::Find { who: AccountRef::Handle(handle) }.into(),
            Peer::Group(conversation) => conversation::Command::Find { conversation }.into(),
        };
        Ok((Asked::UserInfo, command))
    }

    fn answer((): (), outcome: Outcome, _: &Conversing) -> Result<Fields, No> {
        match outcome? {
            Reply::Account(account::Reply::Person(person)) => Ok(Fields::from(*person)),
            Reply::Conversation(conversation::Reply::Conversation(overview)) => {
                match overview.conversation.kind {
                    Kind::Group => Ok(Fields { nick: overview.conversation.name, ..Fields::default() }),
                    // A direct conversation has no name of its own here: it is known by the other person's login.
                    Kind::Direct => Err(No::user_not_found()),
                }
            }
            _ => Err(No::unexpected()),
        }
    }
}

impl From<Person> for Fields {
    fn from(person: Person) -> Self {
        let picture = picture(&person);
        let profile = person.profile;
        Self {
            nick: profile.nick,
            email: profile.email,
            phone: profile.phone,
            picture,
            user_status: profile.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, overview, status, with_picture};
    use koine_model::Refusal;
    use serde_json::{Value, json};

    fn answered(user: &str, outcome: Outcome) -> Value {
        let mut stage = Stage::signed_in(&ann());
        let said = stage.says(&json!({"action": "userinfo", "data": {"user": user}}));
        assert!(matches!(said.as_slice(), [Said::Ran(_)]), "{said:?}");
        let said = stage.hears_answer(outcome);
        let [Said::Frame(frame)] = said.as_slice() else { panic!("{said:?}") };
        frame.clone()
    }

    #[test]
    fn a_person_is_shown() {
        let person = |person| Ok(Reply::Account(account::Reply::Person(Box::new(person))));
        let expected = |picture: &str| {
            json!({"action": "userinfo", "data": {
                "status": 0, "error": "OK", "nick": "Bob", "email": "bob@h", "phone": "+1", "picture": picture,
                "user_status": "here",
            }})
        };
        assert_eq!(answered("bob", person(bob())), expected(""));
        assert_eq!(answered("bob", person(with_picture(bob(), b"abc"))), expected("YWJj"));
    }

    #[test]
    fn a_group_is_shown_by_its_name() {
        let found = |kind| {
            Ok(Reply::Conversation(conversation::Reply::Conversation(Box::new(overview(7, "tea", kind)))))
        };
        let expected = json!({"action": "userinfo", "data": {
            "status": 0, "error": "OK", "nick": "tea", "email": "", "phone": "", "picture": "", "user_status": "",
        }});
        assert_eq!(answered("group:7", found(Kind::Group)), expected);
        assert_eq!(answered("group:7", found(Kind::Direct))["data"]["status"], json!(8));
    }

    #[test]
    fn a_refusal_has_every_field() {
        let expected = json!({"action": "userinfo", "data": {
            "status": 8, "error": "no such user", "nick": "", "email": "", "phone": "", "picture": "", "user_status": "",
        }});
        assert_eq!(answered("bob", Err(Refusal::UnknownAccount)), expected);
        assert_eq!(answered("group:7", Err(Refusal::UnknownConversation))["data"]["status"], json!(8));
        assert_eq!(status(&Stage::signed_in(&ann()).says(&json!({"action": "userinfo"}))), 4);
    }
}
