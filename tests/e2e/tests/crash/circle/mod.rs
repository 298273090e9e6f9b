//! People who ask, block and part, come into groups, lead, name and leave them, change their profiles, pictures and passwords, sign in
//! and out, and whom an operator keeps out, lets in again and deletes: by native, and some of it in the words of other dialects. One
//! program does it in all their names, one deed after the other: so of what was not answered when the server died there is one deed at most.

mod deed;
mod fact;
mod look;
mod tongue;
mod wish;

use crate::ledger::Ledger;
use crate::ports::Ports;
use crate::tally;
use crate::upload::{drawn, upload};
use crate::voice::Voice;
use deed::Deed;
pub(crate) use deed::KINDS;
use fact::{Fact, Facts, compare};
use koine_dialect::client::Speaker;
use koine_testkit::chance::Chance;
pub(crate) use look::operate;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tokio::sync::watch::Receiver;
pub(crate) use tongue::speakers;

/// Some people, and what is so between them.
pub(crate) struct Circle {
    people: Vec<String>,
    ports: Ports,
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
}

/// How many people stay, who may lead groups, and how many may be deleted. The first of those who stay has made the groups, is in them
/// for ever, and is never kept out.
const STAYING: usize = 4;
const MORTAL: usize = 4;
/// How much is done in a burst at most.
const BURST: usize = 6;

impl Circle {
    /// These people register, and two groups are made.
    pub(crate) async fn gather(
        people: Vec<String>,
        ports: Ports,
        data: PathBuf,
        chance: Chance,
    ) -> Result<Self, String> {
        let mut circle = Self {
            people: people.clone(),
            ports,
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
        };
        for who in people {
            let mut voice = Voice::connect(circle.ports.native).await;
            let request = json!({"handle": who, "nick": who, "password": "first", "device": "circle"});
            let answer = voice.ask("register", request).await?;
            let token = circle.has_token(&who, &answer)?;
            circle.passwords.insert((who.clone(), "first".to_owned()));
            circle.known.insert(Fact::Password(who.clone(), "first".to_owned()));
            circle.known.insert(Fact::Nick(who.clone(), who.clone()));
            circle.voices.insert(who, (voice, token));
        }
        for name in ["one", "other"] {
            let members = circle.people[1..3].to_vec();
            let made =
                circle.ask(0, "group.create", json!({"name": name, "members": members.clone()})).await?;
            let group = made["conversation"]["id"].as_u64().ok_or("no number of a group")?;
            circle.groups.insert(group);
            let founder = circle.founder().to_owned();
            circle.known.insert(Fact::Leads(group, founder.clone()));
            circle.known.insert(Fact::Named(group, name.to_owned()));
            circle.known.extend(members.into_iter().chain([founder]).map(|who| Fact::Member(group, who)));
        }
        circle.acquaint().await?;
        circle.adorn().await?;
        Ok(circle)
    }

    /// Between two each there is something that can be lost from the first moment on: a contact, a request, a block, or nothing.
    async fn acquaint(&mut self) -> Result<(), String> {
        let people = self.people.clone();
        for (place, one) in people.iter().enumerate() {
            for (distance, other) in people[place + 1..].iter().enumerate() {
                let (who, peer) = (one.clone(), other.clone());
                match (place + distance) % 4 {
                    0 => {
                        self.perform(&Deed::Request { who: who.clone(), peer: peer.clone() }).await?;
                        self.perform(&Deed::Answer { who: peer, peer: who, accept: true }).await?;
                    }
                    1 => self.perform(&Deed::Request { who, peer }).await?,
                    2 => self.perform(&Deed::Block { who, peer }).await?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Pictures and addresses that can be lost from the first moment on, and a lock.
    async fn adorn(&mut self) -> Result<(), String> {
        for group in self.groups.clone() {
            self.perform(&Deed::Picture { group, word: Some(format!("group {group}")) }).await?;
        }
        for who in self.people.clone() {
            self.perform(&Deed::Portrait { who: who.clone(), word: Some(who.clone()) }).await?;
            let (nick, email) = (format!("nick of {who}"), format!("{who}@circle.example"));
            self.perform(&Deed::Profile { who, nick, email }).await?;
        }
        // Somebody is kept out from the first moment on, and can be let in again.
        let who = self.people.last().cloned().ok_or("nobody is here")?;
        self.perform(&Deed::Disable { who }).await
    }

    /// How their people are called.
    pub(crate) fn handles(circle: usize) -> Vec<String> {
        (0..STAYING + MORTAL).map(|number| format!("circle{circle}_{number}")).collect()
    }

    fn founder(&self) -> &str {
        &self.people[0]
    }

    fn leader(&self, group: u64) -> Result<String, String> {
        let found = self.known.iter().find_map(|fact| match fact {
            Fact::Leads(of, who) if *of == group => Some(who.clone()),
            _ => None,
        });
        found.ok_or_else(|| format!("nobody leads group {group}"))
    }

    /// Does something in each burst, until the server is gone.
    pub(crate) async fn act(&mut self, ledger: &Ledger, mut bursts: Receiver<u32>) {
        while bursts.changed().await.is_ok() {
            for _ in 0..1 + self.chance.below(BURST) {
                let Some(deed) = self.wish() else { continue };
                let speaker = self.tongue(&deed);
                if let Err(wrong) = self.perform_by(speaker.as_ref(), &deed).await {
                    assert!(ledger.killed.get(), "{deed:?} fails while the server lives: {wrong}");
                    return;
                }
                ledger.count(tally::CIRCLE, deed.name());
                if let Some(speaker) = speaker {
                    ledger.tally.borrow_mut().add(tally::CIRCLE, speaker.name);
                }
            }
        }
    }

    /// Does it, in the words of whichever dialect, and notes it once it is acknowledged.
    async fn perform(&mut self, deed: &Deed) -> Result<(), String> {
        let speaker = self.tongue(deed);
        self.perform_by(speaker.as_ref(), deed).await
    }

    async fn perform_by(&mut self, speaker: Option<&Speaker>, deed: &Deed) -> Result<(), String> {
        let data = self.data.clone();
        if let Some(speaker) = speaker {
            return self.performs_by(speaker, deed).await;
        }
        match deed.clone() {
            Deed::Keep { .. } | Deed::Drop { .. } => Err(format!("native has no words for {deed:?}")),
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
                let leader = self.leader(group)?;
                self.asks(&leader, deed, "group.add", json!({"conversation": group, "who": who})).await
            }
            Deed::Expel { group, who } => {
                let leader = self.leader(group)?;
                self.asks(&leader, deed, "group.remove", json!({"conversation": group, "who": who})).await
            }
            Deed::Leave { group, who } => {
                self.asks(&who, deed, "group.leave", json!({"conversation": group})).await
            }
            Deed::Promote { group, who } => {
                let leader = self.leader(group)?;
                self.asks(&leader, deed, "group.promote", json!({"conversation": group, "who": who})).await
            }
            Deed::Rename { group, name } => {
                let leader = self.leader(group)?;
                self.asks(&leader, deed, "group.rename", json!({"conversation": group, "name": name})).await
            }
            Deed::Picture { group, word } => {
                let leader = self.leader(group)?;
                let upload = self.uploads(&leader, word.as_deref()).await?;
                let request = json!({"conversation": group, "upload": upload});
                self.asks(&leader, deed, "group.picture", request).await
            }
            Deed::Portrait { who, word } => {
                let upload = self.uploads(&who, word.as_deref()).await?;
                self.asks(&who, deed, "avatar", json!({"upload": upload})).await
            }
            Deed::Profile { who, nick, email } => {
                self.asks(&who, deed, "profile", json!({"nick": nick, "email": email})).await
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

    /// Brings the picture of a word to the server. Tells what it is called there.
    async fn uploads(&mut self, who: &str, word: Option<&str>) -> Result<Option<String>, String> {
        let Some(word) = word else { return Ok(None) };
        self.voice(who).await?;
        let (_, token) = self.voices.get(who).ok_or("not connected")?;
        upload(self.ports.http, token, &drawn(word)).await.map(Some)
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
                let mut voice = Voice::try_connect(self.ports.native).await?;
                voice.ask("resume", json!({"token": token})).await?;
                (voice, token)
            }
        };
        self.voices.insert(who.to_owned(), voice);
        Ok(())
    }

    /// Signs in by the password, for one more token.
    async fn sign_in(&mut self, who: &str) -> Result<(Voice, String), String> {
        let mut voice = Voice::try_connect(self.ports.native).await?;
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
    pub(crate) async fn check(&mut self, ledger: &Ledger, ports: Ports) -> Result<(), String> {
        self.voices.clear();
        self.ports = ports;
        let found = look::look(self, &self.ports, &self.data).await?;
        compare(&self.known, self.under_way.as_ref(), &found)?;
        if self.under_way.take().is_some() {
            let has_happened = found != self.known;
            let what = if has_happened { tally::UNHEARD } else { tally::UNDONE };
            ledger.tally.borrow_mut().add(tally::CIRCLE, what);
        }
        self.known = found;
        Ok(())
    }

    /// Goes away, in order.
    pub(crate) async fn leave(&mut self) {
        for (_, (voice, _)) in std::mem::take(&mut self.voices) {
            voice.leave().await;
        }
    }
}
