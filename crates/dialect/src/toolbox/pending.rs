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

    /// What the answer under `tag` answers. Answers come in order, so it is the oldest.
    pub fn take(&mut self, tag: Tag) -> Option<P> {
        let (oldest, _) = self.waiting.front()?;
        if *oldest != tag {
            return None;
        }
        let (_, request) = self.waiting.pop_front()?;
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
    fn answers_find_their_requests_in_order() {
        let mut pending = Pending::default();
        let (first, second) = (pending.expect("first"), pending.expect("second"));
        assert_eq!(pending.take(second), None);
        assert_eq!(pending.take(first), Some("first"));
        assert_eq!(pending.take(second), Some("second"));
        assert_eq!(pending.take(second), None);
    }
}
