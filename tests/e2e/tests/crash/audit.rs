//! The whole truth, as the server tells it to everybody by native after it was started again.

use crate::ledger::{Ledger, Room, mark};
use crate::voice::Voice;
use koine_e2e::fetch::try_ask;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// What the server has.
#[derive(Default)]
pub(crate) struct Truth {
    /// Every conversation, by its number.
    pub(crate) logs: BTreeMap<u64, Log>,
    people: BTreeMap<String, Seen>,
    /// What was fetched, by its path.
    files: BTreeMap<String, String>,
}

/// One conversation.
pub(crate) struct Log {
    pub(crate) room: Room,
    /// The handles of everybody in it.
    pub(crate) members: BTreeSet<String>,
    /// Its messages, in order.
    pub(crate) entries: Vec<Entry>,
}

/// One message, as it stands now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    /// The handle of whoever said it.
    pub(crate) from: String,
    /// Its parts: texts, and marks of files. None if it was deleted.
    pub(crate) contents: Vec<String>,
    pub(crate) reactions: BTreeSet<(String, u64)>,
}

/// What one person sees beside conversations.
#[derive(Default)]
pub(crate) struct Seen {
    /// The handles of those whom they have.
    pub(crate) contacts: BTreeSet<String>,
    /// The handles of those who wait for their answer.
    pub(crate) requests: BTreeSet<String>,
    /// How far they have read, by conversation.
    pub(crate) read: BTreeMap<u64, u64>,
    pub(crate) status: String,
}

impl Truth {
    /// Asks in the names of all these people. All members of a conversation must be told the same.
    pub(crate) async fn told_to(handles: &[String], native: SocketAddr, http: SocketAddr) -> Self {
        let mut truth = Self::default();
        for handle in handles {
            let told = truth.ask(handle, native, http).await;
            told.unwrap_or_else(|wrong| panic!("{handle} is told nothing: {wrong}"));
        }
        truth
    }

    /// What this person sees.
    pub(crate) fn seen_by(&self, handle: &str) -> &Seen {
        self.people.get(handle).unwrap_or_else(|| panic!("{handle} was not asked"))
    }

    /// The message at a place.
    pub(crate) fn entry(&self, conversation: u64, seq: u64) -> Option<&Entry> {
        self.logs.get(&conversation)?.entries.iter().find(|entry| entry.seq == seq)
    }

    /// What each message was at first, with the conversation and the place in it.
    pub(crate) fn first_wordings<'a>(
        &'a self,
        ledger: &'a Ledger,
    ) -> impl Iterator<Item = (u64, &'a Log, &'a Entry, String)> {
        self.logs.iter().flat_map(move |(number, log)| {
            log.entries.iter().flat_map(move |entry| {
                entry.contents.iter().map(move |content| (*number, log, entry, ledger.first_wording(content)))
            })
        })
    }

    async fn ask(&mut self, handle: &str, native: SocketAddr, http: SocketAddr) -> Result<(), String> {
        let mut voice = Voice::connect(native).await;
        let request = json!({"who": handle, "password": "secret", "device": "audit"});
        let me = voice.ask("login", request).await?["me"].take();
        let mut seen = Seen { status: text(&me["status"]), ..Seen::default() };
        let known = voice.ask("contacts", json!({})).await?;
        seen.contacts = all(&known["contacts"]).map(|contact| text(&contact["person"]["handle"])).collect();
        seen.requests = all(&known["requests"]).map(|person| text(&person["handle"])).collect();
        let known = voice.ask("conversations", json!({})).await?;
        for conversation in all(&known["conversations"]) {
            let number = number(&conversation["id"])?;
            seen.read.insert(number, conversation["read"].as_u64().unwrap_or(0));
            let entries = self.entries(&mut voice, number, http).await?;
            if let Some(log) = self.logs.get(&number) {
                assert_eq!(log.entries, entries, "{handle} is told something else about {number}");
                continue;
            }
            let told = voice.ask("conversation", json!({"conversation": number})).await?;
            let members = all(&told["members"]).map(|member| text(&member["person"]["handle"])).collect();
            let room = match conversation["kind"].as_str() {
                Some("direct") => Room::of(handle, &text(&conversation["other"]["handle"])),
                _ => Room::Group(text(&conversation["name"])),
            };
            self.logs.insert(number, Log { room, members, entries });
        }
        self.people.insert(handle.to_owned(), seen);
        voice.ask("logout", json!({})).await?;
        voice.leave().await;
        Ok(())
    }

    async fn entries(
        &mut self,
        voice: &mut Voice,
        conversation: u64,
        http: SocketAddr,
    ) -> Result<Vec<Entry>, String> {
        let mut entries = Vec::new();
        let mut after = 0;
        loop {
            let request = json!({"conversation": conversation, "after": after, "limit": 100});
            let page = voice.ask("history", request).await?;
            for message in all(&page["messages"]) {
                after = number(&message["seq"])?;
                entries.push(self.entry_of(after, message, http).await?);
            }
            if page["last"] == true {
                return Ok(entries);
            }
        }
    }

    async fn entry_of(&mut self, seq: u64, message: &Value, http: SocketAddr) -> Result<Entry, String> {
        let mut contents = Vec::new();
        for part in all(&message["parts"]) {
            contents.push(match part["media"]["url"].as_str() {
                Some(url) => self.file(url, http).await?,
                None => text(&part["text"]),
            });
        }
        let reactions = all(&message["reactions"]).flat_map(|reaction| {
            let emoji = text(&reaction["emoji"]);
            all(&reaction["people"]).filter_map(move |id| Some((emoji.clone(), id.as_u64()?)))
        });
        let reactions = reactions.collect();
        Ok(Entry { seq, from: text(&message["sender"]["handle"]), contents, reactions })
    }

    /// The mark of the bytes that are at `url`.
    pub(crate) async fn file(&mut self, url: &str, http: SocketAddr) -> Result<String, String> {
        if let Some(known) = self.files.get(url) {
            return Ok(known.clone());
        }
        let fetched = try_ask(http, "GET", url, &[], &[]).await?;
        if fetched.status != 200 {
            return Err(format!("{url}: status {}", fetched.status));
        }
        let mark = mark(&fetched.body);
        self.files.insert(url.to_owned(), mark.clone());
        Ok(mark)
    }
}

fn all(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| format!("{value} is no number"))
}
