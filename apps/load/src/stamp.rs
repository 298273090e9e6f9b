//! What stands in each message: who said it, which of theirs it is, and when it was said.

use std::fmt::Write;

/// What a recipient checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stamp {
    /// Which stream of messages it belongs to: what one person says in one place.
    pub(crate) stream: u32,
    /// Which message of that stream it is, counted from 1.
    pub(crate) number: u64,
    /// When it was to be said, in microseconds of this program's clock.
    pub(crate) at: u64,
}

/// A stamp stands between two of these, and consists of digits and dots: no protocol escapes any of them.
const EDGE: u8 = b'~';

impl Stamp {
    /// Writes a text of `size` bytes that begins with the stamp, or of as many as the stamp takes.
    pub(crate) fn write(self, text: &mut String, size: usize, filling: &str) {
        text.clear();
        // Writing to a string cannot fail.
        let _ = write!(text, "~{}.{}.{}~", self.stream, self.number, self.at);
        while text.len() < size {
            let missing = size - text.len();
            text.push_str(filling.get(..missing).unwrap_or(filling));
        }
    }

    /// Finds the stamp of a text.
    pub(crate) fn find(text: &str) -> Option<Self> {
        Self::find_in(text.as_bytes())
    }

    /// Finds the stamp of anything.
    pub(crate) fn find_in(bytes: &[u8]) -> Option<Self> {
        let start = bytes.iter().position(|byte| *byte == EDGE)? + 1;
        let mut numbers = [0_u64; 3];
        let mut which = 0;
        for byte in bytes.get(start..)? {
            match byte {
                b'0'..=b'9' => {
                    let number = numbers.get_mut(which)?;
                    *number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                }
                b'.' => which += 1,
                &EDGE if which == 2 => {
                    let [stream, number, at] = numbers;
                    return Some(Self { stream: u32::try_from(stream).ok()?, number, at });
                }
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_again() {
        let stamp = Stamp { stream: 7, number: 1_000_000, at: 1_234_567_890 };
        let mut text = String::new();
        stamp.write(&mut text, 100, "tea ");
        assert_eq!(text.len(), 100);
        assert_eq!(Stamp::find(&text), Some(stamp));
        assert_eq!(Stamp::find(&format!("ann: {text}")), Some(stamp));
        stamp.write(&mut text, 0, "tea ");
        assert_eq!(text, "~7.1000000.1234567890~");
        for other in ["", "tea", "~", "~1.2~", "~1.2.x~", "~1.2.3", "~1.2.3.4~"] {
            assert_eq!(Stamp::find(other), None, "{other}");
        }
    }
}
