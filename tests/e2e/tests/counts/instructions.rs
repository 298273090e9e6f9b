//! The instructions of a fixed conversation, in the program as the tests have it, which is optimised little: what is released needs about
//! a third of them.

use super::{flavour, talk};
use koine_e2e::heard::next;
use koine_e2e::instructions::Instructions;
use koine_e2e::matrix::Town;
use koine_e2e::native::request;
use koine_testkit::peer::Peer;
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::{Map, Value, json};

/// Messages until everything that is made once is made, and messages that are counted.
const FIRST: usize = 20;
const COUNTED: usize = 60;
/// The most thousands of instructions that a message may take, from the frame that says it to the frame that tells it, with the commit
/// that it has for itself: a sixth more than were counted when this was written (292).
const THOUSANDS: f64 = 340.0;

#[tokio::test]
async fn a_message_takes_so_many_instructions() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = koine_e2e::recipe().with("KOINE_LIMITS__POSTS_PER_SECOND", "0");
    let (recipe, mut instructions) = Instructions::on(recipe, folder.path());
    let mut town = Town::found_by(recipe).await;
    let id = town.server_mut().program().id();
    let mut speaker = town.welcome(flavour("native"), "speaker".to_owned()).await;
    let mut listener = town.welcome(flavour("native"), "listener".to_owned()).await;
    talk(&mut speaker, &mut listener, 0, FIRST).await;
    instructions.begin(id);
    talk(&mut speaker, &mut listener, FIRST, COUNTED).await;
    let each = instructions.taken(id) as f64 / COUNTED as f64 / 1000.0;
    eprintln!("{each:.0} thousand instructions a message");
    assert!(
        each <= THOUSANDS,
        "{each:.0} thousand instructions a message, at most {THOUSANDS:.0} are allowed"
    );
    // Something was counted at all.
    assert!(each > 10.0, "{each:.0} thousand");
    speaker.leaves().await;
    listener.leaves().await;
    town.close().await;
}

/// In so many conversations something was said.
const CONVERSATIONS: u64 = 60;
/// The most millions of instructions from when somebody says what they have to the last of what they have missed, which is one message in each
/// of them: a sixth more than were counted when this was written (24 to 25). Fourteen of them would be there with no conversation at all.
const MILLIONS: f64 = 29.0;

#[tokio::test]
async fn coming_back_to_many_conversations_takes_so_many_instructions() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recipe = koine_e2e::recipe();
    for limit in ["REQUESTS_PER_SECOND", "ACCOUNT_REQUESTS_PER_SECOND", "POSTS_PER_SECOND"] {
        recipe = recipe.with(&format!("KOINE_LIMITS__{limit}"), "0");
    }
    let (recipe, mut instructions) = Instructions::on(recipe, folder.path());
    let mut town = Town::found_by(recipe).await;
    let id = town.server_mut().program().id();
    let who = |name: &str| json!({"handle": name, "nick": name, "password": "secret", "device": "counted"});
    let mut returner = connect(town.server()).await;
    ask(&mut returner, "register", who("returner")).await;
    returner.close().await;
    let mut speaker = connect(town.server()).await;
    ask(&mut speaker, "register", who("speaker")).await;
    let mut have = Map::new();
    for number in 0..CONVERSATIONS {
        let group = json!({"name": format!("group {number}"), "members": ["returner"]});
        let room = ask(&mut speaker, "group.create", group).await["conversation"]["id"].clone();
        let words = json!({"to": {"conversation": room}, "key": format!("k{number}"), "text": "Something that was missed"});
        ask(&mut speaker, "send", words).await;
        have.insert(room.to_string(), json!(0));
    }
    // The first time everything is made that is made once.
    listen(come_back(town.server()).await, &have).await;
    let returner = come_back(town.server()).await;
    instructions.begin(id);
    listen(returner, &have).await;
    let taken = instructions.taken(id) as f64 / 1e6;
    eprintln!("{taken:.1} million instructions to come back to {CONVERSATIONS} conversations");
    assert!(taken <= MILLIONS, "{taken:.1} million instructions, at most {MILLIONS:.0} are allowed");
    assert!(taken > 1.0, "{taken:.1} million");
    speaker.close().await;
    town.close().await;
}

async fn connect(server: &Process) -> Peer {
    let mut peer = Peer::websocket(server.address("native"), "/", Encoding::Json).await;
    assert_eq!(next(&mut peer).await["event"], "hello");
    peer
}

/// Asks for something. Tells what it is answered with.
async fn ask(peer: &mut Peer, what: &str, fields: Value) -> Value {
    peer.send(&request(1, what, fields)).await;
    loop {
        let frame = next(peer).await;
        if frame["id"] == 1 {
            assert!(frame["error"].is_null(), "{frame}");
            return frame["ok"].clone();
        }
    }
}

async fn come_back(server: &Process) -> Peer {
    let mut peer = connect(server).await;
    ask(&mut peer, "login", json!({"who": "returner", "password": "secret", "device": "counted"})).await;
    peer
}

/// Says what one has, is told the rest, and goes.
async fn listen(mut peer: Peer, have: &Map<String, Value>) {
    ask(&mut peer, "listen", json!({"have": have, "newest": 50})).await;
    let mut missed = 0;
    while missed < CONVERSATIONS {
        missed += u64::from(next(&mut peer).await["event"] == "message");
    }
    peer.close().await;
}
