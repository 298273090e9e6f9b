//! Having nothing to do with somebody.

use crate::Core;
use crate::execute::Actor;
use koine_model::account::{AccountRef, Face};
use koine_model::presence::Presence;
use koine_model::{AccountId, Event};
use koine_store::{Account, Answer};
use std::sync::Arc;

impl Core {
    /// Blocks somebody, who is not told. To their friends' list, the caller has just gone offline.
    pub(crate) async fn contact_block(&self, actor: Actor, who: &AccountRef) -> Answer<Account> {
        let (peer, own) = (self.peer(actor, who).await?, self.own_face(actor).await?);
        let were_friends = self.store.contact_block(own.id, peer.profile.id, self.clock.now()).await?;
        if were_friends {
            self.no_longer_friends(own, self.face_from(&peer));
        }
        Ok(peer)
    }

    /// Neither hears any more when the other comes or goes: nobody must seem to be there for ever.
    pub(crate) fn no_longer_friends(&self, face: Arc<Face>, other_face: Arc<Face>) {
        let (one, other) = (face.id, other_face.id);
        self.roster.part_ways(one, other, || {
            self.seem_gone(face, other);
            self.seem_gone(other_face, one);
        });
    }

    /// Takes a block back. Friends they are not by that.
    pub(crate) async fn contact_unblock(&self, actor: Actor, who: &AccountRef) -> Answer<Account> {
        let peer = self.peer(actor, who).await?;
        self.store.contact_unblock(actor.account(), peer.profile.id).await?;
        Ok(peer)
    }

    fn seem_gone(&self, who: Arc<Face>, to: AccountId) {
        if self.roster.is_here(who.id) {
            let presence = Presence::Offline;
            self.tell(to, Event::Presence { who, presence, status: "".into(), signed_out: false });
        }
    }
}
