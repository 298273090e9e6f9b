//! A session without a server: what its requests become, and how answers and events are written.

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
fn a_message_has_its_parts_in_order() {
    let fields = json!({"to": {"with": "bob"}, "key": "k", "text": "hi", "uploads": ["u", "v"], "reply": 2});
    let Command::Message(message::Command::Post { to, parts, key }) =
        Bench::signed_in().command("send", fields)
    else {
        panic!("it posts")
    };
    assert_eq!(to, ConversationRef::With(AccountRef::Typed("bob".into())));
    let uploaded = |key: &str| DraftPart::Uploaded { key: key.into() };
    let reply = DraftPart::Ready(Part::Reply { to: Seq::new(2) });
    let expected = [reply, DraftPart::Ready(Part::text("hi")), uploaded("u"), uploaded("v")];
    assert_eq!((parts.as_slice(), key.as_deref()), (expected.as_slice(), Some("k")));
}

#[test]
fn what_was_said_and_done_is_answered_with_its_place() {
    let place = Place { conversation: ConversationId::new(7).unwrap(), seq: Seq::new(4) };
    let posted = || Ok(message::Reply::Posted(place, Timestamp(99)).into());
    let mut bench = Bench::signed_in();
    bench.command("send", json!({"to": {"conversation": 7}, "key": "k", "text": "x"}));
    assert_eq!(said(bench.gets(posted()))["ok"], json!({"conversation": 7, "seq": 4, "at": 99}));
    let deeds = [
        ("edit", json!({"text": "y"}), Deed::Edited("y".into())),
        ("delete", json!({}), Deed::Deleted),
        ("react", json!({"emoji": "x", "on": false}), Deed::Reacted { emoji: "x".into(), on: false }),
    ];
    for (verb, mut fields, expected) in deeds {
        fields["conversation"] = json!(7);
        fields["seq"] = json!(3);
        fields["key"] = json!("k");
        let Command::Message(message::Command::Amend { conversation, act, key }) =
            bench.command(verb, fields)
        else {
            panic!("{verb} amends")
        };
        assert_eq!((conversation, key.as_deref()), (place.conversation, Some("k")));
        assert!(act == Act { target: Seq::new(3), deed: expected }, "{verb}");
        assert_eq!(said(bench.gets(posted()))["ok"], json!({"seq": 4, "at": 99}));
    }
}

#[test]
fn history_goes_in_each_direction() {
    let from = |fields: Value| {
        let mut fields = fields;
        fields["conversation"] = json!(7);
        fields["limit"] = json!(50);
        match Bench::signed_in().command("history", fields) {
            Command::Message(message::Command::Leaf { from, limit: 50, .. }) => from,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(from(json!({})), Origin::End);
    assert_eq!(from(json!({"before": 9})), Origin::Before(Seq::new(9)));
    assert_eq!(from(json!({"after": 9})), Origin::After(Seq::new(9)));
    assert_eq!(from(json!({"around": 9})), Origin::Around(Seq::new(9)));
}

#[test]
fn messages_show_what_they_hold() {
    let blob = Blob { hash: [9; 32], size: 12 };
    let media = |mime: &str| Part::Media(Media { id: MediaId(5), blob, mime: mime.into(), name: "x".into() });
    let foreign =
        Part::Foreign { dialect: "smoke".into(), payload: bytes::Bytes::new(), text: "[puff]".into() };
    let html = Part::Text { text: "<b>".into(), markup: Markup::Html };
    let mut letter = letter(vec![
        Part::Reply { to: Seq::new(1) },
        Part::text("hi"),
        html,
        media("image/png"),
        media("a/b"),
        foreign,
    ]);
    letter.about = Some(Arc::new(Quote {
        seq: Seq::new(1),
        at: Timestamp(1),
        sender: face(&ann()),
        excerpt: "before".into(),
    }));
    letter.message.edited = Some(Timestamp(5));
    letter.message.reactions = vec![Reaction { emoji: "x".into(), people: vec![ann().profile.id] }];
    let mut bench = Bench::signed_in();
    bench.command("history", json!({"conversation": 7, "limit": 1}));
    let leaf = Leaf { letters: vec![letter], first: true, last: false };
    let frame = said(bench.gets(Ok(message::Reply::Leaf(Box::new(leaf)).into())));
    let id = "00000000000000000000000000000005";
    let url = format!("/media/{id}");
    let bob = json!({"id": 2_147_483_647, "handle": "bob", "nick": "Bob"});
    let ann = json!({"id": 1_000_000_001, "handle": "ann", "nick": "Ann"});
    let expected = json!({
        "conversation": 7, "seq": 3, "at": 12345, "sender": bob,
        "parts": [
            {"text": "hi"},
            {"text": "<b>", "html": true},
            {"media": {"id": id, "url": url, "thumbnail": format!("{url}/thumbnail"), "mime": "image/png", "name": "x", "size": 12}},
            {"media": {"id": id, "url": url, "thumbnail": null, "mime": "a/b", "name": "x", "size": 12}},
            {"foreign": {"dialect": "smoke", "text": "[puff]"}},
        ],
        "reply": {"seq": 1, "sender": ann, "text": "before"},
        "edited": 5, "deleted": false, "reactions": [{"emoji": "x", "people": [1_000_000_001]}],
    });
    assert_eq!(frame, json!({"id": 1, "ok": {"messages": [expected], "first": true, "last": false}}));
}

#[test]
fn what_is_done_to_messages_is_an_event_with_a_place() {
    let mut bench = Bench::signed_in();
    let bob = json!({"id": 2_147_483_647, "handle": "bob", "nick": "Bob"});
    let mut check = |deed, event: &str, more: Value| {
        let letter = letter(vec![Part::Act(Act { target: Seq::new(2), deed })]);
        let mut expected = json!({
            "event": event, "conversation": 7, "seq": 3, "at": 12345, "by": bob, "target": 2,
        });
        for (name, value) in more.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(bench.hears(Event::Message(Arc::new(letter))), expected);
    };
    check(Deed::Edited("new".into()), "edited", json!({"text": "new"}));
    check(Deed::Deleted, "deleted", json!({}));
    check(Deed::Reacted { emoji: "x".into(), on: true }, "reacted", json!({"emoji": "x", "on": true}));
    let gone = bench.hears(Event::Message(Arc::new(letter(vec![Part::Removed]))));
    assert_eq!((&gone["message"]["deleted"], &gone["message"]["parts"]), (&json!(true), &json!([])));
}

#[test]
fn every_other_event_is_told() {
    let mut bench = Bench::signed_in();
    let seven = ConversationId::new(7).unwrap();
    let (bobs, anns) = (bob().profile.id, ann().profile.id);
    let bob_face = json!({"id": 2_147_483_647, "handle": "bob", "nick": "Bob"});
    let overview =
        Overview { conversation: conversation(Kind::Direct), members: vec![ann(), bob()], member_count: 2 };
    let appeared = bench.hears(Event::Appeared(Arc::new(overview)));
    assert_eq!(appeared["conversation"]["people"][1]["handle"], "bob");
    let group = Event::Group {
        conversation: seven,
        name: "tea".into(),
        happening: conversation::Happening::Pictured,
        whom: face(&bob()),
        by: face(&bob()),
    };
    let expected = json!({
        "event": "group", "conversation": 7, "name": "tea", "happening": "picture", "whom": bob_face, "by": bob_face,
    });
    assert_eq!(bench.hears(group), expected);
    let contact = Event::Contact { happening: contact::Happening::Requested, by: face(&bob()) };
    assert_eq!(bench.hears(contact), json!({"event": "contact", "happening": "requested", "by": bob_face}));
    assert_eq!(bench.hears(Event::Contacts), json!({"event": "contacts"}));
    let presence = Event::Presence {
        who: face(&bob()),
        presence: Presence::Online,
        status: "hm".into(),
        signed_out: false,
    };
    let expected = json!({"event": "presence", "who": bobs.number(), "online": true, "status": "hm"});
    assert_eq!(bench.hears(presence), expected);
    let marks = Event::Marks { conversation: seven, who: bobs, read: Seq::new(1), delivered: Seq::new(2) };
    let expected =
        json!({"event": "marks", "conversation": 7, "who": bobs.number(), "read": 1, "delivered": 2});
    assert_eq!(bench.hears(marks), expected);
    let typing = Event::Typing { conversation: seven, who: anns };
    assert_eq!(bench.hears(typing), json!({"event": "typing", "conversation": 7, "who": anns.number()}));
    let setting = Event::Setting { conversation: seven, words: false, cleared: true };
    let expected = json!({"event": "conversation", "conversation": 7, "words": false, "cleared": true});
    assert_eq!(bench.hears(setting), expected);
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

fn snapshot_parts() -> [Reply; 4] {
    let contacts = Contacts {
        people: vec![contact::Contact { person: bob(), mutual: true, online: true }],
        ..Contacts::default()
    };
    let invitation = Invitation { conversation: conversation(Kind::Group), by: (*face(&bob())).clone() };
    [
        account::Reply::Person(Box::new(ann())).into(),
        conversation::Reply::Shelves(vec![shelf()]).into(),
        contact::Reply::Contacts(Box::new(contacts)).into(),
        conversation::Reply::Invitations(vec![invitation]).into(),
    ]
}

#[test]
fn listening_is_answered_with_a_snapshot() {
    let mut bench = Bench::signed_in();
    let command = bench.command("listen", json!({"have": {"7": 2, "0": 5}, "epoch": "000000000000000a"}));
    let Command::Account(account::Command::Listen { have: Some(have), epoch: Some(told), newest: None }) =
        command
    else {
        panic!("{command:?}")
    };
    assert_eq!(told, Epoch::new(10));
    assert_eq!(have, [(ConversationId::new(7).unwrap(), Seq::new(2))]);
    let afresh = vec![ConversationId::new(9).unwrap()];
    bench.gets(Ok(account::Reply::Listening { afresh, newest: None, epoch: Epoch::new(11) }.into()));
    let mut last = Vec::new();
    for part in snapshot_parts() {
        last = bench.gets(Ok(part));
    }
    let snapshot = said(last)["ok"].take();
    assert_eq!((&snapshot["afresh"], &snapshot["epoch"]), (&json!([9]), &json!("000000000000000b")));
    assert_eq!(snapshot["me"]["email"], "ann@h");
    let shown = &snapshot["conversations"][0];
    assert_eq!((&shown["other"]["handle"], &shown["unread"]), (&json!("bob"), &json!(1)));
    assert_eq!((&shown["kind"], &shown["last"]["seq"]), (&json!("direct"), &json!(3)));
    assert_eq!(shown["reached"], "read");
    assert_eq!(snapshot["contacts"][0]["online"], true);
    let group = json!({"id": 7, "kind": "group", "name": "tea", "avatar": null, "leader": 1_000_000_001});
    assert_eq!(snapshot["invitations"][0]["conversation"], group);
    for empty in ["requests", "asked", "blocked"] {
        assert_eq!(snapshot[empty], json!([]));
    }
    assert_eq!(error(&bench.answer("listen", json!({}))).0, "already");
}

#[test]
fn whoever_begins_with_some_conversations_is_told_whether_there_are_others() {
    for only in [Some(vec![ConversationId::new(7).unwrap()]), None] {
        let mut bench = Bench::signed_in();
        let command = bench.command("listen", json!({"newest": 1}));
        assert!(matches!(command, Command::Account(account::Command::Listen { newest: Some(1), .. })));
        let (newest, epoch) = (only.clone(), Epoch::new(1));
        bench.gets(Ok(account::Reply::Listening { afresh: Vec::new(), newest, epoch }.into()));
        let [me, rest @ ..] = snapshot_parts();
        let mut did = bench.gets(Ok(me));
        let asked = format!("{did:?}");
        assert!(asked.contains(&format!("Shelves {{ only: {only:?} }}")), "{asked}");
        for part in rest {
            did = bench.gets(Ok(part));
        }
        assert_eq!(said(did)["ok"]["others"], only.is_some());
    }
}

#[test]
fn who_listens_without_knowing_is_cut_off() {
    for at in 0..snapshot_parts().len() {
        let mut bench = Bench::signed_in();
        bench.command("listen", json!({}));
        bench.gets(Ok(
            account::Reply::Listening { afresh: Vec::new(), newest: None, epoch: Epoch::new(1) }.into()
        ));
        for part in snapshot_parts().into_iter().take(at) {
            bench.gets(Ok(part));
        }
        let did = bench.gets(Err(Refusal::Failed(Incident(1))));
        let [Did::Said(frame), Did::Closed] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(error(frame).0, "failed");
    }
    let mut bench = Bench::signed_in();
    bench.command("listen", json!({}));
    // Refused before it began, it may be asked for again.
    assert_eq!(error(&said(bench.gets(Err(Refusal::Busy)))).0, "busy");
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
