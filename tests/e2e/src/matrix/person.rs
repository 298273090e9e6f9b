//! Somebody with a program, who remembers what was said.

use super::{Client, Content, Entry, Flavour, Known, Said};
use std::collections::BTreeMap;

/// Somebody who takes part.
pub struct Person {
    /// How they speak.
    pub flavour: Flavour,
    /// Who they are.
    pub known: Known,
    /// What they speak with.
    pub client: Box<dyn Client>,
    rooms: BTreeMap<String, String>,
    heard: Vec<Said>,
}

impl Person {
    /// Somebody who has not connected yet.
    pub fn new(flavour: Flavour, known: Known) -> Self {
        let client = (flavour.client)(known.clone());
        Self { flavour, known, client, rooms: BTreeMap::new(), heard: Vec::new() }
    }

    /// What their protocol calls the conversation with `other`.
    pub async fn room_with(&mut self, other: &Known) -> Result<String, String> {
        if let Some(room) = self.rooms.get(&other.handle) {
            return Ok(room.clone());
        }
        let room = self.client.meet(other).await.map_err(|wrong| format!("they cannot meet: {wrong}"))?;
        self.rooms.insert(other.handle.clone(), room.clone());
        Ok(room)
    }

    /// Says something to `other`.
    pub async fn tells(&mut self, other: &Known, text: &str) -> Result<(), String> {
        let room = self.room_with(other).await?;
        self.client.say(&room, text).await.map_err(|wrong| format!("it cannot be said: {wrong}"))
    }

    /// Waits until `other` says this to them, in the conversation of the two.
    pub async fn hears_from(&mut self, other: &Known, text: &str) -> Result<(), String> {
        let room = self.room_with(other).await?;
        self.hears(&room, other, text).await
    }

    /// Waits until `from` says this in `room`.
    ///
    /// What was not confirmed may come twice, and in any order between different people: so it is looked for.
    pub async fn hears(&mut self, room: &str, from: &Known, text: &str) -> Result<(), String> {
        while !self.has_heard(room, from, text) {
            self.listens().await?;
        }
        Ok(())
    }

    /// Whether `from` has said this in `room`.
    pub fn has_heard(&self, room: &str, from: &Known, text: &str) -> bool {
        self.times_heard(room, from, text) > 0
    }

    /// How many times `from` has said this in `room`.
    pub fn times_heard(&self, room: &str, from: &Known, text: &str) -> usize {
        let is_it = |said: &&Said| said.room == room && from.is(&said.from);
        self.heard.iter().filter(is_it).filter(|said| said.content == Content::Text(text.to_owned())).count()
    }

    /// Waits until everything has come that was sent so far: what `other` says now comes after it.
    pub async fn has_all(&mut self, other: &mut Person, when: &str) -> Result<(), String> {
        let text = format!("that is all: {when}");
        other.tells(&self.known, &text).await?;
        self.hears_from(&other.known, &text).await
    }

    /// Takes the next thing that is told.
    pub async fn listens(&mut self) -> Result<&Said, String> {
        match self.client.hear().await {
            Ok(said) => {
                self.heard.push(said);
                self.heard.last().ok_or_else(|| "nothing was heard".to_owned())
            }
            Err(wrong) => Err(format!("{wrong}; the last that came is {:?}", self.heard.last())),
        }
    }

    /// Everything that was told so far.
    pub fn heard(&self) -> &[Said] {
        &self.heard
    }

    /// Signs in, which must be possible.
    pub async fn signs_in(&mut self) -> Result<(), String> {
        match self.client.sign_in().await? {
            Entry::In => Ok(()),
            Entry::WrongPassword => Err("the password is said to be wrong".to_owned()),
        }
    }

    /// Goes away, in order.
    pub async fn leaves(&mut self) {
        self.client.line().close().await;
    }
}
