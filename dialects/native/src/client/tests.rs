//! The client without a server: what it says, and what it makes of what it hears.

use super::*;

/// What a program hears that has asked this, when these frames come; and what it says then.
fn hears(asks: &[Ask<'_>], frames: &[&str]) -> (Vec<String>, Vec<String>) {
    let (mut program, mut out, mut heard) = (Program::default(), Vec::new(), Vec::new());
    for ask in asks {
        program.ask(*ask, &mut out).unwrap();
    }
    for frame in frames {
        program.receive(Frame::Text(frame), &mut out, &mut |what| heard.push(format!("{what:?}")));
    }
    let said = out.iter().map(|payload| String::from_utf8_lossy(payload.bytes()).into_owned());
    (heard, said.collect())
}

#[test]
fn signing_in_is_done_once_it_listens() {
    let me = Known { handle: "ann".to_owned(), id: 0 };
    let frames = [
        r#"{"event":"hello","server":"koine"}"#,
        r#"{"id":1,"ok":{"me":{"id":1000000001,"handle":"ann"},"token":"t","session":1}}"#,
        r#"{"id":2,"ok":{"me":{"id":1000000001},"conversations":[],"afresh":[]}}"#,
    ];
    let ask = Ask::Register { me: &me, password: "secret" };
    let (heard, said) = hears(&[ask], &frames);
    assert_eq!(heard, ["Answer(Entered(1000000001))"]);
    let first: Value = serde_json::from_str(&said[0]).unwrap();
    assert_eq!((&first["do"], &first["handle"]), (&json!("register"), &json!("ann")));
    assert!(said[1].contains(r#""do":"listen""#), "{said:?}");
}

#[test]
fn what_was_missed_is_asked_for() {
    let me = Known { handle: "ann".to_owned(), id: 0 };
    let rooms = ["12".to_owned(), "15".to_owned()];
    let ask = Ask::SignIn { me: &me, password: "secret", rooms: &rooms };
    let (_, said) = hears(&[ask], &[r#"{"id":1,"ok":{"me":{"id":1000000001}}}"#]);
    let listen: Value = serde_json::from_str(&said[1]).unwrap();
    assert_eq!((&listen["have"], &listen["newest"]), (&json!({"12": 0, "15": 0}), &json!(50)));
}

#[test]
fn answers_are_told_in_the_order_of_asking() {
    let other = Known { handle: "bob".to_owned(), id: 7 };
    let asks = [
        Ask::Meet { other: &other },
        Ask::Say { room: "12", key: 1, text: "\"Tea\"" },
        Ask::Say { room: "12", key: 2, text: "" },
        Ask::Page { room: "12", before: 9, limit: 50 },
    ];
    let frames = [
        r#"{"id":1,"ok":{"conversation":{"id":12,"kind":"direct"}}}"#,
        r#"{"id":2,"ok":{"conversation":12,"seq":1,"at":5}}"#,
        r#"{"event":"message","message":{"conversation":12,"seq":1,"parts":[{"text":"\"Tea\""},{"media":{"mime":"text/csv","url":"/media/5"}}]}}"#,
        r#"{"id":3,"error":{"code":"empty","message":"it says nothing"}}"#,
        r#"{"id":4,"ok":{"messages":[{"seq":1},{"seq":2}],"first":true,"last":true}}"#,
        r#"{"event":"bye","why":"stopping"}"#,
    ];
    let (heard, said) = hears(&asks, &frames);
    let expected = [
        r#"Answer(Room("12"))"#,
        "Answer(Taken)",
        r#"Said("\"Tea\"")"#,
        r#"Refused("empty")"#,
        "Answer(Page(2))",
        r#"Ended("stopping")"#,
    ];
    assert_eq!(heard, expected);
    let say: Value = serde_json::from_str(&said[1]).unwrap();
    assert_eq!((&say["key"], &say["text"]), (&json!("1"), &json!("\"Tea\"")));
}

#[test]
fn pictures_go_by_http() {
    let mut program = Program::default();
    let mut out = Vec::new();
    let me = Known { handle: "ann".to_owned(), id: 0 };
    assert_eq!(program.upload_token(), None);
    program.ask(Ask::Register { me: &me, password: "secret" }, &mut out).unwrap();
    let mut heard = Vec::new();
    let mut hear = |what: Heard<'_>| heard.push(format!("{what:?}"));
    let message = |sender: u64, mime: &str| {
        format!(
            r#"{{"event":"message","message":{{"conversation":12,"seq":{sender},"sender":{{"id":{sender}}},"parts":[{{"media":{{"url":"/media/{sender}","mime":"{mime}"}}}}]}}}}"#
        )
    };
    for frame in [
        r#"{"id":1,"ok":{"me":{"id":7},"token":"t"}}"#.to_owned(),
        r#"{"id":2,"ok":{"afresh":[]}}"#.to_owned(),
        message(6, "image/png"),
        message(7, "image/png"),
        message(8, "text/csv"),
    ] {
        program.receive(Frame::Text(&frame), &mut out, &mut hear);
    }
    assert_eq!(heard, ["Answer(Entered(7))", r#"Shown(ByHttp("/media/6"))"#]);
    assert_eq!(program.upload_token(), Some("t"));
    let show = |picture| Ask::Show { room: "12", key: 5, picture };
    program.ask(show(Picture::ByHttp("cat")), &mut out).unwrap();
    let said: Value = serde_json::from_slice(out.last().unwrap().bytes()).unwrap();
    let expected = json!({"id": 3, "do": "send", "to": {"conversation": 12}, "key": "5", "uploads": ["cat"]});
    assert_eq!(said, expected);
    assert_eq!(program.ask(show(Picture::Bytes(b"cat")), &mut out), Err(Wordless));
}

#[test]
fn what_happens_to_contacts_and_groups_is_asked_for_by_number() {
    let other = Known { handle: "bob".to_owned(), id: 7 };
    let asks = [
        (Ask::Befriend { other: &other }, json!({"do": "contact.request", "who": 7})),
        (Ask::Part { other: &other }, json!({"do": "contact.remove", "who": 7})),
        (Ask::Leave { room: "12" }, json!({"do": "group.leave", "conversation": 12})),
        (Ask::Admit { room: "12", other: &other }, json!({"do": "group.add", "conversation": 12, "who": 7})),
        (
            Ask::Expel { room: "12", other: &other },
            json!({"do": "group.remove", "conversation": 12, "who": 7}),
        ),
        (
            Ask::Promote { room: "12", other: &other },
            json!({"do": "group.promote", "conversation": 12, "who": 7}),
        ),
        (
            Ask::Rename { room: "12", name: "tea" },
            json!({"do": "group.rename", "conversation": 12, "name": "tea"}),
        ),
    ];
    for (ask, mut expected) in asks {
        let (heard, said) = hears(&[ask], &[r#"{"id":1,"ok":{}}"#]);
        expected["id"] = json!(1);
        assert_eq!(serde_json::from_str::<Value>(&said[0]).unwrap(), expected);
        assert_eq!(heard, ["Answer(Done)"]);
    }
    let nowhere = Ask::Leave { room: "tea" };
    assert_eq!(Program::default().ask(nowhere, &mut Vec::new()), Err(Wordless));
}

#[test]
fn what_is_out_of_order_is_noticed() {
    let ask = Ask::Say { room: "12", key: 1, text: "Tea" };
    for frame in [r#"{"id":2,"ok":{}}"#, r#"{"ok":{}}"#, "[]", r#"{"event":"message","message":{}}"#, "{"] {
        let (heard, _) = hears(&[ask], &[frame]);
        assert!(heard.len() == 1 && heard[0].starts_with("Broken"), "{frame}: {heard:?}");
    }
    let message = |seq: u64| {
        format!(
            r#"{{"event":"message","message":{{"conversation":12,"seq":{seq},"parts":[{{"text":"Tea"}}]}}}}"#
        )
    };
    let edited = r#"{"event":"edited","conversation":12,"seq":9,"target":7,"text":"Coffee"}"#;
    let (heard, _) = hears(&[], &[&message(7), &message(8), edited, &message(10), &message(12)]);
    assert!(heard.len() == 4 && heard[3].starts_with("Broken(\"12 comes after 10"), "{heard:?}");
}

#[test]
fn a_program_goes_on_where_it_was() {
    let mut program = Program::default();
    let me = Known { handle: "ann".to_owned(), id: 0 };
    let ask = Ask::SignIn { me: &me, password: "secret", rooms: &["15".to_owned()] };
    let mut out = Vec::new();
    let frame = r#"{"event":"message","message":{"conversation":12,"seq":7,"parts":[]}}"#;
    program.receive(Frame::Text(frame), &mut out, &mut |_| {});
    program.ask(Ask::Say { room: "12", key: 1, text: "Tea" }, &mut out).unwrap();
    program.begin();
    program.ask(ask, &mut out).unwrap();
    let answer = r#"{"id":2,"ok":{"me":{"id":1000000001}}}"#;
    program.receive(Frame::Text(answer), &mut out, &mut |heard| panic!("{heard:?}"));
    let listen: Value = serde_json::from_slice(out.last().unwrap().bytes()).unwrap();
    assert_eq!(listen["have"], json!({"12": 7, "15": 0}));
}
