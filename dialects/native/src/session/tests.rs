//! A session without a server: what its requests become, and how answers and events are written.

mod listening;
mod messages;

use crate::rehearsal::{Bench, Did, ann, bob, conversation, face, letter, said, shelf};
use koine_dialect::{Farewell, Fault, Frame, Session};
use koine_model::account::{self, AccountRef, Person};
use koine_model::contact::{self, Contacts};
use koine_model::conversation::{self, Attendee, ConversationRef, Invitation, Kind, Overview};
use koine_model::media::{Blob, Media};
use koine_model::message::{self, Act, Deed, DraftPart, Leaf, Markup, Origin, Part, Quote, Reaction};
use koine_model::presence::Presence;
use koine_model::refusal::Field;
use koine_model::session::SessionId;
use koine_model::token::Token;
use koine_model::{
    Command, ConversationId, Epoch, Event, Incident, MediaId, Place, Refusal, Reply, Seq, Timestamp, upload,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn error(frame: &Value) -> (&str, &str) {
    let field = frame["error"]["field"].as_str().unwrap_or_default();
    (frame["error"]["code"].as_str().expect("a code"), field)
}

#[test]
fn the_server_speaks_first() {
    let hello = said(Bench::stranger().with(|session, out| session.greet(out)));
    let limits =
        json!({"text_bytes": 10, "upload_bytes": 0, "avatar_bytes": 0, "frame_bytes": 0, "group_members": 0});
    let expected = json!({
        "event": "hello", "server": "koine", "version": "1", "protocol": 1, "time": 12345, "limits": limits,
        "registration": "open", "recovery": false, "epoch": "0000000000000000",
    });
    assert_eq!(hello, expected);
}

#[test]
fn what_is_no_request_is_told_and_the_connection_stays() {
    for text in ["", "hello", "[]", "{}", "{\"id\"", "{\"id\": \"a\"}", "{\"id\": -1}", "{\"do\": \"send\"}"]
    {
        let frame = said(Bench::signed_in().says(text));
        assert_eq!(frame["event"], "bad_frame", "{text}");
    }
    let frame = said(Bench::stranger().with(|session, out| session.receive(Frame::Binary(b"{}"), out)));
    assert_eq!(frame["event"], "bad_frame");
    for fault in [Fault::Malformed, Fault::TooLarge] {
        assert_eq!(said(Bench::stranger().with(|it, out| it.broken(fault, out)))["event"], "bad_frame");
    }
    let late = said(Bench::stranger().with(|it, out| it.broken(Fault::TooSlow, out)));
    assert_eq!(late, json!({"event": "bye", "why": "late"}));
}

#[test]
fn what_is_wrong_with_a_request_is_named() {
    let check = |text: &str, expected: (&str, &str)| {
        let frame = said(Bench::signed_in().says(text));
        assert_eq!((error(&frame), &frame["id"]), (expected, &json!(1)), "{text}: {frame}");
    };
    check(r#"{"id": 1}"#, ("bad_request", "do"));
    check(r#"{"id": 1, "do": 5}"#, ("bad_request", "do"));
    check(r#"{"id": 1, "do": "dance"}"#, ("unknown_request", "do"));
    check(r#"{"id": 1, "do": "find"}"#, ("bad_request", "who"));
    check(r#"{"id": 1, "do": "find", "who": null}"#, ("bad_request", "who"));
    check(r#"{"id": 1, "do": "avatar"}"#, ("bad_request", "upload"));
    check(r#"{"id": 1, "do": "read", "conversation": "x", "seq": 1}"#, ("bad_request", "conversation"));
    check(r#"{"id": 1, "do": "read", "conversation": 1, "seq": -1}"#, ("bad_request", "seq"));
    check(r#"{"id": 1, "do": "send", "to": {"with": {}}, "key": "k"}"#, ("bad_request", "to.with"));
    check(r#"{"id": 1, "do": "send", "to": {}, "key": "k"}"#, ("bad_request", "to"));
    check(
        r#"{"id": 1, "do": "send", "to": {"with": "a", "conversation": 1}, "key": "k"}"#,
        ("bad_request", "to"),
    );
    check(r#"{"id": 1, "do": "listen", "have": {"x": 1}}"#, ("bad_request", "have"));
    check(
        r#"{"id": 1, "do": "search", "query": "a", "limit": 1, "before": {"conversation": 1, "at": 1}}"#,
        ("bad_request", "before.seq"),
    );
    check(
        r#"{"id": 1, "do": "history", "conversation": 1, "limit": 1, "before": 1, "after": 1}"#,
        ("bad_request", "before"),
    );
}

#[test]
fn keys_have_one_to_64_characters() {
    let send = |key: &str| json!({"to": {"conversation": 1}, "key": key, "text": "x"});
    assert_eq!(error(&Bench::signed_in().answer("send", send(""))), ("empty", "key"));
    assert_eq!(error(&Bench::signed_in().answer("send", send(&"я".repeat(65)))), ("too_large", "key"));
    assert!(matches!(Bench::signed_in().command("send", send(&"я".repeat(64))), Command::Message(_)));
}

#[test]
fn numbers_that_nothing_can_have_are_those_of_nothing() {
    let mut bench = Bench::signed_in();
    assert_eq!(error(&bench.answer("find", json!({"who": 5}))).0, "unknown_account");
    assert_eq!(error(&bench.answer("find", json!({"who": u64::MAX}))).0, "unknown_account");
    assert_eq!(error(&bench.answer("clear", json!({"conversation": 0}))).0, "unknown_conversation");
}

#[test]
fn strangers_sign_in_and_others_do_not_again() {
    for row in crate::op::ROWS {
        let open = ["register", "login", "resume", "recover"].contains(&row.name);
        let (who, code) = match open {
            true => (Bench::signed_in(), "already_signed_in"),
            false => (Bench::stranger(), "not_signed_in"),
        };
        let mut bench = who;
        assert_eq!(error(&bench.answer(row.name, json!({}))).0, code, "{}", row.name);
    }
}

#[test]
fn signing_in_gives_a_token() {
    let mut bench = Bench::stranger();
    let fields =
        json!({"handle": "ann", "nick": "Ann", "password": "secret", "device": "phone", "email": " a@x "});
    let Command::Account(account::Command::Register(registration)) = bench.command("register", fields) else {
        panic!("it registers")
    };
    assert_eq!((registration.email.as_str(), registration.sign_in), ("a@x", true));
    let did = bench.gets(Ok(account::Reply::Signed(Box::new(ann())).into()));
    let [Did::Asked(command)] = did.as_slice() else { panic!("{did:?}") };
    assert!(
        matches!(&**command, Command::Account(account::Command::IssueToken { label }) if label == "phone"),
        "{command:?}"
    );
    let frame = said(bench.gets(Ok(account::Reply::Token(Token::new(1), SessionId(9)).into())));
    let me = json!({
        "id": 1_000_000_001, "handle": "ann", "nick": "Ann", "status": "here", "avatar": "/avatar/1000000001",
        "deleted": false, "email": "ann@h", "phone": "+1", "created": 12345,
    });
    let token = "00000000-0000-0000-0000-000000000001";
    assert_eq!(frame, json!({"id": 1, "ok": {"me": me, "token": token, "session": 9}}));
}

#[test]
fn without_a_token_one_is_nobody_again() {
    let mut bench = Bench::stranger();
    bench.command("login", json!({"who": 1_000_000_001, "password": "x", "device": ""}));
    bench.gets(Ok(account::Reply::Signed(Box::new(ann())).into()));
    for (refusal, expected) in [
        (Refusal::TooManyTokens, ("too_many_sessions", "")),
        (Refusal::TooLarge(Field::Name), ("too_large", "device")),
    ] {
        let mut bench = Bench::stranger();
        bench.command("login", json!({"who": 1_000_000_001, "password": "x", "device": ""}));
        bench.gets(Ok(account::Reply::Signed(Box::new(ann())).into()));
        let did = bench.gets(Err(refusal));
        let [Did::Asked(command)] = did.as_slice() else { panic!("{did:?}") };
        assert!(matches!(&**command, Command::Account(account::Command::SignOut)), "{command:?}");
        let frame = said(bench.gets(Ok(Reply::Done)));
        assert_eq!(error(&frame), expected);
        assert_eq!(error(&bench.answer("contacts", json!({}))).0, "not_signed_in");
    }
}

#[test]
fn strangers_do_not_learn_who_is_here() {
    for refusal in [Refusal::UnknownAccount, Refusal::WrongSecret] {
        let mut bench = Bench::stranger();
        bench.command("login", json!({"who": "ann", "password": "x", "device": ""}));
        assert_eq!(error(&said(bench.gets(Err(refusal)))).0, "wrong_password");
    }
    let login = json!({"who": 5, "password": "x", "device": ""});
    assert_eq!(error(&Bench::stranger().answer("login", login)).0, "wrong_password");
}

#[test]
fn a_token_signs_in_and_logging_out_ends_it() {
    let mut bench = Bench::stranger();
    assert_eq!(error(&bench.answer("resume", json!({"token": "x"}))).0, "not_signed_in");
    let token = Token::new(77);
    let command = bench.command("resume", json!({"token": token.expose()}));
    assert!(matches!(command, Command::Account(account::Command::Resume { token: it }) if it == token));
    bench.gets(Ok(account::Reply::Resumed(face(&ann()), SessionId(4)).into()));
    let frame = said(bench.gets(Ok(account::Reply::Person(Box::new(ann())).into())));
    assert_eq!((&frame["ok"]["session"], &frame["ok"]["me"]["handle"]), (&json!(4), &json!("ann")));
    let command = bench.command("logout", json!({}));
    assert!(matches!(command, Command::Account(account::Command::RevokeToken { token: it }) if it == token));
    bench.gets(Ok(Reply::Done));
    assert_eq!(said(bench.gets(Ok(Reply::Done))), json!({"id": 1, "ok": {}}));
    assert_eq!(error(&bench.answer("contacts", json!({}))).0, "not_signed_in");
}

#[test]
fn fields_are_called_as_the_request_calls_them() {
    let check = |verb: &str, fields: Value, field: Field, expected: &str| {
        let mut bench = Bench::signed_in();
        bench.command(verb, fields);
        let frame = said(bench.gets(Err(Refusal::Unusable(field))));
        assert_eq!(error(&frame), ("unusable", expected), "{verb}");
    };
    check("profile", json!({"nick": "x"}), Field::Name, "nick");
    check("group.rename", json!({"conversation": 1, "name": "x"}), Field::Name, "name");
    check("password", json!({"old": "x", "new": "y"}), Field::Secret, "new");
    let react = json!({"conversation": 1, "seq": 1, "key": "k", "emoji": "x", "on": true});
    check("react", react, Field::Message, "emoji");
    check("search", json!({"query": "", "limit": 1}), Field::Message, "query");
    check("avatar", json!({"upload": "x"}), Field::Picture, "upload");
    let send = json!({"to": {"conversation": 1}, "key": "k", "text": "x"});
    check("send", send, Field::Message, "text");
}

#[test]
fn the_end_is_told() {
    for (why, expected) in [
        (Farewell::Replaced, "ended"),
        (Farewell::SignedOut, "ended"),
        (Farewell::Outdated, "again"),
        (Farewell::Deleted, "deleted"),
        (Farewell::Stopping, "stopping"),
    ] {
        let frame = said(Bench::signed_in().with(|session, out| session.farewell(why, out)));
        assert_eq!(frame, json!({"event": "bye", "why": expected}));
    }
}

#[test]
fn changes_of_a_conversation_show_it_as_it_is_then() {
    let room = || Reply::from(conversation::Reply::Room(Box::new(shelf()), vec![attendee(&bob())]));
    let overview = || {
        let overview =
            Overview { conversation: conversation(Kind::Group), members: Vec::new(), member_count: 0 };
        Reply::from(conversation::Reply::Conversation(Box::new(overview)))
    };
    for (verb, fields) in [
        ("open", json!({"with": "bob"})),
        ("group.create", json!({"name": "tea", "members": ["bob", 1_000_000_002]})),
        ("group.add", json!({"conversation": 7, "who": "bob", "invite": true})),
        ("group.remove", json!({"conversation": 7, "who": "bob"})),
        ("group.promote", json!({"conversation": 7, "who": "bob"})),
        ("group.rename", json!({"conversation": 7, "name": "x"})),
        ("group.picture", json!({"conversation": 7, "upload": null})),
        ("invitation.answer", json!({"conversation": 7, "accept": true})),
    ] {
        let mut bench = Bench::signed_in();
        bench.command(verb, fields);
        bench.gets(Ok(overview()));
        let frame = said(bench.gets(Ok(room())));
        assert_eq!(frame["ok"]["conversation"]["id"], 7, "{verb}");
    }
    let mut bench = Bench::signed_in();
    bench.command("invitation.answer", json!({"conversation": 7, "accept": false}));
    assert_eq!(said(bench.gets(Ok(Reply::Done))), json!({"id": 1, "ok": {}}));
    bench.command("conversation", json!({"conversation": 7}));
    let frame = said(bench.gets(Ok(room())));
    let member = &frame["ok"]["members"][0];
    assert_eq!((&member["leader"], &member["read"]), (&json!(false), &json!(2)));
}

fn attendee(person: &Person) -> Attendee {
    let profile = person.profile.clone();
    Attendee { profile, online: true, read: Seq::new(2), delivered: Seq::new(2) }
}

#[test]
fn an_answer_to_another_question_is_a_failure() {
    let odd = || Ok(Reply::Upload(upload::Reply::Grown { bytes: 0, size: 0 }));
    for (verb, fields) in [
        ("find", json!({"who": "bob"})),
        ("profile", json!({"nick": "x"})),
        ("account.delete", json!({"password": "x"})),
        ("contacts", json!({})),
        ("block", json!({"who": "bob"})),
        ("conversations", json!({})),
        ("conversation", json!({"conversation": 7})),
        ("open", json!({"with": "bob"})),
        ("invitations", json!({})),
        ("invitation.answer", json!({"conversation": 7, "accept": true})),
        ("send", json!({"to": {"conversation": 7}, "key": "k", "text": "x"})),
        ("history", json!({"conversation": 7, "limit": 1})),
        ("versions", json!({"conversation": 7, "seq": 1})),
        ("search", json!({"query": "x", "limit": 1})),
        ("sessions", json!({})),
        ("listen", json!({})),
    ] {
        let mut bench = Bench::signed_in();
        bench.command(verb, fields);
        assert_eq!(error(&said(bench.gets(odd()))).0, "failed", "{verb}");
    }
}

proptest! {
    #[test]
    fn any_frame_has_one_consequence(text in "(?s).{0,60}", verb in "[a-z.]{0,12}", id: u64, value in "(?s).{0,9}") {
        let request = json!({"id": id, "do": verb, "who": value, "password": value, "token": value, "device": value});
        for text in [text, request.to_string()] {
            prop_assert_eq!(Bench::stranger().says(&text).len(), 1);
            prop_assert_eq!(Bench::signed_in().says(&text).len(), 1);
        }
    }

    #[test]
    fn any_field_may_be_anything(
        row in 0..crate::op::ROWS.len(),
        field in "conversation|seq|key|text|to|who|with|members|name|upload|have|limit|before|emoji|on|accept|invite",
        value in prop_oneof![
            Just(json!(null)), Just(json!(true)), Just(json!({"a": [1]})), Just(json!([[], 5, "x", null])),
            any::<f64>().prop_map(|number| json!(number)), any::<i64>().prop_map(|number| json!(number)),
            "(?s).{0,20}".prop_map(|text| json!(text)),
        ],
    ) {
        let mut fields = json!({
            "conversation": 7, "seq": 1, "key": "k", "text": "x", "to": {"conversation": 7}, "who": "bob", "with": "bob",
            "members": [], "name": "x", "upload": null, "limit": 1, "emoji": "x", "on": true, "accept": true, "query": "x",
            "session": 1, "old": "x", "new": "x", "password": "x", "confirm": "x",
        });
        fields[field] = value;
        prop_assert_eq!(Bench::signed_in().asks(crate::op::ROWS[row].name, fields).len(), 1);
    }
}
