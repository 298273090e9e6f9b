//! A program of native that does what only native can: it edits, deletes, reacts, reads, tells its state and uploads in pieces.
//!
//! What was not answered when the server died is asked again, with the same key: so in the end all of it is acknowledged.

mod deed;

use crate::audit::Truth;
use crate::ledger::{Ledger, Room, mark};
use crate::plan::shuffled;
use crate::tally;
use crate::voice::Voice;
use deed::{Deed, Turn};
use koine_e2e::fetch::try_ask;
use koine_e2e::matrix::Known;
use koine_testkit::chance::Chance;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use tokio::sync::watch::Receiver;

/// One of them.
pub(crate) struct Author {
    pub(crate) known: Known,
    voice: Option<Voice>,
    http: SocketAddr,
    token: String,
    chance: Chance,
    /// What is done first, the last one first.
    first: Vec<Turn>,
    asked: usize,
    /// Where it talks: the number and the room of each conversation.
    rooms: Vec<(u64, Room)>,
    /// What was asked and not answered.
    pending: Option<(Deed, Value)>,
    /// What it has said, by conversation and `seq`, as it stands now.
    said: BTreeMap<(u64, u64), String>,
    /// What it has deleted.
    deleted: BTreeSet<(u64, u64)>,
    reactions: BTreeSet<(u64, u64, &'static str)>,
    read: BTreeMap<u64, u64>,
    status: String,
    upload: Option<Upload>,
}

/// A file that is being uploaded.
struct Upload {
    path: String,
    bytes: Vec<u8>,
    /// How much of it was acknowledged.
    offset: usize,
    /// How much of it was sent.
    sent: usize,
}

/// How much of a file is sent at once, in bytes.
const PIECE: usize = 9_000;
const EMOJI: [&str; 4] = ["👍", "🎉", "🍵", "🐈"];

impl Author {
    /// Registers.
    pub(crate) async fn register(
        known: Known,
        native: SocketAddr,
        http: SocketAddr,
        mut chance: Chance,
    ) -> Result<Self, String> {
        // Each in turn: so all of it is done in many rounds, also where the server does not live for long. A short upload is begun,
        // brought and shown.
        let (edit, upload) = (Turn::Edit, Turn::Upload);
        let all = [edit, Turn::Delete, Turn::React, Turn::Read, Turn::Status, upload, upload, upload];
        let first = shuffled(&mut chance, all);
        let mut voice = Voice::connect(native).await;
        let request =
            json!({"handle": known.handle, "nick": known.handle, "password": "secret", "device": "author"});
        let token = voice.ask("register", request).await?["token"].as_str().ok_or("no token")?.to_owned();
        Ok(Self {
            known,
            voice: Some(voice),
            http,
            token,
            chance,
            first,
            asked: 0,
            rooms: Vec::new(),
            pending: None,
            said: BTreeMap::new(),
            deleted: BTreeSet::new(),
            reactions: BTreeSet::new(),
            read: BTreeMap::new(),
            status: String::new(),
            upload: None,
        })
    }

    /// Will talk to `other`.
    pub(crate) async fn meet(&mut self, other: &Known) -> Result<(), String> {
        let opened = self.ask("open", json!({"with": other.id})).await?;
        let number = opened["conversation"]["id"].as_u64().ok_or("no conversation")?;
        self.rooms.push((number, Room::of(&self.known.handle, &other.handle)));
        Ok(())
    }

    /// Will talk in the group of this number and name.
    pub(crate) fn join(&mut self, number: u64, name: &str) {
        self.rooms.push((number, Room::Group(name.to_owned())));
    }

    async fn ask(&mut self, verb: &str, request: Value) -> Result<Value, String> {
        self.voice.as_mut().ok_or("not connected")?.ask(verb, request).await
    }

    /// Does something in each burst, until the server is gone.
    pub(crate) async fn act(&mut self, ledger: &Ledger, mut bursts: Receiver<u32>) {
        while bursts.changed().await.is_ok() {
            for _ in 0..1 + self.chance.below(6) {
                if let Err(wrong) = self.act_once(ledger).await {
                    let name = &self.known.handle;
                    assert!(ledger.killed.get(), "{name} fails while the server lives: {wrong}");
                    return;
                }
            }
        }
    }

    async fn act_once(&mut self, ledger: &Ledger) -> Result<(), String> {
        let turn = self.turn();
        if matches!(turn, Turn::Upload) {
            return self.go_on_uploading(ledger).await;
        }
        let (deed, request) = self.wish(ledger, turn);
        self.pending = Some((deed.clone(), request.clone()));
        let answer = self.ask(deed.verb(), request).await?;
        self.pending = None;
        self.note(ledger, deed, &answer);
        Ok(())
    }

    /// What it does next.
    fn turn(&mut self) -> Turn {
        let uploads = self.chance.percent(30);
        if self.said.is_empty() {
            return if uploads { Turn::Upload } else { Turn::Say };
        }
        if let Some(turn) = self.first.pop() {
            return turn;
        }
        if uploads {
            return Turn::Upload;
        }
        match self.chance.below(100) {
            0..50 => Turn::Say,
            50..65 => Turn::Edit,
            65..70 => Turn::Delete,
            70..80 => Turn::React,
            80..92 => Turn::Read,
            _ => Turn::Status,
        }
    }

    fn wish(&mut self, ledger: &Ledger, turn: Turn) -> (Deed, Value) {
        self.asked += 1;
        let key = format!("{}-{}", self.known.handle, self.asked);
        let said: Vec<_> = self.said.keys().copied().collect();
        let (conversation, seq) = if said.is_empty() { (0, 0) } else { *self.chance.pick(&said) };
        match turn {
            Turn::Say => {
                let (conversation, room) = self.chance.pick(&self.rooms).clone();
                let text = format!("{} writes {}", self.known.handle, self.asked);
                let word = ledger.begin(&self.known, room, &text);
                let request = json!({"to": {"conversation": conversation}, "key": key, "text": text});
                (Deed::Say { word, conversation, text }, request)
            }
            Turn::Edit => {
                let text = format!("{} rewrites {}", self.known.handle, self.asked);
                let first = ledger.first_wording(&self.said[&(conversation, seq)]);
                ledger.wordings.borrow_mut().insert(text.clone(), first);
                let request = json!({"conversation": conversation, "seq": seq, "key": key, "text": text});
                (Deed::Edit { conversation, seq, text }, request)
            }
            Turn::Delete => {
                let first = ledger.first_wording(&self.said[&(conversation, seq)]);
                for word in ledger.words.borrow_mut().iter_mut().filter(|word| word.content == first) {
                    word.withdrawn = true;
                }
                (
                    Deed::Delete { conversation, seq },
                    json!({"conversation": conversation, "seq": seq, "key": key}),
                )
            }
            Turn::React => {
                // What is there already is taken off again.
                let there: Vec<_> = self.reactions.iter().copied().collect();
                let again = !there.is_empty() && self.chance.percent(40);
                let (conversation, seq, emoji) = match again {
                    true => *self.chance.pick(&there),
                    false => (conversation, seq, *self.chance.pick(&EMOJI)),
                };
                let on = !self.reactions.contains(&(conversation, seq, emoji));
                let request =
                    json!({"conversation": conversation, "seq": seq, "key": key, "emoji": emoji, "on": on});
                (Deed::React { conversation, seq, emoji, on }, request)
            }
            Turn::Read => {
                (Deed::Read { conversation, seq }, json!({"conversation": conversation, "seq": seq}))
            }
            Turn::Status | Turn::Upload => self.state(),
        }
    }

    fn state(&self) -> (Deed, Value) {
        let status = format!("has done {}", self.asked);
        (Deed::Status(status.clone()), json!({"status": status}))
    }

    /// It was acknowledged.
    fn note(&mut self, ledger: &Ledger, deed: Deed, answer: &Value) {
        ledger.count(tally::AUTHOR, deed.name());
        match deed {
            Deed::Say { word, conversation, text } => {
                ledger.acknowledge(word);
                let seq = answer["seq"].as_u64().expect("a seq");
                let known = self.said.insert((conversation, seq), text);
                assert_eq!(known, None, "{conversation}/{seq} was given twice");
            }
            Deed::Show { word } => {
                ledger.acknowledge(word);
                self.upload = None;
            }
            Deed::Edit { conversation, seq, text } => drop(self.said.insert((conversation, seq), text)),
            Deed::Delete { conversation, seq } => {
                self.said.remove(&(conversation, seq));
                self.deleted.insert((conversation, seq));
                self.reactions.retain(|(room, place, _)| (*room, *place) != (conversation, seq));
            }
            Deed::React { conversation, seq, emoji, on: true } => {
                self.reactions.insert((conversation, seq, emoji));
            }
            Deed::React { conversation, seq, emoji, on: false } => {
                self.reactions.remove(&(conversation, seq, emoji));
            }
            Deed::Read { conversation, seq } => {
                let read = self.read.entry(conversation).or_default();
                *read = seq.max(*read);
            }
            Deed::Status(status) => self.status = status,
        }
    }

    /// Begins an upload, sends one more piece of it, or shows it once it is whole.
    async fn go_on_uploading(&mut self, ledger: &Ledger) -> Result<(), String> {
        let Some(upload) = &self.upload else { return self.begin_upload(ledger).await };
        if upload.offset == upload.bytes.len() {
            return self.show(ledger).await;
        }
        let end = upload.bytes.len().min(upload.offset + PIECE);
        let headers = [
            ("Authorization", format!("Bearer {}", self.token)),
            ("Tus-Resumable", "1.0.0".to_owned()),
            ("Upload-Offset", upload.offset.to_string()),
            ("Content-Type", "application/offset+octet-stream".to_owned()),
        ];
        let piece = upload.bytes[upload.offset..end].to_vec();
        let path = upload.path.clone();
        if let Some(upload) = &mut self.upload {
            upload.sent = end;
        }
        let sent = try_ask(self.http, "PATCH", &path, &headers, &piece).await?;
        if sent.status != 204 {
            return Err(format!("status {}: {}", sent.status, String::from_utf8_lossy(&sent.body)));
        }
        if let Some(upload) = &mut self.upload {
            upload.offset = end;
        }
        ledger.count(tally::AUTHOR, tally::PIECE);
        Ok(())
    }

    async fn begin_upload(&mut self, ledger: &Ledger) -> Result<(), String> {
        self.asked += 1;
        let mut bytes = format!("{} uploads {} ", self.known.handle, self.asked).into_bytes();
        let length = 1_000 + self.chance.below(if self.first.is_empty() { 40_000 } else { PIECE - 1_000 });
        while bytes.len() < length {
            bytes.extend(self.chance.draw().to_le_bytes());
        }
        let headers = [
            ("Authorization", format!("Bearer {}", self.token)),
            ("Tus-Resumable", "1.0.0".to_owned()),
            ("Upload-Length", bytes.len().to_string()),
            ("Upload-Metadata", "filename YS5iaW4=,filetype YXBwbGljYXRpb24vb2N0ZXQtc3RyZWFt".to_owned()),
        ];
        let made = try_ask(self.http, "POST", "/api/uploads", &headers, &[]).await?;
        if made.status != 201 {
            return Err(format!("status {}: {}", made.status, String::from_utf8_lossy(&made.body)));
        }
        let (_, path) = made.header("location").split_once("/api/").ok_or("no Location")?;
        self.upload = Some(Upload { path: format!("/api/{path}"), bytes, offset: 0, sent: 0 });
        ledger.count(tally::AUTHOR, tally::BEGINNING);
        Ok(())
    }

    async fn show(&mut self, ledger: &Ledger) -> Result<(), String> {
        let upload = self.upload.as_ref().ok_or("no upload")?;
        let name = upload.path.rsplit('/').next().unwrap_or_default().to_owned();
        let content = mark(&upload.bytes);
        let (conversation, room) = self.chance.pick(&self.rooms).clone();
        let word = ledger.begin(&self.known, room, &content);
        let request = json!({"to": {"conversation": conversation}, "key": name, "uploads": [name]});
        self.pending = Some((Deed::Show { word }, request.clone()));
        let answer = self.ask("send", request).await?;
        self.pending = None;
        self.note(ledger, Deed::Show { word }, &answer);
        Ok(())
    }

    /// Signs in by the token, asks again for what was not answered, and looks how far the upload has come.
    pub(crate) async fn return_to(
        &mut self,
        ledger: &Ledger,
        native: SocketAddr,
        http: SocketAddr,
    ) -> Result<(), String> {
        self.http = http;
        let mut voice = Voice::connect(native).await;
        voice.ask("resume", json!({"token": self.token})).await?;
        self.voice = Some(voice);
        self.find_upload().await?;
        if let Some((deed, request)) = self.pending.take() {
            match self.ask(deed.verb(), request.clone()).await {
                Ok(answer) => self.note(ledger, deed, &answer),
                Err(wrong) => return Err(format!("{request} is refused the second time: {wrong}")),
            }
        }
        // It can be gone on with where it was found; an upload that is whole is shown.
        if self.upload.is_some() { self.go_on_uploading(ledger).await } else { Ok(()) }
    }

    /// Of an upload there is what was acknowledged, and no more than was sent.
    async fn find_upload(&mut self) -> Result<(), String> {
        let Some(upload) = &mut self.upload else { return Ok(()) };
        let headers =
            [("Authorization", format!("Bearer {}", self.token)), ("Tus-Resumable", "1.0.0".to_owned())];
        let found = try_ask(self.http, "HEAD", &upload.path, &headers, &[]).await?;
        let (path, acknowledged) = (&upload.path, upload.offset);
        let offset = found.header("upload-offset").parse::<usize>().map_err(|_| {
            format!("acknowledged and lost: {acknowledged} bytes of {path}, status {}", found.status)
        })?;
        if offset < acknowledged {
            return Err(format!("acknowledged and lost: {acknowledged} bytes of {path}, {offset} are there"));
        }
        if offset > upload.sent {
            return Err(format!("{} bytes of {path} were sent, {offset} are there", upload.sent));
        }
        upload.offset = offset;
        Ok(())
    }

    /// Goes away, in order.
    pub(crate) async fn leave(&mut self) {
        if let Some(voice) = self.voice.take() {
            voice.leave().await;
        }
    }

    /// Everything that it did is there.
    pub(crate) fn check(&self, truth: &Truth) {
        let me = &self.known.handle;
        for ((conversation, seq), text) in &self.said {
            let entry = truth.entry(*conversation, *seq);
            let entry = entry.unwrap_or_else(|| panic!("{me}: {text} is not at {conversation}/{seq}"));
            assert_eq!(entry.contents, [text.as_str()], "{me}: at {conversation}/{seq}");
            // Nobody but the author reacts to these.
            let known = self.reactions.iter().filter(|(room, place, _)| (room, place) == (conversation, seq));
            let known = known.map(|(_, _, emoji)| ((*emoji).to_owned(), self.known.id));
            assert_eq!(entry.reactions, known.collect(), "{me}: what was put to {conversation}/{seq}");
        }
        for (conversation, seq) in &self.deleted {
            let left = truth.entry(*conversation, *seq).map_or(&[][..], |entry| &entry.contents);
            assert_eq!(left, [""; 0], "{me}: {conversation}/{seq} was deleted, and is there again");
        }
        let seen = truth.seen_by(me);
        for (conversation, seq) in &self.read {
            let read = seen.read.get(conversation).copied().unwrap_or(0);
            assert!(read >= *seq, "{me} has read {conversation} up to {seq}, and only {read} is known");
        }
        assert_eq!(seen.status, self.status, "{me}");
    }
}
