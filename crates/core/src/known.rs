//! What the core remembers of people and conversations, so that a message need not look them up each time.
//!
//! A memory, not a truth: whoever has changed something in the store forgets it here, and every entry can be read again.

use crate::Core;
use crate::lately::Lately;
use koine_model::account::{AccountRef, Face, Handle, Profile};
use koine_model::conversation::{Conversation, Kind};
use koine_model::{AccountId, ConversationId};
use koine_store::Answer;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was looked up lately.
#[derive(Default)]
pub(crate) struct Known {
    faces: Lately<AccountId, Arc<Face>>,
    scenes: Lately<ConversationId, Scene>,
    /// Counts what was forgotten: what was read before a change must not be remembered after it.
    changes: AtomicU64,
}

/// A conversation as its messages show it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) conversation: Arc<Conversation>,
    /// The people of a direct conversation; empty for a group.
    pub(crate) pair: Arc<[Face]>,
}

impl Known {
    /// Forgets what is shown of somebody, after their profile changed.
    pub(crate) fn forget_account(&self, id: AccountId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.faces.remove(id);
        // Direct conversations show the faces of both, and which ones they are is not kept.
        self.scenes.clear();
    }

    /// Forgets a conversation, after it changed.
    pub(crate) fn forget_conversation(&self, id: ConversationId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.scenes.remove(id);
    }

    /// Lets go of what nobody has asked for of late. To be called about once a second; tells how many entries went.
    pub(crate) fn tend(&self) -> usize {
        self.faces.tend().saturating_add(self.scenes.tend())
    }
}

impl Known {
    fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Remembers what was read when `before` changes had been counted, unless there were more since.
    fn remember<K: Eq + Hash + Copy, V: Clone>(&self, memory: &Lately<K, V>, before: u64, key: K, value: V) {
        memory.insert_if(key, value, || self.changes() == before);
    }
}

impl Core {
    /// What messages show of `id`.
    pub(crate) async fn face(&self, id: AccountId) -> Answer<Arc<Face>> {
        if let Some(face) = self.known_face(id) {
            return Ok(face);
        }
        Box::pin(self.face_read(id)).await
    }

    async fn face_read(&self, id: AccountId) -> Answer<Arc<Face>> {
        let before = self.known.changes();
        let found = self.store.account_find(&AccountRef::Id(id)).await?;
        let face = Arc::new(found.map_or_else(|| stranger(id), |account| face_of(&account.profile)));
        self.known.remember(&self.known.faces, before, id, face.clone());
        Ok(face)
    }

    async fn scene_since(
        &self,
        before: u64,
        conversation: &Conversation,
        pair: &[AccountId],
    ) -> Answer<Scene> {
        if let Some(scene) = self.known_scene(conversation.id) {
            return Ok(scene);
        }
        let mut faces = Vec::with_capacity(pair.len());
        for id in pair {
            faces.push(Face::clone(&*self.face(*id).await?));
        }
        let scene = Scene { conversation: Arc::new(conversation.clone()), pair: faces.into() };
        self.known.remember(&self.known.scenes, before, conversation.id, scene.clone());
        Ok(scene)
    }

    /// What messages show of the conversation numbered `id`; `None` when it is gone.
    pub(crate) async fn scene_of(&self, id: ConversationId) -> Answer<Option<Scene>> {
        if let Some(scene) = self.known_scene(id) {
            return Ok(Some(scene));
        }
        Box::pin(self.scene_read(id)).await
    }

    async fn scene_read(&self, id: ConversationId) -> Answer<Option<Scene>> {
        let before = self.known.changes();
        let Some(conversation) = self.store.conversation_find(id).await? else {
            return Ok(None);
        };
        let pair = match conversation.kind {
            Kind::Direct => self.store.member_list(id, 2).await?.0,
            Kind::Group => Vec::new(),
        };
        self.scene_since(before, &conversation, &pair).await.map(Some)
    }

    /// The same, where it is remembered.
    pub(crate) fn known_scene(&self, id: ConversationId) -> Option<Scene> {
        self.known.scenes.find(id)
    }

    /// What messages show of `id`, where it is remembered.
    pub(crate) fn known_face(&self, id: AccountId) -> Option<Arc<Face>> {
        self.known.faces.find(id)
    }
}

/// What messages show of a profile.
pub(crate) fn face_of(profile: &Profile) -> Face {
    let nick = if profile.deleted { Face::GONE.to_owned() } else { profile.nick.clone() };
    Face { id: profile.id, handle: profile.handle.clone(), nick }
}

/// An account that the store does not know: its number has to do.
fn stranger(id: AccountId) -> Face {
    let handle = Handle::parse(&id.to_string());
    Face {
        id,
        handle: handle.unwrap_or_else(|_| unreachable!("ten digits are a handle")),
        nick: id.to_string(),
    }
}
