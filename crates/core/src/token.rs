//! Tokens: who has shown the password once need not show it again.
//!
//! The store has their hashes alone. They are random, so that a plain SHA-256 is enough: there is nothing to guess.

use crate::Core;
use crate::account::Need;
use crate::delivery::{Start, Survey};
use crate::execute::{Actor, Caller, Change, Settled};
use koine_bus::Signal;
use koine_model::account::Reply;
use koine_model::device::{Device, Tokens};
use koine_model::refusal::Field;
use koine_model::token::Token;
use koine_model::{ConversationId, Epoch, Refusal, Seq, Timestamp};
use koine_store::{Failure, NewToken, Standing, TokenOwner};
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::HashMap;

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
    pub(crate) async fn token_resume(&self, caller: &Caller, token: Token) -> Settled {
        let device = &caller.device;
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
        self.rates.logins.note_opened(id, caller.peer, at.into());
        let face = self.face(id).await?;
        Ok((Reply::Resumed(face, session).into(), Change::SignedIn(Actor::proven(id, session, since))))
    }

    /// Makes a token worthless, and ends the other connections of its session, where a connection is a session's.
    pub(crate) async fn token_revoke(&self, device: &Device, actor: Actor, token: Token) -> Settled {
        let account = actor.account();
        let revoked = self.store.token_revoke(account, hash(token)).await?;
        if let Some(session) = revoked.filter(|_| !device.tokens.with_each_request) {
            // Before the roster is looked at: whoever is not on it yet finds it noted when they come.
            self.ended.note(session);
            self.roster.signal(account, Signal::SignedOut, |known| {
                known.session == session && known.proof != actor.proof()
            });
        }
        Ok((koine_model::Reply::Done, Change::None))
    }

    /// Begins to listen where signing in did not: all that was said until now counts as arrived.
    ///
    /// What is said between this and the listening itself is above the watermarks, and is told like anything missed.
    /// Where the client tells what it has, that is from where it is told what it missed.
    pub(crate) async fn listen(
        &self,
        caller: &Caller,
        actor: Actor,
        have: Option<Vec<(ConversationId, Seq)>>,
        told: Option<Epoch>,
        newest: Option<u32>,
    ) -> Settled {
        let device = caller.device.name;
        let changes = self.store.changes();
        let standings = self.store.watermark_list(actor.account(), device).await?;
        if let Some(have) = have {
            let epoch = self.epoch();
            let counts = told.is_none_or(|told| told == epoch);
            let Resumption { starts, afresh, arrived } = resumption(&standings, have, counts);
            // It may have come to them and broken off before it could say so.
            self.arrived(actor, caller, &arrived);
            let newest = newest.and_then(|count| first_shown(&standings, count));
            let survey = Survey { standings: standings.into(), changes };
            let start = Start::Positions { positions: starts.into(), survey };
            return Ok((Reply::Listening { afresh, newest, epoch }.into(), Change::Listens(start)));
        }
        let reached: Vec<_> =
            standings.iter().map(|standing| (standing.conversation, standing.last)).collect();
        self.store.watermark_advance(actor.account(), device, &reached);
        Ok((koine_model::Reply::Done, Change::Listens(Start::Arrived)))
    }
}

/// More than this a client is not told of one conversation: it reads the end as it would for the first time.
const MOST_MISSED: u32 = 1_000;

/// What a client is told that says what it has.
#[derive(Default)]
struct Resumption {
    /// From where, of every conversation: those that come later are new to it.
    starts: Vec<(ConversationId, Seq)>,
    /// Of which ones it must forget what it has.
    afresh: Vec<ConversationId>,
    /// What it has and was not known to have.
    arrived: Vec<(ConversationId, Seq)>,
}

/// Of a conversation that is not named, and of one that must be forgotten, only what is said from now on is told. One that the
/// account is no member of is nowhere. Where what the client has does not count, since it is of another epoch, it must forget all of it.
fn resumption(standings: &[Standing], have: Vec<(ConversationId, Seq)>, counts: bool) -> Resumption {
    let have: HashMap<_, _> = have.into_iter().collect();
    let mut resumption = Resumption::default();
    for Standing { conversation, position, since, last, .. } in standings.iter().copied() {
        let named = have.get(&conversation).copied();
        // What lies before `since` is not there for this member: to go on from there would be a hole. Nor can one go on from `since`
        // itself: it may be where one has cleared the conversation on another device, and what was said before is to be forgotten.
        let usable = |seq: &Seq| {
            let missed = last.number().checked_sub(seq.number());
            counts
                && (*seq > since || since == Seq::ZERO)
                && missed.is_some_and(|missed| missed <= MOST_MISSED)
        };
        let start = named.filter(usable);
        resumption.starts.push((conversation, start.unwrap_or(last)));
        match (named, start) {
            (Some(_), None) => resumption.afresh.push(conversation),
            (_, Some(seq)) if seq > position => resumption.arrived.push((conversation, seq)),
            _ => {}
        }
    }
    resumption
}

/// The `count` conversations on the account's list to which an entry was added last, or to which it came last; `None` where there are no more
/// than that.
fn first_shown(standings: &[Standing], count: u32) -> Option<Vec<ConversationId>> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let mut listed: Vec<_> = standings.iter().filter(|standing| standing.listed).collect();
    // Of those of one moment the first ones.
    listed.sort_unstable_by_key(|standing| (Reverse(standing.at), standing.conversation));
    (listed.len() > count).then(|| listed.iter().take(count).map(|standing| standing.conversation).collect())
}

fn hash(token: Token) -> [u8; 32] {
    Sha256::digest(token.bits()).into()
}

fn expiry(device: &Device, at: Timestamp) -> Timestamp {
    Timestamp(at.0.saturating_add(device.tokens.lifetime))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_moment_the_first_conversations_are_shown_first() {
        let standing = |id: u32, at: i64| Standing {
            conversation: ConversationId::new(id).unwrap(),
            position: Seq::ZERO,
            since: Seq::ZERO,
            last: Seq::ZERO,
            at: Timestamp(at),
            listed: id != 9,
            words: true,
            seen: false,
        };
        let standings = [standing(1, 5), standing(2, 7), standing(3, 7), standing(9, 8)];
        let shown = |count| {
            let shown = first_shown(&standings, count)?;
            Some(shown.iter().map(|id| id.number()).collect::<Vec<_>>())
        };
        assert_eq!(shown(0), Some(vec![]));
        assert_eq!(shown(1), Some(vec![2]));
        assert_eq!(shown(2), Some(vec![2, 3]));
        assert_eq!((shown(3), shown(u32::MAX)), (None, None));
    }
}
