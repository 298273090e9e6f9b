//! How far people have come, and who is writing.
//!
//! What was read is on disk before the answer. What has arrived is told some moments later, once for all that has arrived until
//! then, by whoever runs [`Core::marks_tell`]: the way of a message must not wait for it.

use crate::Core;
use crate::execute::Actor;
use koine_bus::{Envelope, Topic};
use koine_model::{AccountId, ConversationId, Event, Place, Refusal, Reply, Seq};
use koine_store::{Answer, Marks};
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The most members among whom marks, and who is writing, are told.
pub(crate) const FEW: u32 = 64;

/// After how long what could not be read is read again.
const PAUSE: Duration = Duration::from_secs(4);

/// Whose arrival is to be told where.
#[derive(Default)]
pub(crate) struct Arrivals {
    due: Mutex<HashSet<(ConversationId, AccountId)>>,
    noted: Notify,
}

impl Arrivals {
    /// The most that wait. What is beyond is not told until more arrives.
    const MOST: usize = 1 << 16;
    /// How many are told together.
    const TOGETHER: usize = 256;

    fn lock(&self) -> MutexGuard<'_, HashSet<(ConversationId, AccountId)>> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes some of what is due; the memory goes when all is.
    fn take(&self) -> Vec<(ConversationId, AccountId)> {
        let mut due = self.lock();
        if due.len() <= Self::TOGETHER {
            return std::mem::take(&mut *due).into_iter().collect();
        }
        let some: Vec<_> = due.iter().take(Self::TOGETHER).copied().collect();
        for taken in &some {
            due.remove(taken);
        }
        some
    }

    /// Notes what was taken and could not be told, as far as there is room.
    fn put_back(&self, taken: Vec<(ConversationId, AccountId)>) {
        let mut due = self.lock();
        let room = Self::MOST.saturating_sub(due.len());
        due.extend(taken.into_iter().take(room));
    }
}

impl Core {
    /// Notes that the caller has read everything up to a place.
    pub(crate) async fn message_read(&self, actor: Actor, until: Place) -> Answer<Reply> {
        let account = actor.account();
        let (advanced, marks) = self.store.read_advance(account, until, FEW).await?;
        if advanced {
            self.tell_marks(until.conversation, account, marks);
        }
        Ok(Reply::Done)
    }

    /// Tells the others of a conversation that the caller is writing.
    pub(crate) async fn message_typing(&self, actor: Actor, conversation: ConversationId) -> Answer<Reply> {
        let who = actor.account();
        let marks = self.store.mark_list(&[(conversation, who)], FEW).await?.pop().flatten();
        if marks.ok_or(Refusal::UnknownConversation)?.shared {
            let envelope = Envelope::new(Event::Typing { conversation, who });
            self.bus.publish(Topic::Marks(conversation), &envelope);
        }
        Ok(Reply::Done)
    }

    /// Notes what has arrived at `account`, where somebody wants to know.
    pub(crate) fn note_arrival(&self, account: AccountId, arrived: &[(ConversationId, Seq)]) {
        for (conversation, seq) in arrived {
            if *seq > Seq::ZERO && self.bus.is_heard(Topic::Marks(*conversation)) {
                let mut due = self.arrivals.lock();
                if due.len() < Arrivals::MOST {
                    due.insert((*conversation, account));
                    drop(due);
                    self.arrivals.noted.notify_one();
                }
            }
        }
    }

    /// Tells what has arrived, once there is something to tell. To be called again and again: what cannot be read is told later.
    pub async fn marks_tell(&self) {
        let due = loop {
            // Made before the look, so that nothing in between is missed.
            let noted = self.arrivals.noted.notified();
            let due = self.arrivals.take();
            if !due.is_empty() {
                break due;
            }
            noted.await;
        };
        match self.store.mark_list(&due, FEW).await {
            Ok(marks) => {
                for ((conversation, who), marks) in due.into_iter().zip(marks) {
                    if let Some(marks) = marks {
                        self.tell_marks(conversation, who, marks);
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "nobody is told yet what has arrived");
                self.arrivals.put_back(due);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Tells a conversation how far somebody has come; where that is nobody's business, their own sessions alone.
    fn tell_marks(&self, conversation: ConversationId, who: AccountId, marks: Marks) {
        let Marks { read, delivered, shared } = marks;
        let topic = if shared { Topic::Marks(conversation) } else { Topic::Account(who) };
        self.bus.publish(topic, &Envelope::new(Event::Marks { conversation, who, read, delivered }));
    }
}
