//! Verifying e-mail addresses: a link by mail, and a connection that waits until somebody opens it.
//!
//! All of it is in memory. A restart of the server forgets links that are out and addresses that were verified; whoever
//! was about to register asks for another mail.

use crate::Core;
use crate::execute::{Change, Settled};
use crate::rates::Peer;
use crate::surroundings::{About, Mail, Posted};
use crate::ticket::Ticket;
use koine_bus::Mailbox;
use koine_model::account::{Reply, Verification};
use koine_model::refusal::Field;
use koine_model::{Refusal, Timestamp};
use koine_store::Answer;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// How long a link is good.
pub const MINUTES: u32 = 5;
/// How long a verified address may be used for a registration, in milliseconds.
const REMEMBERED: i64 = 30 * 60_000;
/// Links that are out at once; more would make a machine for unwanted mail of the server.
const MOST: usize = 1024;
/// Links that are out at once for one address, and for one connection.
const MOST_EACH: usize = 3;
/// Links that are out at once for whoever asks at one place of the net: a share of them all.
const SHARE: usize = MOST / 8;
/// Addresses that are remembered as verified.
const MOST_REMEMBERED: usize = 10_000;
/// The longest address that mail knows.
const LONGEST: usize = 254;

/// The links that are out, and what came of earlier ones.
#[derive(Default)]
pub(crate) struct Verifications(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: HashMap<Ticket, Waiting>,
    /// Until when each address counts as verified.
    verified: HashMap<String, Timestamp>,
}

struct Waiting {
    address: String,
    /// Who has asked for it.
    peer: Peer,
    until: Timestamp,
    /// Whoever waits for it; nobody before the mail is on its way, or when the connection has ended.
    mailbox: Weak<Mailbox>,
}

impl Core {
    /// Prepares the verification of an address.
    pub(crate) fn email_verify(&self, peer: Peer, email: &str) -> Settled {
        if self.surroundings.mailer.is_none() {
            return Ok((Reply::Verified.into(), Change::None));
        }
        let address = address(email).ok_or(Refusal::Unusable(Field::Email))?;
        let ticket = Ticket::draw()?;
        let now = self.clock.now();
        self.rates.ask_for_mail(peer, now.into())?;
        let until = Timestamp(now.0.saturating_add(i64::from(MINUTES) * 60_000));
        let mut state = self.verifications.lock();
        let for_address = state.waiting.values().filter(|waiting| waiting.address == address).count();
        let for_peer = state.waiting.values().filter(|waiting| waiting.peer == peer).count();
        if state.waiting.len() >= MOST || for_peer >= SHARE || for_address >= MOST_EACH {
            return Err(Refusal::Busy.into());
        }
        self.rates.verification_to(&address, now.into())?;
        state.waiting.insert(ticket, Waiting { address, peer, until, mailbox: Weak::new() });
        Ok((koine_model::Reply::Done, Change::Verifying(ticket)))
    }

    /// Sends the mail of `ticket`, in which `link` stands, and tells `mailbox` what comes of it.
    pub fn verification_begin(&self, ticket: Ticket, link: String, mailbox: &Arc<Mailbox>) {
        let to = {
            let mut state = self.verifications.lock();
            let is_theirs = |waiting: &&Waiting| waiting.mailbox.ptr_eq(&Arc::downgrade(mailbox));
            let already = state.waiting.values().filter(is_theirs).count();
            let Some(waiting) = state.waiting.get_mut(&ticket) else { return };
            waiting.mailbox = Arc::downgrade(mailbox);
            (already < MOST_EACH).then(|| waiting.address.clone())
        };
        let (Some(to), Some(mailer)) = (to, &self.surroundings.mailer) else {
            self.verifications.fail(ticket);
            return;
        };
        let verifications = self.verifications.clone();
        let told = Box::new(move |posted| match posted {
            Posted::Sent => {}
            // Whoever waits is told of a failure, so a mail that comes after that must be worth nothing.
            Posted::Failed | Posted::Unsure => verifications.fail(ticket),
        });
        mailer.post(Mail { to, link, minutes: MINUTES, about: About::Verification }, told);
    }

    /// Somebody has opened the link with `token`. Tells whether it was good, which it is once.
    pub fn verification_open(&self, token: &str) -> bool {
        let Some(ticket) = Ticket::parse(token) else { return false };
        let now = self.clock.now();
        let mut state = self.verifications.lock();
        let Some(waiting) = state.waiting.remove(&ticket) else { return false };
        if waiting.until <= now {
            waiting.tell(Verification::TimedOut);
            return false;
        }
        if state.verified.len() >= MOST_REMEMBERED {
            // Whoever is forgotten asks for another mail.
            state.verified.clear();
        }
        state.verified.insert(waiting.address.clone(), Timestamp(now.0.saturating_add(REMEMBERED)));
        waiting.tell(Verification::Passed);
        true
    }

    /// Lets go of what has run out, and tells those who waited for it; and of what nobody has asked for of late. To be called about once a
    /// second.
    ///
    /// Tells how many entries of which there may be thousands went: the memory of many is worth giving back.
    pub fn tend(&self) -> usize {
        self.recoveries.tend(self.clock.now());
        let gone = self.rates.tend(self.moment()).saturating_add(self.known.tend());
        self.tend_verifications();
        gone
    }

    fn tend_verifications(&self) {
        let mut state = self.verifications.lock();
        if state.waiting.is_empty() && state.verified.is_empty() {
            return;
        }
        let now = self.clock.now();
        for (_, late) in state.waiting.extract_if(|_, waiting| waiting.until <= now) {
            late.tell(Verification::TimedOut);
        }
        state.verified.retain(|_, until| *until > now);
    }

    /// Whether somebody may register with this address.
    pub(crate) fn check_verified(&self, email: &str) -> Answer<()> {
        if self.surroundings.mailer.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        let state = self.verifications.lock();
        let until = address(email).and_then(|address| state.verified.get(&address).copied());
        if until.is_some_and(|until| until > now) { Ok(()) } else { Err(Refusal::Unverified.into()) }
    }
}

impl Verifications {
    fn fail(&self, ticket: Ticket) {
        if let Some(waiting) = self.lock().waiting.remove(&ticket) {
            waiting.tell(Verification::Failed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn tell(&self, outcome: Verification) {
        if let Some(mailbox) = self.mailbox.upgrade() {
            mailbox.tell(outcome);
        }
    }
}

/// An address as it is compared, if mail could be sent to it. Whether it can, only sending tells.
pub(crate) fn address(email: &str) -> Option<String> {
    let email = email.trim();
    let (local, domain) = email.rsplit_once('@')?;
    let is_plain = |character: char| !character.is_whitespace() && !character.is_control();
    let sound =
        !local.is_empty() && !domain.is_empty() && email.len() <= LONGEST && email.chars().all(is_plain);
    sound.then(|| email.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_sides() {
        let check = |email: &str, expected: Option<&str>| assert_eq!(address(email).as_deref(), expected);
        check(" Ann@Example.ORG ", Some("ann@example.org"));
        check("ann", None);
        check("@example.org", None);
        check("ann@", None);
        check("ann @example.org", None);
        check("ann@example.org\r\nBcc: eve@example.org", None);
        check(&format!("{}@example.org", "a".repeat(250)), None);
    }
}
