//! `koine export`: everything that the server holds of one person, as JSON and files, beside a running server.
//!
//! `docs/export.md` says what stands where. Nothing is in memory as a whole but the people who occur, and the names of files.

mod files;
mod folder;
mod words;

use super::alone::check_owner;
use super::bar::Bar;
use super::shown::print;
use crate::arguments::ExportArguments;
use crate::settings::Settings;
use anyhow::{Context, ensure};
use folder::{Folder, Lines};
use koine_model::account::AccountRef;
use koine_model::media::Blob;
use koine_model::message::Part;
use koine_model::{AccountId, ConversationId};
use koine_store_sqlite::{Archive, Belongings, Entry, Joined};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use words::{add, hexadecimal, moment};

/// Writes the export, and says what is in it.
pub(crate) fn run(settings: &Settings, arguments: &ExportArguments) -> anyhow::Result<()> {
    check_owner(&settings.data)?;
    let archive = Archive::open(&settings.data)?;
    let who = &arguments.account;
    let named = AccountId::parse(who.trim()).map_or_else(|| AccountRef::Typed(who.clone()), AccountRef::Id);
    let account = archive.account(&named)?.with_context(|| format!("there is no account {who:?}"))?;
    let id = account.profile.id;
    let folder = Folder::make(&arguments.into)?;
    // Before everything else: what is finished meanwhile is among the messages, too.
    let uploads = archive.uploads(id)?;
    // As it is at the moment of all that follows.
    let account = archive.account(&AccountRef::Id(id))?.unwrap_or(account);
    let belongings = archive.belongings(id)?;
    let (people, copied, spoken) = Default::default();
    let mut export = Export { archive: &archive, id, folder, people, copied, spoken, missing: 0 };
    let picture = export.picture(account.profile.avatar)?;
    export.folder.write("account.json", &words::profile(&account, &belongings, &picture))?;
    export.contacts(&belongings)?;
    export.folder.write("sessions.json", &words::sessions(&belongings))?;
    let entries = export.messages()?;
    export.conversations(&belongings)?;
    let unfinished = export.uploads(uploads)?;
    export.leftovers()?;
    let (files, missing) = (export.copied.len(), export.missing);
    // Written last: an export without it was not finished.
    let page = json!({
        "koine": env!("CARGO_PKG_VERSION"),
        "format": 1,
        "account": export.person(id)?,
        "entries": entries,
        "files": files,
        "files_missing": missing,
        "uploads": unfinished,
    });
    export.folder.write("export.json", &page)?;
    let into = arguments.into.display();
    print(&format!(
        "{entries} messages and acts, {files} files and {unfinished} unfinished uploads of account {id} are in {into}\n"
    ))?;
    ensure!(missing == 0, "{missing} files are missing from the data folder: koine fsck tells which");
    Ok(())
}

/// An export under way.
struct Export<'a> {
    archive: &'a Archive,
    id: AccountId,
    folder: Folder,
    /// Those who have occurred so far.
    people: HashMap<AccountId, Value>,
    /// The files that were written, by their hashes, and where each lies.
    copied: HashMap<[u8; 32], String>,
    /// The conversations from which something was written.
    spoken: BTreeSet<ConversationId>,
    missing: u64,
}

impl Export<'_> {
    fn contacts(&mut self, belongings: &Belongings) -> anyhow::Result<()> {
        let mut contacts = Vec::new();
        for (peer, at, mutual) in &belongings.contacts {
            contacts.push(json!({ "person": self.person(*peer)?, "since": moment(*at), "mutual": mutual }));
        }
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        let dated = [&belongings.requests, &belongings.asked, &belongings.blocked];
        for (list, dated) in lists.iter_mut().zip(dated) {
            for (peer, at) in dated {
                list.push(json!({ "person": self.person(*peer)?, "at": moment(*at) }));
            }
        }
        let [received, sent, blocked] = lists;
        let page = json!({
            "contacts": contacts,
            "requests_received": received,
            "requests_sent": sent,
            "blocked": blocked,
        });
        self.folder.write("contacts.json", &page)
    }

    fn conversations(&mut self, belongings: &Belongings) -> anyhow::Result<()> {
        let (mut listed, mut left) = (Vec::new(), Vec::new());
        for joined in self.archive.joined(self.id)? {
            let Joined { conversation, members, at, since, cleared, read, devices, words: told } = joined;
            self.spoken.remove(&conversation.id);
            let mut people = Vec::new();
            for member in members {
                people.push(self.person(member)?);
            }
            let devices =
                devices.into_iter().map(|(name, seq)| json!({ "device": name, "delivered": seq.number() }));
            let mut object = words::conversation(&conversation);
            add(&mut object, "leader", self.person(conversation.leader)?);
            add(&mut object, "picture", self.picture(conversation.avatar)?);
            add(&mut object, "members", people.into());
            add(&mut object, "joined", moment(at));
            add(&mut object, "visible_after", since.number().into());
            add(&mut object, "cleared", cleared.into());
            add(&mut object, "read", read.number().into());
            add(&mut object, "devices", devices.collect::<Vec<_>>().into());
            add(&mut object, "told_of_changes", told.into());
            listed.push(object);
        }
        let invitations = belongings.invitations.iter();
        let invitations: Vec<_> = invitations
            .map(|(group, at)| json!({ "conversation": words::conversation(group), "at": moment(*at) }))
            .collect();
        for id in std::mem::take(&mut self.spoken) {
            left.extend(self.archive.conversation(id)?.as_ref().map(words::conversation));
        }
        let mut pictures = Vec::new();
        for group in self.archive.pictured(self.id)? {
            let file = self.picture(group.avatar)?;
            pictures.push(json!({ "conversation": words::conversation(&group), "file": file }));
        }
        let page = json!({
            "conversations": listed,
            "left": left,
            "invitations": invitations,
            "pictures": pictures,
        });
        self.folder.write("conversations.json", &page)
    }

    /// Writes a file for each conversation, with a line for each entry. Tells how many entries there were.
    fn messages(&mut self) -> anyhow::Result<u64> {
        let (archive, id) = (self.archive, self.id);
        let mut count = 0;
        let mut open: Option<(ConversationId, Lines)> = None;
        let mut bar = Bar::new();
        let progress = |done, of| bar.show("reading the messages", done, of);
        let read = archive.entries(id, progress, |entry: Entry| -> anyhow::Result<()> {
            let conversation = entry.message.place.conversation;
            let line = self.line(&entry)?;
            let lines = match &mut open {
                Some((of, lines)) if *of == conversation => lines,
                before => {
                    self.spoken.insert(conversation);
                    if let Some((_, lines)) = before.take() {
                        lines.finish()?;
                    }
                    &mut before
                        .insert((
                            conversation,
                            self.folder.lines("messages", &format!("{conversation}.jsonl"))?,
                        ))
                        .1
                }
            };
            lines.write(&line)?;
            count += 1;
            Ok(())
        });
        bar.clear();
        read?;
        if let Some((_, lines)) = open {
            lines.finish()?;
        }
        Ok(count)
    }

    fn line(&mut self, entry: &Entry) -> anyhow::Result<Value> {
        let message = &entry.message;
        let mut parts = Vec::new();
        for part in &message.parts {
            let mut object = words::part(part);
            if let Part::Media(media) = part {
                add(&mut object, "file", self.file(&media.blob, &media.name)?);
            }
            parts.push(object);
        }
        let mut reactions = Vec::new();
        for reaction in &message.reactions {
            let mut people = Vec::new();
            for person in &reaction.people {
                people.push(self.person(*person)?);
            }
            reactions.push(json!({ "emoji": reaction.emoji, "people": people }));
        }
        let mut object = words::entry(entry, self.id);
        add(&mut object, "sender", self.person(message.sender)?);
        add(&mut object, "parts", parts.into());
        add(&mut object, "reactions", reactions.into());
        Ok(object)
    }

    /// Somebody, as far as others see them.
    fn person(&mut self, id: AccountId) -> anyhow::Result<Value> {
        if let Some(known) = self.people.get(&id) {
            return Ok(known.clone());
        }
        let profile = self.archive.profile(id)?;
        let person = words::person(id, profile.as_ref());
        self.people.insert(id, person.clone());
        Ok(person)
    }

    fn picture(&mut self, picture: Option<Blob>) -> anyhow::Result<Value> {
        picture.map_or(Ok(Value::Null), |picture| self.file(&picture, ""))
    }

    /// Copies a file, once, and tells where to; null where its bytes are gone, which is counted.
    fn file(&mut self, blob: &Blob, name: &str) -> anyhow::Result<Value> {
        let place = self.file_if_there(blob, name)?;
        self.missing += u64::from(place.is_null());
        Ok(place)
    }

    /// The same of a file that may well be gone.
    fn file_if_there(&mut self, blob: &Blob, name: &str) -> anyhow::Result<Value> {
        if let Some(place) = self.copied.get(&blob.hash) {
            return Ok(place.as_str().into());
        }
        let name = words::file_name(blob, name);
        if !self.folder.copy(&self.archive.blob(blob), "media", &name)? {
            return Ok(Value::Null);
        }
        let place = format!("media/{name}");
        self.copied.insert(blob.hash, place.clone());
        Ok(place.into())
    }
}
