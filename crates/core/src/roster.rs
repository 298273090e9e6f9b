//! Who is here: the sessions of each account in this process, those that listen and those that do not.

use crate::execute::Actor;
use koine_bus::{Mailbox, Signal};
use koine_model::device::{Device, Sessions};
use koine_model::presence::Presence;
use koine_model::session::SessionId;
use koine_model::{AccountId, Timestamp};
use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The sessions of each account.
#[derive(Default)]
pub(crate) struct Roster {
    accounts: Mutex<HashMap<AccountId, Household>>,
    /// Held while contacts are told of presence, so that what they are told last is what is so.
    telling: Mutex<Partings>,
    /// Places that a sign-in was promised and has not taken yet, and until when the promise holds.
    claims: Mutex<HashMap<(AccountId, &'static str), Instant>>,
    /// Somebody came, went, or proved to be there.
    changed: Notify,
}

/// How often somebody has parted from each account, or from another one of the same slot. Whoever has read an account's friends
/// sees by it that one of them may be none any more.
#[derive(Default)]
struct Partings([u64; Partings::SLOTS]);

impl Partings {
    const SLOTS: usize = 32;

    fn of(&mut self, account: AccountId) -> &mut u64 {
        let [first, rest @ ..] = &mut self.0;
        let slot = usize::try_from(account.number()).unwrap_or(0) % Self::SLOTS;
        slot.checked_sub(1).and_then(|index| rest.get_mut(index)).unwrap_or(first)
    }
}

/// What there is of one account. An empty one is forgotten.
#[derive(Default)]
struct Household {
    /// Most accounts have one, or none: there is no room to spare, nor a number that says how much.
    sessions: Box<[Present]>,
    /// Whether the contacts were told last that the account is here.
    told: bool,
}

/// One connection that is signed in.
#[derive(Clone)]
pub(crate) struct Present {
    pub(crate) session: SessionId,
    /// By which proof: see [`Actor::proof`].
    pub(crate) proof: u64,
    device: &'static str,
    mailbox: Arc<Mailbox>,
    /// Whence it came, where that is known.
    address: Option<IpAddr>,
    since: Timestamp,
    /// How often its client has proved to be there.
    proofs: u32,
    /// Whether a seat holds it.
    seated: bool,
    /// Whether it is told what happens: the account is here by it.
    pub(crate) listens: bool,
}

/// A connection that is signed in, as its owner and operators see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) session: SessionId,
    pub(crate) device: &'static str,
    pub(crate) address: Option<IpAddr>,
    pub(crate) since: Timestamp,
}

/// How long a newer session waits for the older one to put down what it holds. A live one needs microseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a look around says about a place.
enum Look {
    Free,
    Taken,
    Unknown,
}

/// Whether a session may come where only one may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Claim {
    /// Nobody is there.
    Free,
    /// Nobody is there any more: whoever was stayed silent, and was told to end.
    Evicted,
    /// Somebody is there.
    Refused,
}

impl Household {
    fn is_here(&self) -> bool {
        self.sessions.iter().any(|session| session.listens)
    }

    fn find(&mut self, mailbox: &Arc<Mailbox>) -> Option<&mut Present> {
        self.sessions.iter_mut().find(|session| Arc::ptr_eq(&session.mailbox, mailbox))
    }

    /// Has a session be the last one; of those that there are, it takes the place of the one behind the same mailbox.
    fn add(&mut self, present: Present) {
        self.retain(|known| !Arc::ptr_eq(&known.mailbox, &present.mailbox));
        let mut sessions = mem::take(&mut self.sessions).into_vec();
        sessions.reserve_exact(1);
        sessions.push(present);
        self.sessions = sessions.into_boxed_slice();
    }

    fn retain(&mut self, stays: impl FnMut(&Present) -> bool) {
        let mut sessions = mem::take(&mut self.sessions).into_vec();
        sessions.retain(stays);
        self.sessions = sessions.into_boxed_slice();
    }
}

impl Present {
    fn new(actor: Actor, device: &Device, mailbox: &Arc<Mailbox>, since: Timestamp) -> Self {
        Self {
            session: actor.session(),
            proof: actor.proof(),
            device: device.name,
            mailbox: mailbox.clone(),
            address: None,
            since,
            proofs: 0,
            seated: false,
            listens: false,
        }
    }

    fn seen(&self) -> Seen {
        let Self { session, device, address, since, .. } = *self;
        Seen { session, device, address, since }
    }
}

impl Roster {
    /// Notes that the connection behind `mailbox` is signed in, or is now as another session.
    pub(crate) fn seat(
        &self,
        actor: Actor,
        device: &Device,
        mailbox: &Arc<Mailbox>,
        address: Option<IpAddr>,
        at: Timestamp,
    ) {
        let mut accounts = self.lock();
        let household = accounts.entry(actor.account()).or_default();
        match household.find(mailbox) {
            Some(present) => {
                (present.session, present.proof, present.seated) = (actor.session(), actor.proof(), true);
                present.address = address;
            }
            None => {
                let present = Present::new(actor, device, mailbox, at);
                household.add(Present { seated: true, address, ..present });
            }
        }
    }

    /// Notes that the connection is not signed in any more.
    pub(crate) fn unseat(&self, account: AccountId, mailbox: &Arc<Mailbox>) {
        self.change(account, mailbox, |present| present.seated = false);
    }

    /// Has a session listen.
    ///
    /// Where only one session may be on a device, the older is told to end, and has ended when this returns.
    pub(crate) async fn arrive(&self, actor: Actor, device: &Device, mailbox: &Arc<Mailbox>, at: Timestamp) {
        let account = actor.account();
        let replaces = {
            let mut accounts = self.lock();
            let household = accounts.entry(account).or_default();
            let replaces = device.sessions == Sessions::ReplaceOlder && household.is_here();
            if replaces {
                let older = household.sessions.iter().filter(|session| session.listens);
                for older in older.filter(|session| session.device == device.name) {
                    older.mailbox.signal(Signal::Replaced);
                }
            }
            // It comes last, so that older and newer ones are told apart by their order.
            let known = household.find(mailbox).cloned();
            let present = known.unwrap_or_else(|| Present::new(actor, device, mailbox, at));
            household.add(Present { listens: true, ..present });
            replaces
        };
        lock(&self.claims).remove(&(account, device.name));
        self.changed.notify_waiters();
        if replaces {
            let alone = self.wait_until_alone(account, device.name, mailbox);
            if tokio::time::timeout(PATIENCE, alone).await.is_err() {
                tracing::warn!(%account, device = device.name, "an older session did not end in time");
            }
        }
    }

    /// Has a session no longer listen.
    pub(crate) fn depart(&self, account: AccountId, mailbox: &Arc<Mailbox>) {
        self.change(account, mailbox, |present| present.listens = false);
        self.changed.notify_waiters();
    }

    /// Promises a place to a newer session where only one may be.
    ///
    /// Whoever is there already is asked for a sign of life, and keeps its place if it gives one. One that stays silent
    /// is told to end, and no longer counts.
    pub(crate) async fn claim(&self, account: AccountId, device: &'static str) -> Claim {
        let deadline = Instant::now() + PATIENCE;
        let mut asked: Vec<(Arc<Mailbox>, u32)> = Vec::new();
        loop {
            // Made before the look around, so that no change in between is missed.
            let changed = self.changed.notified();
            match self.look(account, device, &mut asked) {
                Look::Free => return Claim::Free,
                Look::Taken => return Claim::Refused,
                Look::Unknown => {}
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                lock(&self.claims).insert((account, device), Instant::now() + PATIENCE);
                self.evict(account, device);
                return Claim::Evicted;
            }
        }
    }

    /// Notes a sign of life of the client behind `mailbox`.
    pub(crate) fn prove(&self, account: AccountId, mailbox: &Arc<Mailbox>) {
        if let Some(present) = self.lock().get_mut(&account).and_then(|household| household.find(mailbox)) {
            present.proofs = present.proofs.wrapping_add(1);
        }
        self.changed.notify_waiters();
    }

    /// Whether an account has a session that listens.
    pub(crate) fn is_here(&self, account: AccountId) -> bool {
        self.lock().get(&account).is_some_and(Household::is_here)
    }

    /// Every connection on which an account is signed in.
    pub(crate) fn seen(&self, account: AccountId) -> Vec<Seen> {
        let accounts = self.lock();
        let sessions = accounts.get(&account).map(|household| &*household.sessions);
        sessions.unwrap_or_default().iter().map(Present::seen).collect()
    }

    /// Every connection on which anybody is signed in.
    pub(crate) fn all(&self) -> Vec<(AccountId, Seen)> {
        let accounts = self.lock();
        let each = accounts.iter();
        each.flat_map(|(account, household)| household.sessions.iter().map(|one| (*account, one.seen())))
            .collect()
    }

    /// Tells those connections of an account to end that `concerns` says. Tells how many.
    pub(crate) fn signal(
        &self,
        account: AccountId,
        signal: Signal,
        concerns: impl Fn(&Present) -> bool,
    ) -> usize {
        let accounts = self.lock();
        let sessions = accounts.get(&account).map(|household| &*household.sessions);
        let concerned = sessions.unwrap_or_default().iter();
        let concerned = concerned.filter(|present| concerns(present));
        concerned.map(|present| present.mailbox.signal(signal)).count()
    }

    /// Whether the contacts of an account believe something about its presence that is not so.
    pub(crate) fn is_untold(&self, account: AccountId) -> bool {
        self.lock().get(&account).is_some_and(|household| household.is_here() != household.told)
    }

    /// To be asked before the friends of an account are read, for [`Roster::tell`].
    pub(crate) fn partings(&self, account: AccountId) -> u64 {
        *lock(&self.telling).of(account)
    }

    /// Notes that two accounts are nothing to each other any more: none of them is told of the other behind what `publish` says.
    pub(crate) fn part_ways(&self, one: AccountId, other: AccountId, publish: impl FnOnce()) {
        let mut partings = lock(&self.telling);
        for account in [one, other] {
            let count = partings.of(account);
            *count = count.wrapping_add(1);
        }
        publish();
    }

    /// Has `publish` tell the contacts of an account how it is now; only where they do not know, unless they are to be told `again`.
    ///
    /// Tells nobody where somebody has parted from the account since `partings` was asked: then the contacts are to be read anew.
    #[must_use = "whoever is to be told may be others now"]
    pub(crate) fn tell(
        &self,
        account: AccountId,
        partings: u64,
        again: bool,
        publish: impl FnOnce(Presence),
    ) -> bool {
        let mut telling = lock(&self.telling);
        if *telling.of(account) != partings {
            return false;
        }
        let here = {
            let mut accounts = self.lock();
            let Some(household) = accounts.get_mut(&account) else { return true };
            let here = household.is_here();
            if here == household.told && !(again && here) {
                return true;
            }
            household.told = here;
            forget_empty(&mut accounts, account);
            here
        };
        publish(if here { Presence::Online } else { Presence::Offline });
        true
    }

    fn change(&self, account: AccountId, mailbox: &Arc<Mailbox>, change: impl FnOnce(&mut Present)) {
        let mut accounts = self.lock();
        let Some(household) = accounts.get_mut(&account) else { return };
        if let Some(present) = household.find(mailbox) {
            change(present);
        }
        household.retain(|present| present.seated || present.listens);
        forget_empty(&mut accounts, account);
    }

    fn look(&self, account: AccountId, device: &'static str, asked: &mut Vec<(Arc<Mailbox>, u32)>) -> Look {
        let accounts = self.lock();
        let sessions = accounts.get(&account).map(|household| &*household.sessions);
        let older = sessions.unwrap_or_default().iter();
        let older = older.filter(|session| session.listens && session.device == device);
        let mut free = true;
        for session in older {
            free = false;
            match asked.iter().find(|(mailbox, _)| Arc::ptr_eq(mailbox, &session.mailbox)) {
                Some((_, proofs)) if *proofs != session.proofs => return Look::Taken,
                Some(_) => {}
                None => {
                    asked.push((session.mailbox.clone(), session.proofs));
                    session.mailbox.ask();
                }
            }
        }
        let mut claims = lock(&self.claims);
        let now = Instant::now();
        if free && claims.get(&(account, device)).is_none_or(|until| *until <= now) {
            claims.insert((account, device), now + PATIENCE);
            return Look::Free;
        }
        Look::Unknown
    }

    fn evict(&self, account: AccountId, device: &str) {
        {
            let mut accounts = self.lock();
            let Some(household) = accounts.get_mut(&account) else { return };
            for silent in household.sessions.iter_mut() {
                if silent.listens && silent.device == device {
                    silent.mailbox.signal(Signal::Replaced);
                    silent.listens = false;
                }
            }
            household.retain(|present| present.seated || present.listens);
            forget_empty(&mut accounts, account);
        }
        self.changed.notify_waiters();
    }

    async fn wait_until_alone(&self, account: AccountId, device: &str, newest: &Arc<Mailbox>) {
        loop {
            let changed = self.changed.notified();
            // The sessions before this one are waited for; one that came after waits for this one.
            let alone = self.lock().get(&account).is_none_or(|household| {
                let older =
                    household.sessions.iter().take_while(|session| !Arc::ptr_eq(&session.mailbox, newest));
                older.filter(|session| session.listens && session.device == device).count() == 0
            });
            if alone {
                return;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Household>> {
        lock(&self.accounts)
    }
}

/// Forgets an account of which there is nothing, and nothing to tell.
fn forget_empty(accounts: &mut HashMap<AccountId, Household>, account: AccountId) {
    if accounts.get(&account).is_some_and(|household| household.sessions.is_empty() && !household.told) {
        accounts.remove(&account);
    }
}

fn lock<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}
