//! What can be done how often: by one address, by one account, to one mailbox.
//!
//! All of it is in memory and bounded; a restart of the server forgets it. What one connection may do is not here: whoever drives
//! it has a [`Bucket`] of its own.

mod bucket;
mod failures;
mod logins;
mod peer;
mod per_peer;
mod shares;
mod table;

pub use bucket::{Bucket, Moment, Rate, seconds};
pub use peer::Peer;
pub use per_peer::PerPeer;

use crate::Core;
use crate::limits::RateLimits;
use koine_metrics::Limit;
use koine_model::{AccountId, Refusal};
use koine_store::Answer;
use logins::Logins;
use shares::Shares;
use std::time::Duration;
use table::Table;

/// Letters an hour that tell somebody what happened to their account.
const NOTICES: u32 = 3;

/// Who did what how often.
pub(crate) struct Rates {
    pub(crate) logins: Logins,
    registration: Option<Rate>,
    registrations: Table<Peer, Bucket>,
    mail_asked: Option<Rate>,
    mails_asked: Table<Peer, Bucket>,
    mail_sent: Option<Rate>,
    verifications_sent: Table<String, Bucket>,
    recoveries_sent: Table<String, Bucket>,
    notices: Table<AccountId, Bucket>,
    notices_sent: Table<String, Bucket>,
    /// Passwords that are being checked, and those that wait for it.
    pub(crate) passwords: Shares,
    request: Option<Rate>,
    requests: Table<AccountId, Bucket>,
    post: Option<Rate>,
    posts: Table<AccountId, Bucket>,
}

impl Rates {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        Self {
            logins: Logins::new(limits),
            registration: Rate::per_hour(limits.registrations_per_address),
            registrations: Table::default(),
            mail_asked: Rate::per_hour(limits.mails_per_address),
            mails_asked: Table::default(),
            mail_sent: Rate::per_hour(limits.mails_per_recipient),
            verifications_sent: Table::default(),
            recoveries_sent: Table::default(),
            notices: Table::default(),
            notices_sent: Table::default(),
            passwords: Shares::new(limits.passwords_per_address),
            request: Rate::per_second(limits.requests_per_second, limits.request_burst),
            requests: Table::default(),
            post: Rate::per_second(limits.posts_per_second, limits.post_burst),
            posts: Table::default(),
        }
    }

    /// Counts a registration from `peer`, or refuses it.
    pub(crate) fn register(&self, peer: Peer, now: Moment) -> Answer<()> {
        allowed(self.registrations.take(peer, self.registration, now), Limit::Registrations)
    }

    /// Counts a letter that `peer` wants sent to somebody, or refuses it.
    pub(crate) fn ask_for_mail(&self, peer: Peer, now: Moment) -> Answer<()> {
        allowed(self.mails_asked.take(peer, self.mail_asked, now), Limit::MailsPerAddress)
    }

    /// Counts a letter that verifies the address of `recipient`, or refuses it.
    pub(crate) fn verification_to(&self, recipient: &str, now: Moment) -> Answer<()> {
        let taken = self.verifications_sent.take(recipient.to_lowercase(), self.mail_sent, now);
        allowed(taken, Limit::MailsPerRecipient)
    }

    /// Counts a letter to `recipient` about a lost password, or refuses it. Letters of the other kind, which do not help whoever
    /// has lost one, use up none of these.
    pub(crate) fn recovery_to(&self, recipient: &str, now: Moment) -> Answer<()> {
        let taken = self.recoveries_sent.take(recipient.to_lowercase(), self.mail_sent, now);
        allowed(taken, Limit::MailsPerRecipient)
    }

    /// Counts a letter to `recipient` that tells the owner of `account` what happened to it. Letters of the other kinds use up none of
    /// these; nor can anybody else, as long as the address is one account's.
    pub(crate) fn may_notice(&self, account: AccountId, recipient: &str, now: Moment) -> bool {
        self.notices.take(account, Rate::per_hour(NOTICES), now).is_ok()
            && self.notices_sent.take(recipient.to_lowercase(), self.mail_sent, now).is_ok()
    }

    /// Lets go of what means nothing any more; tells how many entries went.
    pub(crate) fn tend(&self, now: Moment) -> usize {
        let gone = [
            self.logins.tend(now),
            self.registrations.tend(now),
            self.mails_asked.tend(now),
            self.verifications_sent.tend(now),
            self.recoveries_sent.tend(now),
            self.notices.tend(now),
            self.notices_sent.tend(now),
            self.requests.tend(now),
            self.posts.tend(now),
        ];
        gone.into_iter().fold(0, usize::saturating_add)
    }
}

impl Core {
    /// Counts a post of `account`, or tells how long there must be none; whoever asks holds it back until then.
    pub fn post_admit(&self, account: AccountId) -> Result<(), Duration> {
        self.rates.posts.take(account, self.rates.post, self.moment())
    }

    /// How long there must be no request of `account`, over all of its connections; `None` where there may be one now.
    pub fn request_wait(&self, account: AccountId) -> Option<Duration> {
        let (rate, now) = (self.rates.request?, self.moment());
        self.rates.requests.look(&account, |bucket| bucket.wait(rate, now)).flatten()
    }

    /// Counts a request of `account`. Whoever drives its connection has asked before whether there may be one.
    pub fn request_count(&self, account: AccountId) {
        // Of two connections that have asked at the same moment the last one finds nothing left, and its request goes on uncounted.
        let _ = self.rates.requests.take(account, self.rates.request, self.moment());
    }

    /// Now, as limits count it.
    pub(crate) fn moment(&self) -> Moment {
        self.clock.now().into()
    }
}

fn allowed(taken: Result<(), Duration>, limit: Limit) -> Answer<()> {
    taken.map_err(|wait| limit.met(Refusal::TooOften { seconds: seconds(wait) }).into())
}
