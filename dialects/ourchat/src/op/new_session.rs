//! Code 8: talk with others. Answered with `{"code": 9, "status": 0 done, 1 server error, 2 too many, "session_id"}`.
//!
//! One other: the session of the two, the same each time. Several: a new group, in which everybody is a member at once. Nobody but
//! oneself: the session with oneself.

use super::{Asked, Outcome, Verb};
use crate::refusal::{No, statuses};
use crate::session::{Client, Me};
use crate::wire::{self, Ocid};
use koine_dialect::Outbox;
use koine_model::account::AccountRef;
use koine_model::conversation::{Command, Reply};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct NewSession {
    members: Vec<Ocid>,
}

impl Verb for NewSession {
    const CODE: u32 = 8;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        let Some(me) = client.me() else { return Err(koine_model::Refusal::NotSignedIn.into()) };
        if self.members.is_empty() {
            out.send(refused(1));
            return Ok(());
        }
        let command = command(&self.members, me);
        client.ask(Asked::NewSession, command, out);
        Ok(())
    }
}

fn command(members: &[Ocid], me: &Me) -> Command {
    let own = AccountRef::Id(me.id);
    let mut seen = std::collections::HashSet::new();
    let others = members.iter().map(Ocid::account).filter(|member| *member != own);
    let mut others: Vec<AccountRef> = others.filter(|member| seen.insert(format!("{member:?}"))).collect();
    match others.pop() {
        None => Command::Open { with: own },
        Some(other) if others.is_empty() => Command::Open { with: other },
        Some(last) => {
            others.push(last);
            Command::Create { name: name(me), members: others, invite: false }
        }
    }
}

/// A group must have a name, and here it is given none.
fn name(me: &Me) -> String {
    let nick: String = me.nick.chars().take(40).collect();
    format!("{nick}'s chat")
}

pub(crate) fn answer(outcome: Outcome, client: &Client, out: &mut Outbox) {
    out.send(match outcome {
        Ok(koine_model::Reply::Conversation(Reply::Conversation(overview))) => {
            let id = client.ids().write(overview.conversation.id);
            wire::frame(9, [("status", 0.into()), ("session_id", id)])
        }
        Ok(_) => refused(1),
        Err(refusal) => refused(statuses(refusal).new_session),
    });
}

fn refused(status: u8) -> koine_dialect::Payload {
    wire::frame(9, [("status", status.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, overview};
    use koine_model::refusal::Field;
    use koine_model::{AccountId, Refusal};
    use serde_json::{Value, json};

    fn asked(members: Value) -> Command {
        let said = Stage::signed_in(&ann()).says(&json!({"code": 8, "members": members}));
        let [Said::Ran(koine_model::Command::Conversation(command))] = said.as_slice() else {
            panic!("{said:?}")
        };
        command.clone()
    }

    #[test]
    fn two_have_one_session_and_more_are_a_group() {
        let (ann, bob) = ("1000000001", "2147483647");
        let open = |members: Value, expected: AccountRef| {
            let Command::Open { with } = asked(members) else { panic!("a group") };
            assert_eq!(with, expected);
        };
        open(json!([bob]), AccountRef::Id(AccountId::LAST));
        open(json!([ann, bob, bob, 2_147_483_647]), AccountRef::Id(AccountId::LAST));
        open(json!([ann]), AccountRef::Id(AccountId::FIRST));
        open(json!(["bob"]), AccountRef::Typed("bob".into()));
        let Command::Create { name, members, invite } = asked(json!([ann, bob, "eve"])) else {
            panic!("two")
        };
        let eve = AccountRef::Typed("eve".into());
        assert_eq!(
            (name.as_str(), members, invite),
            ("Ann's chat", vec![AccountRef::Id(AccountId::LAST), eve], false)
        );
    }

    #[test]
    fn the_answer_has_the_id() {
        let check = |outcome: Outcome, expected: Value| {
            let mut stage = Stage::signed_in(&ann());
            stage.says(&json!({"code": 8, "members": ["2147483647"]}));
            assert_eq!(stage.hears_answer(outcome), [Said::Frame(expected)]);
        };
        let made = Reply::Conversation(Box::new(overview(&[ann(), bob()])));
        check(Ok(made.into()), json!({"code": 9, "status": 0, "session_id": 7}));
        check(Err(Refusal::UnknownAccount), json!({"code": 9, "status": 1}));
        check(Err(Refusal::TooLarge(Field::Members)), json!({"code": 9, "status": 2}));
        let nobody = Stage::signed_in(&ann()).says(&json!({"code": 8, "members": []}));
        assert_eq!(nobody, [Said::Frame(json!({"code": 9, "status": 1}))]);
    }
}
