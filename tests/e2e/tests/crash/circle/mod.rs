//! People of native who ask, block and part, come into groups and leave them, change passwords, sign in and out, and whom an operator
//! keeps out, lets in again and deletes. One program does it in all their names, one deed after the other: so of what was not
//! answered when the server died there is one deed at most.

mod fact;
mod look;

use crate::ledger::Ledger;
use crate::voice::Voice;
use fact::{Deed, Fact, Facts, compare};
use koine_testkit::chance::Chance;
use look::operate;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::sync::watch::Receiver;

/// Some people, and what is so between them.
pub(crate) struct Circle {
    people: Vec<String>,
    native: SocketAddr,
    data: PathBuf,
    chance: Chance,
    /// What was acknowledged.
    known: Facts,
    /// What was asked and not answered.
    under_way: Option<Deed>,
    /// All passwords and tokens that somebody has ever had, with whose they are.
    passwords: BTreeSet<(String, String)>,
    tokens: BTreeSet<(String, String)>,
    /// The number by which a token's owner can end it.
    sessions: BTreeMap<String, u64>,
    groups: BTreeSet<u64>,
    /// Those who are connected, and their tokens.
    voices: BTreeMap<String, (Voice, String)>,
    done: usize,
    /// How often each kind of deed was acknowledged.
    tally: BTreeMap<&'static str, usize>,
}

/// How many people stay, the leader of the groups first, and how many may be deleted.
const STAYING: usize = 4;
const MORTAL: usize = 4;
/// How many tokens somebody has at most that are known. Beside them there may be those of sign-ins that were not answered before a kill, and
/// a sixth would end the first.
const TOKENS: usize = 2;
/// How many are kept out at the same time.
const KEPT_OUT: usize = 2;

impl Circle {
    /// These people register, and two groups are made.
    pub(crate) async fn gather(
        people: Vec<String>,
        native: SocketAddr,
        data: PathBuf,
        chance: Chance,
    ) -> Result<Self, String> {
        let mut circle = Self {
            people: people.clone(),
            native,
            data,
            chance,
            known: Facts::new(),
            under_way: None,
            passwords: BTreeSet::new(),
            tokens: BTreeSet::new(),
            sessions: BTreeMap::new(),
            groups: BTreeSet::new(),
            voices: BTreeMap::new(),
            done: 0,
            tally: BTreeMap::new(),
        };
        for who in people {
            let mut voice = Voice::connect(native).await;
            let request = json!({"handle": who, "nick": who, "password": "first", "device": "circle"});
            let answer = voice.ask("register", request).await?;
            let token = circle.has_token(&who, &answer)?;
            circle.passwords.insert((who.clone(), "first".to_owned()));
            circle.known.insert(Fact::Password(who.clone(), "first".to_owned()));
            circle.voices.insert(who, (voice, token));
        }
        for name in ["one", "other"] {
            let members = circle.people[1..3].to_vec();
            let made =
                circle.ask(0, "group.create", json!({"name": name, "members": members.clone()})).await?;
            let group = made["conversation"]["id"].as_u64().ok_or("no number of a group")?;
            circle.groups.insert(group);
            let all = members.into_iter().chain([circle.leader().to_owned()]);
            circle.known.extend(all.map(|who| Fact::Member(group, who)));
        }
        Ok(circle)
    }

    /// How their people are called.
    pub(crate) fn handles(circle: usize) -> Vec<String> {
        (0..STAYING + MORTAL).map(|number| format!("circle{circle}_{number}")).collect()
    }

    fn leader(&self) -> &str {
        &self.people[0]
    }

    /// Does something in each burst, until the server is gone.
    pub(crate) async fn act(&mut self, ledger: &Ledger, mut bursts: Receiver<u32>) {
        while bursts.changed().await.is_ok() {
            for _ in 0..1 + self.chance.below(4) {
                let Some(deed) = self.wish() else { continue };
                if let Err(wrong) = self.perform(&deed).await {
                    assert!(ledger.killed.get(), "{deed:?} fails while the server lives: {wrong}");
                    return;
                }
                *self.tally.entry(deed.name()).or_default() += 1;
                ledger.count();
            }
        }
    }

    /// What is done next: any of a kind that is possible now.
    fn wish(&mut self) -> Option<Deed> {
        self.done += 1;
        // Each can be deleted once only.
        let deletes = self.chance.percent(25);
        let kinds = [self.between_two(), self.in_groups(), self.with_tokens(), self.by_operators(deletes)];
        let kinds: Vec<_> = kinds.into_iter().flatten().filter(|deeds| !deeds.is_empty()).collect();
        if kinds.is_empty() {
            return None;
        }
        let kind = &kinds[self.chance.below(kinds.len())];
        Some(self.chance.pick(kind).clone())
    }

    fn is(&self, fact: Fact) -> bool {
        self.known.contains(&fact)
    }

    /// Those who may act and to whom something may be done.
    fn active(&self) -> Vec<String> {
        let is_active = |who: &&String| {
            !self.is(Fact::Disabled((*who).clone())) && !self.is(Fact::Deleted((*who).clone()))
        };
        self.people.iter().filter(is_active).cloned().collect()
    }

    /// Requests, answers, removals; blocks and what ends them: a list for each kind.
    fn between_two(&self) -> Vec<Vec<Deed>> {
        let mut kinds = vec![Vec::new(); 5];
        for who in self.active() {
            for peer in self.active().into_iter().filter(|peer| *peer != who) {
                let (me, them) = (|| who.clone(), || peer.clone());
                let (asks, asked) = (Fact::Asks(me(), them()), Fact::Asks(them(), me()));
                let has = self.is(Fact::Has(me(), them()));
                let blocks = self.is(Fact::Blocks(me(), them()));
                let is_free = !blocks && !self.is(Fact::Blocks(them(), me()));
                if is_free && !has && !self.is(asks.clone()) {
                    kinds[0].push(Deed::Request { who: me(), peer: them() });
                }
                if self.is(asked) {
                    let answer = |accept| Deed::Answer { who: me(), peer: them(), accept };
                    kinds[1].extend([answer(true), answer(true), answer(false)]);
                }
                if has || self.is(asks) {
                    kinds[2].push(Deed::Remove { who: me(), peer: them() });
                }
                if blocks {
                    kinds[3].push(Deed::Unblock { who: me(), peer: them() });
                } else {
                    // Rather those between whom there is something to be lost.
                    let times = if has { 10 } else { 1 };
                    kinds[4].extend(vec![Deed::Block { who: me(), peer: them() }; times]);
                }
            }
        }
        kinds
    }

    /// Comings and goings.
    fn in_groups(&self) -> Vec<Vec<Deed>> {
        let mut kinds = vec![Vec::new(); 3];
        for group in self.groups.iter().copied() {
            for who in self.active().into_iter().filter(|who| who != self.leader()) {
                if self.is(Fact::Member(group, who.clone())) {
                    kinds[1].push(Deed::Expel { group, who: who.clone() });
                    kinds[2].push(Deed::Leave { group, who });
                } else if !self.is(Fact::Blocks(who.clone(), self.leader().to_owned())) {
                    kinds[0].push(Deed::Add { group, who });
                }
            }
        }
        kinds
    }

    /// Passwords and tokens.
    fn with_tokens(&self) -> Vec<Vec<Deed>> {
        let mut kinds = vec![Vec::new(); 3];
        for who in self.active() {
            let own = self.voices.get(&who).map(|(_, token)| token);
            if let Some(own) = own {
                let new = format!("password {}", self.done);
                kinds[0].push(Deed::Password { who: who.clone(), new, keeps: own.clone() });
            }
            let tokens = self.known.iter().filter_map(|fact| match fact {
                Fact::SignsIn(of, token) if *of == who => Some(token),
                _ => None,
            });
            let tokens: Vec<_> = tokens.collect();
            if tokens.len() < TOKENS {
                kinds[1].push(Deed::SignIn { who: who.clone() });
            }
            let others = tokens.into_iter().filter(|token| Some(*token) != own);
            kinds[2].extend(others.map(|token| Deed::EndToken { who: who.clone(), token: token.clone() }));
        }
        kinds
    }

    /// What operators do, and what owners do to their accounts.
    fn by_operators(&self, deletes: bool) -> Vec<Vec<Deed>> {
        let active = self.active();
        let kept_out = self.people.iter().filter(|who| self.is(Fact::Disabled((*who).clone())));
        let enable: Vec<_> = kept_out.map(|who| Deed::Enable { who: who.clone() }).collect();
        let others = || active.iter().filter(|who| *who != self.leader()).cloned();
        let disable = match enable.len() < KEPT_OUT {
            true => others().map(|who| Deed::Disable { who }).collect(),
            false => Vec::new(),
        };
        let mortal = others().filter(|who| deletes && self.people[STAYING..].contains(who));
        let delete = mortal
            .flat_map(|who| [true, false].map(|by_operator| Deed::Delete { who: who.clone(), by_operator }));
        vec![enable, disable, delete.collect()]
    }

    /// Does it, and notes it once it is acknowledged.
    async fn perform(&mut self, deed: &Deed) -> Result<(), String> {
        let data = self.data.clone();
        match deed.clone() {
            Deed::Request { who, peer } => {
                self.asks(&who, deed, "contact.request", json!({"who": peer})).await
            }
            Deed::Answer { who, peer, accept } => {
                self.asks(&who, deed, "contact.answer", json!({"who": peer, "accept": accept})).await
            }
            Deed::Remove { who, peer } => self.asks(&who, deed, "contact.remove", json!({"who": peer})).await,
            Deed::Block { who, peer } => self.asks(&who, deed, "block", json!({"who": peer})).await,
            Deed::Unblock { who, peer } => self.asks(&who, deed, "unblock", json!({"who": peer})).await,
            Deed::Add { group, who } => {
                let leader = self.leader().to_owned();
                self.asks(&leader, deed, "group.add", json!({"conversation": group, "who": who})).await
            }
            Deed::Expel { group, who } => {
                let leader = self.leader().to_owned();
                self.asks(&leader, deed, "group.remove", json!({"conversation": group, "who": who})).await
            }
            Deed::Leave { group, who } => {
                self.asks(&who, deed, "group.leave", json!({"conversation": group})).await
            }
            Deed::Password { who, new, .. } => {
                let old = self.password_of(&who)?;
                self.passwords.insert((who.clone(), new.clone()));
                self.asks(&who, deed, "password", json!({"old": old, "new": new})).await
            }
            Deed::SignIn { who } => {
                let voice = self.sign_in(&who).await?;
                voice.0.leave().await;
                Ok(())
            }
            Deed::EndToken { who, token } => {
                let session = *self.sessions.get(&token).ok_or("a token without a number")?;
                self.asks(&who, deed, "session.end", json!({"session": session})).await
            }
            Deed::Disable { who } => self.operates(deed, &data, &["account", "disable", &who]).await,
            Deed::Enable { who } => self.operates(deed, &data, &["account", "enable", &who]).await,
            Deed::Delete { who, by_operator: true } => {
                self.operates(deed, &data, &["account", "delete", &who, "--yes"]).await
            }
            Deed::Delete { who, by_operator: false } => {
                let password = self.password_of(&who)?;
                self.voice(&who).await?;
                let (voice, _) = self.voices.get_mut(&who).ok_or("not connected")?;
                let answer = voice.ask("account.delete", json!({"password": password})).await?;
                let request = json!({"confirm": answer["confirm"]});
                self.asks(&who, deed, "account.delete.confirm", request).await
            }
        }
    }

    /// Asks in somebody's name for a deed that one request does.
    async fn asks(&mut self, who: &str, deed: &Deed, verb: &str, request: Value) -> Result<(), String> {
        self.voice(who).await?;
        let (voice, _) = self.voices.get_mut(who).ok_or("not connected")?;
        self.under_way = Some(deed.clone());
        voice.ask(verb, request).await?;
        self.note(deed);
        Ok(())
    }

    async fn operates(&mut self, deed: &Deed, data: &Path, arguments: &[&str]) -> Result<(), String> {
        self.under_way = Some(deed.clone());
        operate(data, arguments).await?;
        self.note(deed);
        Ok(())
    }

    /// It was acknowledged.
    fn note(&mut self, deed: &Deed) {
        self.under_way = None;
        self.known = deed.after(&self.known);
        // Whoever was signed out by it is so on this connection, too.
        self.voices.retain(|who, (_, token)| self.known.contains(&Fact::SignsIn(who.clone(), token.clone())));
    }

    async fn ask(&mut self, number: usize, verb: &str, request: Value) -> Result<Value, String> {
        let who = self.people[number].clone();
        self.voice(&who).await?;
        self.voices.get_mut(&who).ok_or("not connected")?.0.ask(verb, request).await
    }

    /// Sees to it that somebody is connected: by a token that was acknowledged, where there is one.
    async fn voice(&mut self, who: &str) -> Result<(), String> {
        if self.voices.contains_key(who) {
            return Ok(());
        }
        let token = self.known.iter().find_map(|fact| match fact {
            Fact::SignsIn(of, token) if of == who => Some(token.clone()),
            _ => None,
        });
        let voice = match token {
            None => self.sign_in(who).await?,
            Some(token) => {
                let mut voice = Voice::try_connect(self.native).await?;
                voice.ask("resume", json!({"token": token})).await?;
                (voice, token)
            }
        };
        self.voices.insert(who.to_owned(), voice);
        Ok(())
    }

    /// Signs in by the password, for one more token.
    async fn sign_in(&mut self, who: &str) -> Result<(Voice, String), String> {
        let mut voice = Voice::try_connect(self.native).await?;
        let request = json!({"who": who, "password": self.password_of(who)?, "device": "circle"});
        let answer = voice.ask("login", request).await?;
        let token = self.has_token(who, &answer)?;
        Ok((voice, token))
    }

    fn has_token(&mut self, who: &str, answer: &Value) -> Result<String, String> {
        let token = answer["token"].as_str().ok_or("no token")?.to_owned();
        self.sessions.insert(token.clone(), answer["session"].as_u64().ok_or("no number of a session")?);
        self.tokens.insert((who.to_owned(), token.clone()));
        self.known.insert(Fact::SignsIn(who.to_owned(), token.clone()));
        Ok(token)
    }

    fn password_of(&self, who: &str) -> Result<String, String> {
        let found = self.known.iter().find_map(|fact| match fact {
            Fact::Password(of, password) if of == who => Some(password.clone()),
            _ => None,
        });
        found.ok_or_else(|| format!("nobody knows the password of {who}"))
    }

    /// The server was started again: what it says is held against what was acknowledged, and it goes on from there.
    pub(crate) async fn check(&mut self, native: SocketAddr) -> Result<(), String> {
        self.voices.clear();
        self.native = native;
        let found = look::look(self, native, &self.data).await?;
        compare(&self.known, self.under_way.as_ref(), &found)?;
        self.known = found;
        self.under_way = None;
        Ok(())
    }

    /// How often each kind of deed was acknowledged.
    pub(crate) fn tally(&self) -> &BTreeMap<&'static str, usize> {
        &self.tally
    }

    /// Goes away, in order.
    pub(crate) async fn leave(&mut self) {
        for (_, (voice, _)) in std::mem::take(&mut self.voices) {
            voice.leave().await;
        }
    }
}
