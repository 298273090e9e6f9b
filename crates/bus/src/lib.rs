//! Telling others to look: the bus between those who change something and those who are to hear of it.
//!
//! # The contract
//!
//! - **The bus is a hint, the store is the truth.** What is published may get lost, and may come twice; whoever needs all of it
//!   reads the store. Losing everything costs a delay, never a message: whoever cannot publish says so ([`Bus::lose`]).
//! - **Publishing never waits and never fails.** A mailbox that is full loses what it holds and remembers that it did.
//! - **One publisher's events on one topic reach each mailbox in order.**

#![forbid(unsafe_code)]

mod crier;
mod listeners;
mod local;
mod mailbox;

pub use crier::Rounds;
pub use local::LocalBus;
pub use mailbox::{Envelope, Mailbox, Post, Signal};

use koine_model::{AccountId, ConversationId};
use std::sync::Arc;

/// What one can listen to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// What concerns one account alone.
    Account(AccountId),
    /// What is said in a conversation and happens to it.
    Conversation(ConversationId),
    /// How far its members have come, and who is writing: for those who show that.
    Marks(ConversationId),
}

/// Carries events from publishers to mailboxes.
pub trait Bus: Send + Sync + 'static {
    /// Puts `envelope` into every mailbox that listens to `topic`.
    fn publish(&self, topic: Topic, envelope: &Arc<Envelope>);

    /// Has every mailbox that listens to `topic` know that something was to be told there and cannot be: the store has it.
    fn lose(&self, topic: Topic);

    /// What wakes those who listen where many do, a few at a time, so that others have their turn in between. Until it is polled, and after it is
    /// dropped, they are woken all at once. There is to be one at a time.
    fn rounds(&self) -> Rounds;

    /// Whether anybody may listen to `topic`: where not, publishing can be spared.
    fn is_heard(&self, topic: Topic) -> bool;

    /// Has `mailbox` listen to `topic`, from when this returns on. Listening twice is listening once.
    fn subscribe(&self, topic: Topic, mailbox: &Arc<Mailbox>);

    /// Has `mailbox` no longer listen to `topic`.
    fn unsubscribe(&self, topic: Topic, mailbox: &Arc<Mailbox>);
}
