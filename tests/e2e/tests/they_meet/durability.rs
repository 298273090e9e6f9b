//! What was acknowledged is kept, however the server ends.

use koine_e2e::heard::{Heard, PATIENCE, bodies, rest};
use koine_e2e::people::*;
use koine_testkit::peer::Received;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Ending, Process, Server};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn killed_in_the_middle_of_talk() {
    let mut talk = Talk::begin().await;
    for round in 0..3 {
        talk.go_on(round, Duration::from_millis(60 + 90 * round), Ending::Killed).await;
    }
    talk.check().await;
}

#[tokio::test]
async fn stopped_in_the_middle_of_talk() {
    let mut talk = Talk::begin().await;
    for round in 0..2 {
        talk.go_on(round, Duration::from_millis(100), Ending::InOrder).await;
    }
    talk.check().await;
}

/// Ann by MiniOICQ and bob by Technotrack, who both talk without waiting for answers.
struct Talk {
    stage: Stage<Process>,
    chat: String,
    /// What ann has heard, her own messages too: MiniOICQ answers a message by telling it.
    ann: Heard,
    /// What bob has said and was told to be well.
    acknowledged: Vec<String>,
    said: usize,
}

impl Talk {
    async fn begin() -> Self {
        let mut stage = koine_e2e::stage().await;
        stage.must(&registers_by_minioicq("ann", "msgpack")).await;
        stage.must(&registers_by_technotrack("bob")).await;
        let chat = r#"ann> {"action": "chat.create", "members": ["bob"]}
            ann< {"action": "chat.spawn", "chat_id": "$chat", "...": "*"}"#;
        stage.must(&unindented(chat)).await;
        let chat = stage.recall("chat").to_owned();
        Self { stage, chat, ann: Heard::default(), acknowledged: Vec::new(), said: 0 }
    }

    /// Both talk for a while, then the server ends as it is told to, and they come back.
    async fn go_on(&mut self, round: u64, talking: Duration, ending: Ending) {
        let (mut ann, mut bob) = (self.stage.leave("ann"), self.stage.leave("bob"));
        let end = tokio::time::Instant::now() + talking;
        let mut sent: Vec<String> = Vec::new();
        let mut answered = 0;
        while tokio::time::Instant::now() < end {
            for _ in 0..8 {
                self.said += 1;
                let (hers, his) =
                    (format!("ann {round} {}", self.said), format!("bob {round} {}", self.said));
                let message = json!({"chat_id": self.chat, "type": "text", "content": hers});
                ann.send(&json!({"action": "message.send", "message": message})).await;
                bob.send(&json!({"action": "message", "data": {"uid": "ann", "body": his}})).await;
                sent.push(his);
            }
            while let Some(Received::Frame(frame)) = ann.receive(Duration::from_millis(1)).await {
                self.ann.note(&frame);
            }
            while let Some(Received::Frame(frame)) = bob.receive(Duration::from_millis(1)).await {
                answered += usize::from(frame["action"] == "message" && frame["data"]["status"] == 0);
            }
        }
        self.stage.server().end(ending).await;
        assert!(self.ann.listen(&mut ann).await, "the server has ended");
        let (frames, closed) = rest(&mut bob).await;
        assert!(closed, "the server has ended");
        answered += frames
            .iter()
            .filter(|frame| frame["action"] == "message" && frame["data"]["status"] == 0)
            .count();
        assert!(answered > 0, "the server was not that slow");
        // Answers come in the order of the requests.
        self.acknowledged.extend(sent.into_iter().take(answered));
        self.stage.server().start_again().await;
        self.stage.must(&returns_by_minioicq("ann", "msgpack")).await;
        self.stage.must(&returns_by_technotrack("bob")).await;
        self.ann.begin_again();
        assert!(!self.ann.listen(self.stage.peer("ann")).await);
        let (frames, _) = rest(self.stage.peer("bob")).await;
        // What ann was told to have said, bob hears at the latest now; the log has no hole that only he would see.
        let heard = bodies(&frames, "bob");
        let order: Vec<&String> = heard.iter().collect();
        assert!(order.windows(2).all(|two| number(two[0]) < number(two[1])), "{order:?}");
    }

    /// Everything that was acknowledged is there, in order and under its number.
    async fn check(mut self) {
        let heard = self.ann.numbered(&self.chat);
        let numbers: Vec<u64> = heard.iter().map(|(number, _)| *number).collect();
        assert!(numbers.windows(2).all(|two| two[1] - two[0] == 16), "there are holes: {numbers:?}");
        let his: Vec<&String> =
            heard.iter().map(|(_, text)| text).filter(|text| text.starts_with("bob")).collect();
        let mut all = his.iter();
        for text in &self.acknowledged {
            assert!(all.any(|heard| *heard == text), "{text} was acknowledged and lost, or moved");
        }
        // Somebody else of the same chat, who asks for it anew, sees the same under the same numbers.
        let mut history = Heard::default();
        let peer = self.stage.peer("ann");
        let mut first = 0;
        loop {
            let ask = json!({"action": "message.get", "chat_id": self.chat, "start": first.to_string(),
                "end": (first + 16 * 199).to_string()});
            peer.send(&ask).await;
            let Some(Received::Frame(frame)) = peer.receive(PATIENCE).await else { panic!("no history") };
            assert_eq!(frame["action"], "message.retrieve", "{frame}");
            if frame["messages"] == json!([]) {
                break;
            }
            history.note(&json!({"action": "message.push", "messages": frame["messages"]}));
            first += 16 * 200;
        }
        assert_eq!(history.numbered(&self.chat), heard);
        self.stage.clear().stop().await;
    }
}

/// The last word of what was said counts it.
fn number(text: &str) -> usize {
    text.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a number")
}

/// Lines of a transcript, wherever they stand in this file.
fn unindented(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}
