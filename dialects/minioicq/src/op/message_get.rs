//! `message.get`: look back in a chat. "Subject to change", says the document, so much is accepted.
//!
//! `user_id` names the other person of a direct chat, `chat_id` any chat. `start` and `end` are times or the
//! numbers of messages, both inclusive, and either may be missing. A single place may be the edge of the
//! span in the middle of a message with several parts: those outside are left out here.

use super::{Asked, Outcome, Verb};
use crate::refusal::{self, CHAT_NOT_FOUND, Reason};
use crate::render;
use crate::session::Session;
use crate::wire::{Scalar, Value};
use koine_dialect::Outbox;
use koine_dialect::toolbox::{content, iso8601};
use koine_model::account::AccountRef;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Command, Order, Reply, Span};
use koine_model::{ConversationId, Refusal, Timestamp};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct MessageGet {
    #[serde(default)]
    user_id: Scalar,
    #[serde(default)]
    chat_id: Scalar,
    #[serde(default)]
    start: Scalar,
    #[serde(default)]
    end: Scalar,
}

/// The first and the last message's number that are wanted.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Bounds {
    first: u32,
    last: u32,
}

/// How many messages one answer holds; the next request ends where this one starts.
const LIMIT: usize = 200;

impl Verb for MessageGet {
    const ACTION: &'static str = "message.get";
    const FAILURE: &'static str = "message.get.fail";

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        let (chat, user) = (self.chat_id.word("chat_id")?, self.user_id.word("user_id")?);
        let of = match (chat.as_str(), user) {
            ("", user) if user.is_empty() => return Err("user_id is empty".into()),
            ("", user) => ConversationRef::With(AccountRef::Typed(user)),
            (chat, _) => ConversationRef::Id(ConversationId::parse(chat).ok_or(CHAT_NOT_FOUND)?),
        };
        let (span, bounds) = span(Edge::read(self.start, "start")?, Edge::read(self.end, "end")?);
        session.ask(
            Asked::History(bounds),
            Command::History { of, span, order: Order::Newest, limit: LIMIT },
            out,
        );
        Ok(())
    }
}

pub(crate) fn answer(bounds: &Bounds, outcome: Outcome, session: &mut Session) -> Value {
    let form = session.habit().form();
    match outcome {
        Ok(koine_model::Reply::Message(Reply::History(letters))) => {
            let parts = letters.iter().flat_map(|letter| render::parts(letter, form, session.links()));
            let wanted = parts.filter(|(number, _)| (bounds.first..=bounds.last).contains(number));
            let messages = Value::list(wanted.map(|(_, message)| message));
            Value::action("message.retrieve", [("messages", messages)])
        }
        Ok(_) => refusal::failure(MessageGet::FAILURE, refusal::UNEXPECTED),
        // The request is about a chat, however it is named.
        Err(Refusal::UnknownAccount) => refusal::refused::<MessageGet>(Refusal::UnknownConversation),
        Err(refusal) => refusal::refused::<MessageGet>(refusal),
    }
}

/// One end of what is wanted.
enum Edge {
    Open,
    Time(Timestamp),
    Number(u32),
}

impl Edge {
    fn read(scalar: Scalar, field: &'static str) -> Result<Self, Reason> {
        let word = scalar.word(field)?;
        if word.is_empty() {
            return Ok(Self::Open);
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            // No message has a number beyond int32, and what is beyond is after them all.
            return Ok(Self::Number(word.parse().unwrap_or(u32::MAX)));
        }
        let time = iso8601::read(&word).map(Self::Time);
        time.ok_or_else(|| format!("{field} is neither a time nor the id of a message").into())
    }
}

fn span(start: Edge, end: Edge) -> (Span, Bounds) {
    let (mut span, mut bounds) = (Span::ALL, Bounds { first: 0, last: u32::MAX });
    match start {
        Edge::Open => {}
        Edge::Time(at) => span.since = Some(at),
        Edge::Number(number) => {
            span.after = content::part_place(number).previous();
            bounds.first = number;
        }
    }
    match end {
        Edge::Open => {}
        Edge::Time(at) => span.before = Some(at),
        Edge::Number(number) => {
            span.until = content::part_place(number);
            bounds.last = number;
        }
    }
    (span, bounds)
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, letter, person};
    use koine_model::account::AccountRef;
    use koine_model::conversation::ConversationRef;
    use koine_model::message::{Command, Part, Reply, Span};
    use koine_model::{Command as Any, ConversationId, Refusal, Seq, Timestamp};
    use serde_json::{Value as Json, json};

    fn ask(bench: &mut Bench, fields: &Json) -> Vec<Did> {
        let mut request = fields.clone();
        request["action"] = json!("message.get");
        bench.says(&request)
    }

    #[test]
    fn a_span_is_read_of_times_and_of_numbers() {
        let check = |fields: Json, expected: Span| {
            let did = ask(&mut Bench::signed_in(Form::Qt), &fields);
            let [Did::Ran(Any::Message(Command::History { of, span, limit: 200, .. }))] = did.as_slice()
            else {
                panic!("{did:?}")
            };
            assert_eq!(
                (of, span),
                (&ConversationRef::With(AccountRef::Typed("7".into())), &expected),
                "{fields}"
            );
        };
        check(json!({"user_id": "7"}), Span::ALL);
        check(json!({"user_id": 7, "start": "", "end": null}), Span::ALL);
        let (since, before) = (Some(Timestamp(1000)), Some(Timestamp(2000)));
        let times = json!({"user_id": 7, "start": "1970-01-01T00:00:01Z", "end": "1970-01-01T00:00:02"});
        check(times, Span { since, before, ..Span::ALL });
        let (after, until) = (Seq::new(2), Seq::new(5));
        check(json!({"user_id": 7, "start": "48", "end": 81}), Span { after, until, ..Span::ALL });
        check(
            json!({"user_id": 7, "start": 0, "end": "99999999999"}),
            Span { until: Seq::new(u32::MAX / 16), ..Span::ALL },
        );
    }

    #[test]
    fn a_chat_may_be_named_instead() {
        let did = ask(&mut Bench::signed_in(Form::Pack), &json!({"chat_id": "3", "user_id": "7"}));
        let [Did::Ran(Any::Message(Command::History { of, .. }))] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(*of, ConversationRef::Id(ConversationId::new(3).unwrap()));
    }

    #[test]
    fn both_numbers_are_inclusive_also_amid_a_message() {
        let mut bench = Bench::signed_in(Form::Pack);
        ask(&mut bench, &json!({"chat_id": "3", "start": "17", "end": "32"}));
        let parts = || vec![Part::text("a"), Part::text("b")];
        let letters =
            vec![letter(3, 1, &person(1, "Ann"), parts()), letter(3, 2, &person(1, "Ann"), parts())];
        let did = bench.gets(Ok(Reply::History(letters).into()));
        let [Did::Sent(answer)] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(answer["action"], "message.retrieve");
        let ids: Vec<&str> = answer["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["message_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["17", "32"]);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let fail = |reason: &str| vec![Did::Sent(json!({"action": "message.get.fail", "reason": reason}))];
        let mut bench = Bench::signed_in(Form::Qt);
        assert_eq!(ask(&mut bench, &json!({})), fail("user_id is empty"));
        assert_eq!(ask(&mut bench, &json!({"chat_id": "tea"})), fail("Chat not found"));
        let odd = json!({"chat_id": 3, "start": "yesterday"});
        assert_eq!(ask(&mut bench, &odd), fail("start is neither a time nor the id of a message"));
        for refusal in [Refusal::UnknownAccount, Refusal::UnknownConversation] {
            ask(&mut bench, &json!({"user_id": 7}));
            assert_eq!(bench.gets(Err(refusal)), fail("Chat not found"));
        }
    }
}
