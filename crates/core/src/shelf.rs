//! The list of somebody's conversations as they have it, and one of them with the people in it.

use crate::Core;
use crate::execute::{Actor, Change, Settled};
use crate::known::face_of;
use crate::marks::FEW;
use koine_model::account::Face;
use koine_model::conversation::{Attendee, Reply, Shelf};
use koine_model::media::Blobs;
use koine_model::message::Letter;
use koine_model::{AccountId, ConversationId, Event, Refusal};
use koine_store::{Answer, MemberRecord, ShelfRecord};
use std::sync::Arc;

impl Core {
    pub(crate) async fn conversation_shelves(
        &self,
        actor: Actor,
        only: Option<Vec<ConversationId>>,
    ) -> Settled {
        let records = self.store.shelf_list(actor.account(), only, FEW).await?;
        let mut shelves = Vec::with_capacity(records.len());
        for record in records {
            shelves.push(self.shelf(actor.account(), record).await?);
        }
        Ok((Reply::Shelves(shelves).into(), Change::None))
    }

    pub(crate) async fn conversation_room(&self, actor: Actor, id: ConversationId) -> Settled {
        let viewer = actor.account();
        let found = self.store.shelf_find(id, viewer, self.limits.listed_members, FEW).await?;
        let (shelf, members) = found.ok_or(Refusal::UnknownConversation)?;
        let members = members.into_iter().map(|member| self.attendee(viewer, member)).collect();
        Ok((Reply::Room(Box::new(self.shelf(viewer, shelf).await?), members).into(), Change::None))
    }

    pub(crate) async fn conversation_words(&self, actor: Actor, id: ConversationId, on: bool) -> Settled {
        self.store.member_words(id, actor.account(), on).await?;
        self.tell(actor.account(), Event::Setting { conversation: id, words: on, cleared: false });
        Ok((koine_model::Reply::Done, Change::None))
    }

    /// Takes a conversation off the caller's list, and off the lists of their other sessions.
    pub(crate) async fn conversation_clear(&self, actor: Actor, id: ConversationId) -> Answer<()> {
        let words = self.store.conversation_clear(id, actor.account()).await?;
        self.tell(actor.account(), Event::Setting { conversation: id, words, cleared: true });
        Ok(())
    }

    async fn shelf(&self, viewer: AccountId, record: ShelfRecord) -> Answer<Shelf> {
        let ShelfRecord {
            conversation,
            pair,
            member_count,
            last_seq,
            last,
            reach,
            read,
            delivered,
            unread,
            words,
        } = record;
        let conversation = Arc::new(conversation);
        let last = match last {
            None => None,
            Some((message, sender)) => Some(Letter {
                about: self.quote_seen_by(viewer, &message).await?,
                sender: Arc::new(face_of(&sender)),
                conversation: conversation.clone(),
                pair: pair.iter().map(face_of).collect::<Vec<Face>>().into(),
                blobs: Blobs::default(),
                message,
            }),
        };
        Ok(Shelf { conversation, pair, member_count, last_seq, last, reach, read, delivered, unread, words })
    }

    /// Whether somebody is there is seen by friends, and by whoever shares a conversation of few with them and is not blocked.
    fn attendee(&self, viewer: AccountId, member: MemberRecord) -> Attendee {
        let MemberRecord { profile, marks, friend, blocked } = member;
        let own = profile.id == viewer;
        let shared = marks.is_some_and(|marks| marks.shared);
        let may_know = own || (!blocked && (friend || shared));
        let (read, delivered) = marks.map(|marks| (marks.read, marks.delivered)).unwrap_or_default();
        Attendee { online: may_know && self.roster.is_here(profile.id), profile, read, delivered }
    }
}
