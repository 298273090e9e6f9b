//! Ages, as a command line has them.

use std::str::FromStr;
use std::time::Duration;

/// So many hours, days, weeks or years of 365 days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Age(Duration);

impl Age {
    pub(crate) fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Age {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "an age is a whole number with h, d, w or y after it, such as 365d";
        const HOUR: u64 = 60 * 60;
        let (digits, unit) =
            text.trim().split_at_checked(text.trim().len().saturating_sub(1)).ok_or(EXPECTED)?;
        let unit = match unit {
            "h" => HOUR,
            "d" => 24 * HOUR,
            "w" => 7 * 24 * HOUR,
            "y" => 365 * 24 * HOUR,
            _ => return Err(EXPECTED),
        };
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(EXPECTED);
        }
        let number: u64 = digits.parse().map_err(|_| "that is older than anything can be")?;
        match number.checked_mul(unit) {
            Some(0) => Err("an age of nothing would take away everything: give one of an hour or more"),
            Some(seconds) if seconds <= 10_000 * 365 * 24 * HOUR => Ok(Self(Duration::from_secs(seconds))),
            _ => Err("that is older than anything can be"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_and_judged() {
        let check = |text: &str, hours: Option<u64>| {
            let expected = hours.map(|hours| Duration::from_secs(hours * 3600));
            assert_eq!(text.parse::<Age>().ok().map(Age::duration), expected, "{text:?}");
        };
        check("1h", Some(1));
        check("365d", Some(365 * 24));
        check(" 2w ", Some(14 * 24));
        check("10000y", Some(10_000 * 365 * 24));
        for text in
            ["", "d", "365", "0d", "-1d", "+1d", "1.5d", "1m", "10001y", "99999999999999999999d", "1д", "ж"]
        {
            check(text, None);
        }
    }
}
