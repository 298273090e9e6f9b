//! Remembers what a session asked for until the answer comes.

use crate::Tag;
use std::collections::VecDeque;

/// The requests of one session that wait for their answers, oldest first.
#[derive(Debug)]
pub struct Pending<P> {
    waiting: VecDeque<(Tag, P)>,
    next: u32,
}

impl<P> Default for Pending<P> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), next: 0 }
    }
}

impl<P> Pending<P> {
    /// Remembers `request`, under the tag that its command is to carry.
    pub fn expect(&mut self, request: P) -> Tag {
        let tag = Tag(self.next);
        self.next = self.next.wrapping_add(1);
        self.waiting.push_back((tag, request));
        tag
    }

    /// What the answer under `tag` answers. Answers come in the order of their commands, but what a session asks while it
    /// is answered goes before what it had asked already.
    pub fn take(&mut self, tag: Tag) -> Option<P> {
        let index = self.waiting.iter().position(|(waiting, _)| *waiting == tag)?;
        let (_, request) = self.waiting.remove(index)?;
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_find_their_requests() {
        let mut pending = Pending::default();
        let (first, second) = (pending.expect("first"), pending.expect("second"));
        assert_eq!(pending.take(first), Some("first"));
        let asked_meanwhile = pending.expect("third");
        assert_eq!(pending.take(asked_meanwhile), Some("third"));
        assert_eq!(pending.take(second), Some("second"));
        assert_eq!(pending.take(second), None);
    }
}
