//! A line of things that wait, numbered in the order in which they came. What nobody waits for any more leaves its place empty.

use std::collections::VecDeque;

/// What waits. Its last place is never an empty one.
pub(crate) struct Line<T> {
    /// `None` where something left.
    places: VecDeque<Option<T>>,
    /// The number of the place at the front.
    front: u64,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { places: VecDeque::new(), front: 0 }
    }
}

impl<T> Line<T> {
    /// How many places are taken, those included that were left.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Takes a place at the end, and tells its number.
    pub(crate) fn join(&mut self, thing: T) -> u64 {
        let number =
            u64::try_from(self.places.len()).map_or(u64::MAX, |waiting| self.front.saturating_add(waiting));
        self.places.push_back(Some(thing));
        number
    }

    /// Takes the first thing off.
    pub(crate) fn next(&mut self) -> Option<T> {
        while let Some(place) = self.places.pop_front() {
            self.front += 1;
            if place.is_some() {
                return place;
            }
        }
        None
    }

    /// Takes a thing out of the line, unless it is among the first `certain` of it, or was taken off before.
    pub(crate) fn leave(&mut self, number: u64, certain: u64) -> Option<T> {
        let index = number.checked_sub(self.front).filter(|index| *index >= certain)?;
        let left = usize::try_from(index).ok().and_then(|index| self.places.get_mut(index))?.take();
        while self.places.back().is_some_and(Option::is_none) {
            self.places.pop_back();
        }
        left
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) -> Vec<T> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

/// Why nothing can join.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoPlace {
    /// Too many wait.
    Full,
    /// Nothing is done any more.
    Closed,
}
