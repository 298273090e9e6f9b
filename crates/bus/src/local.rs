//! The bus within one process: topics to mailboxes.

use crate::{Bus, Envelope, Mailbox, Topic};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Shard = Mutex<HashMap<Topic, Vec<Arc<Mailbox>>>>;

/// Most topics have no more listeners than that, and room for these alone.
const FEW: usize = 4;

/// Hands events to the mailboxes of this process, and loses none but those that find a mailbox full.
#[derive(Debug)]
pub struct LocalBus {
    hasher: RandomState,
    shards: Box<[Shard]>,
}

impl Default for LocalBus {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: (0..64).map(|_| Shard::default()).collect() }
    }
}

impl LocalBus {
    fn shard(&self, topic: Topic) -> MutexGuard<'_, HashMap<Topic, Vec<Arc<Mailbox>>>> {
        let count = self.shards.len() as u64;
        let index = usize::try_from(self.hasher.hash_one(topic) % count).unwrap_or(0);
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus for LocalBus {
    fn publish(&self, topic: Topic, envelope: &Arc<Envelope>) {
        // Delivering under the lock is what gives all mailboxes of a topic the same order.
        if let Some(mailboxes) = self.shard(topic).get(&topic) {
            for mailbox in mailboxes {
                mailbox.deliver(envelope);
            }
        }
    }

    fn lose(&self, topic: Topic) {
        for mailbox in self.shard(topic).get(&topic).into_iter().flatten() {
            mailbox.lose();
        }
    }

    fn is_heard(&self, topic: Topic) -> bool {
        self.shard(topic).contains_key(&topic)
    }

    fn subscribe(&self, topic: Topic, mailbox: &Arc<Mailbox>) {
        let mut shard = self.shard(topic);
        let mailboxes = shard.entry(topic).or_default();
        if !mailboxes.iter().any(|known| Arc::ptr_eq(known, mailbox)) {
            if mailboxes.len() < FEW {
                mailboxes.reserve_exact(1);
            }
            mailboxes.push(mailbox.clone());
        }
    }

    fn unsubscribe(&self, topic: Topic, mailbox: &Arc<Mailbox>) {
        let mut shard = self.shard(topic);
        if let Some(mailboxes) = shard.get_mut(&topic) {
            mailboxes.retain(|known| !Arc::ptr_eq(known, mailbox));
            if mailboxes.is_empty() {
                shard.remove(&topic);
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
