//! `GROUP_CREATE`: make a group of friends. They are members when they accept.

use super::{Asked as Pending, Name, Outcome, Verb, code};
use crate::refusal::{DONE, Family, NAME_IN_USE, NOT_FRIENDS};
use crate::rooms::Footing;
use crate::session::Conversing;
use crate::telling;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::account::{AccountRef, Handle};
use koine_model::conversation::{self, Command};
use koine_model::{Refusal, Reply, contact};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct GroupCreate {
    sender: Name,
    members: Vec<Name>,
    name: Name,
}

/// A group that is being made.
#[derive(Debug)]
pub(crate) struct Asked {
    echo: Echo,
    /// Who is to be in it, as the client has written them.
    members: Vec<String>,
}

impl Verb for GroupCreate {
    const TYPE: &'static str = "GROUP_CREATE";
    const ANSWER: &'static str = "GROUP_CREATE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "members", "name"];
    const FAMILY: Family = Family::Groups;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let name = self.name.as_str().trim().to_owned();
        if session.rooms.joined(&name).is_some() {
            return Err(NAME_IN_USE);
        }
        let members: Vec<String> =
            self.members.into_iter().map(|member| member.as_str().to_owned()).collect();
        let accounts: Result<Vec<AccountRef>, _> =
            members.iter().map(|member| Handle::parse(member).map(AccountRef::Handle)).collect();
        let asked = Pending::GroupCreate(Box::new(Asked { echo, members }));
        match accounts {
            Ok(members) => session.ask(asked, Command::Create { name, members, invite: true }, out),
            // Who cannot have an account is no friend, and the others are looked for, too.
            Err(_) => session.ask(asked, contact::Command::List, out),
        }
        Ok(())
    }
}

pub(crate) fn answer(asked: Asked, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    match outcome {
        Ok(Reply::Conversation(conversation::Reply::Conversation(group))) => {
            session.rooms.enter(&group.conversation, Footing::Member);
            out.send(asked.echo.frame(DONE, out.now()));
            telling::made(&group, session, out);
        }
        Ok(Reply::Contact(contact::Reply::Contacts(contacts))) => {
            let is_friend = |name: &str| {
                let Ok(handle) = Handle::parse(name) else { return false };
                let known =
                    contacts.people.iter().any(|known| known.mutual && known.person.profile.handle == handle);
                known || session.me.as_ref().is_some_and(|me| me.handle == handle)
            };
            let strangers: Vec<String> = asked.members.into_iter().filter(|name| !is_friend(name)).collect();
            let echo = asked.echo.without("members").with("not-friends", strangers);
            out.send(echo.frame(NOT_FRIENDS, out.now()));
        }
        // Which of them it is, the list of friends tells.
        Err(Refusal::NotFriends | Refusal::UnknownAccount) => {
            session.ask(Pending::GroupCreate(Box::new(asked)), contact::Command::List, out);
        }
        outcome => out.send(asked.echo.frame(code(Family::Groups, &outcome), out.now())),
    }
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::{Stage, ann, bob, conversation, eve, frames};
    use koine_model::conversation::{Conversation, Overview, Reply};
    use serde_json::json;

    #[test]
    fn who_is_in_it_at_once_has_accepted() {
        let (ann, mut stage) = (ann(), Stage::signed_in(&ann()));
        let members = ["bob", "eve"];
        let group = json!({"sender": "ann", "members": members, "name": "tea"});
        stage.says(&json!({"type": "GROUP_CREATE", "timestamp": 1, "payload": group}));
        let conversation = Conversation { leader: ann.profile.id, ..conversation(7, "tea") };
        let made = Overview { conversation, members: vec![ann, bob(), eve()], member_count: 3 };
        let said = frames(&stage.hears_answer(Ok(Reply::Conversation(Box::new(made)).into())));
        let kinds: Vec<_> = said.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["GROUP_CREATE_ACK", "GROUP_INVITE_RESPONSE", "GROUP_INVITE_RESPONSE"]);
        for (frame, member) in said[1..].iter().zip(members) {
            let accepted = json!({"sender": "ann", "receiver": member, "group": "tea", "code": 0});
            assert_eq!(frame["payload"], accepted);
        }
    }
}
