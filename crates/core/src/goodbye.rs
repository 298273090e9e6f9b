//! Deleting one's own account: a question first, and then the answer to it.
//!
//! Questions are in memory: a restart of the server takes them back, and nothing is lost but a question.

use crate::Core;
use crate::execute::{Actor, Change, Settled};
use crate::rates::Peer;
use crate::ticket::Ticket;
use koine_model::account::Reply;
use koine_model::secret::Secret;
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::Answer;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a question waits for its answer, in milliseconds.
const PATIENCE: i64 = 5 * 60 * 1000;
/// Questions that are out at once, of one account one.
const MOST: usize = 4096;

/// The questions that are out: of each account, what is to be said and until when.
#[derive(Default)]
pub(crate) struct Questions(Mutex<HashMap<AccountId, (Ticket, Timestamp)>>);

impl Core {
    /// Asks whether the account is really to go.
    pub(crate) async fn deletion_ask(&self, peer: Peer, actor: Actor, secret: Secret) -> Settled {
        self.password_check(peer, actor, secret).await?;
        let ticket = Ticket::draw()?;
        let until = self.questions.ask(actor.account(), ticket, self.clock.now())?;
        Ok((Reply::Question { code: ticket.token(), until }.into(), Change::None))
    }

    /// Deletes the account, if that was asked.
    pub(crate) async fn deletion_confirm(&self, actor: Actor, code: &str) -> Settled {
        let ticket = Ticket::parse(code.trim()).ok_or(Refusal::NotThere)?;
        self.questions.take(actor.account(), ticket, self.clock.now())?;
        self.account_delete(actor).await
    }
}

impl Questions {
    /// Takes the question of an account back.
    pub(crate) fn forget(&self, account: AccountId) {
        self.lock().remove(&account);
    }

    /// Lets a question out, in place of an earlier one of the account. Tells until when it counts.
    fn ask(&self, account: AccountId, ticket: Ticket, now: Timestamp) -> Answer<Timestamp> {
        let mut questions = self.lock();
        if questions.len() >= MOST && !questions.contains_key(&account) {
            questions.retain(|_, (_, until)| *until > now);
            if questions.len() >= MOST {
                return Err(Refusal::Busy.into());
            }
        }
        let until = Timestamp(now.0.saturating_add(PATIENCE));
        questions.insert(account, (ticket, until));
        Ok(until)
    }

    /// Takes a question, which is answered by that.
    fn take(&self, account: AccountId, ticket: Ticket, now: Timestamp) -> Answer<()> {
        let mut questions = self.lock();
        let counts = questions.get(&account).is_some_and(|(asked, until)| *asked == ticket && *until > now);
        if !counts {
            return Err(Refusal::NotThere.into());
        }
        questions.remove(&account);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, (Ticket, Timestamp)>> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_as_many_as_there_is_room_for() {
        let questions = Questions::default();
        let (draw, now) = (|| Ticket::draw().unwrap(), Timestamp(0));
        let account = |number: usize| {
            AccountId::new(AccountId::FIRST.number() + u32::try_from(number).unwrap()).unwrap()
        };
        for number in 0..MOST {
            questions.ask(account(number), draw(), now).unwrap();
        }
        assert!(questions.ask(account(MOST), draw(), now).is_err());
        questions.ask(account(0), draw(), now).unwrap();
        questions.ask(account(MOST), draw(), Timestamp(PATIENCE)).unwrap();
        assert_eq!(questions.lock().len(), 1, "what has run out makes room");
    }
}
