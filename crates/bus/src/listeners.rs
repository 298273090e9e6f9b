//! Who listens to one topic.

use crate::Mailbox;
use std::mem;
use std::sync::Arc;

/// The mailboxes of a topic, each of them once.
///
/// Nearly all topics have one or two: an account on one device, a conversation of two people. These need no memory beside the entry in
/// the table of topics, which is no larger for it.
#[derive(Debug)]
pub(crate) enum Listeners {
    One([Arc<Mailbox>; 1]),
    Two([Arc<Mailbox>; 2]),
    /// Also while there is nobody.
    Many(Vec<Arc<Mailbox>>),
}

/// So many or fewer have room for themselves alone.
const FEW: usize = 4;

impl Listeners {
    pub(crate) fn of(mailbox: &Arc<Mailbox>) -> Self {
        Self::One([mailbox.clone()])
    }

    pub(crate) fn all(&self) -> &[Arc<Mailbox>] {
        match self {
            Self::One(one) => one,
            Self::Two(two) => two,
            Self::Many(many) => many,
        }
    }

    pub(crate) fn add(&mut self, mailbox: &Arc<Mailbox>) {
        if self.all().iter().any(|known| Arc::ptr_eq(known, mailbox)) {
            return;
        }
        let mailbox = mailbox.clone();
        *self = match mem::replace(self, Self::Many(Vec::new())) {
            Self::One([first]) => Self::Two([first, mailbox]),
            Self::Two([first, second]) => Self::Many(vec![first, second, mailbox]),
            Self::Many(many) if many.is_empty() => Self::One([mailbox]),
            Self::Many(mut many) => {
                if many.len() < FEW {
                    many.reserve_exact(1);
                }
                many.push(mailbox);
                Self::Many(many)
            }
        };
    }

    pub(crate) fn remove(&mut self, mailbox: &Arc<Mailbox>) {
        let is_it = |known: &Arc<Mailbox>| Arc::ptr_eq(known, mailbox);
        match self {
            Self::Many(many) => many.retain(|known| !is_it(known)),
            Self::One([one]) if is_it(one) => *self = Self::Many(Vec::new()),
            Self::Two([first, second]) if is_it(first) => *self = Self::One([second.clone()]),
            Self::Two([first, second]) if is_it(second) => *self = Self::One([first.clone()]),
            Self::One(_) | Self::Two(_) => {}
        }
    }
}

// As large as what more than two need anyway.
const _: () = assert!(size_of::<Listeners>() == size_of::<Vec<Arc<Mailbox>>>());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_there_once_however_many_there_are() {
        let mailboxes: [Arc<Mailbox>; 9] = std::array::from_fn(|_| Arc::default());
        let [first, rest @ ..] = &mailboxes;
        let mut listeners = Listeners::of(first);
        let check = |listeners: &Listeners, expected: &[&Arc<Mailbox>]| {
            let all = listeners.all();
            assert_eq!(all.len(), expected.len());
            assert!(all.iter().zip(expected).all(|(known, expected)| Arc::ptr_eq(known, expected)));
        };
        for count in 1..=mailboxes.len() {
            let expected: Vec<_> = mailboxes.iter().take(count).collect();
            for known in &expected {
                listeners.add(known);
            }
            check(&listeners, &expected);
        }
        for count in (0..rest.len()).rev() {
            let (gone, left) = (&rest[count], &mailboxes[..=count]);
            listeners.remove(gone);
            listeners.remove(gone);
            check(&listeners, &left.iter().collect::<Vec<_>>());
        }
        listeners.remove(first);
        check(&listeners, &[]);
        listeners.add(first);
        check(&listeners, &[first]);
    }

    #[test]
    fn of_two_either_may_go_and_a_stranger_changes_nothing() {
        let [ann, bob, eve]: [Arc<Mailbox>; 3] = std::array::from_fn(|_| Arc::default());
        for (gone, left) in [(&ann, &bob), (&bob, &ann)] {
            let mut listeners = Listeners::of(&ann);
            listeners.add(&bob);
            listeners.remove(&eve);
            assert_eq!(listeners.all().len(), 2);
            listeners.remove(gone);
            listeners.remove(&eve);
            let [only] = listeners.all() else { panic!("one is left") };
            assert!(Arc::ptr_eq(only, left));
            listeners.remove(left);
            assert!(listeners.all().is_empty());
        }
    }
}
