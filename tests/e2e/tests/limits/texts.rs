//! A text that is too long, in every dialect: what is answered, and that one byte less is said.

use super::limited;
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::Server;
use koine_testkit::peer::Peer;
use serde_json::{Value, json};

/// How long a text may be, in bytes.
const LONGEST: usize = 100;

/// A dialect: how somebody comes who may say something to bob, what is sent to say it, and what of the answer tells that it is too long.
/// In what is sent, `ROOM` and `TOKEN` are what was remembered as `room` and `token`.
struct Manner {
    flavour: &'static str,
    comes: String,
    says: Value,
    refusal: Value,
}

fn manners() -> Vec<Manner> {
    let by_minioicq = |encoding: &'static str, flavour: &'static str, who: &str| {
        let mark = if encoding == "json" { "#" } else { "$" };
        let chat = format!(
            "{who}> {{\"action\": \"chat.create\", \"members\": [\"bob\"]}}\n{who}< {{\"action\": \"chat.spawn\", \"chat_id\": \"{mark}room\", \"...\": \"*\"}}"
        );
        Manner {
            flavour,
            comes: format!("{}{chat}", registers_by_minioicq(who, encoding)),
            says: json!({"action": "message.send", "message": {"chat_id": "ROOM", "type": "text", "content": "TEXT"}}),
            refusal: json!({"action": "message.send.fail", "reason": "The message is too large"}),
        }
    };
    let sha = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    vec![
        by_minioicq("json", "minioicq json", "speaker_0"),
        by_minioicq("msgpack", "minioicq msgpack", "speaker_1"),
        Manner {
            flavour: "mode-token",
            comes: r##"speaker_2: mode-token
speaker_2> {"mode": "register", "username": "speaker_2", "password": "secret", "email": "s@example.org"}
speaker_2< {"mode": "register", "status": "200", "token": "$token", "...": "*"}
speaker_2> {"mode": "createChat", "token": "$token", "contact_mode": "username", "contact_value": "bob"}
speaker_2< {"mode": "createChat", "status": "200", "chat_id": "#room", "...": "*"}"##
                .to_owned(),
            says: json!({"mode": "sendMessage", "token": "TOKEN", "chat_id": "ROOM", "content_type": "text", "content": "TEXT"}),
            refusal: json!({"mode": "sendMessage", "status": "422", "error_msg": "the message is too large"}),
        },
        Manner {
            flavour: "native",
            comes: r##"speaker_3: native
speaker_3< {"event": "hello", "...": "*"}
speaker_3> {"id": 1, "do": "register", "handle": "speaker_3", "nick": "speaker_3", "password": "secret", "device": ""}
speaker_3< {"id": 1, "ok": {"...": "*"}}
speaker_3> {"id": 2, "do": "open", "with": "bob"}
speaker_3< {"id": 2, "ok": {"conversation": {"id": "#room", "...": "*"}}}"##
                .to_owned(),
            says: json!({"id": 3, "do": "send", "to": {"conversation": "ROOM"}, "key": "TEXT-LENGTH", "text": "TEXT"}),
            refusal: json!({"id": 3, "error": {"code": "too_large", "message": "the message is too large"}}),
        },
        Manner {
            flavour: "ourchat",
            comes: format!(
                r##"speaker_4: ourchat
speaker_4> {{"code": 4, "email": "speaker@example.org", "password": "{sha}", "name": "speaker_4"}}
speaker_4< {{"code": 5, "status": 0, "ocid": "$token"}}
speaker_4> {{"code": 8, "members": ["bob"]}}
speaker_4< {{"code": 9, "status": 0, "session_id": "#room"}}"##
            ),
            says: json!({"code": 0, "time": 1, "sender": {"session_id": "ROOM"}, "msg": [{"type": 0, "text": "TEXT"}]}),
            refusal: json!({"code": 18, "details": "the message is too large"}),
        },
        Manner {
            flavour: "technotrack",
            comes: registers_by_technotrack("speaker_5"),
            says: json!({"action": "message", "data": {"uid": "bob", "body": "TEXT"}}),
            refusal: json!({"action": "message", "data": {"status": 3, "error": "the message is too large"}}),
        },
        Manner {
            flavour: "type-payload",
            comes: r#"speaker_6: type-payload
speaker_6> {"type": "REGISTER_REQUEST", "timestamp": 1630000000, "payload": {"username": "speaker_6", "passwordHash": "secret"}}
speaker_6< {"type": "REGISTER_RESPONSE", "timestamp": "*", "payload": {"success": true, "code": 0}}
speaker_6> {"type": "LOGIN_REQUEST", "timestamp": 1630000000, "payload": {"username": "speaker_6", "passwordHash": "secret"}}
speaker_6< {"type": "LOGIN_RESPONSE", "timestamp": "*", "payload": {"success": true, "code": 0}}"#
                .to_owned(),
            says: json!({"type": "TEXT_MESSAGE", "timestamp": 1630000000, "payload": {"sender": "speaker_6", "receiver": "bob", "content": "TEXT"}}),
            refusal: json!({"type": "TEXT_MESSAGE_ACK", "payload": {"receiver": "bob", "code": 3005}}),
        },
    ]
}

/// Puts other words for some.
fn put(value: &mut Value, words: &[(&str, Value)]) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| put(value, words)),
        Value::Array(items) => items.iter_mut().for_each(|value| put(value, words)),
        Value::String(text) => {
            if let Some((_, other)) = words.iter().find(|(word, _)| word == text) {
                *value = other.clone();
            }
        }
        _ => {}
    }
}

/// Whether a frame has all of these fields, and perhaps others.
fn has(frame: &Value, expected: &Value) -> bool {
    match expected {
        Value::Object(fields) => fields.iter().all(|(name, expected)| has(&frame[name], expected)),
        expected => frame == expected,
    }
}

/// Reads until there is such an answer, and tells what came before it.
async fn hears(peer: &mut Peer, expected: &Value) -> Vec<Value> {
    let mut before = Vec::new();
    loop {
        let frame = next(peer).await;
        if has(&frame, expected) {
            return before;
        }
        assert!(before.len() < 10, "{expected} is not among {before:?}");
        before.push(frame);
    }
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_in_the_words_of_each_dialect() {
    let longest = LONGEST.to_string();
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("text_bytes", &longest)]).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let manners = manners();
    let spoken = |name: &str| manners.iter().any(|manner| manner.flavour.split(' ').next() == Some(name));
    assert!(stage.server().dialects().iter().all(|dialect| spoken(dialect.name())), "a dialect is missing");
    let mut times = 0;
    for (number, manner) in manners.iter().enumerate() {
        // What is remembered of one is not what is remembered of another.
        let names = ["#room", "$room", "$token"];
        let comes = names
            .iter()
            .fold(manner.comes.clone(), |comes, name| comes.replace(name, &format!("{name}_{number}")));
        stage.must(&comes).await;
        for length in [LONGEST, LONGEST + 1] {
            let recall = |name: &str| {
                let name = format!("{name}_{number}");
                if comes.contains(&name) { stage.recall(&name) } else { "" }
            };
            let (room, token) = (recall("room"), recall("token"));
            // The numbers of conversations are texts in some and numbers in others.
            let room = match room.parse::<u64>() {
                Ok(number) if !manner.flavour.starts_with("minioicq") => json!(number),
                _ => json!(room),
            };
            let mut said = manner.says.clone();
            let words = [
                ("TEXT", json!("x".repeat(length))),
                ("TEXT-LENGTH", json!(length.to_string())),
                ("ROOM", room),
                ("TOKEN", json!(token)),
            ];
            put(&mut said, &words);
            stage.peer(&format!("speaker_{number}")).send(&said).await;
        }
        let before = hears(stage.peer(&format!("speaker_{number}")), &manner.refusal).await;
        times += 1;
        // Were the shorter one refused, too, it would be counted as well.
        numbers.is_met("text_bytes", times).await;
        // Bob's own protocol tells who spoke; this one has it that he has heard the shorter one.
        let heard = json!({"action": "ev_message", "data": {"body": "x".repeat(LONGEST)}});
        let unheard = hears(stage.peer("bob"), &heard).await;
        assert!(
            unheard.iter().all(|frame| frame["action"] != "ev_message"),
            "{}: {before:?}",
            manner.flavour
        );
    }
    stage.clear().stop().await;
}
