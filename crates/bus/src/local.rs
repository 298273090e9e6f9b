//! The bus within one process: topics to mailboxes.

use crate::crier::Crier;
use crate::listeners::Listeners;
use crate::{Bus, Envelope, Mailbox, Rounds, Topic};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Shard = Mutex<HashMap<Topic, Listeners>>;

/// Hands events to the mailboxes of this process, and loses none but those that find a mailbox full.
#[derive(Debug)]
pub struct LocalBus {
    hasher: RandomState,
    shards: Box<[Shard]>,
    crier: Arc<Crier>,
}

/// From so many listeners on they are woken in rounds.
pub(crate) const MANY: usize = 64;

impl Default for LocalBus {
    fn default() -> Self {
        let shards = (0..64).map(|_| Shard::default()).collect();
        Self { hasher: RandomState::new(), shards, crier: Arc::default() }
    }
}

impl LocalBus {
    /// Has those of many called for whom `put` says so.
    fn call(&self, many: &[Arc<Mailbox>], put: impl Fn(&Mailbox) -> bool) {
        // Made before the crier is asked, whom other topics' publishers do not wait for.
        self.crier.call(many.iter().filter(|mailbox| put(mailbox)).cloned().collect());
    }

    fn shard(&self, topic: Topic) -> MutexGuard<'_, HashMap<Topic, Listeners>> {
        let count = self.shards.len() as u64;
        let index = usize::try_from(self.hasher.hash_one(topic) % count).unwrap_or(0);
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus for LocalBus {
    fn publish(&self, topic: Topic, envelope: &Arc<Envelope>) {
        // Delivering under the lock is what gives all mailboxes of a topic the same order.
        match self.shard(topic).get(&topic).map(Listeners::all) {
            Some(many) if many.len() >= MANY => {
                self.call(many, |mailbox| mailbox.deliver_unawares(envelope));
            }
            listeners => listeners.into_iter().flatten().for_each(|mailbox| mailbox.deliver(envelope)),
        }
    }

    fn lose(&self, topic: Topic) {
        match self.shard(topic).get(&topic).map(Listeners::all) {
            Some(many) if many.len() >= MANY => self.call(many, Mailbox::lose_unawares),
            listeners => listeners.into_iter().flatten().for_each(|mailbox| mailbox.lose()),
        }
    }

    fn rounds(&self) -> Rounds {
        Rounds::of(&self.crier)
    }

    fn is_heard(&self, topic: Topic) -> bool {
        self.shard(topic).contains_key(&topic)
    }

    fn subscribe(&self, topic: Topic, mailbox: &Arc<Mailbox>) {
        match self.shard(topic).entry(topic) {
            Entry::Occupied(mut listeners) => listeners.get_mut().add(mailbox),
            Entry::Vacant(nobody) => {
                nobody.insert(Listeners::of(mailbox));
            }
        }
    }

    fn unsubscribe(&self, topic: Topic, mailbox: &Arc<Mailbox>) {
        if let Entry::Occupied(mut listeners) = self.shard(topic).entry(topic) {
            listeners.get_mut().remove(mailbox);
            if listeners.get().all().is_empty() {
                listeners.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Post;
    use koine_model::account::{Face, Handle};
    use koine_model::presence::Presence;
    use koine_model::{AccountId, ConversationId, Event};
    use std::task::{Context, Poll, Waker};

    fn poll(mailbox: &Mailbox) -> Poll<Post> {
        mailbox.poll_post(&mut Context::from_waker(Waker::noop()), true)
    }

    #[test]
    fn what_cannot_be_published_is_known_to_be_lost_by_those_who_listen() {
        let bus = LocalBus::default();
        let (ann, bob, cy) = (Arc::default(), Arc::default(), Arc::default());
        let (topic, other) = (ConversationId::new(1).unwrap(), ConversationId::new(2).unwrap());
        let (topic, other) = (Topic::Conversation(topic), Topic::Conversation(other));
        bus.subscribe(topic, &ann);
        bus.subscribe(topic, &bob);
        bus.unsubscribe(topic, &bob);
        bus.subscribe(other, &cy);
        bus.lose(topic);
        bus.lose(topic);
        assert!(matches!(poll(&ann), Poll::Ready(Post::Lost)));
        for mailbox in [&ann, &bob, &cy] {
            assert!(poll(mailbox).is_pending());
        }
    }

    #[test]
    fn only_those_who_listen_hear_and_each_hears_once() {
        let bus = LocalBus::default();
        let (ann, bob) = (Arc::new(Mailbox::default()), Arc::new(Mailbox::default()));
        let topic = Topic::Account(AccountId::FIRST);
        bus.subscribe(topic, &ann);
        bus.subscribe(topic, &ann);
        bus.subscribe(topic, &bob);
        bus.unsubscribe(topic, &bob);
        assert!(bus.is_heard(topic) && !bus.is_heard(Topic::Account(AccountId::LAST)));
        let face = Face { id: AccountId::FIRST, handle: Handle::parse("ann").unwrap(), nick: String::new() };
        bus.publish(
            topic,
            &Envelope::new(Event::Presence {
                who: Arc::new(face),
                presence: Presence::Online,
                status: "".into(),
                signed_out: false,
            }),
        );
        let heard = |mailbox: &Mailbox| {
            let mut count = 0;
            while let Poll::Ready(Post::Event(_)) = poll(mailbox) {
                count += 1;
            }
            count
        };
        assert_eq!((heard(&ann), heard(&bob)), (1, 0));
    }
}
