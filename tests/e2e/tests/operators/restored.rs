//! What clients that keep their positions are told after an older backup was brought back: its numbers are given out once more.

use crate::keeping::two;
use crate::koine::koine;
use koine_e2e::matrix::{Line, Person, Town};
use koine_e2e::native::request;
use koine_testkit::peer::Peer;
use koine_testkit::value::Encoding;
use koine_testkit::{Ending, Server};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How long nothing must come.
const SILENCE: Duration = Duration::from_millis(700);

#[tokio::test]
async fn whoever_was_away_during_a_restore_misses_nothing() {
    let (mut town, place) = (Town::found().await, tempfile::tempdir().expect("a folder"));
    let (data, backup) = (town.server().data(), place.path().join("backup"));
    let (mut ann, bob) = two(&mut town).await;
    tells(&mut ann, &bob, &["one", "two", "three"]).await;
    koine(&data, &["backup", &backup.to_string_lossy()]).well();
    tells(&mut ann, &bob, &["four", "five", "six"]).await;
    let (told, device) = Device::comes(&town, json!({})).await;
    let (room, before) = (told["conversations"][0]["id"].clone(), told["epoch"].clone());
    assert_eq!((told["conversations"][0]["last_seq"].as_u64(), &told["afresh"]), (Some(6), &json!([])));
    device.leaves().await;
    let have = |seq: u64| json!({room.to_string(): seq});

    brings_back(&mut town, &backup).await;
    town.sign_in(std::slice::from_mut(&mut ann)).await;
    tells(&mut ann, &bob, &["not four", "not five", "not six", "seven", "eight"]).await;

    // A client that knows of no epoch is taken at its word, and cannot know what it misses.
    let (told, mut device) = Device::comes(&town, json!({"have": have(6)})).await;
    assert_eq!((&told["afresh"], device.hears().await), (&json!([]), texts(&["seven", "eight"])));
    let epoch = told["epoch"].clone();
    assert_ne!(epoch, before);
    device.leaves().await;

    // One that does begins afresh, wherever it was, and has everything then.
    for seq in [6, 8, 9] {
        let asked = json!({"have": have(seq), "epoch": before});
        let (told, mut device) = Device::comes(&town, asked).await;
        assert_eq!((&told["afresh"], &told["epoch"]), (&json!([room]), &epoch), "{seq}");
        let all = ["one", "two", "three", "not four", "not five", "not six", "seven", "eight"];
        assert_eq!(device.reads(&room).await, texts(&all), "{seq}");
        assert_eq!(device.hears().await, texts(&[]), "{seq}");
        device.leaves().await;
    }

    // From there it goes on as ever, also behind a restart and a kill.
    for ending in [Ending::InOrder, Ending::Killed] {
        town.server_mut().restart(ending).await;
        let (told, mut device) = Device::comes(&town, json!({"have": have(7), "epoch": epoch})).await;
        assert_eq!((&told["afresh"], &told["epoch"]), (&json!([]), &epoch));
        assert_eq!(device.hears().await, texts(&["eight"]));
        device.leaves().await;
    }

    // The same backup once more is another epoch once more.
    brings_back(&mut town, &backup).await;
    let (told, device) = Device::comes(&town, json!({"have": have(3), "epoch": epoch})).await;
    assert_eq!(told["afresh"], json!([room]));
    assert!(![before, epoch].contains(&told["epoch"]), "{}", told["epoch"]);
    device.leaves().await;
    let log = town.close().await;
    assert!(!log.contains("panicked"), "{log}");
}

/// Restores the backup while the server does not run.
async fn brings_back(town: &mut Town, backup: &Path) {
    town.server_mut().end(Ending::InOrder).await;
    let restored = koine(&town.server().data(), &["restore", &backup.to_string_lossy(), "--replace"]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    town.server_mut().start_again().await;
}

async fn tells(ann: &mut Person, bob: &Person, texts: &[&str]) {
    for text in texts {
        ann.tells(&bob.known, text).await.expect("a message that is taken");
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A device of bob's.
struct Device {
    line: Line,
    asked: u64,
}

impl Device {
    /// Signs in, and listens as it is told to. Tells the answer, whose epoch is that which the server has begun with.
    async fn comes(town: &Town, listen: Value) -> (Value, Self) {
        let mut line = Line::default();
        line.open(Peer::websocket(town.server().address("native"), "/", Encoding::Json).await);
        let mut device = Self { line, asked: 0 };
        let hello = device.line.find(|frame| frame["event"] == "hello").await.expect("a hello");
        let login = json!({"who": "bob", "password": "secret", "device": "tests"});
        device.asks("login", login).await;
        let told = device.asks("listen", listen).await;
        assert_eq!(told["epoch"], hello["epoch"]);
        (told, device)
    }

    async fn asks(&mut self, verb: &str, fields: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let request = request(id, verb, fields);
        let mut answer = self.line.ask(&request, |frame| frame["id"] == id).await.expect("an answer");
        assert!(answer["ok"].is_object(), "{answer}");
        answer["ok"].take()
    }

    /// The messages that come until nothing comes any more.
    async fn hears(&mut self) -> Vec<String> {
        self.line.gather(SILENCE).await;
        let mut heard = Vec::new();
        while self.line.waiting() > 0 {
            let frame = self.line.next().await.expect("a frame");
            heard.extend(frame["message"]["parts"][0]["text"].as_str().map(str::to_owned));
        }
        heard
    }

    /// The messages of a conversation.
    async fn reads(&mut self, room: &Value) -> Vec<String> {
        let page = self.asks("history", json!({"conversation": room, "limit": 100})).await;
        let messages = page["messages"].as_array().expect("messages");
        messages.iter().filter_map(|one| one["parts"][0]["text"].as_str().map(str::to_owned)).collect()
    }

    async fn leaves(mut self) {
        self.line.close().await;
    }
}
