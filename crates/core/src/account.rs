//! Making accounts, proving to be somebody, profiles, and going away for good.

use crate::Core;
use crate::credentials::Checked;
use crate::execute::{Actor, Caller, Change as Effect, Settled};
use crate::known::face_of;
use crate::rates::Peer;
use crate::roster::Claim;
use crate::sessions::live_session;
use koine_bus::{Envelope, Signal, Topic};
use koine_model::account::{AccountRef, Card, Handle, Profile, ProfileChange, Registration, Reply};
use koine_model::device::{Device, Sessions};
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use koine_model::{AccountId, Event, Refusal};
use koine_store::{Account, Answer, Change, NewAccount, WantedHandle};
use std::sync::Arc;

impl Core {
    /// Makes an account, and signs the connection in where the dialect wants it.
    pub(crate) async fn account_register(&self, caller: &Caller, registration: Registration) -> Settled {
        let device = &caller.device;
        self.check_open()?;
        let invitation = self.check_registration(registration.invitation).await?;
        let sign_in = registration.sign_in;
        let since = self.changes.so_far();
        let profile = self.account_make(registration, invitation, Some(caller.peer)).await?;
        let id = profile.id;
        self.rates.logins.note_opened(id, caller.peer, self.moment());
        let person = self.person(profile).await?;
        let effect = if sign_in {
            self.store.account_signed_in(id, &[], Vec::new(), device.answers_requests).await?;
            Effect::SignedIn(Actor::proven(id, live_session()?, since))
        } else {
            Effect::None
        };
        tracing::info!(account = %id, dialect = device.name, "registered");
        Ok((Reply::Signed(Box::new(person)).into(), effect))
    }

    /// Makes an account, whoever may; with it, a use of the invitation with this hash is counted. Who asks is `from` somewhere,
    /// or an operator, who may ask as often as they like.
    pub(crate) async fn account_make(
        &self,
        registration: Registration,
        invitation: Option<[u8; 32]>,
        from: Option<Peer>,
    ) -> Answer<Profile> {
        let Registration { handle, nick, nick_is_unique, secret, email, phone, .. } = registration;
        let nick = nick.trim().to_owned();
        self.check_line(&nick, Field::Name, Need::Filled)?;
        self.check_email(&email)?;
        self.check_line(&phone, Field::Phone, Need::Any)?;
        self.check_secret(&secret)?;
        let handle = match handle {
            Some(handle) => {
                // Argon2 takes long: what can be told at once is told before it.
                self.check_free(&handle).await?;
                WantedHandle::Exactly(handle)
            }
            None => WantedHandle::FromNick,
        };
        let _share = match from {
            Some(peer) => {
                let share = self.rates.passwords.take(peer)?;
                self.rates.register(peer, self.moment())?;
                Some(share)
            }
            None => None,
        };
        let verifiers = self.credentials.verifiers(secret).await?;
        let at = self.clock.now();
        let new = NewAccount { handle, nick, nick_is_unique, email, phone, verifiers, invitation, at };
        self.store.account_create(new).await
    }

    /// Signs in with a password, whichever form of it the dialect sends.
    pub(crate) async fn account_sign_in(&self, caller: &Caller, who: AccountRef, secret: Secret) -> Settled {
        let (device, peer) = (&caller.device, caller.peer);
        self.check_secret(&secret)?;
        let form = secret.form();
        // Before the account is looked at: whoever is disabled from here on has proven nothing.
        let since = self.changes.so_far();
        let Some(account) = self.store.account_find(&who).await?.filter(|account| !account.profile.deleted)
        else {
            self.rates.logins.check_peer(peer, self.moment())?;
            let _share = self.rates.passwords.take(peer)?;
            self.credentials.pretend(secret).await?;
            self.rates.logins.missed(peer, self.moment());
            return Err(Refusal::UnknownAccount.into());
        };
        let id = account.profile.id;
        let attempt = self.rates.logins.begin(id, peer, self.moment())?;
        let share = self.rates.passwords.take(peer)?;
        let known = self.store.account_verifiers(id).await?;
        let added = match self.credentials.check(secret, known.clone()).await? {
            Checked::Right(added) => {
                attempt.succeeded(self.moment());
                added
            }
            Checked::Wrong => {
                attempt.failed(self.moment());
                tracing::info!(account = %id, dialect = device.name, "wrong password");
                return Err(Refusal::WrongSecret.into());
            }
            Checked::Uncheckable => {
                attempt.failed(self.moment());
                tracing::info!(account = %id, dialect = device.name, ?form, "no verifier for this form of the password: a login with the plain password adds it");
                return Err(Refusal::WrongSecret.into());
            }
        };
        drop(share);
        if account.disabled {
            tracing::info!(account = %id, dialect = device.name, "disabled, and not let in");
            return Err(Refusal::Disabled.into());
        }
        // Told after the password was checked, so that nobody else learns who the operators are.
        if !self.surroundings.is_operator(&account.profile) {
            self.check_open()?;
        }
        if device.sessions == Sessions::RefuseNewer {
            self.claim_place(id, device).await?;
        }
        let learns = device.answers_requests && !account.answers_requests;
        if learns || !added.is_empty() {
            self.store.account_signed_in(id, &known, added, device.answers_requests).await?;
        }
        let person = self.person(account.profile).await?;
        Ok((
            Reply::Signed(Box::new(person)).into(),
            Effect::SignedIn(Actor::proven(id, live_session()?, since)),
        ))
    }

    /// Looks somebody up.
    pub(crate) async fn account_find(&self, who: &AccountRef) -> Answer<Reply> {
        let account = self.account_named(who).await?;
        Ok(Reply::Person(Box::new(self.person(account.profile).await?)))
    }

    /// Whose cards these are.
    pub(crate) async fn account_match(&self, cards: &[Card]) -> Answer<Reply> {
        if cards.len() > self.limits.cards {
            return Err(Refusal::TooLarge(Field::Cards).into());
        }
        let matches = self.store.account_match(cards).await?;
        Ok(Reply::Matches(matches))
    }

    /// Changes one's own profile.
    pub(crate) async fn account_change(&self, actor: Actor, change: ProfileChange) -> Settled {
        let ProfileChange { handle, nick, email, phone, status, picture, uploaded_picture } = change;
        let nick = nick.map(|nick| nick.trim().to_owned());
        if let Some(nick) = &nick {
            self.check_line(nick, Field::Name, Need::Filled)?;
        }
        if let Some(email) = &email {
            self.check_email(email)?;
        }
        self.check_line(phone.as_deref().unwrap_or_default(), Field::Phone, Need::Any)?;
        self.check_line(status.as_deref().unwrap_or_default(), Field::Status, Need::Any)?;
        let (avatar, _room) = match picture {
            None => match uploaded_picture {
                Some(key) => {
                    let (blob, passing) = self.picture_take(actor, &key).await?;
                    (Some(Some(blob)), Some(passing))
                }
                None => (None, None),
            },
            Some(bytes) if bytes.is_empty() => (Some(None), None),
            Some(bytes) => {
                let (blob, room) = self.picture_keep(actor, bytes).await?;
                (Some(Some(blob)), room)
            }
        };
        let before = match &email {
            Some(_) => Some(self.store.account_find(&AccountRef::Id(actor.account())).await?),
            None => None,
        };
        let tells = status.is_some() && self.roster.is_here(actor.account());
        let change = Change { handle, nick, email, phone, status, avatar };
        let changed = self.store.account_change(actor.account(), change).await;
        if let (Err(_), Some(blob)) = (&changed, avatar.flatten()) {
            self.media_let_go(actor.account(), &[blob]).await;
        }
        let profile = changed?;
        self.known.forget_account(actor.account());
        if let Some(before) = before.flatten() {
            self.email_changed(&before.profile, &profile);
        }
        if tells && let Err(error) = self.presence_tell(actor.account(), true, false).await {
            self.untold(&error, []);
        }
        let person = self.person(profile).await?;
        Ok((Reply::Person(Box::new(person)).into(), Effect::Profile))
    }

    /// Deletes one's own account, and ends its connections.
    pub(crate) async fn account_delete(&self, actor: Actor) -> Settled {
        self.account_remove(actor.account(), Some(actor)).await?;
        Ok((koine_model::Reply::Done, Effect::SignedOut))
    }

    /// Deletes an account, and ends its connections. The one of `asking` is answered, and told only if it listens.
    pub(crate) async fn account_remove(&self, id: AccountId, asking: Option<Actor>) -> Answer<()> {
        let face = self.face(id).await?;
        let holders = self.store.contact_holders(id).await?;
        // As with another password: who proved to be somebody before this, or is being checked, has proven nothing.
        let changing = self.changes.begin(id);
        let departures = self.store.account_delete(id, self.clock.now()).await?;
        changing.happened();
        self.known.forget_account(id);
        self.recoveries.forget(id);
        for departure in departures {
            self.tell_departure(&departure, &face).await;
        }
        let removed = Event::Contact { happening: koine_model::contact::Happening::Removed, by: face };
        let envelope = Envelope::new(removed);
        for holder in holders {
            self.bus.publish(Topic::Account(holder), &envelope);
        }
        self.questions.forget(id);
        let asking = asking.map(Actor::proof);
        self.roster.signal(id, Signal::Deleted, |known| known.listens || Some(known.proof) != asking);
        tracing::info!(account = %id, "deleted");
        Ok(())
    }

    /// The account that a request names, if somebody living has it.
    pub(crate) async fn account_named(&self, who: &AccountRef) -> Answer<Account> {
        let account = self.store.account_find(who).await?.filter(|account| !account.profile.deleted);
        account.ok_or_else(|| Refusal::UnknownAccount.into())
    }

    /// What others see of the caller.
    pub(crate) async fn own_face(&self, actor: Actor) -> Answer<Arc<koine_model::account::Face>> {
        self.face(actor.account()).await
    }

    /// Has a newer session where only one may be, if the older one is gone.
    async fn claim_place(&self, id: AccountId, device: &Device) -> Answer<()> {
        match self.roster.claim(id, device.name).await {
            Claim::Free => Ok(()),
            Claim::Refused => Err(Refusal::SignedInElsewhere.into()),
            // The newer one may never come: until it does, nobody is there.
            Claim::Evicted => self.presence_settle(id, false).await,
        }
    }

    async fn check_free(&self, handle: &Handle) -> Answer<()> {
        let taken = handle.looks_like_id()
            || self.store.account_find(&AccountRef::Handle(handle.clone())).await?.is_some();
        if taken { Err(Refusal::HandleTaken.into()) } else { Ok(()) }
    }

    pub(crate) fn check_secret(&self, secret: &Secret) -> Answer<()> {
        match secret.expose().len() {
            0 => Err(Refusal::Empty(Field::Secret).into()),
            length if length > self.limits.name_bytes => Err(Refusal::TooLarge(Field::Secret).into()),
            _ => Ok(()),
        }
    }

    fn check_email(&self, email: &str) -> Answer<()> {
        self.check_line(email, Field::Email, Need::Any)?;
        // Clients of protocols that never mail anything put all sorts of things here; whoever mails will find out.
        let spaced = email.contains(char::is_whitespace);
        if spaced { Err(Refusal::Unusable(Field::Email).into()) } else { Ok(()) }
    }

    /// Whether a text can stand on one line and is not too long for it.
    pub(crate) fn check_line(&self, text: &str, field: Field, need: Need) -> Answer<()> {
        if need == Need::Filled && text.is_empty() {
            return Err(Refusal::Empty(field).into());
        }
        if text.len() > self.limits.name_bytes {
            return Err(Refusal::TooLarge(field).into());
        }
        if text.chars().any(|character| character.is_control() && field != Field::Status) {
            return Err(Refusal::Unusable(field).into());
        }
        Ok(())
    }
}

/// Whether a text may be empty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Any,
    Filled,
}

impl Core {
    /// What others see of an account whose profile is at hand.
    pub(crate) fn face_from(&self, account: &Account) -> Arc<koine_model::account::Face> {
        Arc::new(face_of(&account.profile))
    }
}
