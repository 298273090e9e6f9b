//! Events that many sessions are told of, each encoded once for all that speak alike.

use crate::Payload;
use koine_model::Event;
use std::sync::{Arc, Mutex, PoisonError};

/// Names a way of writing events down; two sessions of one flavour send the same bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flavour(pub &'static str);

/// An event with the frames that were made of it so far.
#[derive(Debug)]
pub struct SharedEvent {
    event: Event,
    frames: Mutex<Vec<(Flavour, Arc<[Payload]>)>>,
}

impl SharedEvent {
    /// An event that nobody has encoded yet.
    pub fn new(event: Event) -> Self {
        Self { event, frames: Mutex::new(Vec::new()) }
    }

    /// What happened.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The frames of this event in `flavour`: made by the first session that asks, shared by the others.
    ///
    /// `encode` must depend on the event and the flavour alone.
    pub fn frames(&self, flavour: Flavour, encode: impl FnOnce() -> Vec<Payload>) -> Arc<[Payload]> {
        // A poisoned lock means that an encoder panicked before it added anything: the list is whole.
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = frames.iter().find(|(known, _)| *known == flavour) {
            return made.clone();
        }
        let made: Arc<[Payload]> = encode().into();
        frames.push((flavour, made.clone()));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::account::{Face, Handle};
    use koine_model::presence::Presence;

    #[test]
    fn a_flavour_is_encoded_once() {
        let face = Face {
            id: koine_model::AccountId::FIRST,
            handle: Handle::parse("ann").unwrap(),
            nick: "Ann".into(),
        };
        let event = SharedEvent::new(Event::Presence {
            who: Arc::new(face),
            presence: Presence::Online,
            status: "".into(),
            signed_out: false,
        });
        let first = event.frames(Flavour("a"), || vec![Payload::text("1")]);
        let again = event.frames(Flavour("a"), || vec![Payload::text("2")]);
        let other = event.frames(Flavour("b"), || vec![Payload::text("3")]);
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(other[0], Payload::text("3"));
    }
}
