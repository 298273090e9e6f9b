//! Who may register: everybody, whoever has an invitation, or nobody.

use crate::Core;
use koine_model::Refusal;
use koine_model::invite::InviteCode;
use koine_model::server::Registration;
use koine_store::Answer;
use sha2::{Digest, Sha256};

impl Core {
    /// Who may make an account.
    pub fn registration(&self) -> Registration {
        self.surroundings.registration
    }

    /// Refuses who may not register. Tells the hash of the invitation, of which a use is to be counted with the account that is made.
    ///
    /// Whether it is good is asked here only so that nobody waits for nothing: what counts is the store's answer later.
    pub(crate) async fn check_registration(&self, code: Option<InviteCode>) -> Answer<Option<[u8; 32]>> {
        match self.registration() {
            Registration::Open => Ok(None),
            Registration::Closed => Err(Refusal::RegistrationClosed.into()),
            Registration::Invitation => {
                let hash = hash(code.ok_or(Refusal::InvitationNeeded)?);
                match self.store.invite_is_good(hash, self.clock.now()).await? {
                    true => Ok(Some(hash)),
                    false => Err(Refusal::BadInvitation.into()),
                }
            }
        }
    }
}

/// As a code is remembered. It is random, so a fast hash is enough.
pub(crate) fn hash(code: InviteCode) -> [u8; 32] {
    Sha256::digest(code.bits()).into()
}
