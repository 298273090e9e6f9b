//! Where an account is signed in, as its owner sees it, and how they end it.

use crate::Core;
use crate::execute::{Actor, Change, Settled};
use koine_bus::Signal;
use koine_model::account::Reply;
use koine_model::session::{Session, SessionId};
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::{Answer, Failure};

/// Where the numbers of sessions without a token begin. Those of tokens count up from 1 and never come here.
const LIVE: u64 = 1 << 52;

/// The number of a session that has no token: random, since there is nothing that all processes count together.
pub(crate) fn live_session() -> Result<SessionId, Failure> {
    let mut bits = [0; 8];
    getrandom::fill(&mut bits).map_err(|error| Failure::new("number a session", error.to_string()))?;
    Ok(SessionId(LIVE | (u64::from_be_bytes(bits) & (LIVE - 1))))
}

/// Whether a session has no token.
pub(crate) fn is_live(session: SessionId) -> bool {
    session.0 >= LIVE
}

impl Core {
    /// Tokens that live, and connections without one.
    pub(crate) async fn sessions_list(&self, actor: Actor) -> Answer<Reply> {
        let at = self.clock.now();
        let tokens = self.store.token_list(actor.account(), at).await?;
        let seen = self.roster.seen(actor.account());
        let mut sessions: Vec<Session> = Vec::new();
        for token in tokens {
            let online = seen.iter().any(|seen| seen.session == token.session);
            sessions.push(Session {
                id: token.session,
                label: token.label,
                dialect: token.device,
                created: token.created,
                used: if online { at } else { token.used },
                online,
                current: token.session == actor.session(),
            });
        }
        for seen in seen {
            if sessions.iter().all(|session| session.id != seen.session) {
                sessions.push(Session {
                    id: seen.session,
                    label: String::new(),
                    dialect: seen.device.to_owned(),
                    created: seen.since,
                    used: at,
                    online: true,
                    current: seen.session == actor.session(),
                });
            }
        }
        for session in &mut sessions {
            session.used = hour_of(session.used);
        }
        Ok(Reply::Sessions(sessions))
    }

    /// Makes the token of a session worthless and ends its connections.
    pub(crate) async fn session_end(&self, actor: Actor, session: SessionId) -> Settled {
        self.session_end_of(actor.account(), session).await?;
        Ok((koine_model::Reply::Done, Change::None))
    }

    /// Ends a session of an account. `NotThere`.
    pub(crate) async fn session_end_of(&self, account: AccountId, session: SessionId) -> Answer<()> {
        let had_token = self.store.token_end(account, session).await?;
        if had_token {
            // Before the roster is looked at: whoever is not on it yet finds it noted when they come.
            self.ended.note(session);
        }
        let connections = self.roster.signal(account, Signal::SignedOut, |known| known.session == session);
        if !had_token {
            // A connection that was told to end stays on the roster until it has.
            if connections == 0 || self.ended.contains(session) {
                return Err(Refusal::NotThere.into());
            }
            self.ended.note(session);
        }
        Ok(())
    }
}

fn hour_of(moment: Timestamp) -> Timestamp {
    const HOUR: i64 = 60 * 60 * 1000;
    Timestamp(moment.0 - moment.0.rem_euclid(HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_sessions_have_numbers_that_no_token_has_and_every_client_can_hold() {
        for _ in 0..1000 {
            let SessionId(number) = live_session().unwrap();
            assert!((LIVE..1 << 53).contains(&number));
        }
    }

    #[test]
    fn a_moment_is_told_to_the_hour() {
        assert_eq!(hour_of(Timestamp(7_199_999)), Timestamp(3_600_000));
        assert_eq!(hour_of(Timestamp(7_200_000)), Timestamp(7_200_000));
    }
}
