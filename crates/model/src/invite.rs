//! Codes with which people may register where that is by invitation.

use std::fmt;

/// 80 random bits, written so that people can read them to each other: `K7QM-2XFD-9RTW-PB3H`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InviteCode(u128);

/// Crockford's digits: no I, L, O and U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many digits a code has.
const LENGTH: usize = 16;

impl InviteCode {
    /// The code of these bits, which must be random; the upper ones are left out.
    pub fn new(bits: u128) -> Self {
        Self(bits & ((1 << (5 * LENGTH)) - 1))
    }

    /// Reads what [`InviteCode::expose`] writes, however it is grouped and in either letter case. I and L are read as 1, O as 0.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().chars().filter(|character| !matches!(character, '-' | ' '));
        let mut bits = 0;
        let mut count = 0;
        for character in digits.take(LENGTH + 1) {
            let digit = match character.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            };
            let value = DIGITS.iter().position(|known| char::from(*known) == digit)?;
            bits = (bits << 5) | u128::try_from(value).ok()?;
            count += 1;
        }
        (count == LENGTH).then(|| Self::new(bits))
    }

    /// As people are told it. It must never be logged.
    pub fn expose(self) -> String {
        let mut text = String::new();
        for index in (0..LENGTH).rev() {
            let digit = DIGITS.get(usize::try_from((self.0 >> (5 * index)) & 31).unwrap_or(0));
            text.push(char::from(*digit.unwrap_or(&b'0')));
            if index % 4 == 0 && index > 0 {
                text.push('-');
            }
        }
        text
    }

    /// The bits, to be hashed.
    pub fn bits(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written_and_as_people_type_it() {
        let code = InviteCode::new(0x0123_4567_89ab_cdef_0123);
        assert_eq!(code.expose(), "04HM-ASW9-NF6Y-Y093");
        for text in ["04HM-ASW9-NF6Y-Y093", " 04hmasw9nf6yy093\n", "o4hm asw9 nf6y yO93"] {
            assert_eq!(InviteCode::parse(text), Some(code), "{text}");
        }
        assert_eq!(InviteCode::parse("1111-IIII-llll-1L1I"), InviteCode::parse("1111-1111-1111-1111"));
        for text in [
            "",
            "04HM",
            "04HM-ASW9-NF6Y-Y09",
            "04HM-ASW9-NF6Y-Y0930",
            "04HM-ASW9-NF6Y-Y09U",
            "кодкодкодкодкодк",
        ] {
            assert_eq!(InviteCode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_code_is_read_as_it_is_written() {
        for bits in [0, 1, u128::MAX, 1 << 79, 0xdead_beef] {
            let code = InviteCode::new(bits);
            assert_eq!(InviteCode::parse(&code.expose()), Some(code));
        }
    }

    #[test]
    fn a_code_does_not_show_itself() {
        assert_eq!(format!("{:?}", InviteCode::new(7)), "InviteCode(…)");
    }
}
