//! What is under way between a session and the events that it hears. Most of the time there is nothing, and no memory for it.

use super::holds::Holds;
use super::setback::Setback;
use koine_bus::Envelope;
use koine_dialect::Origin;
use koine_model::{ConversationId, Event, Place, Seq};
use std::collections::VecDeque;
use std::sync::Arc;

/// Own messages that have not come back, an event that waits, and what is not known to have arrived.
#[derive(Default)]
pub(super) struct Transit {
    /// An own message, or a conversation that one opened, of which a post under way on this very connection may be the cause: its
    /// answer will tell.
    pub(super) held: Option<Held>,
    /// Messages that were posted on this connection and have not come back yet.
    posted: VecDeque<Place>,
    /// Conversations that were opened on this connection and have not come back yet.
    opened: Vec<ConversationId>,
    /// Where in the outgoing bytes each message ends that is not known to have arrived.
    unconfirmed: VecDeque<(u64, ConversationId, Seq)>,
    /// What must not count as arrived yet.
    pub(super) holds: Holds,
    /// The store could not be read for what was missed.
    pub(super) setback: Option<Setback>,
}

/// An event that waits for the answer to a post.
pub(super) struct Held {
    pub(super) envelope: Arc<Envelope>,
    /// Where the message stands, if it is one.
    pub(super) place: Option<Place>,
    /// How many posts were under way that have not been answered since.
    pub(super) posts: usize,
}

/// Own posts that are remembered until they come back. Hardly any are under way at once, but where the store cannot be read they may not come
/// back for minutes.
const MOST_POSTED: usize = 8192;

impl Transit {
    pub(super) fn is_empty(&self) -> bool {
        let Self { held, posted, opened, unconfirmed, holds, setback } = self;
        let waits = held.is_some() || setback.is_some();
        !waits && posted.is_empty() && opened.is_empty() && unconfirmed.is_empty() && holds.is_empty()
    }

    /// Notes a conversation that a command of this connection opened.
    pub(super) fn note_opened(&mut self, conversation: ConversationId) {
        self.opened.push(conversation);
    }

    /// Notes a message that was posted on this connection.
    pub(super) fn note_posted(&mut self, place: Place) {
        if self.posted.len() >= MOST_POSTED {
            self.posted.pop_front();
        }
        self.posted.push_back(place);
    }

    pub(super) fn awaits_own(&self) -> bool {
        !self.posted.is_empty()
    }

    pub(super) fn has_posted(&self, place: Place) -> bool {
        self.posted.contains(&place)
    }

    /// Whether this connection is the cause of `event`; it has come back now.
    pub(super) fn origin(&mut self, event: &Event) -> Origin {
        let here = match event {
            Event::Message(letter) => {
                let known = self.posted.iter().position(|known| *known == letter.message.place);
                known.and_then(|index| self.posted.remove(index)).is_some()
            }
            Event::Appeared(overview) => {
                let before = self.opened.len();
                self.opened.retain(|id| *id != overview.conversation.id);
                self.opened.len() < before
            }
            _ => false,
        };
        if here { Origin::Here } else { Origin::Elsewhere }
    }

    /// The event that was held, once it is known whether this connection caused it.
    pub(super) fn take_held(&mut self) -> Option<Held> {
        let posted = &self.posted;
        let known =
            |held: &mut Held| held.posts == 0 || held.place.is_some_and(|place| posted.contains(&place));
        self.held.take_if(known)
    }

    pub(super) fn has_unconfirmed(&self) -> bool {
        !self.unconfirmed.is_empty()
    }

    /// Notes that everything of `conversation` up to `seq` has arrived when the outgoing bytes up to `end` have.
    pub(super) fn note_told(&mut self, end: u64, conversation: ConversationId, seq: Seq) {
        self.unconfirmed.push_back((end, conversation, seq));
    }

    /// The outgoing bytes up to `reached` have arrived: tells up to which message that is in each conversation.
    pub(super) fn confirm(&mut self, reached: u64) -> Vec<(ConversationId, Seq)> {
        let mut arrived: Vec<(ConversationId, Seq)> = Vec::new();
        while let Some((_, conversation, seq)) = self.unconfirmed.pop_front_if(|(end, _, _)| *end <= reached)
        {
            let Some(seq) = self.holds.confirmed(conversation, seq) else { continue };
            match arrived.iter_mut().find(|(known, _)| *known == conversation) {
                Some((_, latest)) => *latest = seq.max(*latest),
                None => arrived.push((conversation, seq)),
            }
        }
        arrived
    }
}
