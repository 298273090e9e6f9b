//! Somebody of any flavour who talks, sends pictures, makes groups and friends, until the server is gone.

use crate::ledger::{Ledger, Room, mark};
use crate::plan::shuffled;
use crate::tally;
use koine_e2e::matrix::{Content, File, Known, Person, Said};
use koine_testkit::chance::Chance;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch::Receiver;

/// One of the crowd.
pub(crate) struct Actor {
    pub(crate) person: Person,
    /// What was heard, on each of the connections.
    pub(crate) heard: Vec<Vec<Said>>,
    /// What their protocol calls the groups in which they talk, by name.
    pub(crate) groups: BTreeMap<String, String>,
    chance: Chance,
    /// What is done first, the last one first.
    first: Vec<Turn>,
    said: usize,
    /// Whether the names that it gives to groups are those that they get: otherwise two could not be told apart.
    names_groups: bool,
}

/// What one does.
#[derive(Clone, Copy)]
enum Turn {
    Say,
    Send,
    /// Makes a group, or asks for a friendship where groups are of friends.
    Gather,
}

/// How long nothing must come between two bursts to be given up for now.
const QUIET: Duration = Duration::from_secs(5);
/// How much one does in a burst at most.
const BURST: usize = 6;

impl Actor {
    /// Somebody who is signed in.
    pub(crate) fn new(person: Person, mut chance: Chance) -> Self {
        // Each in turn: so all of it is done in many rounds, also where the server does not live for long.
        let first = shuffled(&mut chance, [Turn::Say, Turn::Send, Turn::Gather]);
        let (heard, groups) = (vec![Vec::new()], BTreeMap::new());
        Self { person, heard, groups, chance, first, said: 0, names_groups: true }
    }

    /// Takes part in each burst, and reads what comes in between.
    pub(crate) async fn act(&mut self, ledger: &Ledger, others: &[Known], mut bursts: Receiver<u32>) {
        loop {
            let more = {
                let reading = self.person.client.line().gather(QUIET);
                tokio::select! {
                    more = bursts.changed() => more,
                    () = reading => bursts.changed().await,
                }
            };
            if more.is_err() {
                return;
            }
            for _ in 0..1 + self.chance.below(BURST) {
                if let Err(wrong) = self.act_once(ledger, others).await {
                    let name = &self.person.known.handle;
                    assert!(ledger.killed.get(), "{name} fails while the server lives: {wrong}");
                    return;
                }
            }
        }
    }

    async fn act_once(&mut self, ledger: &Ledger, others: &[Known]) -> Result<(), String> {
        let client = &self.person.client;
        let (draws, groups, friends) =
            (client.sends().pictures, client.makes_groups(), client.makes_friends());
        let turn = self.first.pop().unwrap_or_else(|| match self.chance.below(100) {
            0..10 => Turn::Send,
            10..14 => Turn::Gather,
            14..18 if friends => Turn::Gather,
            _ => Turn::Say,
        });
        match turn {
            Turn::Send if draws => self.send(ledger, others).await,
            Turn::Gather if friends => self.befriend(ledger, others).await,
            // Who makes friends makes groups of friends.
            Turn::Gather if groups && self.names_groups => self.make_group(ledger, others).await,
            _ => self.say(ledger, others).await,
        }
    }

    /// Something was acknowledged.
    fn count(&self, ledger: &Ledger, what: &'static str) {
        ledger.count(self.person.flavour.name, what);
    }

    /// Where something is said next: what the protocol calls it, and what everybody does.
    async fn room(&mut self, others: &[Known]) -> Result<(String, Room), String> {
        if self.chance.percent(50) && !self.groups.is_empty() {
            let known: Vec<_> = self.groups.iter().collect();
            let (name, room) = self.chance.pick(&known);
            return Ok(((*room).clone(), Room::Group((*name).clone())));
        }
        // A few partners, so that conversations get long.
        let place = others.iter().position(|other| other.id == self.person.known.id).unwrap_or(0);
        let other = &others[(place + 1 + self.chance.below(3)) % others.len()];
        let room = self.person.room_with(other).await?;
        Ok((room, Room::of(&self.person.known.handle, &other.handle)))
    }

    async fn say(&mut self, ledger: &Ledger, others: &[Known]) -> Result<(), String> {
        let (name, room) = self.room(others).await?;
        let text = self.something();
        let word = ledger.begin(&self.person.known, room, &text);
        self.person.client.say(&name, &text).await?;
        ledger.acknowledge(word);
        self.count(ledger, tally::TEXT);
        Ok(())
    }

    async fn send(&mut self, ledger: &Ledger, others: &[Known]) -> Result<(), String> {
        let (name, room) = self.room(others).await?;
        let length = 200 + self.chance.below(40_000);
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.extend(self.something().bytes());
        while bytes.len() < length {
            bytes.extend(self.chance.draw().to_le_bytes());
        }
        let file = File { name: "drawn.png".to_owned(), mime: "image/png".to_owned(), bytes };
        let word = ledger.begin(&self.person.known, room, &mark(&file.bytes));
        self.person.client.send(&name, &file).await?;
        ledger.acknowledge(word);
        self.count(ledger, tally::FILE);
        Ok(())
    }

    async fn make_group(&mut self, ledger: &Ledger, others: &[Known]) -> Result<(), String> {
        let place = self.chance.below(others.len());
        let me = self.person.known.clone();
        let around = others.iter().cycle().skip(place).take(4);
        let members: Vec<_> = around.filter(|other| other.id != me.id).cloned().collect();
        let all = || members.iter().chain([&me]).map(|known| known.handle.clone());
        let name = self.something();
        ledger.group(&name, all(), false);
        // What becomes of it is not known before it is answered.
        self.names_groups = false;
        let group = self.person.client.make_group(&name, &members).await?;
        self.names_groups = group.name == name;
        ledger.group(&group.name, all(), true);
        self.count(ledger, tally::GROUP);
        self.groups.insert(group.name, group.room);
        Ok(())
    }

    /// Asks somebody who was not asked yet. Of two people only the earlier one asks, so that it is never refused.
    async fn befriend(&mut self, ledger: &Ledger, others: &[Known]) -> Result<(), String> {
        let me = self.person.known.clone();
        let pair = |other: &Known| (me.handle.clone(), other.handle.clone());
        let wished = others.iter().filter(|other| other.id > me.id);
        let wished: Vec<_> =
            wished.filter(|other| !ledger.friends.borrow().contains_key(&pair(other))).collect();
        if wished.is_empty() {
            return Ok(());
        }
        let other = *self.chance.pick(&wished);
        ledger.friends.borrow_mut().insert(pair(other), false);
        self.person.client.befriend(other).await?;
        ledger.friends.borrow_mut().insert(pair(other), true);
        self.count(ledger, tally::FRIENDSHIP);
        Ok(())
    }

    /// Something that nobody has said before.
    fn something(&mut self) -> String {
        self.said += 1;
        format!("{} says {}", self.person.known.handle, self.said)
    }

    /// The server is gone: whatever has come was heard.
    pub(crate) async fn hear_the_rest(&mut self) {
        self.person.client.line().gather(QUIET).await;
        self.person.client.line().vanish();
    }

    /// Tells what has come on the connection that is gone. Files are fetched from the server that runs now.
    pub(crate) async fn remember_the_rest(&mut self) {
        loop {
            let waiting = self.person.client.line().waiting();
            match self.person.client.hear().await {
                Ok(said) => self.hears(said),
                // Something that cannot be answered any more was passed over.
                Err(_) if self.person.client.line().waiting() < waiting => {}
                Err(_) => break,
            }
        }
        self.heard.push(Vec::new());
    }

    /// Notes what was said until `text` was.
    pub(crate) async fn hear_until(&mut self, text: &str) -> Result<(), String> {
        loop {
            let said = self.person.client.hear().await?;
            let is_it = said.content == Content::Text(text.to_owned());
            self.hears(said);
            if is_it {
                return Ok(());
            }
        }
    }

    /// Notes the next thing that is told.
    pub(crate) async fn hear_more(&mut self) -> Result<(), String> {
        let said = self.person.client.hear().await?;
        self.hears(said);
        Ok(())
    }

    fn hears(&mut self, said: Said) {
        if let Some(connection) = self.heard.last_mut() {
            connection.push(said);
        }
    }
}
