//! What has arrived of each stream of messages: what is lost, what came twice, what came out of order.

use std::collections::BTreeSet;

/// What one recipient has of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    /// The highest number that has come.
    last: u64,
    /// Lower ones that have not.
    missing: BTreeSet<u64>,
}

/// What went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Faults {
    /// Messages that never came.
    pub(crate) lost: u64,
    /// Messages that came once more.
    pub(crate) duplicates: u64,
    /// Messages that came after one that was said later.
    pub(crate) reordered: u64,
}

impl Stream {
    /// Notes that the message of this number has come.
    pub(crate) fn note(&mut self, number: u64, faults: &mut Faults) {
        if number == self.last + 1 {
            self.last = number;
        } else if number > self.last {
            self.missing.extend(self.last + 1..number);
            self.last = number;
        } else if self.missing.remove(&number) {
            faults.reordered += 1;
        } else {
            faults.duplicates += 1;
        }
    }

    /// How many of the `said` messages of this stream have not come.
    pub(crate) fn outstanding(&self, said: u64) -> u64 {
        self.missing.len() as u64 + said.saturating_sub(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_counted() {
        let check = |numbers: &[u64], said: u64, lost: u64, duplicates: u64, reordered: u64| {
            let (mut stream, mut faults) = (Stream::default(), Faults::default());
            for number in numbers {
                stream.note(*number, &mut faults);
            }
            faults.lost = stream.outstanding(said);
            assert_eq!(faults, Faults { lost, duplicates, reordered }, "{numbers:?}");
        };
        check(&[1, 2, 3], 3, 0, 0, 0);
        check(&[1, 2], 3, 1, 0, 0);
        check(&[1, 3], 3, 1, 0, 0);
        check(&[2, 1, 3], 3, 0, 0, 1);
        check(&[1, 1, 2], 2, 0, 1, 0);
        check(&[3, 1, 1], 3, 1, 1, 1);
        check(&[], 2, 2, 0, 0);
    }
}
