//! Lost passwords: a link by mail, and a page behind it where another password is set.
//!
//! Whoever asks is answered before anybody has looked whether there is such an account, so that neither the answer nor the time that
//! it takes tells. All of it is in memory: a restart of the server forgets the links that are out.

use crate::Core;
use crate::execute::{Change, Settled};
use crate::rates::Peer;
use crate::surroundings::{About, Mail, Posted};
use crate::ticket::Ticket;
use crate::verification;
use koine_model::account::{AccountRef, Handle, Known, Profile};
use koine_model::secret::Secret;
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::{Answer, Error, NewPassword};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How long a link is good.
pub const MINUTES: u32 = 30;
/// Links that are out at once; more would make a machine for unwanted mail of the server.
const MOST: usize = 4096;
/// Links that are out at once for one account.
const MOST_EACH: usize = 3;
/// How long an account gets no other link after one, in milliseconds.
const PAUSE: i64 = 60_000;
/// Requests that nobody has looked at yet.
const MOST_WAITING: usize = 64;
/// Of those, the most that come from one place of the net; and of the links that are out, one of so many.
const SHARE_WAITING: usize = 16;
const SHARE: usize = 8;

/// The requests that wait, and the links that are out.
#[derive(Default)]
pub(crate) struct Recoveries {
    state: Mutex<State>,
    asked: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Asked>,
    out: HashMap<Ticket, Link>,
    /// Until when each account gets no other link.
    paused: HashMap<AccountId, Timestamp>,
}

struct Asked {
    peer: Peer,
    who: AccountRef,
    known: Known,
}

#[derive(Clone)]
struct Link {
    account: AccountId,
    /// Who has asked for it.
    peer: Peer,
    /// Where it went to. Once the account has another address, whoever reads this one is nobody.
    address: String,
    /// After how many changes of passwords it was made: the next one of this account makes it worthless.
    since: u64,
    until: Timestamp,
}

impl Core {
    /// Whether a lost password can be replaced: the server sends mail.
    pub fn recovers(&self) -> bool {
        self.surroundings.mailer.is_some()
    }

    /// Notes that somebody has lost a password.
    pub(crate) fn recovery_ask(&self, peer: Peer, who: AccountRef, known: Known) -> Settled {
        if !self.recovers() {
            return Err(Refusal::NoMail.into());
        }
        // Nobody is sent to read mail for nothing.
        self.check_open()?;
        {
            let mut state = self.recoveries.lock();
            let theirs = state.waiting.iter().filter(|asked| asked.peer == peer).count();
            if state.waiting.len() >= MOST_WAITING || theirs >= SHARE_WAITING {
                return Err(Refusal::Busy.into());
            }
            self.rates.ask_for_mail(peer, self.moment())?;
            state.waiting.push_back(Asked { peer, who, known });
        }
        self.recoveries.asked.notify_one();
        Ok((koine_model::Reply::Done, Change::None))
    }

    /// Sends the mails that were asked for, for ever. `link` makes the address of a page from the token in it.
    pub async fn recovery_serve(&self, link: impl Fn(&str) -> String + Send) {
        loop {
            let asked = self.recoveries.next().await;
            if let Err(error) = self.recovery_mail(asked, &link).await {
                tracing::error!(%error, "somebody who has lost a password gets no mail");
            }
        }
    }

    /// Whose password the link with `token` is for; nobody's when it is not good, or not any more.
    pub async fn recovery_find(&self, token: &str) -> Answer<Option<Handle>> {
        let Some(ticket) = Ticket::parse(token) else { return Ok(None) };
        let now = self.clock.now();
        let link = self.recoveries.lock().out.get(&ticket).filter(|link| link.until > now).cloned();
        let Some(link) = link else { return Ok(None) };
        Ok(self.recovery_owner(&link).await?.map(|owner| owner.handle))
    }

    /// Sets another password by the link with `token`, which is good once. Answered when it is on disk; to be carried out to its end.
    ///
    /// `NotThere` when the link is not good. After any other refusal it still is.
    pub async fn recovery_finish(&self, token: &str, secret: Secret) -> Answer<()> {
        self.check_secret(&secret)?;
        let ticket = Ticket::parse(token).ok_or(Refusal::NotThere)?;
        let now = self.clock.now();
        // Taken out before anything is waited for: of two who use it at once one comes too late.
        let link = self.recoveries.lock().out.remove(&ticket).ok_or(Refusal::NotThere)?;
        if link.until <= now {
            return Err(Refusal::NotThere.into());
        }
        let renewed = self.recovery_renew(&link, secret).await;
        match renewed {
            Err(Error::Refused(Refusal::UnknownAccount)) => Err(Refusal::NotThere.into()),
            Err(error) => {
                // Whatever has become of it meanwhile, it is as good as it would be had nobody tried.
                if self.changes.none_since(link.account, link.since) {
                    self.recoveries.lock().out.insert(ticket, link);
                }
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    async fn recovery_renew(&self, link: &Link, secret: Secret) -> Answer<()> {
        // Nobody waits for a hash in vain.
        self.recovery_owner(link).await?.ok_or(Refusal::UnknownAccount)?;
        let verifiers = self.credentials.verifiers(secret).await?;
        // That took its time: another link may have been used meanwhile, or the account been given another address.
        let changing = self.changes.begin_by(link.account, link.since).ok_or(Refusal::UnknownAccount)?;
        self.recovery_reader(link).await?.ok_or(Refusal::UnknownAccount)?;
        let new = NewPassword { account: link.account, verifiers, instead_of: None, keeps: None };
        self.password_renew(changing, new, None).await.map(drop)
    }

    async fn recovery_mail(&self, asked: Asked, link: impl Fn(&str) -> String) -> Answer<()> {
        let Some(mailer) = &self.surroundings.mailer else { return Ok(()) };
        let since = self.changes.so_far();
        let found = self.store.account_find(&asked.who).await?.filter(|account| !account.disabled);
        let found = found.map(|account| account.profile);
        let found = found.filter(|profile| !profile.deleted && is_known(profile, &asked.known));
        let Some(profile) = found else { return Ok(()) };
        let to = profile.email.trim().to_owned();
        if verification::address(&to).is_none() {
            tracing::info!(account = %profile.id, "a lost password, and no address to mail to");
            return Ok(());
        }
        let ticket = Ticket::draw()?;
        let now = self.clock.now();
        if !self.recoveries.lock().admit(ticket, &profile, asked.peer, since, now) {
            tracing::info!(account = %profile.id, "a lost password, and too many links are out");
            return Ok(());
        }
        if self.rates.recovery_to(&to, now.into()).is_err() {
            tracing::info!(account = %profile.id, "a lost password, and too many letters to its address");
            self.recoveries.lock().fail(ticket);
            return Ok(());
        }
        let mail = Mail { to, link: link(&ticket.token()), minutes: MINUTES, about: About::Recovery };
        let recoveries = self.recoveries.clone();
        let told = Box::new(move |posted| match posted {
            Posted::Sent => {}
            Posted::Failed => recoveries.lock().fail(ticket),
            Posted::Unsure => recoveries.lock().doubt(ticket),
        });
        mailer.post(mail, told);
        Ok(())
    }

    /// Who may use a link: the account that it was mailed to, if it has the same password and still reads that mail.
    async fn recovery_owner(&self, link: &Link) -> Answer<Option<Profile>> {
        let reader = self.recovery_reader(link).await?;
        Ok(reader.filter(|reader| self.changes.none_since(reader.id, link.since)))
    }

    /// The account that a link was mailed to, if it still reads that mail.
    async fn recovery_reader(&self, link: &Link) -> Answer<Option<Profile>> {
        let found = self.store.account_find(&AccountRef::Id(link.account)).await?;
        let profile = found.map(|account| account.profile);
        Ok(profile.filter(|profile| !profile.deleted && profile.email == link.address))
    }
}

impl Recoveries {
    /// Lets go of what has run out.
    pub(crate) fn tend(&self, now: Timestamp) {
        let mut state = self.lock();
        state.out.retain(|_, link| link.until > now);
        state.paused.retain(|_, until| *until > now);
    }

    /// Makes all links for an account worthless.
    pub(crate) fn forget(&self, account: AccountId) {
        self.lock().out.retain(|_, link| link.account != account);
    }

    async fn next(&self) -> Asked {
        loop {
            // Made before the look, so that no request in between is missed.
            let asked = self.asked.notified();
            if let Some(next) = self.lock().waiting.pop_front() {
                return next;
            }
            asked.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lets a link for an account out, unless there are too many.
    fn admit(&mut self, ticket: Ticket, owner: &Profile, peer: Peer, since: u64, now: Timestamp) -> bool {
        let paused = self.paused.get(&owner.id).is_some_and(|until| *until > now);
        let good = self.out.values().filter(|link| link.until > now);
        let already = good.clone().filter(|link| link.account == owner.id).count();
        let theirs = good.filter(|link| link.peer == peer).count();
        if paused || already >= MOST_EACH || theirs >= MOST / SHARE || self.out.len() >= MOST {
            return false;
        }
        let until = Timestamp(now.0.saturating_add(i64::from(MINUTES) * 60_000));
        let address = owner.email.clone();
        self.out.insert(ticket, Link { account: owner.id, peer, address, since, until });
        self.paused.insert(owner.id, Timestamp(now.0.saturating_add(PAUSE)));
        true
    }

    /// A mail was not sent: its link is nobody's, and whoever waits for it may ask for another at once.
    fn fail(&mut self, ticket: Ticket) {
        self.doubt(ticket);
        self.out.remove(&ticket);
    }

    /// Nobody knows whether a mail was sent. Its link is good, should it come; and another may be asked for at once.
    fn doubt(&mut self, ticket: Ticket) {
        if let Some(link) = self.out.get(&ticket) {
            self.paused.remove(&link.account);
        }
    }
}

/// Whether what somebody says to know is so.
fn is_known(profile: &Profile, known: &Known) -> bool {
    match known {
        Known::Email(email) => {
            let email = email.trim().to_lowercase();
            !email.is_empty() && email == profile.email.trim().to_lowercase()
        }
        Known::Handle(handle) => Handle::parse(handle).is_ok_and(|handle| handle == profile.handle),
    }
}
