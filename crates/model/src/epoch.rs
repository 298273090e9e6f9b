//! In which life of the data the numbers of conversations and their places were given out.

use std::fmt;

/// A random number that the data have from their beginning. Data that were brought back from a backup have another one, since the
/// numbers that were given out after the backup are given out once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Epoch(u64);

impl Epoch {
    /// That of no server.
    pub const NONE: Self = Self(0);

    /// The epoch of this number, which is random and not zero.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// Reads what `Display` writes. Any other text was told by no server of ours, and is [`Epoch::NONE`].
    pub fn read(text: &str) -> Self {
        let read = u64::from_str_radix(text, 16).map(Self);
        read.ok().filter(|epoch| epoch.to_string() == text).unwrap_or(Self::NONE)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_read_as_it_is_written() {
        for number in [1, 0x0123_4567_89ab_cdef, u64::MAX] {
            let epoch = Epoch::new(number);
            assert_eq!((epoch.to_string().len(), Epoch::read(&epoch.to_string())), (16, epoch));
        }
        for text in
            ["", "1", "0123456789ABCDEF", "+123456789abcdef", "00123456789abcdef", "one of another server"]
        {
            assert_eq!(Epoch::read(text), Epoch::NONE, "{text}");
        }
    }
}
