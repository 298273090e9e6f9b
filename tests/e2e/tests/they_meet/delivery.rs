//! Nothing is lost while people come and go.

use koine_e2e::heard::{Heard, PATIENCE, bodies, next, rest};
use koine_e2e::people::*;
use koine_testkit::Server;
use koine_testkit::peer::Received;
use serde_json::json;

/// How many messages are said meanwhile.
const SAID: usize = 240;

#[tokio::test]
async fn newer_logins_take_over_without_loss() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_minioicq("ann", "msgpack")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let mut ann = Heard::default();
    for said in 0..SAID {
        say(stage.peer("bob"), &said.to_string()).await;
        if said % 12 == 11 {
            // Ann signs in on another machine: sometimes she has read what there was, sometimes she never will.
            let mut older = stage.leave("ann");
            let flavour = if said % 24 == 11 { "json" } else { "msgpack" };
            stage.must(&returns_by_minioicq("ann", flavour)).await;
            if said % 36 == 11 {
                older.vanish();
            } else if flavour == "json" {
                // The older connection spoke MessagePack, in which texts are as they were said.
                assert!(ann.listen(&mut older).await, "the older connection is closed");
            }
            ann.begin_again();
        }
    }
    stage.must(&returns_by_minioicq("ann", "msgpack")).await;
    ann.begin_again();
    let late = stage.peer("ann");
    ann.listen(late).await;
    // Whatever came to a connection that never said so comes again; what it said it had is found in the history.
    late.send(&json!({"action": "message.get", "user_id": "bob"})).await;
    let history = next(late).await;
    assert_eq!(history["action"], "message.retrieve");
    ann.begin_again();
    ann.note(&json!({"action": "message.push", "messages": history["messages"]}));
    let chat = ann.chats().pop().expect("one chat");
    let texts: Vec<String> = ann.in_chat(&chat);
    assert_eq!(texts, (0..SAID).map(|said| said.to_string()).collect::<Vec<_>>());
    stage.clear().stop().await;
}

#[tokio::test]
async fn technotrack_logins_take_over_without_loss() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_minioicq("ann", "msgpack")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage.must("ann> {\"action\": \"chat.create\", \"members\": [\"bob\"]}\nann< {\"action\": \"chat.spawn\", \"chat_id\": \"$chat\", \"...\": \"*\"}").await;
    let chat = stage.recall("chat").to_owned();
    let mut heard: Vec<String> = Vec::new();
    let mut hear = |frames: &[serde_json::Value]| {
        for body in bodies(frames, "bob") {
            // At least once, and in order: what comes again was the last that came before.
            let expected = heard.len().to_string();
            if body == expected {
                heard.push(body);
            } else {
                assert!(heard.contains(&body), "{body} came before {expected}");
            }
        }
    };
    for said in 0..SAID {
        let message = json!({"chat_id": chat, "type": "text", "content": said.to_string()});
        stage.peer("ann").send(&json!({"action": "message.send", "message": message})).await;
        while next(stage.peer("ann")).await["action"] != "message.push" {}
        if said % 20 == 19 {
            let mut older = stage.leave("bob");
            stage.must(&returns_by_technotrack("bob")).await;
            let (frames, closed) = rest(&mut older).await;
            assert!(closed, "the older connection is closed");
            hear(&frames);
        }
    }
    hear(&rest(stage.peer("bob")).await.0);
    assert_eq!(heard.len(), SAID);
    stage.clear().stop().await;
}

/// Bob says something to ann, and hears that it is well.
async fn say(bob: &mut koine_testkit::peer::Peer, text: &str) {
    bob.send(&json!({"action": "message", "data": {"uid": "ann", "body": text}})).await;
    let answer = next(bob).await;
    assert_eq!(answer["data"]["status"], 0, "{answer}");
    assert_eq!(next(bob).await["data"]["body"], text);
}

#[tokio::test]
async fn the_last_login_is_the_one_that_stays() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_technotrack("bob")).await;
    for round in 0..150 {
        // The next one is connected already, and signs in as soon as the one before knows that it has.
        let older = stage.leave("bob");
        stage.must("bob: technotrack").await;
        let newer = stage.leave("bob");
        stage.enter("older", older);
        stage.enter("bob", newer);
        stage.must(&signs_in_by_technotrack("bob")).await;
        let end = stage.peer("older").receive(PATIENCE).await;
        assert_eq!(end, Some(Received::Closed), "in round {round} the older connection stayed");
    }
    stage.clear().stop().await;
}
