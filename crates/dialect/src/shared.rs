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
    made: Mutex<Made>,
}

/// Frames, and in which flavour.
type Frames = (Flavour, Arc<[Payload]>);

/// Mostly all who hear of an event speak alike, so that the first has its place here.
#[derive(Debug, Default)]
struct Made {
    first: Option<Frames>,
    others: Vec<Frames>,
}

impl SharedEvent {
    /// An event that nobody has encoded yet.
    pub fn new(event: Event) -> Self {
        Self { event, made: Mutex::default() }
    }

    /// What happened.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The frames of this event in `flavour`: made by the first session that asks, shared by the others.
    ///
    /// `encode` must depend on the event and the flavour alone.
    pub fn frames<F: Into<Arc<[Payload]>>>(
        &self,
        flavour: Flavour,
        encode: impl FnOnce() -> F,
    ) -> Arc<[Payload]> {
        // A poisoned lock means that an encoder panicked before it added anything: what is made is whole.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, frames)) = made.first.iter().chain(&made.others).find(|(known, _)| *known == flavour)
        {
            return frames.clone();
        }
        let frames: Arc<[Payload]> = encode().into();
        let named = (flavour, frames.clone());
        match made.first {
            None => made.first = Some(named),
            Some(_) => made.others.push(named),
        }
        frames
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
        let others_again = event.frames(Flavour("b"), || vec![Payload::text("4")]);
        assert!(Arc::ptr_eq(&other, &others_again));
    }
}
