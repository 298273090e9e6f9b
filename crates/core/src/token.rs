//! Tokens: who has shown the password once need not show it again.
//!
//! The store has their hashes alone. They are random, so that a plain SHA-256 is enough: there is nothing to guess.

use crate::Core;
use crate::account::Need;
use crate::execute::{Actor, Change, Settled};
use koine_model::account::Reply;
use koine_model::device::{Device, Tokens};
use koine_model::refusal::Field;
use koine_model::token::Token;
use koine_model::{ConversationId, Refusal, Seq, Timestamp};
use koine_store::{Failure, NewToken, TokenOwner};
use sha2::{Digest, Sha256};

/// The most characters that the name of a device has.
const LONGEST_LABEL: usize = 100;

impl Core {
    /// Hands out a token that proves to be `actor` on this device.
    pub(crate) async fn token_issue(&self, device: &Device, actor: Actor, label: String) -> Settled {
        self.check_line(&label, Field::Name, Need::Any)?;
        if label.chars().count() > LONGEST_LABEL {
            return Err(Refusal::TooLarge(Field::Name).into());
        }
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|error| Failure::new("make a token", error.to_string()))?;
        let token = Token::new(u128::from_be_bytes(bits));
        let at = self.clock.now();
        let new = NewToken {
            account: actor.account(),
            hash: hash(token),
            device: device.name.to_owned(),
            label,
            at,
            until: expiry(device, at),
            most: if device.tokens.few { self.limits.tokens_per_account } else { Tokens::MANY },
        };
        let session = self.store.token_create(new).await?;
        if !self.still_counts(actor) {
            // The password was changed meanwhile, and the token came too late to go with the others.
            self.store.token_end(actor.account(), session).await?;
            return Err(Refusal::NotSignedIn.into());
        }
        Ok((Reply::Token(token, session).into(), Change::Session(actor.in_session(session))))
    }

    /// Signs in by a token, which lives longer for it.
    pub(crate) async fn token_resume(&self, device: &Device, token: Token) -> Settled {
        let at = self.clock.now();
        let since = self.changes.so_far();
        let found = self.store.token_use(hash(token), device.name, at, expiry(device, at)).await?;
        let TokenOwner { account: id, session } = found.ok_or(Refusal::NotSignedIn)?;
        if let Err(closed) = self.check_open() {
            let profiles = self.store.account_profiles(&[id]).await?;
            if !profiles.first().is_some_and(|profile| self.surroundings.is_operator(profile)) {
                return Err(closed);
            }
        }
        let face = self.face(id).await?;
        Ok((Reply::Resumed(face, session).into(), Change::SignedIn(Actor::proven(id, session, since))))
    }

    /// Makes a token worthless.
    pub(crate) async fn token_revoke(&self, actor: Actor, token: Token) -> Settled {
        self.store.token_revoke(actor.account(), hash(token)).await?;
        Ok((koine_model::Reply::Done, Change::None))
    }

    /// Begins to listen where signing in did not: all that was said until now counts as arrived.
    ///
    /// What is said between this and the listening itself is above the watermarks, and is told like anything missed.
    pub(crate) async fn listen(
        &self,
        device: &Device,
        actor: Actor,
        have: Option<Vec<(ConversationId, Seq)>>,
    ) -> Settled {
        if have.is_some() {
            todo!()
        }
        let standings = self.store.watermark_list(actor.account(), device.name).await?;
        let reached: Vec<_> =
            standings.iter().map(|standing| (standing.conversation, standing.last)).collect();
        self.store.watermark_advance(actor.account(), device.name, &reached);
        Ok((koine_model::Reply::Done, Change::Listens))
    }
}

fn hash(token: Token) -> [u8; 32] {
    Sha256::digest(token.bits()).into()
}

fn expiry(device: &Device, at: Timestamp) -> Timestamp {
    Timestamp(at.0.saturating_add(device.tokens.lifetime))
}
