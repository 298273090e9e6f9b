//! How far a session has come in each conversation that it hears: in order, in one piece of memory without room to spare, since there is
//! one for every connection.

use koine_model::{ConversationId, Seq};
use std::{mem, slice};

/// What was handed over last, by conversation. The first one needs no memory elsewhere: a piece for it alone would cost as much as four.
#[derive(Default)]
pub(super) enum Positions {
    #[default]
    None,
    One(Position),
    Many(Vec<Position>),
}

type Position = (ConversationId, Seq);

impl Positions {
    pub(super) fn of(&self, conversation: ConversationId) -> Option<Seq> {
        let index = self.find(conversation).ok()?;
        self.all().get(index).map(|(_, position)| *position)
    }

    pub(super) fn of_mut(&mut self, conversation: ConversationId) -> Option<&mut Seq> {
        let index = self.find(conversation).ok()?;
        let found = match self {
            Self::None => None,
            Self::One(one) => Some(one),
            Self::Many(many) => many.get_mut(index),
        };
        found.map(|(_, position)| position)
    }

    /// Adds a conversation that is not known yet; one that is keeps its position. Tells whether it was added.
    pub(super) fn add(&mut self, conversation: ConversationId, position: Seq) -> bool {
        let Err(index) = self.find(conversation) else { return false };
        let new = (conversation, position);
        let mut many = match mem::take(self) {
            Self::None => {
                *self = Self::One(new);
                return true;
            }
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        };
        if many.len() < FEW {
            many.reserve_exact(1);
        }
        many.insert(index, new);
        *self = Self::Many(many);
        true
    }

    pub(super) fn remove(&mut self, conversation: ConversationId) {
        let Ok(index) = self.find(conversation) else { return };
        match self {
            Self::None | Self::One(_) => *self = Self::None,
            Self::Many(many) => {
                many.remove(index);
            }
        }
    }

    pub(super) fn conversations(&self) -> impl Iterator<Item = ConversationId> {
        self.all().iter().map(|(conversation, _)| *conversation)
    }

    /// In the order of their numbers.
    fn all(&self) -> &[Position] {
        match self {
            Self::None => &[],
            Self::One(one) => slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    fn find(&self, conversation: ConversationId) -> Result<usize, usize> {
        self.all().binary_search_by_key(&conversation, |(known, _)| *known)
    }
}

/// With so many conversations or fewer, which most people have, one more is room for one more.
const FEW: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conversation_has_its_position_wherever_it_was_put() {
        let id = |number: u32| ConversationId::new(number).unwrap();
        let mut positions = Positions::default();
        for (number, position) in [(7, 3), (8, 4)] {
            assert!(positions.add(id(number), Seq::new(position)));
            assert!(!positions.add(id(number), Seq::new(9)));
            assert_eq!((positions.of(id(number)), positions.of(id(9))), (Some(Seq::new(position)), None));
            positions.remove(id(9));
            positions.remove(id(number));
            assert_eq!((positions.of(id(number)), positions.conversations().count()), (None, 0));
        }
        let order = (0..100_u32).map(|step| step * 37 % 100 + 1);
        for number in order.clone() {
            assert!(positions.add(id(number), Seq::new(number)));
            assert!(!positions.add(id(number), Seq::new(1_000)), "a known one keeps its position");
        }
        for number in order.clone().filter(|number| number % 3 == 0) {
            positions.remove(id(number));
        }
        *positions.of_mut(id(50)).unwrap() = Seq::new(77);
        for number in order {
            let expected = match number {
                50 => Some(Seq::new(77)),
                number => (number % 3 != 0).then_some(Seq::new(number)),
            };
            assert_eq!(positions.of(id(number)), expected);
        }
        let kept: Vec<_> = positions.conversations().collect();
        assert!(kept.is_sorted() && kept.len() == 67);
    }
}
