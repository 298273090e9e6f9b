//! Guessing passwords: who fails must wait, longer each time, and nobody else must.
//!
//! Failures are counted for an account at an address, which is where guessing shows; for an address, which may try many accounts;
//! and for an account over all addresses, which many machines may try together. The last of these keeps nobody out: it makes an
//! address at which the account has not been opened before wait once, and addresses where it has been not at all.

use super::bucket::{Moment, seconds};
use super::failures::{Failures, Patience, delay};
use super::peer::Peer;
use super::table::{Aging, Table};
use crate::limits::RateLimits;
use koine_metrics::Limit;
use koine_model::{AccountId, Refusal};
use std::time::Duration;

/// After how long a failure is forgotten for an account at an address.
const PAIR_FORGETS: Duration = Duration::from_secs(600);
/// After how long a failure is forgotten for an address, and for an account over all addresses.
const ALL_FORGETS: Duration = Duration::from_secs(60);
/// Failures over all addresses that are free for an account, for each that is free at one address.
const EVERYWHERE: u32 = 10;
/// The longest that an address waits because others have failed.
const LONGEST_FOR_OTHERS: Duration = Duration::from_secs(60);
/// How long an address that has waited for others need not wait for them again.
const WAITED: Duration = Duration::from_secs(3600);
/// How long an address is known to be one where an account was opened.
const KNOWN: Duration = Duration::from_secs(30 * 24 * 3600);
/// Attempts at one account that are under way at once from one address.
const UNDER_WAY: u16 = 16;

/// Who has failed.
pub(crate) struct Logins {
    pair: Patience,
    peer: Patience,
    account: Patience,
    pairs: Table<(AccountId, Peer), Attempts>,
    peers: Table<Peer, Failures>,
    accounts: Table<AccountId, Failures>,
    opened: Table<(AccountId, Peer), Opened>,
}

/// What was tried at one account from one address.
#[derive(Default)]
struct Attempts {
    failures: Failures,
    under_way: u16,
    /// Until when what others do does not concern it: it has waited for that.
    has_waited_until: Moment,
}

/// Until when it is known that an account was opened from an address.
#[derive(Default)]
struct Opened {
    until: Moment,
}

/// An attempt that is under way. It must be told what came of it.
pub(crate) struct Attempt<'a> {
    logins: &'a Logins,
    account: AccountId,
    peer: Peer,
}

impl Logins {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        let longest = Duration::from_secs(u64::from(limits.login_delay_seconds));
        let patience = |free, forgets, longest| Patience { free, forgets, longest };
        Self {
            pair: patience(limits.failed_logins, PAIR_FORGETS, longest),
            peer: patience(limits.failed_logins_per_address, ALL_FORGETS, longest),
            account: patience(
                limits.failed_logins.saturating_mul(EVERYWHERE),
                ALL_FORGETS,
                longest.min(LONGEST_FOR_OTHERS),
            ),
            pairs: Table::default(),
            peers: Table::default(),
            accounts: Table::default(),
            opened: Table::default(),
        }
    }

    /// Begins an attempt at `account`, or says how long there must be none.
    pub(crate) fn begin(&self, account: AccountId, peer: Peer, now: Moment) -> Result<Attempt<'_>, Refusal> {
        if !self.is_known(account, peer, now) {
            self.check_peer(peer, now)?;
            self.check_others(account, peer, now)?;
        }
        let limit = self.pair;
        if limit.free > 0 {
            self.pairs.with((account, peer), now, |attempts| {
                if let Some(wait) = attempts.failures.wait(&limit, now) {
                    return Err(Limit::FailedLogins.met(too_often(wait)));
                }
                // Whoever has failed that often tries one after the other.
                let failed = attempts.failures.count(&limit, now) >= limit.free;
                if attempts.under_way >= if failed { 1 } else { UNDER_WAY } {
                    return Err(Limit::FailedLogins.met(too_often(Duration::ZERO)));
                }
                attempts.under_way = attempts.under_way.saturating_add(1);
                Ok(())
            })?;
        }
        Ok(Attempt { logins: self, account, peer })
    }

    /// Refuses an address that has failed too often, whatever it tried.
    pub(crate) fn check_peer(&self, peer: Peer, now: Moment) -> Result<(), Refusal> {
        let wait = self.peers.look(&peer, |failures| failures.wait(&self.peer, now)).flatten();
        wait.map_or(Ok(()), |wait| Err(Limit::FailedLoginsPerAddress.met(too_often(wait))))
    }

    /// Somebody tried an account that there is not.
    pub(crate) fn missed(&self, peer: Peer, now: Moment) {
        if self.peer.free > 0 {
            self.peers.with(peer, now, |failures| failures.add(&self.peer, now));
        }
    }

    /// Somebody has proven at `peer` to be the owner of `account`.
    pub(crate) fn note_opened(&self, account: AccountId, peer: Peer, now: Moment) {
        if self.pair.free > 0 || self.peer.free > 0 {
            self.opened.with((account, peer), now, |opened| opened.until = now.after(KNOWN));
        }
    }

    pub(super) fn tend(&self, now: Moment) -> usize {
        [self.pairs.tend(now), self.peers.tend(now), self.accounts.tend(now), self.opened.tend(now)]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// Has an address wait once where many have failed at an account.
    fn check_others(&self, account: AccountId, peer: Peer, now: Moment) -> Result<(), Refusal> {
        let over = self.accounts.look(&account, |failures| failures.over(&self.account, now)).flatten();
        let Some(over) = over else { return Ok(()) };
        let wait = delay(over, self.account.longest);
        self.pairs.with((account, peer), now, |attempts| {
            if attempts.has_waited_until > now {
                return Ok(());
            }
            attempts.has_waited_until = now.after(WAITED);
            attempts.failures.wait_for(wait, now);
            Err(Limit::FailedLogins.met(too_often(wait)))
        })
    }

    fn is_known(&self, account: AccountId, peer: Peer, now: Moment) -> bool {
        self.opened.look(&(account, peer), |opened| opened.until > now).unwrap_or(false)
    }
}

impl Attempt<'_> {
    /// It was not the password.
    pub(crate) fn failed(self, now: Moment) {
        let Self { logins, account, peer } = self;
        logins.missed(peer, now);
        if logins.pair.free > 0 {
            logins.pairs.with((account, peer), now, |attempts| attempts.failures.add(&logins.pair, now));
            logins.accounts.with(account, now, |failures| failures.add(&logins.account, now));
        }
    }

    /// It was the password.
    pub(crate) fn succeeded(self, now: Moment) {
        let Self { logins, account, peer } = self;
        logins.pairs.look(&(account, peer), |attempts| attempts.failures = Failures::default());
        logins.note_opened(account, peer, now);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.logins.pairs.settle((self.account, self.peer), |attempts| {
            attempts.under_way = attempts.under_way.saturating_sub(1);
            // Most of them were right at once, and leave nothing to be known.
            attempts.under_way > 0 || attempts.idle_at() > Moment::default()
        });
    }
}

impl Aging for Attempts {
    fn idle_at(&self) -> Moment {
        // How many are under way must not be forgotten: only so many may be.
        let under_way = if self.under_way > 0 { Moment::NEVER } else { Moment::default() };
        self.failures.idle_at().max(self.has_waited_until).max(under_way)
    }
}

impl Aging for Opened {
    fn idle_at(&self) -> Moment {
        self.until
    }
}

fn too_often(wait: Duration) -> Refusal {
    Refusal::TooOften { seconds: seconds(wait) }
}
