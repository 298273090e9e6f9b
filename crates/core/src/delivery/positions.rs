//! How far a session has come in each conversation that it hears: in order, in one piece of memory without room to spare, since there is
//! one for every connection.

use koine_model::{ConversationId, Seq};

/// What was handed over last, by conversation.
#[derive(Default)]
pub(super) struct Positions(Vec<(ConversationId, Seq)>);

impl Positions {
    pub(super) fn get(&self, conversation: ConversationId) -> Option<Seq> {
        let index = self.find(conversation).ok()?;
        self.0.get(index).map(|(_, position)| *position)
    }

    pub(super) fn get_mut(&mut self, conversation: ConversationId) -> Option<&mut Seq> {
        let index = self.find(conversation).ok()?;
        self.0.get_mut(index).map(|(_, position)| position)
    }

    /// Adds a conversation that is not known yet; one that is keeps its position. Tells whether it was added.
    pub(super) fn add(&mut self, conversation: ConversationId, position: Seq) -> bool {
        let Err(index) = self.find(conversation) else { return false };
        if self.0.len() < FEW {
            self.0.reserve_exact(1);
        }
        self.0.insert(index, (conversation, position));
        true
    }

    pub(super) fn remove(&mut self, conversation: ConversationId) {
        if let Ok(index) = self.find(conversation) {
            self.0.remove(index);
        }
    }

    pub(super) fn conversations(&self) -> impl Iterator<Item = ConversationId> {
        self.0.iter().map(|(conversation, _)| *conversation)
    }

    fn find(&self, conversation: ConversationId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&conversation, |(known, _)| *known)
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
        let order = (0..100_u32).map(|step| step * 37 % 100 + 1);
        for number in order.clone() {
            assert!(positions.add(id(number), Seq::new(number)));
            assert!(!positions.add(id(number), Seq::new(1_000)), "a known one keeps its position");
        }
        for number in order.clone().filter(|number| number % 3 == 0) {
            positions.remove(id(number));
        }
        *positions.get_mut(id(50)).unwrap() = Seq::new(77);
        for number in order {
            let expected = match number {
                50 => Some(Seq::new(77)),
                number => (number % 3 != 0).then_some(Seq::new(number)),
            };
            assert_eq!(positions.get(id(number)), expected);
        }
        let kept: Vec<_> = positions.conversations().collect();
        assert!(kept.is_sorted() && kept.len() == 67);
    }
}
