//! Messages whose bytes are not all that there is of them: they arrive when the session says so.

use koine_model::{ConversationId, Place, Seq};

/// What of one session is on hold, and how far its conversations would be otherwise. No memory while there is nothing.
#[derive(Default)]
pub(super) struct Holds {
    held: Vec<Place>,
    /// Of each conversation with a hold, the last message whose bytes have arrived.
    beyond: Vec<(ConversationId, Seq)>,
}

impl Holds {
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.beyond.is_empty()
    }

    pub(super) fn hold(&mut self, place: Place) {
        if !self.held.contains(&place) {
            self.held.push(place);
        }
    }

    /// The bytes of everything up to `seq` have arrived: tells up to where the messages have.
    pub(super) fn confirmed(&mut self, conversation: ConversationId, seq: Seq) -> Option<Seq> {
        let Some(first) = self.first(conversation) else { return Some(seq) };
        match self.beyond.iter_mut().find(|(known, _)| *known == conversation) {
            Some((_, furthest)) => *furthest = seq.max(*furthest),
            None => self.beyond.push((conversation, seq)),
        }
        // Zero says that the conversation itself was shown, which no message holds up.
        (seq < first).then_some(seq)
    }

    /// The message at `place` has arrived: tells up to where all have now, if that is further than before.
    pub(super) fn release(&mut self, place: Place) -> Option<Seq> {
        let index = self.held.iter().position(|held| *held == place)?;
        self.held.swap_remove(index);
        let Some(position) = self.beyond.iter().position(|(known, _)| *known == place.conversation) else {
            // Its bytes were not confirmed yet: that will tell.
            return None;
        };
        let furthest = self.beyond.get(position).map(|(_, seq)| *seq)?;
        match self.first(place.conversation) {
            Some(first) if place.seq < first => Some(first.previous().min(furthest)),
            Some(_) => None,
            None => {
                self.beyond.swap_remove(position);
                if self.held.is_empty() {
                    *self = Self::default();
                }
                Some(furthest)
            }
        }
    }

    fn first(&self, conversation: ConversationId) -> Option<Seq> {
        self.held.iter().filter(|place| place.conversation == conversation).map(|place| place.seq).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(conversation: u32, seq: u32) -> Place {
        Place { conversation: ConversationId::new(conversation).unwrap(), seq: Seq::new(seq) }
    }

    #[test]
    fn nothing_behind_a_hold_has_arrived() {
        let mut holds = Holds::default();
        let (tea, other) = (place(1, 0).conversation, place(2, 0).conversation);
        holds.hold(place(1, 3));
        holds.hold(place(1, 5));
        assert_eq!(holds.confirmed(tea, Seq::new(2)), Some(Seq::new(2)));
        assert_eq!(holds.confirmed(tea, Seq::new(3)), None);
        assert_eq!(holds.confirmed(other, Seq::new(9)), Some(Seq::new(9)));
        assert_eq!(holds.confirmed(tea, Seq::new(7)), None);
        assert_eq!(holds.release(place(1, 3)), Some(Seq::new(4)));
        assert_eq!(holds.release(place(1, 5)), Some(Seq::new(7)));
        assert_eq!(holds.confirmed(tea, Seq::new(8)), Some(Seq::new(8)));
    }

    #[test]
    fn what_is_released_out_of_turn_waits_for_its_turn() {
        let mut holds = Holds::default();
        holds.hold(place(1, 1));
        holds.hold(place(1, 2));
        assert_eq!(holds.confirmed(place(1, 2).conversation, Seq::new(2)), None);
        assert_eq!(holds.release(place(1, 2)), None);
        assert_eq!(holds.release(place(1, 1)), Some(Seq::new(2)));
        assert_eq!(holds.release(place(1, 1)), None);
    }

    #[test]
    fn a_release_before_the_bytes_are_confirmed_leaves_it_to_them() {
        let mut holds = Holds::default();
        holds.hold(place(1, 1));
        assert_eq!(holds.release(place(1, 1)), None);
        assert_eq!(holds.confirmed(place(1, 1).conversation, Seq::new(1)), Some(Seq::new(1)));
    }
}
