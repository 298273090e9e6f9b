//! `koine export`, file by file: all that somebody has done and all that was done to them stands there, and nothing else does.

use crate::koine::koine;
use koine_e2e::stage;
use koine_testkit::Server;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Ann, of whom everything is told, and five others; max speaks a protocol that has stickers. Whatever is said "aside" is not for ann.
const LIVES: &str = r##"ann: native
ann< {"event": "hello", "...": "*"}
ann> {"id": 1, "do": "register", "handle": "ann", "nick": "Ann", "password": "secret", "device": "laptop"}
ann< {"id": 1, "ok": {"token": "$ann", "session": "#session", "...": "*"}}
bob: native
bob< {"event": "hello", "...": "*"}
bob> {"id": 1, "do": "register", "handle": "bob", "nick": "Bob", "password": "secret", "device": "bob's laptop"}
bob< {"id": 1, "ok": "*"}
eve: native
eve< {"event": "hello", "...": "*"}
eve> {"id": 1, "do": "register", "handle": "eve", "nick": "Eve", "password": "secret", "device": ""}
eve< {"id": 1, "ok": "*"}
cy: native
cy< {"event": "hello", "...": "*"}
cy> {"id": 1, "do": "register", "handle": "cy", "nick": "Cy", "password": "secret", "device": ""}
cy< {"id": 1, "ok": "*"}
fay: native
fay< {"event": "hello", "...": "*"}
fay> {"id": 1, "do": "register", "handle": "fay", "nick": "Fay", "password": "secret", "device": ""}
fay< {"id": 1, "ok": "*"}
max: mode-token
max> {"mode": "register", "username": "max", "password": "secret", "email": "max@example.org"}
max< {"mode": "register", "timestamp": "*", "status": "200", "token": "$max"}
ann> {"id": 2, "do": "profile", "handle": "Anna", "nick": "Ann Lee", "email": "lee@example.org", "phone": "+49 1", "status": "at tea"}
ann< {"id": 2, "ok": "*"}
# Bob and she have each other, cy has asked her, she has asked eve, and wants nothing to do with fay, as eve with max.
bob> {"id": 2, "do": "contact.request", "who": "anna"}
bob< {"id": 2, "ok": "*"}
ann> {"id": 3, "do": "contact.answer", "who": "bob", "accept": true}
ann< {"id": 3, "ok": "*"}
cy> {"id": 2, "do": "contact.request", "who": "anna"}
cy< {"id": 2, "ok": "*"}
ann> {"id": 4, "do": "contact.request", "who": "eve"}
ann< {"id": 4, "ok": "*"}
ann> {"id": 5, "do": "block", "who": "fay"}
ann< {"id": 5, "ok": "*"}
eve> {"id": 2, "do": "contact.request", "who": "cy"}
eve< {"id": 2, "ok": "*"}
eve> {"id": 3, "do": "block", "who": "max"}
eve< {"id": 3, "ok": "*"}
# Everything that is said and done in a conversation.
ann> {"id": 6, "do": "send", "to": {"with": "bob"}, "key": "a1", "text": "Helo"}
ann< {"id": 6, "ok": {"conversation": "#direct", "seq": 1, "at": "*"}}
ann> {"id": 7, "do": "edit", "conversation": "#direct", "seq": 1, "key": "a2", "text": "Hello"}
ann< {"id": 7, "ok": {"seq": 2, "at": "*"}}
bob> {"id": 3, "do": "react", "conversation": "#direct", "seq": 1, "key": "b1", "emoji": "👍", "on": true}
bob< {"id": 3, "ok": {"seq": 3, "at": "*"}}
bob> {"id": 4, "do": "send", "to": {"conversation": "#direct"}, "key": "b2", "text": "Hi", "reply": 1}
bob< {"id": 4, "ok": {"seq": 4, "...": "*"}}
ann> {"id": 8, "do": "send", "to": {"conversation": "#direct"}, "key": "a3", "text": "oops"}
ann< {"id": 8, "ok": {"seq": 5, "...": "*"}}
ann> {"id": 9, "do": "delete", "conversation": "#direct", "seq": 5, "key": "a4"}
ann< {"id": 9, "ok": {"seq": 6, "at": "*"}}
ann> {"id": 10, "do": "read", "conversation": "#direct", "seq": 4}
ann< {"id": 10, "ok": {}}
bob> {"id": 5, "do": "read", "conversation": "#direct", "seq": 3}
bob< {"id": 5, "ok": {}}
max> {"mode": "createChat", "token": "$max", "contact_mode": "username", "contact_value": "anna"}
max< {"mode": "createChat", "timestamp": "*", "status": "200", "chat_id": "#chat"}
max> {"mode": "sendMessage", "token": "$max", "chat_id": "#chat", "content_type": "sticker", "content": "cat-7"}
max< {"mode": "sendMessage", "timestamp": "*", "status": "200", "message_id": 16}
# A group that she cleared, one that she came to late, one that she is invited to, one that she left.
ann> {"id": 11, "do": "group.create", "name": "garden", "members": ["eve"]}
ann< {"id": 11, "ok": {"conversation": {"id": "#garden", "...": "*"}}}
eve> {"id": 4, "do": "send", "to": {"conversation": "#garden"}, "key": "e1", "text": "aside: cleared"}
eve< {"id": 4, "ok": {"seq": 1, "...": "*"}}
ann> {"id": 12, "do": "send", "to": {"conversation": "#garden"}, "key": "a5", "text": "roses"}
ann< {"id": 12, "ok": {"seq": 2, "...": "*"}}
ann> {"id": 13, "do": "clear", "conversation": "#garden"}
ann< {"id": 13, "ok": {}}
ann> {"id": 14, "do": "words", "conversation": "#garden", "on": false}
ann< {"id": 14, "ok": {}}
eve> {"id": 5, "do": "group.create", "name": "late", "members": ["cy"]}
eve< {"id": 5, "ok": {"conversation": {"id": "#late", "...": "*"}}}
eve> {"id": 6, "do": "send", "to": {"conversation": "#late"}, "key": "e2", "text": "aside: too early"}
eve< {"id": 6, "ok": {"seq": 1, "...": "*"}}
eve> {"id": 7, "do": "group.add", "conversation": "#late", "who": "anna"}
eve< {"id": 7, "ok": "*"}
eve> {"id": 8, "do": "send", "to": {"conversation": "#late"}, "key": "e3", "text": "hello ann"}
eve< {"id": 8, "ok": {"seq": 2, "...": "*"}}
bob> {"id": 6, "do": "group.create", "name": "chess", "members": ["anna"], "invite": true}
bob< {"id": 6, "ok": {"conversation": {"id": "#chess", "...": "*"}}}
cy> {"id": 3, "do": "group.create", "name": "left", "members": ["anna"]}
cy< {"id": 3, "ok": {"conversation": {"id": "#left", "...": "*"}}}
ann> {"id": 15, "do": "send", "to": {"conversation": "#left"}, "key": "a6", "text": "farewell"}
ann< {"id": 15, "ok": {"seq": 1, "...": "*"}}
ann> {"id": 16, "do": "group.leave", "conversation": "#left"}
ann< {"id": 16, "ok": {}}
cy> {"id": 4, "do": "send", "to": {"conversation": "#left"}, "key": "c1", "text": "aside: she has left"}
cy< {"id": 4, "ok": {"seq": 2, "...": "*"}}
eve> {"id": 9, "do": "send", "to": {"with": "cy"}, "key": "e4", "text": "aside: between two others"}
eve< {"id": 9, "ok": "*"}
# How far it has come to her laptop, she tells herself.
home: native
home< {"event": "hello", "...": "*"}
home> {"id": 1, "do": "resume", "token": "$ann"}
home< {"id": 1, "ok": "*"}
home~ {"event": "marks", "...": "*"}
home~ {"event": "message", "...": "*"}
home~ {"event": "contacts"}
home~ {"event": "presence", "...": "*"}
home> {"id": 2, "do": "listen", "have": {"$direct": 3, "$chat": 1, "$late": 2}}
home< {"id": 2, "ok": "*"}
"##;

#[tokio::test]
async fn an_export_tells_all_of_one_person_and_nothing_of_another() {
    let (mut stage, place) = (stage().await, tempfile::tempdir().expect("a folder"));
    let data = stage.server().data();
    stage.must(LIVES).await;
    let number = |name: &str| stage.recall(name).parse::<u64>().expect("a number");
    let [direct, chat, garden, late, chess, left] =
        ["direct", "chat", "garden", "late", "chess", "left"].map(number);
    let session = number("session");
    arrived(&data).await;
    let into = place.path().join("ann");
    koine(&data, &["export", "anna", &into.to_string_lossy()]).well();

    let person = |number: u64, handle: &str, nick: &str| json!({"id": 1_000_000_000 + number, "handle": handle, "nick": nick, "deleted": false});
    let (ann, bob) = (person(1, "Anna", "Ann Lee"), person(2, "bob", "Bob"));
    let (eve, cy, fay) = (person(3, "eve", "Eve"), person(4, "cy", "Cy"), person(5, "fay", "Fay"));
    let max = person(6, "max", "max");
    let account = json!({
        "id": 1_000_000_001, "handle": "Anna", "handles": ["ann", "anna"], "nick": "Ann Lee", "email": "lee@example.org",
        "phone": "+49 1", "status": "at tea", "picture": null, "created": AT, "deleted": false, "disabled": false,
        "password_forms": ["plain", "md5", "sha256"], "answers_requests": true,
    });
    check(&into, "account.json", &account);
    let contacts = json!({
        "contacts": [{"person": bob, "since": AT, "mutual": true}],
        "requests_received": [{"person": cy, "at": AT}],
        "requests_sent": [{"person": eve, "at": AT}],
        "blocked": [{"person": fay, "at": AT}],
    });
    check(&into, "contacts.json", &contacts);
    let sessions = json!({"sessions": [
        {"session": session, "device": "native", "label": "laptop", "created": AT, "used": AT},
    ]});
    check(&into, "sessions.json", &sessions);
    let group = |id, name: &str| json!({"id": id, "kind": "group", "name": name, "created": AT});
    // What is the same for none of them comes first.
    let conversation = |id, kind: &str, name: &str, leader: &Value, members: &[&Value], others: Value| {
        let mut object = json!({
            "id": id, "kind": kind, "name": name, "created": AT, "leader": leader, "picture": null, "members": members,
            "joined": AT, "visible_after": 0, "cleared": false, "read": 0, "devices": [], "told_of_changes": true,
        });
        for (name, value) in others.as_object().expect("an object") {
            object[name] = value.clone();
        }
        object
    };
    let at_home = |seq| json!([{"device": "native", "delivered": seq}]);
    let conversations = json!({
        "conversations": [
            conversation(direct, "direct", "", &ann, &[&ann, &bob], json!({"read": 4, "devices": at_home(3)})),
            conversation(chat, "direct", "", &max, &[&ann, &max], json!({"devices": at_home(1)})),
            conversation(garden, "group", "garden", &ann, &[&ann, &eve],
                json!({"visible_after": 2, "cleared": true, "told_of_changes": false})),
            conversation(late, "group", "late", &eve, &[&eve, &cy, &ann], json!({"visible_after": 1, "devices": at_home(2)})),
        ],
        "left": [group(left, "left")],
        "invitations": [{"conversation": group(chess, "chess"), "at": AT}],
        "pictures": [],
    });
    check(&into, "conversations.json", &conversations);

    let entry = |id: u64, seq, sender: &Value, part: Value, others: Value| {
        let own = *sender == ann;
        let parts = if part.is_array() { part } else { json!([part]) };
        let mut object = json!({
            "conversation": id, "seq": seq, "at": AT, "sender": sender, "own": own, "visible": true, "key": null,
            "parts": parts, "edited": null, "versions": [], "reactions": [],
        });
        for (name, value) in others.as_object().expect("an object") {
            object[name] = value.clone();
        }
        object
    };
    let text = |text: &str| json!({"kind": "text", "text": text, "markup": "plain"});
    let first = json!({
        "key": "a1", "edited": AT, "versions": [{"at": AT, "text": "Helo"}, {"at": AT, "text": "Hello"}],
        "reactions": [{"emoji": "👍", "people": [bob]}],
    });
    let sticker = json!({"kind": "foreign", "dialect": "mode-token", "payload": "6361742d37", "text": "[sticker] cat-7"});
    check_lines(
        &into,
        direct,
        &[
            entry(direct, 1, &ann, text("Hello"), first),
            entry(direct, 2, &ann, json!({"kind": "edit", "of": 1, "text": "Hello"}), json!({"key": "a2"})),
            entry(
                direct,
                3,
                &bob,
                json!({"kind": "reaction", "of": 1, "emoji": "👍", "on": true}),
                json!({}),
            ),
            entry(direct, 4, &bob, json!([{"kind": "reply", "to": 1}, text("Hi")]), json!({})),
            entry(direct, 5, &ann, json!({"kind": "removed"}), json!({"key": "a3"})),
            entry(direct, 6, &ann, json!({"kind": "deletion", "of": 5}), json!({"key": "a4"})),
        ],
    );
    check_lines(&into, chat, &[entry(chat, 1, &max, sticker, json!({}))]);
    check_lines(
        &into,
        garden,
        &[entry(garden, 2, &ann, text("roses"), json!({"key": "a5", "visible": false}))],
    );
    check_lines(&into, late, &[entry(late, 2, &eve, text("hello ann"), json!({}))]);
    check_lines(
        &into,
        left,
        &[entry(left, 1, &ann, text("farewell"), json!({"key": "a6", "visible": false}))],
    );
    let messages = fs::read_dir(into.join("messages")).expect("messages").count();
    assert_eq!(messages, 5, "the conversations of which something is told");
    stage.clear().stop().await;
}

/// Stands for any moment.
const AT: &str = "*";

/// Waits until how far the listener has come is written down.
async fn arrived(data: &Path) {
    let database = rusqlite::Connection::open(data.join("koine.db")).expect("a database");
    let count = || {
        let query = "SELECT count(*) FROM watermark WHERE account = 1000000001";
        database.query_row(query, [], |row| row.get::<_, i64>(0)).expect("a number")
    };
    for _ in 0..600 {
        if count() >= 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} watermarks were written in a minute", count());
}

fn check(into: &Path, name: &str, expected: &Value) {
    let text = fs::read_to_string(into.join(name)).expect("a file");
    let found = serde_json::from_str(&text).expect("an object");
    assert!(is_as(&found, expected), "{name}: {found:#}\nis not\n{expected:#}");
}

fn check_lines(into: &Path, conversation: u64, expected: &[Value]) {
    let text = fs::read_to_string(into.join(format!("messages/{conversation}.jsonl"))).expect("a file");
    let found = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let (found, expected) = (Value::Array(found), Value::from(expected.to_vec()));
    assert!(is_as(&found, &expected), "{conversation}: {found:#}\nis not\n{expected:#}");
}

/// Whether they are equal, where [`AT`] is equal to every moment.
fn is_as(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::String(found), Value::String(expected)) if expected == AT => {
            found.len() >= "2025-11-21T12:00:00Z".len() && found.starts_with("20") && found.ends_with('Z')
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| is_as(found, expected))
        }
        (Value::Object(found), Value::Object(expected)) => {
            let is_there = |(name, value): (&String, &Value)| {
                expected.get(name).is_some_and(|expected| is_as(value, expected))
            };
            found.len() == expected.len() && found.iter().all(is_there)
        }
        _ => found == expected,
    }
}
