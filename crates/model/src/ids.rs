//! Names for things, each its own type, so that none can stand in for another.
//!
//! All fit the narrowest client: account, conversation and `seq` are positive 31-bit integers.

use std::fmt;

/// An account's number: 1 000 000 001 … 2 147 483 647, so always ten digits and within int32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u32);

/// A conversation's number: 1 … 2 147 483 647.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(u32);

/// A message's place in its conversation, dense from 1. Zero stands before the first message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(u32);

/// A message, among all messages: its conversation and its place in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The conversation.
    pub conversation: ConversationId,
    /// The place in it, never zero.
    pub seq: Seq,
}

/// 128 random bits that name one posted attachment; who knows them may fetch it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaId(pub u128);

const LARGEST: u32 = i32::MAX as u32;

impl AccountId {
    /// The first number that is given out.
    pub const FIRST: Self = Self(1_000_000_001);
    /// The last number that a client with 32-bit integers can hold.
    pub const LAST: Self = Self(LARGEST);

    /// The account numbered `number`, if an account can have that number.
    pub fn new(number: u32) -> Option<Self> {
        (Self::FIRST.0..=Self::LAST.0).contains(&number).then_some(Self(number))
    }

    /// Reads ten decimal digits. With zeros in front it is another text, which may be somebody's handle.
    pub fn parse(text: &str) -> Option<Self> {
        digits(text).filter(|_| text.len() == 10).and_then(Self::new)
    }

    /// The bare number.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl ConversationId {
    /// The conversation numbered `number`, if one can have that number.
    pub fn new(number: u32) -> Option<Self> {
        (1..=LARGEST).contains(&number).then_some(Self(number))
    }

    /// Reads decimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        digits(text).and_then(Self::new)
    }

    /// The bare number.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl Seq {
    /// Before the first message.
    pub const ZERO: Self = Self(0);
    /// No message lies after this one.
    pub const LAST: Self = Self(LARGEST);

    /// The place numbered `number`; what is too large becomes [`Seq::LAST`].
    pub fn new(number: u32) -> Self {
        Self(number.min(LARGEST))
    }

    /// The bare number.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self::new(self.0.saturating_add(1))
    }

    /// The place before this one; zero stays zero.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl MediaId {
    /// Reads the 32 hexadecimal digits that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(Self)
    }
}

fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

macro_rules! shown_as_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

shown_as_number!(AccountId, ConversationId, Seq);

impl fmt::Display for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The number is a key to the media: a log must not hand it out.
        f.write_str("MediaId(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_ten_digits_within_int32() {
        let check = |text: &str, expected: Option<u32>| {
            assert_eq!(AccountId::parse(text).map(AccountId::number), expected, "{text}");
        };
        check("1000000001", Some(1_000_000_001));
        check("2147483647", Some(2_147_483_647));
        check("1000000000", None);
        check("2147483648", None);
        check("+1000000001", None);
        check("01000000001", None);
        check("", None);
    }

    #[test]
    fn a_media_id_reads_what_it_writes() {
        let id = MediaId(0x00ff);
        assert_eq!(MediaId::parse(&id.to_string()), Some(id));
        assert_eq!(MediaId::parse("ff"), None);
        assert_eq!(MediaId::parse(&format!("+{}", "0".repeat(31))), None);
    }

    #[test]
    fn a_seq_stays_within_int32() {
        assert_eq!(Seq::new(u32::MAX), Seq::LAST);
        assert_eq!(Seq::LAST.next(), Seq::LAST);
        assert_eq!(Seq::ZERO.previous(), Seq::ZERO);
    }
}
