//! Contacts, and requests to be friends.

use crate::Core;
use crate::execute::Actor;
use koine_bus::{Envelope, Topic};
use koine_model::account::{AccountRef, Face, Person};
use koine_model::contact::{Command, Contact, Contacts, Happening, Reply};
use koine_model::conversation::Kind;
use koine_model::{AccountId, Event, Refusal};
use koine_store::{Account, Answer, Requested};
use std::sync::Arc;

impl Core {
    pub(crate) async fn contact(&self, actor: Actor, command: Command) -> Answer<Reply> {
        let peer = match command {
            Command::List => return self.contact_list(actor, true).await,
            Command::People => return self.contact_list(actor, false).await,
            Command::Add { who } => self.contact_add(actor, &who).await,
            Command::Request { who } => self.contact_request(actor, &who).await,
            Command::Answer { who, accept } => self.contact_answer(actor, &who, accept).await,
            Command::Remove { who, both } => self.contact_remove(actor, &who, both).await,
            Command::Block { who } => self.contact_block(actor, &who).await,
            Command::Unblock { who } => self.contact_unblock(actor, &who).await,
        }?;
        // The other one is told what was done. One's own other devices have only to look again.
        self.tell(actor.account(), Event::Contacts);
        Ok(Reply::Contact(Box::new(self.person(peer.profile).await?)))
    }

    async fn contact_add(&self, actor: Actor, who: &AccountRef) -> Answer<Account> {
        let (peer, by) = (self.peer(actor, who).await?, self.own_face(actor).await?);
        let accepted = self.accepts_for(&peer);
        let peer_id = peer.profile.id;
        let requested = self.store.contact_add(actor.account(), peer_id, accepted, self.clock.now()).await?;
        self.tell_request(peer_id, requested, by);
        Ok(peer)
    }

    async fn contact_request(&self, actor: Actor, who: &AccountRef) -> Answer<Account> {
        let (peer, by) = (self.peer(actor, who).await?, self.own_face(actor).await?);
        let accepted = self.accepts_for(&peer);
        let peer_id = peer.profile.id;
        let requested =
            self.store.contact_request(actor.account(), peer_id, accepted, self.clock.now()).await?;
        self.tell_request(peer_id, requested, by);
        if requested == Requested::Completed {
            // The asker has not got an answer from anybody: this is it.
            let by = self.face_from(&peer);
            self.tell(actor.account(), Event::Contact { happening: Happening::Accepted, by });
        }
        Ok(peer)
    }

    async fn contact_answer(&self, actor: Actor, who: &AccountRef, accept: bool) -> Answer<Account> {
        let (peer, by) = (self.peer(actor, who).await?, self.own_face(actor).await?);
        let asker = peer.profile.id;
        self.store.contact_answer(actor.account(), asker, accept, self.clock.now()).await?;
        let happening = if accept { Happening::Accepted } else { Happening::Declined };
        self.tell(asker, Event::Contact { happening, by });
        Ok(peer)
    }

    async fn contact_remove(&self, actor: Actor, who: &AccountRef, both: bool) -> Answer<Account> {
        let (peer, by) = (self.peer(actor, who).await?, self.own_face(actor).await?);
        let (own, other) = (actor.account(), peer.profile.id);
        let were_friends = self.store.contact_remove(own, other, both).await?;
        if both {
            self.roster.part_ways(own, other, || {
                self.tell(other, Event::Contact { happening: Happening::Removed, by });
            });
        } else if were_friends {
            self.no_longer_friends(by, self.face_from(&peer));
        }
        Ok(peer)
    }

    /// Everyone whom the caller has; with their pictures and the groups, or without either.
    async fn contact_list(&self, actor: Actor, whole: bool) -> Answer<Reply> {
        let known = self.store.contact_list(actor.account()).await?;
        let ids: Vec<AccountId> = known.edges.iter().map(|edge| edge.peer).collect();
        let mutual = |id| known.edges.iter().any(|edge| edge.peer == id && edge.mutual);
        let mut room = if whole { self.limits.pictures_bytes } else { 0 };
        let people = self.people_by_id(&ids, &mut room).await?;
        let contact = |person: Person| {
            let id = person.profile.id;
            // Whether somebody is there is for friends, and not for whoever has put them on a list.
            Contact { mutual: mutual(id), online: mutual(id) && self.roster.is_here(id), person }
        };
        let people = people.into_iter().map(contact).collect();
        let requests = self.people_by_id(&known.requests, &mut room).await?;
        let asked = self.people_by_id(&known.asked, &mut room).await?;
        let mut groups = Vec::new();
        let memberships = if whole { self.store.membership_list(actor.account()).await? } else { Vec::new() };
        for membership in memberships {
            if membership.conversation.kind == Kind::Group {
                groups.push(self.overview_within(membership.conversation, &mut room).await?);
            }
        }
        let blocked = self.people_by_id(&known.blocked, &mut room).await?;
        Ok(Reply::Contacts(Box::new(Contacts { people, requests, asked, groups, blocked })))
    }

    /// Tells one account something.
    pub(crate) fn tell(&self, account: AccountId, event: Event) {
        self.bus.publish(Topic::Account(account), &Envelope::new(event));
    }

    fn tell_request(&self, peer: AccountId, requested: Requested, by: Arc<Face>) {
        let happening = match requested {
            Requested::Waits => Happening::Requested,
            Requested::Completed => Happening::Accepted,
        };
        self.tell(peer, Event::Contact { happening, by });
    }

    pub(crate) async fn peer(&self, actor: Actor, who: &AccountRef) -> Answer<Account> {
        let peer = self.account_named(who).await?;
        if peer.profile.id == actor.account() { Err(Refusal::Yourself.into()) } else { Ok(peer) }
    }

    /// Whether a request or an invitation to this account is accepted for it, because it has no way to.
    pub(crate) fn accepts_for(&self, peer: &Account) -> bool {
        self.limits.auto_accept && !peer.answers_requests
    }
}
