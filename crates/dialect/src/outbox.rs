//! What a session wants done.

use crate::Payload;
use koine_model::{Command, Timestamp};

/// A session's own name for a command that it has asked to be run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tag(pub u32);

/// One thing to do.
#[derive(Debug)]
pub enum Act {
    /// Send a frame to the client.
    Send(Payload),
    /// Have the core carry out a command; the session's `answer` gets the outcome under the same tag.
    Run(Tag, Command),
    /// Close the connection once everything before has been done and sent.
    Close,
}

/// Collects what a session wants done, in order; nothing happens before the session has returned.
#[derive(Debug)]
pub struct Outbox {
    now: Timestamp,
    acts: Vec<Act>,
}

impl Outbox {
    /// An empty box at the moment `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { now, acts: Vec::new() }
    }

    /// The moment at which the session was called.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Sends a frame. Said while receiving, it waits its turn behind the answers to what was asked before.
    pub fn send(&mut self, payload: Payload) {
        self.acts.push(Act::Send(payload));
    }

    /// Asks for a command. Commands are carried out in order, and answered in order.
    pub fn run(&mut self, tag: Tag, command: impl Into<Command>) {
        self.acts.push(Act::Run(tag, command.into()));
    }

    /// Closes the connection in its turn.
    pub fn close(&mut self) {
        self.acts.push(Act::Close);
    }

    /// Takes out what was put in, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Act> + '_ {
        self.acts.drain(..)
    }
}
