//! A host who changes what is shown of them and of their group, and a guest who comes into it and leaves, leads it for a while, is called
//! something else, is kept out by an operator, let in again and deleted; then the next guest comes. One program does it for all, one deed
//! after the other: first each of them once, and then whatever comes.

use crate::ledger::{Notes, Standing, State};
use crate::load::Talker;
use crate::operator::operate;
use koine_model::account::Handle;
use koine_testkit::chance::Chance;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// All handles that they ever had, as they are compared.
    guest_keys: BTreeSet<String>,
    state: State,
    is_in: bool,
    /// What is done first.
    plan: VecDeque<Deed>,
    done: usize,
    /// The number of the request that was answered last.
    answered: u64,
    /// The number of the request that was answered last when the deed began that is being done.
    before: u64,
    standing: Vec<(u64, u64, Standing)>,
}

/// What is done.
#[derive(Clone, Copy)]
enum Deed {
    Rename,
    Paint,
    Portray,
    Rewrite,
    Call,
    /// Something becomes of the guest: what, this number decides.
    Turn(usize),
}

/// What becomes of the guest first: they lead the group and give that back, leave, come again, are sent away, come again, are kept out, let
/// in again, and deleted.
const TOUR: [usize; 9] = [0, 0, 25, 0, 50, 0, 60, 0, 80];

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
            guest_keys: BTreeSet::new(),
            state: State::Active,
            is_in: false,
            plan: TOUR.map(Deed::Turn).into(),
            done: 0,
            answered,
            before: answered,
            standing: Vec::new(),
        };
        house.answered = house.host.last();
        house.now(house.shown());
        house.now(house.led());
        house.welcome().await;
        for deed in [Deed::Rename, Deed::Paint, Deed::Portray, Deed::Rewrite] {
            house.plan.insert(house.chance.below(house.plan.len()), deed);
        }
        // By somebody who is there.
        house.plan.push_front(Deed::Call);
        house
    }

    /// Does so many things.
    pub async fn change(&mut self, deeds: usize) {
        for _ in 0..deeds {
            self.before = self.answered;
            self.done += 1;
            let deed = self.plan.pop_front().unwrap_or_else(|| self.draw());
            match deed {
                Deed::Rename => self.rename().await,
                Deed::Paint => self.paint().await,
                Deed::Portray => self.portray().await,
                Deed::Rewrite => self.rewrite().await,
                Deed::Call => self.call().await,
                Deed::Turn(chance) => self.turn(chance).await,
            }
        }
    }

    fn draw(&mut self) -> Deed {
        match self.chance.below(100) {
            0..10 => Deed::Rename,
            10..22 => Deed::Paint,
            22..34 => Deed::Portray,
            34..44 => Deed::Rewrite,
            44..56 if self.state == State::Active => Deed::Call,
            _ => Deed::Turn(self.chance.below(100)),
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
        let (upload, hash) = self.bring(self.led_by_guest, self.picture.is_some()).await;
        self.picture = hash;
        self.of_leader("group.picture", json!({"conversation": self.group, "upload": upload})).await;
        self.now(self.led());
    }

    /// Another picture for the host, or none.
    async fn portray(&mut self) {
        let (upload, hash) = self.bring(false, self.portrait.is_some()).await;
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

    /// The guest takes another handle: one that nobody had, one of their own from before, or the same in other letters.
    async fn call(&mut self) {
        let present = key(&self.guest_handle);
        let former: Vec<_> = self.guest_keys.iter().filter(|key| **key != present).cloned().collect();
        let handle = match self.chance.below(100) {
            60..80 if !former.is_empty() => self.chance.pick(&former).clone(),
            80..100 => self.guest_handle.to_uppercase(),
            _ => format!("Guest.{}", self.done),
        };
        self.of_guest("profile", json!({"handle": handle})).await;
        self.is_called(handle);
    }

    /// The last answer promises that the guest is called this.
    fn is_called(&mut self, handle: String) {
        self.guest_keys.insert(key(&handle));
        self.guest_handle = handle;
        let (handle, keys) = (self.guest_handle.clone(), self.guest_keys.clone());
        self.now(Standing::Called { account: self.guest_id, handle, keys });
    }

    /// What becomes of the guest next.
    async fn turn(&mut self, chance: usize) {
        let whom = json!({"conversation": self.group, "who": self.guest_id});
        match (self.state, self.is_in, chance) {
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
        let handle = guest.known().handle;
        let request =
            json!({"handle": handle, "nick": handle, "password": Talker::PASSWORD, "device": "power"});
        let answer = guest.ask("register", request).await;
        self.answered = guest.last();
        guest.signed_in(&answer);
        self.guest_id = guest.me();
        self.guest = Some(guest);
        (self.state, self.is_in) = (State::Active, false);
        self.guest_keys.clear();
        self.is_called(handle);
        self.now(self.visiting());
        self.before = self.answered;
        self.of_host("group.add", json!({"conversation": self.group, "who": self.guest_id})).await;
        self.is_in = true;
        self.now(self.visiting());
    }

    /// Whoever was let in again signs in, by what they are called now.
    async fn back(&mut self) {
        let mut guest = Talker::connect(self.next, self.native, self.http, self.chance.fork()).await;
        self.next += 1;
        let request = json!({"who": self.guest_handle, "password": Talker::PASSWORD, "device": "power"});
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
        operate(&self.data, &[command, &[&self.guest_handle]].concat()).await;
        self.state = state;
        self.is_in &= state != State::Deleted;
        self.of_host("sessions", json!({})).await;
        self.now(self.visiting());
    }

    /// Uploads a picture that nobody had before, if it is to be one. Tells what requests call it, and the SHA-256 of its bytes.
    async fn bring(&mut self, by_guest: bool, may_be_none: bool) -> (Option<String>, Option<[u8; 32]>) {
        if may_be_none && self.chance.percent(20) {
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

/// A handle as it is compared.
fn key(handle: &str) -> String {
    Handle::parse(handle).expect("a handle").key().to_owned()
}
