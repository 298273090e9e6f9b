//! Tokens: proof of who somebody is, handed out once and shown with each request.

use std::fmt;

/// 128 random bits; whoever knows them is the account that they were handed to.
///
/// They are kept as bytes: a number of that size has to lie at every sixteenth byte, and the state of a session grows by what is left free.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 16]);

impl Token {
    /// The token of these bits, which must be random.
    pub fn new(bits: u128) -> Self {
        Self(bits.to_be_bytes())
    }

    /// Reads what [`Token::expose`] writes, in either letter case, with or without its hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.trim().chars().filter(|character| *character != '-').take(33).collect();
        let plain = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(Self::new)
    }

    /// As its owner is told it, in the grouping of a UUID. It must never be logged.
    pub fn expose(self) -> String {
        let mut text = format!("{:032x}", u128::from_be_bytes(self.0));
        for position in [20, 16, 12, 8] {
            text.insert(position, '-');
        }
        text
    }

    /// The bits, to be hashed.
    pub fn bits(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written() {
        let token = Token::new(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(token.expose(), "01234567-89ab-cdef-0011-223344556677");
        for text in
            [token.expose(), token.expose().to_uppercase(), " 0123456789abcdef0011223344556677\n".into()]
        {
            assert_eq!(Token::parse(&text), Some(token), "{text}");
        }
        for text in ["", "-", "0123", "+123456789abcdef0011223344556677", &"1".repeat(33), &"я".repeat(16)] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", Token::new(7)), "Token(…)");
    }
}
