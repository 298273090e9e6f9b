//! A core over a real store in a temporary folder, and short ways to ask it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of this")]

use koine_bus::{Envelope, LocalBus, Mailbox, Post};
use koine_core::credentials::Cost;
use koine_core::delivery::{Batch, Step};
use koine_core::rates::Peer;
use koine_core::{Actor, Attachment, Caller, Change, Clock, Core, Credentials, Limits, Surroundings};
use koine_model::account::{self, AccountRef, Handle, Person, Registration};
use koine_model::conversation::ConversationRef;
use koine_model::device::{Device, Sessions};
use koine_model::message::{self, DraftPart, Part};
use koine_model::secret::Secret;
use koine_model::{AccountId, Command, Event, Place, Refusal, Reply, Timestamp};
use koine_store_sqlite::{Options, SqliteStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};

pub struct Steps(AtomicI64);

impl Steps {
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

pub struct House {
    pub core: Arc<Core>,
    pub clock: Arc<Steps>,
    _folder: tempfile::TempDir,
}

pub const SILENT: Device = Device::plain("silent", Sessions::ReplaceOlder);
pub const POLITE: Device = Device { answers_requests: true, ..Device::plain("polite", Sessions::Several) };

pub const MARKING: Device = Device { shows_marks: true, ..Device::plain("marking", Sessions::Several) };

impl House {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        Self::within(Surroundings::default(), limits)
    }

    pub fn within(surroundings: Surroundings, limits: Limits) -> Self {
        Self::costing(surroundings, limits, Cost { memory_kib: 8, iterations: 1 })
    }

    /// A house whose passwords cost so much.
    pub fn costing(surroundings: Surroundings, limits: Limits, cost: Cost) -> Self {
        let clock = Arc::new(Steps(AtomicI64::new(1000)));
        Self::in_folder(tempfile::tempdir().unwrap(), clock, surroundings, limits, cost)
    }

    /// The same data after a restart of the server.
    pub async fn restarted(self, limits: Limits) -> Self {
        let Self { core, clock, _folder: folder } = self;
        core.close().await;
        drop(core);
        Self::in_folder(folder, clock, Surroundings::default(), limits, Cost { memory_kib: 8, iterations: 1 })
    }

    fn in_folder(
        folder: tempfile::TempDir,
        clock: Arc<Steps>,
        surroundings: Surroundings,
        limits: Limits,
        cost: Cost,
    ) -> Self {
        let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
        let credentials = Credentials::new(cost, 2, 512).unwrap();
        let bus = Arc::new(LocalBus::default());
        let core = Core::within(surroundings, Arc::new(store), bus, clock.clone(), credentials, limits);
        Self { core, clock, _folder: folder }
    }

    pub async fn ask(&self, who: &Guest, command: impl Into<Command>) -> Result<Reply, Refusal> {
        self.core.execute(who.caller(), command.into()).await.answer
    }

    /// Registers on a device, with the password "secret".
    pub async fn guest(&self, name: &str, device: Device) -> Guest {
        let registration = registration(Some(name), name, Secret::plain("secret"));
        let caller = Caller { peer: Peer::LOCAL, device, embeds_media: false, actor: None };
        let command = account::Command::Register(Box::new(registration));
        let outcome = self.core.execute(caller, command.into()).await;
        let Ok(Reply::Account(account::Reply::Signed(person))) = outcome.answer else {
            panic!("{:?}", outcome.answer)
        };
        let Change::SignedIn(actor) = outcome.change else { panic!("not signed in") };
        Guest { actor, device, person: *person }
    }

    pub async fn say(&self, who: &Guest, to: ConversationRef, text: &str) -> Result<Place, Refusal> {
        let parts = vec![DraftPart::Ready(Part::text(text))];
        match self.ask(who, message::Command::Post { to, parts, key: None }).await? {
            Reply::Message(message::Reply::Posted(place, ..)) => Ok(place),
            other => panic!("{other:?}"),
        }
    }

    pub async fn listen(&self, who: &Guest) -> Ear {
        let mailbox = Arc::new(Mailbox::default());
        let attachment = self.core.attach(who.actor, who.caller(), mailbox.clone()).await.unwrap();
        Ear { attachment, mailbox }
    }
}

pub fn registration(handle: Option<&str>, nick: &str, secret: Secret) -> Registration {
    Registration {
        handle: handle.map(|handle| Handle::parse(handle).unwrap()),
        nick: nick.to_owned(),
        nick_is_unique: false,
        secret,
        email: String::new(),
        phone: String::new(),
        sign_in: true,
        invitation: None,
    }
}

pub struct Guest {
    pub actor: Actor,
    pub device: Device,
    pub person: Person,
}

impl Guest {
    pub fn id(&self) -> AccountId {
        self.actor.account()
    }

    pub fn caller(&self) -> Caller {
        Caller { peer: Peer::LOCAL, device: self.device, embeds_media: false, actor: Some(self.actor) }
    }

    pub fn named(&self) -> AccountRef {
        AccountRef::Id(self.id())
    }

    pub fn with(&self) -> ConversationRef {
        ConversationRef::With(self.named())
    }
}

pub struct Ear {
    pub attachment: Attachment,
    pub mailbox: Arc<Mailbox>,
}

impl Ear {
    /// What is new of a batch of what was missed, as short words.
    pub fn take(&mut self, batch: &Batch) -> Vec<String> {
        let mut heard = Vec::new();
        self.attachment.note(batch);
        for envelope in &batch.events {
            let fresh = match &envelope.event {
                Event::Message(letter) => self.attachment.caught_up(letter.message.place),
                _ => true,
            };
            if fresh {
                heard.push(words(envelope));
            }
        }
        for place in &batch.passed {
            self.attachment.caught_up(*place);
        }
        heard
    }

    /// Everything that is due by now, first what was missed, as short words.
    pub async fn hear(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            while let Some(mut catch_up) = self.attachment.catch_up() {
                loop {
                    let batch = catch_up.next().await.unwrap();
                    heard.extend(self.take(&batch));
                    if batch.is_last {
                        break;
                    }
                }
            }
            let mut cx = Context::from_waker(Waker::noop());
            match self.mailbox.poll_post(&mut cx, true) {
                Poll::Ready(Post::Event(envelope)) => match self.attachment.step(&envelope.event) {
                    Step::Deliver | Step::Behind { deliver: true } => heard.push(words(&envelope)),
                    Step::Unquoted => heard.push(words(&envelope.unquoted())),
                    Step::Skip | Step::Pass(_) | Step::Behind { deliver: false } => {}
                },
                Poll::Ready(Post::Lost) => self.attachment.survey().await.unwrap(),
                Poll::Ready(Post::Signal(signal)) => heard.push(format!("{signal:?}")),
                Poll::Ready(Post::Alarm | Post::Asked | Post::Verification(_)) => {}
                Poll::Pending => return heard,
            }
        }
    }
}

fn words(envelope: &Envelope) -> String {
    match &envelope.event {
        Event::Message(letter) => {
            let texts = letter.message.parts.iter().map(|part| match part {
                Part::Text { text, .. } => text.clone(),
                Part::Media(media) => media.mime.clone(),
                Part::Foreign { text, .. } => text.clone(),
                Part::Reply { .. } | Part::Act(_) | Part::Removed => format!("{part:?}"),
            });
            let quote = letter.about.iter().filter(|_| letter.message.act().is_none());
            let quote = quote.map(|quote| format!(" > {}", quote.excerpt)).collect::<String>();
            format!("{}: {}{quote}", letter.sender.handle, texts.collect::<Vec<_>>().join("+"))
        }
        Event::Appeared(overview) => {
            let members: Vec<_> =
                overview.members.iter().map(|person| person.profile.handle.as_str()).collect();
            format!("appeared {}", members.join("+"))
        }
        Event::Group { happening, whom, .. } => format!("{happening:?} {}", whom.handle),
        Event::Contact { happening, by } => format!("{happening:?} by {}", by.handle),
        Event::Contacts => "own contacts".to_owned(),
        Event::Presence { who, presence, .. } => format!("{} {presence:?}", who.handle),
        Event::Marks { who, read, delivered, .. } => format!("{who} read {read}, got {delivered}"),
        Event::Typing { who, .. } => format!("{who} writes"),
        Event::Setting { conversation, words, cleared } => {
            let words = if *words { "words" } else { "no words" };
            format!("{conversation} {words}, {}", if *cleared { "cleared" } else { "kept" })
        }
    }
}
