//! What a session wants done.

use crate::Payload;
use koine_model::{Command, Place, Timestamp};

/// A session's own name for a command that it has asked to be run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tag(pub u32);

/// One thing to do.
#[derive(Debug)]
pub enum Act {
    /// Send a frame to the client.
    Send(Payload),
    /// Have the core carry out a command; the session's `answer` gets the outcome under the same tag.
    Run(Tag, Box<Command>),
    /// The message at this place arrives only when the session says so.
    Hold(Place),
    /// The message at this place, which was on hold, has arrived.
    Arrived(Place),
    /// Call the session's `wake`.
    Wake(Wake),
    /// Close the connection once everything before has been done and sent.
    Close,
}

/// When a session is to be woken. The next call counts; an earlier one that was not answered yet is forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// As soon as the client has taken most of what was made for it.
    WhenThereIsRoom,
    /// Then, but after a while only: not before the clock's next beat, which comes within a second.
    AtNextBeat,
    /// Not at all.
    Never,
}

// It is moved from hand to hand several times, and mostly it is a frame to be sent.
const _: () = assert!(size_of::<Act>() <= 48);

/// Collects what a session wants done, in order; nothing happens before the session has returned.
#[derive(Debug)]
pub struct Outbox {
    now: Timestamp,
    /// Mostly the only one, which needs no memory of its own.
    first: Option<Act>,
    /// What comes behind it.
    more: Vec<Act>,
}

impl Outbox {
    /// An empty box at the moment `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { now, first: None, more: Vec::new() }
    }

    /// The moment at which the session was called.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Sends a frame. Said while receiving, it waits its turn behind the answers to what was asked before.
    pub fn send(&mut self, payload: Payload) {
        self.push(Act::Send(payload));
    }

    /// Asks for a command. Commands are carried out in order, and answered in order.
    pub fn run(&mut self, tag: Tag, command: impl Into<Command>) {
        self.run_boxed(tag, Box::new(command.into()));
    }

    /// [`Outbox::run`] for a command that has memory of its own already.
    pub fn run_boxed(&mut self, tag: Tag, command: Box<Command>) {
        self.push(Act::Run(tag, command));
    }

    /// Keeps the message at `place` from counting as arrived when its bytes have: the client has yet to take the rest of it.
    ///
    /// Until [`Outbox::arrived`] is said of it, neither it nor any later message of its conversation is recorded as arrived,
    /// and it comes again at the next sign-in. Only for the message that the session is being told of.
    pub fn hold(&mut self, place: Place) {
        self.push(Act::Hold(place));
    }

    /// The client has all of the message at `place`.
    pub fn arrived(&mut self, place: Place) {
        self.push(Act::Arrived(place));
    }

    /// Has the session woken, once.
    pub fn wake(&mut self, when: Wake) {
        self.push(Act::Wake(when));
    }

    /// Closes the connection in its turn.
    pub fn close(&mut self) {
        self.push(Act::Close);
    }

    /// Takes out what was put in, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Act> + '_ {
        self.first.take().into_iter().chain(self.more.drain(..))
    }

    fn push(&mut self, act: Act) {
        match self.first {
            None => self.first = Some(act),
            Some(_) => self.more.push(act),
        }
    }
}
