//! Two people between whom things change: they ask, accept, decline, part, block; and one of them changes the password, signs in
//! elsewhere and ends that. One program does it for both, one deed after the other: first each of them once, and then whatever comes.

use crate::ledger::{Notes, Standing};
use crate::load::Talker;
use koine_testkit::chance::Chance;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Both of them.
pub struct Couple {
    one: Talker,
    other: Talker,
    native: SocketAddr,
    http: SocketAddr,
    chance: Chance,
    /// The number of the next one who connects.
    next: u64,
    asked: bool,
    friends: bool,
    blocked: bool,
    password: String,
    /// The tokens of `one` that were handed out elsewhere, with the numbers of their sessions.
    tokens: Vec<(String, u64)>,
    /// What is done first.
    plan: VecDeque<Deed>,
    /// The number of the request that was answered last.
    answered: u64,
    /// The number of the request that was answered last when the deed began that is being done.
    before: u64,
    standing: Vec<(u64, u64, Standing)>,
}

/// Where `one` is signed in elsewhere, at most: of more tokens the server would end the first.
const ELSEWHERE: usize = 3;

/// What is done.
#[derive(Clone, Copy)]
enum Deed {
    Password,
    SignIn,
    EndAToken,
    /// What becomes of the two: what mostly does, or else; and whether a request is accepted.
    Turn {
        often: bool,
        accept: bool,
    },
}

/// What is done first: they ask, accept, part, ask, decline, block, unblock; and what one of them does alone.
const EACH: [Deed; 10] = [
    Deed::Turn { often: true, accept: true },
    Deed::SignIn,
    Deed::Turn { often: true, accept: true },
    Deed::Turn { often: true, accept: true },
    Deed::EndAToken,
    Deed::Turn { often: true, accept: true },
    Deed::Password,
    Deed::Turn { often: true, accept: false },
    Deed::Turn { often: false, accept: false },
    Deed::Turn { often: false, accept: false },
];

impl Couple {
    /// Both register. Their connections have numbers from `number` on, which nobody else may have.
    pub async fn register(number: u64, native: SocketAddr, http: SocketAddr, mut chance: Chance) -> Self {
        let one = Talker::register(number, native, http, chance.fork()).await;
        let other = Talker::register(number + 1, native, http, chance.fork()).await;
        let answered = other.last();
        let mut couple = Self {
            one,
            other,
            native,
            http,
            chance,
            next: number + 2,
            asked: false,
            friends: false,
            blocked: false,
            password: Talker::PASSWORD.to_owned(),
            tokens: Vec::new(),
            plan: EACH.into(),
            answered,
            before: answered,
            standing: Vec::new(),
        };
        couple.now(couple.pair());
        couple.now(couple.secret());
        couple
    }

    /// Does so many things.
    pub async fn change(&mut self, deeds: usize) {
        for _ in 0..deeds {
            self.before = self.answered;
            let deed = self.plan.pop_front().unwrap_or_else(|| self.draw());
            match deed {
                Deed::Password => self.change_password().await,
                Deed::SignIn => self.sign_in().await,
                Deed::EndAToken => self.end_a_token().await,
                Deed::Turn { often, accept } => self.turn(often, accept).await,
            }
        }
    }

    fn draw(&mut self) -> Deed {
        match self.chance.below(100) {
            0..12 => Deed::Password,
            12..24 if self.tokens.len() < ELSEWHERE => Deed::SignIn,
            24..34 if !self.tokens.is_empty() => Deed::EndAToken,
            _ => Deed::Turn { often: self.chance.percent(70), accept: self.chance.percent(75) },
        }
    }

    /// What was noted.
    pub fn notes(self) -> Notes {
        let mut notes = self.one.notes();
        notes.join(self.other.notes());
        notes.standing.extend(self.standing);
        notes
    }

    /// What becomes of the two next.
    async fn turn(&mut self, often: bool, accept: bool) {
        let (one, other) = (json!({"who": self.one.me()}), json!({"who": self.other.me()}));
        match (self.blocked, self.friends, self.asked) {
            (true, ..) => {
                self.of_one("unblock", other).await;
                self.blocked = false;
            }
            (_, false, false) if often => {
                self.of_one("contact.request", other).await;
                self.asked = true;
            }
            (_, false, true) if often => {
                self.of_other("contact.answer", json!({"who": self.one.me(), "accept": accept})).await;
                (self.asked, self.friends) = (false, accept);
            }
            (_, true, _) if often => {
                self.of_other("contact.remove", one).await;
                self.friends = false;
            }
            _ => {
                self.of_one("block", other).await;
                (self.asked, self.friends, self.blocked) = (false, false, true);
            }
        }
        self.now(self.pair());
    }

    async fn change_password(&mut self) {
        let new = format!("password {}", self.answered);
        self.of_one("password", json!({"old": self.password, "new": new})).await;
        self.password = new;
        self.now(self.secret());
        // It ends all other sessions.
        for (token, _) in std::mem::take(&mut self.tokens) {
            self.now(Standing::Token { token, live: false });
        }
    }

    async fn sign_in(&mut self) {
        let mut elsewhere = Talker::connect(self.next, self.native, self.http, self.chance.fork()).await;
        self.next += 1;
        let request = json!({"who": self.one.me(), "password": self.password, "device": "elsewhere"});
        let answer = elsewhere.ask("login", request).await;
        self.answered = elsewhere.last();
        let token = answer["token"].as_str().expect("a token").to_owned();
        let session = answer["session"].as_u64().expect("a number");
        self.now(Standing::Token { token: token.clone(), live: true });
        self.tokens.push((token, session));
    }

    async fn end_a_token(&mut self) {
        let (token, session) = self.tokens.swap_remove(self.chance.below(self.tokens.len()));
        self.of_one("session.end", json!({"session": session})).await;
        self.now(Standing::Token { token, live: false });
    }

    async fn of_one(&mut self, verb: &str, request: Value) {
        self.one.ask(verb, request).await;
        self.answered = self.one.last();
    }

    async fn of_other(&mut self, verb: &str, request: Value) {
        self.other.ask(verb, request).await;
        self.answered = self.other.last();
    }

    /// The last answer promises that this is so now.
    fn now(&mut self, standing: Standing) {
        self.standing.push((self.answered, self.before, standing));
    }

    fn pair(&self) -> Standing {
        Standing::Pair {
            one: self.one.me(),
            other: self.other.me(),
            asked: self.asked,
            friends: self.friends,
            blocked: self.blocked,
        }
    }

    fn secret(&self) -> Standing {
        Standing::Password { account: self.one.me(), password: self.password.clone() }
    }
}
