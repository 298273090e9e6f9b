//! What is said and done to messages, and every event.

use super::*;

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
