//! The room that is held for large answers which wait to be written: it is given back as they go out.

use koine_core::room::Place;

/// The room of all that waits for one client. No memory while there is none.
#[derive(Default)]
pub(super) struct Kept {
    answers: Vec<Answer>,
}

/// What was made with the same place, from one byte to another one, counted since the beginning of the connection.
struct Answer {
    place: Place,
    from: u64,
    end: u64,
}

/// What is less is not given back by itself: the room is shared with all other connections.
const STEP: u64 = 16 << 10;

impl Kept {
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Notes that `place` is for what stands there, and gives back what that does not need.
    pub(super) fn add(&mut self, mut place: Place, from: u64, end: u64) {
        place.resize(size(from, end));
        self.answers.push(Answer { place, from, end });
    }

    /// What comes before that is in memory no more.
    pub(super) fn is_gone_up_to(&mut self, position: u64) {
        let done = self.answers.iter().take_while(|answer| answer.end <= position).count();
        if done > 0 {
            self.answers.drain(..done);
        }
        match self.answers.first_mut() {
            Some(first) if first.from.saturating_add(STEP) <= position => first.begin_at(position),
            Some(_) => {}
            None => self.answers = Vec::new(),
        }
    }

    /// What comes behind that was dropped.
    pub(super) fn end_at(&mut self, position: u64) {
        self.answers.retain(|answer| answer.from < position);
        for answer in self.answers.iter_mut().filter(|answer| answer.end > position) {
            answer.end = position;
            answer.fit();
        }
    }
}

impl Answer {
    fn begin_at(&mut self, position: u64) {
        self.from = position;
        self.fit();
    }

    fn fit(&mut self) {
        self.place.resize(size(self.from, self.end));
    }
}

fn size(from: u64, end: u64) -> usize {
    usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX)
}
