//! A house that sends mail, and what is done there about lost passwords.

use super::support::{Guest, House, POLITE};
use koine_core::credentials::Cost;
use koine_core::limits::RateLimits;
use koine_core::rates::Peer;
use koine_core::surroundings::{About, Mail, Mailer, Maintenance, Posted, Surroundings, Told};
use koine_core::{Caller, Error, Limits};
use koine_model::account::{self, AccountRef, Known, ProfileChange};
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const NOBODY: Caller =
    Caller { peer: Peer::LOCAL, device: POLITE, embeds_media: false, actor: None };

const CHEAP: Cost = Cost { memory_kib: 8, iterations: 1 };
/// Takes a good part of a second.
pub(crate) const DEAR: Cost = Cost { memory_kib: 8, iterations: 10_000 };

/// Keeps every mail, those that only tell something apart; says of those below `.invalid` that they could not be sent, and of those below `.test` that it does not know.
#[derive(Default)]
pub(crate) struct Pigeons {
    links: Mutex<Vec<Mail>>,
    pub(crate) news: Mutex<Vec<Mail>>,
}

impl Mailer for Pigeons {
    fn post(&self, mail: Mail, told: Told) {
        let posted = match mail.to.rsplit_once('.') {
            Some((_, "invalid")) => Posted::Failed,
            Some((_, "test")) => Posted::Unsure,
            _ => Posted::Sent,
        };
        let list = if matches!(mail.about, About::AddressChanged(_)) { &self.news } else { &self.links };
        list.lock().unwrap().push(mail);
        told(posted);
    }
}

#[derive(Default)]
pub(crate) struct Sign(pub(crate) AtomicBool);

impl Maintenance for Sign {
    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Office {
    pub(crate) house: House,
    pub(crate) pigeons: Arc<Pigeons>,
    pub(crate) sign: Arc<Sign>,
}

impl Office {
    pub(crate) fn open() -> Self {
        Self::costing(CHEAP)
    }

    /// An office where things may be done so often.
    pub(crate) fn allowing(rates: RateLimits) -> Self {
        Self::with(Limits { rates, ..Limits::default() }, CHEAP)
    }

    pub(crate) fn costing(cost: Cost) -> Self {
        Self::with(Limits::default(), cost)
    }

    fn with(limits: Limits, cost: Cost) -> Self {
        let (pigeons, sign) = (Arc::new(Pigeons::default()), Arc::new(Sign::default()));
        let surroundings = Surroundings {
            mailer: Some(pigeons.clone()),
            maintenance: sign.clone(),
            ..Surroundings::default()
        };
        Self { house: House::costing(surroundings, limits, cost), pigeons, sign }
    }

    /// Somebody with an address of their own name.
    pub(crate) async fn guest(&self, name: &str) -> Guest {
        let guest = self.house.guest(name, POLITE).await;
        self.move_to(&guest, &format!("{name}@Example.org")).await;
        guest
    }

    pub(crate) async fn move_to(&self, who: &Guest, email: &str) {
        let change = ProfileChange { email: Some(email.to_owned()), ..ProfileChange::default() };
        self.house.ask(who, account::Command::Change(Box::new(change))).await.unwrap();
    }

    pub(crate) async fn ask(&self, who: &str, known: Known) -> Result<Reply, Refusal> {
        self.ask_from(Peer::LOCAL, who, known).await
    }

    pub(crate) async fn ask_from(&self, peer: Peer, who: &str, known: Known) -> Result<Reply, Refusal> {
        let caller = Caller { peer, ..NOBODY };
        let who = AccountRef::Typed(who.to_owned());
        self.house.core.execute(caller, account::Command::Recover { who, known }.into()).await.answer
    }

    pub(crate) async fn lost(&self, name: &str) -> Result<Reply, Refusal> {
        self.ask(name, Known::Email(format!("{name}@example.org"))).await
    }

    /// Does what `scene` does while mails are sent.
    pub(crate) async fn during(&self, scene: impl Future<Output = ()>) {
        let serving = self.house.core.recovery_serve(|token| format!("http://h/recover/{token}"));
        tokio::select! {
            () = serving => panic!("the serving has ended"),
            () = scene => {}
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("it takes too long"),
        }
    }

    /// All mails, once as many were sent.
    pub(crate) async fn mails(&self, count: usize) -> Vec<Mail> {
        loop {
            let mails = self.pigeons.links.lock().unwrap().clone();
            assert!(mails.len() <= count, "{} mails", mails.len());
            if mails.len() == count {
                return mails;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The token in the last of so many mails.
    pub(crate) async fn token(&self, count: usize) -> String {
        let mails = self.mails(count).await;
        let link = mails.last().unwrap().link.clone();
        link.strip_prefix("http://h/recover/").unwrap().to_owned()
    }

    pub(crate) async fn finish(&self, token: &str, password: &str) -> Result<(), Refusal> {
        match self.house.core.recovery_finish(token, Secret::plain(password)).await {
            Ok(()) => Ok(()),
            Err(Error::Refused(refusal)) => Err(refusal),
            Err(Error::Failed(failure)) => panic!("{failure}"),
        }
    }

    pub(crate) async fn is_good(&self, token: &str) -> bool {
        self.house.core.recovery_find(token).await.unwrap().is_some()
    }

    pub(crate) async fn sign_in(&self, name: &str, secret: Secret) -> Result<(), Refusal> {
        let who = AccountRef::Typed(name.to_owned());
        let command = account::Command::SignIn { who, secret };
        self.house.core.execute(NOBODY, command.into()).await.answer.map(drop)
    }
}
