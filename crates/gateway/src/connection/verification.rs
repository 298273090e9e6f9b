//! A connection that waits for somebody to open a link that was mailed.
//!
//! It is served meanwhile like any other; whoever reads mail needs longer than whoever types a password.

use super::{Connection, Phase};
use koine_core::ticket::Ticket;
use koine_core::verification::MINUTES;
use koine_model::account::Verification;

impl Connection {
    /// Has the mail sent, and waits.
    pub(super) fn begin_verification(&mut self, ticket: Ticket) {
        let link = self.common.links.verification(&ticket.token());
        self.times.allow_login(self.common.pulse.now().saturating_add(MINUTES.saturating_mul(60)));
        self.common.core.verification_begin(ticket, link, &self.mailbox);
    }

    /// Tells the session what came of it.
    pub(super) fn verified(&mut self, outcome: Verification) {
        if self.phase != Phase::Open {
            return;
        }
        let mut out = self.outbox();
        self.session.verified(outcome, &mut out);
        self.carry_out(out);
    }
}
