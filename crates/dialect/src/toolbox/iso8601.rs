//! Moments as text, in the one form of ISO 8601 that every client in use parses.

use koine_model::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Writes `2026-01-02T03:04:05.678Z`; a moment whose year has not four digits, which no clock shows, becomes the first of 1970.
pub fn write(at: Timestamp) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0).saturating_mul(1_000_000)).ok();
    let at = moment.filter(|at| (0..=9999).contains(&at.year())).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

/// Writes `2026-01-02 03:04:05 UTC`, for people.
pub fn spoken(at: Timestamp) -> String {
    let text = write(at);
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{} UTC", seconds.replace('T', " "))
}

/// Reads a moment with or without a fraction and an offset; without one it is UTC. A bare date is its midnight.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let moment =
        parse(text).or_else(|| parse(&format!("{text}Z"))).or_else(|| parse(&format!("{text}T00:00:00Z")))?;
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_the_forms_in_use() {
        let check =
            |text: &str, expected: Option<i64>| assert_eq!(read(text), expected.map(Timestamp), "{text}");
        check("1970-01-01T00:00:01Z", Some(1000));
        check("1970-01-01T00:00:01", Some(1000));
        check("1970-01-01T00:00:01.250", Some(1250));
        check("1970-01-01T03:00:01+03:00", Some(1000));
        check("1970-01-02", Some(86_400_000));
        check("yesterday", None);
        assert_eq!(write(Timestamp(1250)), "1970-01-01T00:00:01.250Z");
        assert_eq!(write(Timestamp(i64::MAX)), "1970-01-01T00:00:00.000Z");
        assert_eq!(write(Timestamp(-62_167_219_200_000)), "0000-01-01T00:00:00.000Z");
        assert_eq!(write(Timestamp(-62_167_219_200_001)), "1970-01-01T00:00:00.000Z");
    }
}
