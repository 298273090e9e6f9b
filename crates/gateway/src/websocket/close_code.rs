//! Close codes that may stand in a close frame.
//!
//! 1005, 1006 and 1015 are names for what an endpoint saw, so they have no value of this type.

/// The code of a close frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CloseCode(u16);

impl CloseCode {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The server is going down.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that is not accepted here.
    pub const UNSUPPORTED: Self = Self(1003);
    /// Data that its kind does not allow, such as text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// The peer may not do what it did.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A message over the limit.
    pub const TOO_LARGE: Self = Self(1009);
    /// The server failed.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server is restarting.
    pub const RESTARTING: Self = Self(1012);
    /// The server is overloaded.
    pub const TRY_LATER: Self = Self(1013);

    /// The code with this number, if it may be sent.
    ///
    /// Beyond RFC 6455 the registry of IANA gives 1012 to 1014 a meaning.
    pub const fn parse(number: u16) -> Option<Self> {
        match number {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_that_may_be_sent_are_codes() {
        let valid: Vec<u16> = (0..=u16::MAX).filter(|number| CloseCode::parse(*number).is_some()).collect();
        let expected: Vec<u16> = (1000..=1003).chain(1007..=1014).chain(3000..=4999).collect();
        assert_eq!(valid, expected);
    }
}
