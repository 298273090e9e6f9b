//! Invitations: codes with which people may register where that is by invitation.

use super::Operator;
use crate::invite::hash;
use koine_model::Timestamp;
use koine_model::invite::InviteCode;
use koine_store::{Answer, Failure, InviteRecord, NewInvite};

const DAY: i64 = 24 * 60 * 60 * 1000;

impl Operator<'_> {
    /// Makes an invitation for `uses` people, good for `days`. The code is told here and nowhere else.
    pub async fn invite_new(self, uses: u32, days: u32) -> Answer<(InviteCode, InviteRecord)> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|error| Failure::new("make an invitation", error.to_string()))?;
        let code = InviteCode::new(u128::from_be_bytes(bits));
        let at = self.core.clock.now();
        let until = Timestamp(at.0.saturating_add(i64::from(days).saturating_mul(DAY)));
        let number = self.core.store.invite_create(NewInvite { hash: hash(code), uses, at, until }).await?;
        tracing::info!(invitation = number, uses, days, "an invitation was made");
        Ok((code, InviteRecord { number, uses, used: 0, created: at, until }))
    }

    /// All invitations, and whether each is good now.
    pub async fn invite_list(self) -> Answer<Vec<(InviteRecord, bool)>> {
        let now = self.core.clock.now();
        let invites = self.core.store.invite_list().await?;
        Ok(invites
            .into_iter()
            .map(|invite| (invite, invite.used < invite.uses && invite.until > now))
            .collect())
    }

    /// Makes the invitation numbered `number` worthless. Tells whether it was there.
    pub async fn invite_revoke(self, number: u64) -> Answer<bool> {
        self.core.store.invite_revoke(number).await
    }
}
