//! Code 1, which the document does not have: what is known of a session? Answered with `{"code": 2, "data": {…}}`.
//!
//! `data` has those of the values that were asked for: `session_id`, `name`, `avatar`, `avatar_hash`, `time`, `update_time`,
//! `members`, `owner`. A session of two is called and looks like the other person, a group looks like who leads it.

use super::{Asked, Outcome, Verb};
use crate::flavour::Ids;
use crate::picture;
use crate::refusal::No;
use crate::session::Client;
use crate::wire::{self, SessionId};
use koine_dialect::Outbox;
use koine_dialect::toolbox::lenient::Word;
use koine_model::Refusal;
use koine_model::account::Person;
use koine_model::conversation::{Command, Kind, Overview, Reply};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(crate) struct SessionInfo {
    session_id: SessionId,
    #[serde(default)]
    request_values: Vec<Word>,
}

impl Verb for SessionInfo {
    const CODE: u32 = 1;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        let wanted: Vec<String> = self.request_values.into_iter().map(|value| value.0).collect();
        client.learn_ids(self.session_id.is_text.then_some(Ids::Text));
        client.learn_ids(Ids::told_by(&wanted));
        let conversation = self.session_id.conversation.ok_or(Refusal::UnknownConversation)?;
        client.ask(Asked::SessionInfo(wanted), Command::Find { conversation }, out);
        Ok(())
    }
}

pub(crate) fn answer(wanted: &[String], outcome: Outcome, client: &Client, out: &mut Outbox) {
    out.send(match outcome {
        Ok(koine_model::Reply::Conversation(Reply::Conversation(overview))) => {
            let now = out.now().seconds();
            let value = |name: &String| Some((name.clone(), value(name, &overview, client, now)?));
            let data: Map<String, Value> = wanted.iter().filter_map(value).collect();
            wire::frame(2, [("data", data.into())])
        }
        Ok(_) => No::unexpected().frame(),
        Err(refusal) => No::from(refusal).frame(),
    });
}

fn value(name: &str, overview: &Overview, client: &Client, now: i64) -> Option<Value> {
    let conversation = &overview.conversation;
    let face = || face(overview, client);
    Some(match name {
        "session_id" => client.ids().write(conversation.id),
        "name" => match conversation.kind {
            Kind::Group => conversation.name.clone().into(),
            Kind::Direct => face()?.profile.nick.clone().into(),
        },
        "avatar" | "avater" => {
            let account = face().map_or(conversation.leader, |person| person.profile.id);
            client.links().avatar(account).into()
        }
        "avatar_hash" => picture::hash(face()?)?.into(),
        "time" => conversation.created.seconds().into(),
        // When it changed is not remembered: a client that compares looks again, and misses nothing.
        "update_time" => now.into(),
        "members" => overview.members.iter().map(|person| person.profile.id.to_string()).collect(),
        "owner" => conversation.leader.to_string().into(),
        _ => return None,
    })
}

/// The person whom a session looks like.
fn face<'a>(overview: &'a Overview, client: &Client) -> Option<&'a Person> {
    match overview.conversation.kind {
        Kind::Direct => overview.other(client.me()?.id),
        Kind::Group => {
            overview.members.iter().find(|person| person.profile.id == overview.conversation.leader)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, error, overview};
    use serde_json::json;

    fn answered(request: &Value, overview: Overview) -> Value {
        let mut stage = Stage::signed_in(&ann());
        assert!(matches!(stage.says(request).as_slice(), [Said::Ran(_)]));
        let said = stage.hears_answer(Ok(Reply::Conversation(Box::new(overview)).into()));
        let [Said::Frame(frame)] = said.as_slice() else { panic!("{said:?}") };
        frame.clone()
    }

    fn everything(session_id: &Value) -> Value {
        let values = [
            "session_id",
            "name",
            "avatar",
            "avatar_hash",
            "time",
            "update_time",
            "members",
            "owner",
            "mood",
        ];
        json!({"code": 1, "session_id": session_id, "request_values": values})
    }

    #[test]
    fn a_session_of_two_looks_like_the_other() {
        let expected = json!({"code": 2, "data": {
            "session_id": "7", "name": "Bob", "avatar": "http://h/avatar/2147483647", "avatar_hash": "09".repeat(32),
            "time": 12, "update_time": 12, "members": ["1000000001", "2147483647"], "owner": "1000000001",
        }});
        assert_eq!(answered(&everything(&json!(7)), overview(&[ann(), bob()])), expected);
    }

    #[test]
    fn a_group_looks_like_its_leader() {
        let mut group = overview(&[bob(), ann()]);
        group.conversation.kind = Kind::Group;
        group.conversation.name = "tea".into();
        group.conversation.leader = bob().profile.id;
        let values = ["name", "avater", "owner"];
        let asked = json!({"code": 1, "session_id": 7, "request_values": values});
        let expected = json!({"code": 2, "data": {
            "name": "tea", "avater": "http://h/avatar/2147483647", "owner": "2147483647",
        }});
        assert_eq!(answered(&asked, group.clone()), expected);
        // Of a very large group, the leader need not be among the listed.
        group.members.clear();
        assert_eq!(answered(&asked, group), expected);
    }

    #[test]
    fn a_session_that_is_not_there_is_an_error() {
        let mut stage = Stage::signed_in(&ann());
        stage.says(&everything(&json!(8)));
        assert_eq!(error(&stage.hears_answer(Err(Refusal::UnknownConversation))), "no such conversation");
        assert_eq!(error(&stage.says(&everything(&json!("x")))), "no such conversation");
    }
}
