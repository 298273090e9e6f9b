//! A host who changes what is shown of them and of their group, and a guest who comes into it and leaves, leads it for a while, is kept out
//! by an operator, let in again and deleted; then the next guest comes. One program does it for all, one deed after the other.

use crate::ledger::{Notes, Standing, State};
use crate::load::Talker;
use koine_testkit::binary;
use koine_testkit::chance::Chance;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// All of them.
pub struct House {
    host: Talker,
    native: SocketAddr,
    http: SocketAddr,
    data: PathBuf,
    chance: Chance,
    /// The number of the next one who connects.
    next: u64,
    group: u64,
    name: String,
    picture: Option<[u8; 32]>,
    /// Whether the guest leads the group, and not the host.
    led_by_guest: bool,
    nick: String,
    email: String,
    portrait: Option<[u8; 32]>,
    /// Who comes and goes, and their number.
    guest: Option<Talker>,
    guest_id: u64,
    guest_handle: String,
    state: State,
    is_in: bool,
    done: usize,
    /// The number of the request that was answered last.
    answered: u64,
    /// The number of the request that was answered last when the deed began that is being done.
    before: u64,
    standing: Vec<(u64, u64, Standing)>,
}

impl House {
    /// The host registers and makes the group. The connections have numbers from `number` on, which nobody else may have.
    pub async fn open(
        number: u64,
        native: SocketAddr,
        http: SocketAddr,
        data: PathBuf,
        mut chance: Chance,
    ) -> Self {
        let mut host = Talker::register(number, native, http, chance.fork()).await;
        let answered = host.last();
        let made = host.ask("group.create", json!({"name": "a house", "members": []})).await;
        let nick = host.known().handle;
        let mut house = Self {
            host,
            native,
            http,
            data,
            chance,
            next: number + 1,
            group: made["conversation"]["id"].as_u64().expect("a number"),
            name: "a house".to_owned(),
            picture: None,
            led_by_guest: false,
            nick,
            email: String::new(),
            portrait: None,
            guest: None,
            guest_id: 0,
            guest_handle: String::new(),
            state: State::Active,
            is_in: false,
            done: 0,
            answered,
            before: answered,
            standing: Vec::new(),
        };
        house.answered = house.host.last();
        house.now(house.shown());
        house.now(house.led());
        house.welcome().await;
        house
    }

    /// Does so many things.
    pub async fn change(&mut self, deeds: usize) {
        for _ in 0..deeds {
            self.before = self.answered;
            self.done += 1;
            match self.chance.below(100) {
                0..10 => self.rename().await,
                10..22 => self.paint().await,
                22..34 => self.portray().await,
                34..44 => self.rewrite().await,
                _ => self.turn().await,
            }
        }
    }

    /// What was noted.
    pub fn notes(self) -> Notes {
        let mut notes = self.host.notes();
        notes.standing.extend(self.standing);
        notes
    }

    async fn rename(&mut self) {
        self.name = format!("house {}", self.done);
        self.of_leader("group.rename", json!({"conversation": self.group, "name": self.name})).await;
        self.now(self.led());
    }

    /// Another picture for the group, or none.
    async fn paint(&mut self) {
        let (upload, hash) = self.bring(self.led_by_guest).await;
        self.picture = hash;
        self.of_leader("group.picture", json!({"conversation": self.group, "upload": upload})).await;
        self.now(self.led());
    }

    /// Another picture for the host, or none.
    async fn portray(&mut self) {
        let (upload, hash) = self.bring(false).await;
        self.portrait = hash;
        self.of_host("avatar", json!({"upload": upload})).await;
        self.now(self.shown());
    }

    async fn rewrite(&mut self) {
        self.nick = format!("host {}", self.done);
        self.email = format!("host{}@power.example", self.done);
        self.of_host("profile", json!({"nick": self.nick, "email": self.email})).await;
        self.now(self.shown());
    }

    /// What becomes of the guest next.
    async fn turn(&mut self) {
        let whom = json!({"conversation": self.group, "who": self.guest_id});
        match (self.state, self.is_in, self.chance.below(100)) {
            (State::Deleted, ..) => return self.welcome().await,
            (State::Disabled, _, 0..70) => {
                self.operate(&["account", "enable"], State::Active).await;
                return self.back().await;
            }
            (State::Disabled, ..) => {
                return self.operate(&["account", "delete", "--yes"], State::Deleted).await;
            }
            // Whoever leads gives that back before anything else becomes of them.
            (State::Active, ..) if self.led_by_guest => {
                let host = json!({"conversation": self.group, "who": self.host.me()});
                self.of_guest("group.promote", host).await;
                self.led_by_guest = false;
                return self.now(self.led());
            }
            (State::Active, true, 0..25) => {
                self.of_host("group.promote", whom).await;
                self.led_by_guest = true;
                return self.now(self.led());
            }
            (State::Active, true, 25..50) => {
                self.of_guest("group.leave", json!({"conversation": self.group})).await;
                self.is_in = false;
            }
            (State::Active, true, 50..60) => {
                self.of_host("group.remove", whom).await;
                self.is_in = false;
            }
            (State::Active, false, 0..60) => {
                self.of_host("group.add", whom).await;
                self.is_in = true;
            }
            (State::Active, _, 60..80) => {
                return self.operate(&["account", "disable"], State::Disabled).await;
            }
            (State::Active, ..) => return self.delete().await,
        }
        self.now(self.visiting());
    }

    /// The next guest registers, and is taken in.
    async fn welcome(&mut self) {
        let mut guest = Talker::connect(self.next, self.native, self.http, self.chance.fork()).await;
        self.next += 1;
        self.guest_handle = guest.known().handle;
        let request = json!({"handle": self.guest_handle, "nick": self.guest_handle, "password": Talker::PASSWORD, "device": "power"});
        let answer = guest.ask("register", request).await;
        self.answered = guest.last();
        guest.signed_in(&answer);
        self.guest_id = guest.me();
        self.guest = Some(guest);
        (self.state, self.is_in) = (State::Active, false);
        self.now(self.visiting());
        self.before = self.answered;
        self.of_host("group.add", json!({"conversation": self.group, "who": self.guest_id})).await;
        self.is_in = true;
        self.now(self.visiting());
    }

    /// Whoever was let in again signs in.
    async fn back(&mut self) {
        let mut guest = Talker::connect(self.next, self.native, self.http, self.chance.fork()).await;
        self.next += 1;
        let request = json!({"who": self.guest_id, "password": Talker::PASSWORD, "device": "power"});
        let answer = guest.ask("login", request).await;
        guest.signed_in(&answer);
        self.answered = guest.last();
        self.guest = Some(guest);
    }

    /// The guest deletes the account.
    async fn delete(&mut self) {
        let asked = self.guest().ask("account.delete", json!({"password": Talker::PASSWORD})).await;
        self.of_guest("account.delete.confirm", json!({"confirm": asked["confirm"]})).await;
        (self.state, self.is_in, self.guest) = (State::Deleted, false, None);
        self.now(self.visiting());
    }

    /// An operator does something to the guest, in a program of its own. Nobody is sent what that was told, so what stands from then on counts
    /// from the next answer on.
    async fn operate(&mut self, command: &[&str], state: State) {
        self.guest = None;
        let mut operator = Command::new(binary());
        operator.env_clear().current_dir(std::env::temp_dir()).stdin(Stdio::null());
        operator.args(command).arg(&self.guest_handle).arg("--data").arg(&self.data);
        let output = tokio::task::spawn_blocking(move || operator.output()).await.expect("no panic");
        let output = output.expect("a program that can be run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?} of {}: {told}", self.guest_handle);
        self.state = state;
        self.is_in &= state != State::Deleted;
        self.of_host("sessions", json!({})).await;
        self.now(self.visiting());
    }

    /// Uploads a picture that nobody had before, if it is to be one. Tells what requests call it, and the SHA-256 of its bytes.
    async fn bring(&mut self, by_guest: bool) -> (Option<String>, Option<[u8; 32]>) {
        if self.chance.percent(20) {
            return (None, None);
        }
        let mut bytes = format!("picture {} of the house ", self.done).into_bytes();
        let length = 100 + self.chance.below(12_000);
        while bytes.len() < length {
            bytes.extend(self.chance.draw().to_le_bytes());
        }
        let by = if by_guest { self.guest() } else { &mut self.host };
        (Some(by.bring(&bytes).await), Some(Sha256::digest(&bytes).into()))
    }

    fn guest(&mut self) -> &mut Talker {
        self.guest.as_mut().expect("a guest who is there")
    }

    async fn of_leader(&mut self, verb: &str, request: Value) {
        match self.led_by_guest {
            true => self.of_guest(verb, request).await,
            false => self.of_host(verb, request).await,
        }
    }

    async fn of_host(&mut self, verb: &str, request: Value) {
        self.host.ask(verb, request).await;
        self.answered = self.host.last();
    }

    async fn of_guest(&mut self, verb: &str, request: Value) {
        let guest = self.guest();
        guest.ask(verb, request).await;
        self.answered = guest.last();
    }

    /// The last answer promises that this is so now.
    fn now(&mut self, standing: Standing) {
        self.standing.push((self.answered, self.before, standing));
    }

    fn shown(&self) -> Standing {
        Standing::Shown {
            account: self.host.me(),
            nick: self.nick.clone(),
            email: self.email.clone(),
            picture: self.portrait,
        }
    }

    fn led(&self) -> Standing {
        let leader = if self.led_by_guest { self.guest_id } else { self.host.me() };
        Standing::Led { group: self.group, name: self.name.clone(), picture: self.picture, leader }
    }

    fn visiting(&self) -> Standing {
        Standing::Visiting { account: self.guest_id, state: self.state, group: self.group, is_in: self.is_in }
    }
}
