//! Who is signed in where, as operators see it, and how they end it.

use super::Operator;
use crate::roster::Seen;
use koine_bus::Signal;
use koine_model::account::{AccountRef, Handle};
use koine_model::session::SessionId;
use koine_model::{AccountId, Timestamp};
use koine_store::{Answer, TokenRecord};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// A session of an account: a token, or a connection without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose it is.
    pub account: AccountId,
    /// The account's handle.
    pub handle: Handle,
    /// Its number.
    pub session: SessionId,
    /// The dialect that it speaks.
    pub dialect: String,
    /// The name that its owner gave the device; may be empty.
    pub label: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was last seen; `None` while it is connected to this process.
    pub seen: Option<Timestamp>,
    /// Whence its connections come.
    pub addresses: Vec<IpAddr>,
    /// Whether it has a token, with which it can come back.
    pub token: bool,
}

/// How many tokens are read at once.
const PAGE: usize = 500;

impl Operator<'_> {
    /// The sessions of one account, or of all: those with tokens by their numbers, then connections without one. `UnknownAccount`.
    pub async fn session_list(self, who: Option<&AccountRef>) -> Answer<Vec<SignedIn>> {
        let at = self.core.clock.now();
        let (tokens, seen) = match who {
            Some(who) => {
                let id = self.core.account_named(who).await?.profile.id;
                let tokens = self.core.store.token_list(id, at).await?;
                let seen = self.core.roster.seen(id).into_iter().map(|seen| (id, seen)).collect();
                (tokens.into_iter().map(|token| (id, token)).collect(), seen)
            }
            None => (self.all_tokens(at).await?, self.core.roster.all()),
        };
        let handles =
            self.handles(tokens.iter().map(|(id, _)| *id).chain(seen.iter().map(|(id, _)| *id))).await?;
        let mut live: BTreeMap<(AccountId, SessionId), Vec<Seen>> = BTreeMap::new();
        for (id, seen) in seen {
            live.entry((id, seen.session)).or_default().push(seen);
        }
        let mut sessions = Vec::with_capacity(tokens.len());
        for (account, token) in tokens {
            let Some(handle) = handles.get(&account).cloned() else { continue };
            let connections = live.remove(&(account, token.session));
            sessions.push(SignedIn {
                account,
                handle,
                session: token.session,
                dialect: token.device,
                label: token.label,
                since: token.created,
                seen: connections.is_none().then_some(token.used),
                addresses: addresses(connections.as_deref().unwrap_or_default()),
                token: true,
            });
        }
        for ((account, session), connections) in live {
            let (Some(handle), Some(first)) = (handles.get(&account).cloned(), connections.first()) else {
                continue;
            };
            sessions.push(SignedIn {
                account,
                handle,
                session,
                dialect: first.device.to_owned(),
                label: String::new(),
                since: first.since,
                seen: None,
                addresses: addresses(&connections),
                token: false,
            });
        }
        Ok(sessions)
    }

    /// Ends one session of an account. `UnknownAccount`, `NotThere`.
    pub async fn session_end(self, who: &AccountRef, session: SessionId) -> Answer<()> {
        let id = self.core.account_named(who).await?.profile.id;
        self.core.session_end_of(id, session).await?;
        tracing::info!(account = %id, %session, "a session was ended by an operator");
        Ok(())
    }

    /// Ends all sessions of an account, whose password stays good; links that were mailed to set another one do not. `UnknownAccount`. Tells how many there were.
    pub async fn session_end_all(self, who: &AccountRef) -> Answer<usize> {
        let id = self.core.account_named(who).await?.profile.id;
        let at = self.core.clock.now();
        // As with another password: who proved to be somebody before this has proven nothing, and gets no token for it.
        let changing = self.core.changes.begin(id);
        let mut ended = self.core.store.token_end_all(id, at).await?;
        changing.happened();
        for session in &ended {
            // Before the roster is looked at: whoever is not on it yet finds it noted when they come.
            self.core.ended.note(*session);
        }
        ended.extend(self.core.roster.seen(id).into_iter().map(|seen| seen.session));
        ended.sort_unstable();
        ended.dedup();
        self.core.roster.signal(id, Signal::SignedOut, |_| true);
        self.core.recoveries.forget(id);
        self.core.questions.forget(id);
        tracing::info!(account = %id, sessions = ended.len(), "all sessions were ended by an operator");
        Ok(ended.len())
    }

    async fn all_tokens(self, at: Timestamp) -> Answer<Vec<(AccountId, TokenRecord)>> {
        let mut all = Vec::new();
        let mut after = SessionId(0);
        loop {
            let page = self.core.store.token_page(after, PAGE, at).await?;
            let Some((_, last)) = page.last() else { return Ok(all) };
            after = last.session;
            all.extend(page);
        }
    }

    async fn handles(self, ids: impl Iterator<Item = AccountId>) -> Answer<HashMap<AccountId, Handle>> {
        let mut ids: Vec<AccountId> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let profiles = self.core.store.account_profiles(&ids).await?;
        Ok(profiles.into_iter().map(|profile| (profile.id, profile.handle)).collect())
    }
}

/// Each address once.
fn addresses(connections: &[Seen]) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = connections.iter().filter_map(|seen| seen.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
