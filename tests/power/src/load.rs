//! People who talk by native, and note what was answered.

use crate::ledger::{Content, Notes, Promise, Upload};
use koine_dialect::client::Known;
use koine_testkit::chance::Chance;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::value::Encoding;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Somebody who talks.
pub struct Talker {
    peer: Peer,
    http: SocketAddr,
    token: String,
    me: u64,
    handle: String,
    chance: Chance,
    asked: u64,
    /// The number of this talker, from 1.
    number: u64,
    /// Where they talk.
    rooms: Vec<u64>,
    /// Their own texts: the places of messages.
    own: Vec<(u64, u64)>,
    notes: Notes,
}

/// What lets people in.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    /// What an operator calls it.
    pub(crate) number: u64,
    /// What people register with.
    pub(crate) code: String,
}

const PATIENCE: Duration = Duration::from_secs(30);
/// What is done first: of each kind, by what it is drawn by.
const EACH: [usize; 6] = [0, 95, 55, 88, 68, 80];
/// Requests of one talker have numbers of this thousand million.
const NUMBERS: u64 = 1_000_000_000;

impl Talker {
    /// What everybody registers with.
    pub(crate) const PASSWORD: &str = "secret";

    /// Connects. Nobody else may have the number.
    pub(crate) async fn connect(number: u64, native: SocketAddr, http: SocketAddr, chance: Chance) -> Self {
        let peer = Peer::websocket(native, "/", Encoding::Json).await;
        let handle = format!("talker{number}");
        Self {
            peer,
            http,
            token: String::new(),
            me: 0,
            handle,
            chance,
            asked: 0,
            number,
            rooms: Vec::new(),
            own: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// Connects, registers and listens.
    pub async fn register(number: u64, native: SocketAddr, http: SocketAddr, chance: Chance) -> Self {
        let mut talker = Self::connect(number, native, http, chance).await;
        talker.enter(None).await;
        talker.ask("listen", json!({})).await;
        talker
    }

    /// Registers, with an invitation where there is one. Tells whether that was good still.
    pub(crate) async fn enter(&mut self, invitation: Option<&Invitation>) -> bool {
        let (handle, password) = (&self.handle, Self::PASSWORD);
        let mut request = json!({"handle": handle, "nick": handle, "password": password, "device": "power"});
        if let Some(invitation) = invitation {
            request["invitation"] = json!(invitation.code);
        }
        let mut frame = self.answer("register", request).await;
        if invitation.is_some() && frame["error"]["code"] == "bad_invitation" {
            return false;
        }
        assert!(frame.get("ok").is_some(), "{} cannot register: {frame}", self.handle);
        self.signed_in(&frame["ok"].take());
        let (handle, token) = (self.handle.clone(), Some(self.token.clone()));
        let invitation = invitation.map(|invitation| invitation.number);
        self.promised(Promise::Account { handle, token, invitation });
        true
    }

    /// They are, as the answer to a registration or a sign-in says.
    pub(crate) fn signed_in(&mut self, answer: &Value) {
        self.token = answer["token"].as_str().expect("a token").to_owned();
        self.me = answer["me"]["id"].as_u64().expect("a number");
    }

    /// Makes a group of these people and guests, asks the people to be friends, and will talk to all and each of them.
    pub async fn gather(&mut self, others: &[u64], guests: &[u64]) -> u64 {
        let name = format!("group of {}", self.handle);
        let members = [others, guests].concat();
        let group = self.ask("group.create", json!({"name": name, "members": members})).await;
        self.promised(Promise::Group(name, members.len() + 1));
        for other in others {
            self.ask("contact.request", json!({"who": other})).await;
            self.promised(Promise::Asked(self.me, *other));
            let opened = self.ask("open", json!({"with": other})).await;
            self.rooms.push(opened["conversation"]["id"].as_u64().expect("a number"));
        }
        let group = group["conversation"]["id"].as_u64().expect("a number");
        self.rooms.push(group);
        group
    }

    /// Will talk in this conversation.
    pub fn join(&mut self, room: u64) {
        self.rooms.push(room);
    }

    /// What signs them in.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Their number.
    pub fn me(&self) -> u64 {
        self.me
    }

    /// Who they are to others.
    pub fn known(&self) -> Known {
        Known { handle: self.handle.clone(), id: self.me }
    }

    /// The number of the last request.
    pub(crate) fn last(&self) -> u64 {
        self.number * NUMBERS + self.asked
    }

    /// Does so many things: each of them once, and then whatever comes.
    pub async fn talk(&mut self, deeds: usize) {
        for deed in 0..deeds {
            let own = (!self.own.is_empty()).then(|| self.own[self.chance.below(self.own.len())]);
            let chance = EACH.get(deed).copied().unwrap_or_else(|| self.chance.below(100));
            match (chance, own) {
                (0..55, _) | (_, None) => self.say().await,
                (55..68, _) => self.show().await,
                (68..80, Some(place)) => self.edit(place).await,
                (80..88, Some(place)) => self.react(place).await,
                (88..95, Some(place)) => self.read(place).await,
                (_, Some(_)) => self.tell_status().await,
            }
        }
    }

    /// What was noted.
    pub fn notes(self) -> Notes {
        self.notes
    }

    async fn say(&mut self) {
        let (room, text) = (self.room(), self.something());
        self.notes.said.push(Content::Text(text.clone()));
        let request = json!({"to": {"conversation": room}, "key": text, "text": text});
        let answer = self.ask("send", request).await;
        let place = (room, answer["seq"].as_u64().expect("a seq"));
        self.promised(Promise::Said { place, sender: self.me, content: Content::Text(text) });
        self.own.push(place);
    }

    async fn show(&mut self) {
        let room = self.room();
        let mut bytes = self.something().into_bytes();
        let length = 100 + self.chance.below(20_000);
        while bytes.len() < length {
            bytes.extend(self.chance.draw().to_le_bytes());
        }
        let content = Content::File(Sha256::digest(&bytes).into());
        self.notes.said.push(content.clone());
        let upload = self.upload(&bytes).await;
        let request = json!({"to": {"conversation": room}, "key": upload, "uploads": [upload]});
        let answer = self.ask("send", request).await;
        let place = (room, answer["seq"].as_u64().expect("a seq"));
        self.promised(Promise::Said { place, sender: self.me, content });
    }

    async fn edit(&mut self, (room, seq): (u64, u64)) {
        let text = self.something();
        self.notes.said.push(Content::Text(text.clone()));
        let request = json!({"conversation": room, "seq": seq, "key": text, "text": text});
        self.ask("edit", request).await;
        self.promised(Promise::Edited((room, seq), text));
    }

    async fn react(&mut self, (room, seq): (u64, u64)) {
        // Each emoji can be put there once, so it is another one each time.
        let emoji = char::from_u32(0x1f300 + u32::try_from(self.asked % 700).expect("a small number"));
        let emoji = emoji.expect("an emoji").to_string();
        let key = self.something();
        let request = json!({"conversation": room, "seq": seq, "key": key, "emoji": emoji, "on": true});
        self.ask("react", request).await;
        self.promised(Promise::Reacted((room, seq), self.me, emoji));
    }

    async fn read(&mut self, (room, seq): (u64, u64)) {
        self.ask("read", json!({"conversation": room, "seq": seq})).await;
        self.promised(Promise::Read(self.me, (room, seq)));
    }

    async fn tell_status(&mut self) {
        let status = self.something();
        self.ask("profile", json!({"status": status})).await;
        self.promised(Promise::Status(self.me, status));
    }

    fn room(&mut self) -> u64 {
        self.rooms[self.chance.below(self.rooms.len())]
    }

    fn something(&self) -> String {
        format!("{} does {}", self.handle, self.asked)
    }

    /// The answer to the last request promises this.
    fn promised(&mut self, promise: Promise) {
        self.notes.answered.push((self.last(), promise));
    }

    pub(crate) async fn ask(&mut self, verb: &str, request: Value) -> Value {
        let told = request.clone();
        let mut frame = self.answer(verb, request).await;
        assert!(frame.get("ok").is_some(), "{verb} {told} is answered by {frame}");
        frame["ok"].take()
    }

    /// What a request is answered by, be it a refusal.
    async fn answer(&mut self, verb: &str, mut request: Value) -> Value {
        self.asked += 1;
        let id = self.last();
        request["id"] = json!(id);
        request["do"] = json!(verb);
        self.peer.send(&request).await;
        loop {
            match self.peer.receive(PATIENCE).await {
                Some(Received::Frame(frame)) if frame["id"] == id => return frame,
                Some(Received::Frame(_)) => {}
                other => panic!("{request} is answered by {other:?}"),
            }
        }
    }

    /// Uploads bytes, and tells what messages call them.
    async fn upload(&mut self, bytes: &[u8]) -> String {
        let name = self.begin_upload(bytes.len(), "").await;
        let upload = Upload { account: self.me, name: name.clone(), bytes: bytes.to_vec() };
        self.notes.uploads.push(upload);
        self.fill_upload(&name, bytes).await;
        name
    }

    /// Uploads a picture, and tells what requests call it. What there is of it before one does is nobody's concern.
    pub(crate) async fn bring(&mut self, picture: &[u8]) -> String {
        let kind = "Upload-Metadata: filetype aW1hZ2UvcG5n\r\n";
        let name = self.begin_upload(picture.len(), kind).await;
        self.fill_upload(&name, picture).await;
        name
    }

    async fn begin_upload(&self, length: usize, metadata: &str) -> String {
        let made = format!("Upload-Length: {length}\r\n{metadata}Content-Length: 0\r\n");
        let made = self.http("POST", "/api/uploads", &made, &[]).await;
        let location = made.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("location").then(|| value.to_owned())
        });
        let location = location.unwrap_or_else(|| panic!("no upload was begun: {made}"));
        location.rsplit('/').next().expect("a name").to_owned()
    }

    async fn fill_upload(&self, name: &str, bytes: &[u8]) {
        let mut offset = 0;
        for piece in bytes.chunks(8_000) {
            let head = format!(
                "Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n",
                piece.len()
            );
            let sent = self.http("PATCH", &format!("/api/uploads/{name}"), &head, piece).await;
            assert!(sent.starts_with("HTTP/1.1 204"), "{sent}");
            offset += piece.len();
        }
    }

    async fn http(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> String {
        exchange(self.http, &self.token, method, path, headers, body).await
    }
}

/// Goes on with an upload from where the server says that it is. Tells where that was, in bytes.
pub async fn go_on(http: SocketAddr, token: &str, upload: &Upload) -> usize {
    let path = format!("/api/uploads/{}", upload.name);
    let told = exchange(http, token, "HEAD", &path, "", &[]).await;
    let offset = told.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("upload-offset").then(|| value.parse::<usize>().ok())?
    });
    let offset = offset.unwrap_or_else(|| panic!("the upload {path} is not known: {told}"));
    let rest = &upload.bytes[offset..];
    if !rest.is_empty() {
        let head = format!(
            "Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n",
            rest.len()
        );
        let sent = exchange(http, token, "PATCH", &path, &head, rest).await;
        assert!(sent.starts_with("HTTP/1.1 204"), "{sent}");
    }
    offset
}

/// One request, and what is answered.
async fn exchange(
    address: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> String {
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nTus-Resumable: 1.0.0\r\n\
         Authorization: Bearer {token}\r\n{headers}\r\n"
    )
    .into_bytes();
    request.extend(body);
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&request).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    timeout(PATIENCE, exchange).await.expect("an answer in time").expect("an answer")
}
