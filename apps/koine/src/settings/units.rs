//! Sizes, durations and counts that cannot be out of their range.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

pub(crate) const KIB: u64 = 1 << 10;
pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;
pub(crate) const TIB: u64 = 1 << 40;

const DAY: u64 = 86_400;

/// So many bytes. Written as an integer, or as a string with `B`, `KiB`, `MiB` or `GiB` after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Size<const LEAST: u64, const MOST: u64>(Count<LEAST, MOST>);

impl<const LEAST: u64, const MOST: u64> Size<LEAST, MOST> {
    pub(super) const fn of(bytes: u64) -> Self {
        Self(Count::of(bytes))
    }

    /// The number of bytes.
    pub(crate) fn bytes(self) -> usize {
        usize::try_from(self.0.0).unwrap_or(usize::MAX)
    }

    /// The number of bytes, also where they are more than this machine could have in memory.
    pub(crate) fn total(self) -> u64 {
        self.0.0
    }
}

/// So many seconds, up to a day. Written as an integer, or as a string with `s` after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seconds(Count<1, DAY>);

impl Seconds {
    pub(super) const fn of(seconds: u64) -> Self {
        Self(Count::of(seconds))
    }

    /// The number of seconds.
    pub(crate) fn get(self) -> u32 {
        self.0.get()
    }

    /// As the standard library has it.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.0.get().into())
    }
}

/// A whole number between two bounds, both of which are allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Count<const LEAST: u64, const MOST: u64>(u64);

impl<const LEAST: u64, const MOST: u64> Count<LEAST, MOST> {
    pub(super) const fn of(number: u64) -> Self {
        assert!(LEAST <= number && number <= MOST, "a default must lie within its own bounds");
        Self(number)
    }

    /// The number. Whatever is counted, and no size, is a small one.
    pub(crate) fn get(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl<const LEAST: u64, const MOST: u64> TryFrom<i64> for Count<LEAST, MOST> {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match u64::try_from(number) {
            Ok(it) if (LEAST..=MOST).contains(&it) => Ok(Self(it)),
            _ => Err(format!("{number} is not between {LEAST} and {MOST}")),
        }
    }
}

impl<const LEAST: u64, const MOST: u64> Serialize for Size<LEAST, MOST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.0;
        let unit = UNITS_OF_SIZE
            .iter()
            .rev()
            .find(|(_, unit)| bytes > 0 && *unit > 1 && bytes.is_multiple_of(*unit));
        match unit {
            Some((name, unit)) => serializer.collect_str(&format_args!("{} {name}", bytes / unit)),
            None => serializer.serialize_u64(bytes),
        }
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<const LEAST: u64, const MOST: u64> Serialize for Count<LEAST, MOST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Size<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a number of bytes or a size (such as \"16 MiB\", in B, KiB, MiB, GiB or TiB)";
        let visitor = NumberVisitor { expected, units: &UNITS_OF_SIZE, number: PhantomData };
        deserializer.deserialize_any(visitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a whole number of seconds (such as 60 or \"60s\")";
        deserializer
            .deserialize_any(NumberVisitor { expected, units: &UNITS_OF_TIME, number: PhantomData })
            .map(Self)
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Count<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor {
            expected: "a whole number",
            units: &[],
            number: PhantomData,
        })
    }
}

const UNITS_OF_SIZE: [(&str, u64); 5] = [("B", 1), ("KiB", KIB), ("MiB", MIB), ("GiB", GIB), ("TiB", TIB)];
const UNITS_OF_TIME: [(&str, u64); 1] = [("s", 1)];

/// Reads an integer, or a string of an integer and one of `units`.
struct NumberVisitor<const LEAST: u64, const MOST: u64> {
    expected: &'static str,
    units: &'static [(&'static str, u64)],
    number: PhantomData<Count<LEAST, MOST>>,
}

impl<const LEAST: u64, const MOST: u64> Visitor<'_> for NumberVisitor<LEAST, MOST> {
    type Value = Count<LEAST, MOST>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expected)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Count::try_from(number).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let digits = text.trim_end_matches(|it: char| !it.is_ascii_digit());
        let unit = text.get(digits.len()..).unwrap_or_default().trim();
        let factor = self.units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        match (digits.parse::<u32>(), factor) {
            (Ok(number), Some(factor)) => self.visit_u64(u64::from(number).saturating_mul(factor)),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: for<'de> Deserialize<'de> + Serialize>(written: &str, expected: Result<&str, &str>) {
        let value: toml::Value =
            toml::from_str::<toml::Table>(&format!("x = {written}")).unwrap().remove("x").unwrap();
        let read = T::deserialize(value).map(|it| toml::Value::try_from(it).unwrap().to_string());
        match (read, expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected),
            (Err(error), Err(expected)) => assert!(error.message().contains(expected), "{error}"),
            (read, _) => panic!("{written} was read as {read:?}"),
        }
    }

    #[test]
    fn sizes_are_integers_or_have_a_unit() {
        type Tried = Size<KIB, GIB>;
        check::<Tried>("4096", Ok("\"4 KiB\""));
        check::<Tried>("4097", Ok("4097"));
        check::<Tried>("'16 MiB'", Ok("\"16 MiB\""));
        check::<Tried>("'16MiB'", Ok("\"16 MiB\""));
        check::<Tried>("'1 GiB'", Ok("\"1 GiB\""));
        check::<Tried>("'5000 B'", Ok("5000"));
        check::<Tried>("'2 GiB'", Err("2147483648 is not between 1024 and 1073741824"));
        check::<Tried>("1023", Err("1023 is not between"));
        check::<Tried>("-1", Err("-1 is not between"));
        for unsound in [
            "'16 MB'",
            "'MiB'",
            "''",
            "'-4 KiB'",
            "'1.5 MiB'",
            "'4096'",
            "true",
            "[1]",
            "1.0",
            "'99999999999 B'",
            "'ж'",
        ] {
            check::<Tried>(unsound, Err("expected a number of bytes"));
        }
    }

    #[test]
    fn what_disks_hold_has_sizes_too() {
        type Tried = Size<0, { 1024 * TIB }>;
        check::<Tried>("'5 GiB'", Ok("\"5 GiB\""));
        check::<Tried>("'2 TiB'", Ok("\"2 TiB\""));
        check::<Tried>("0", Ok("0"));
        check::<Tried>("'1025 TiB'", Err("is not between 0 and 1125899906842624"));
    }

    #[test]
    fn durations_are_integers_or_have_an_s() {
        check::<Seconds>("60", Ok("60"));
        check::<Seconds>("'60s'", Ok("60"));
        check::<Seconds>("'60 s'", Ok("60"));
        check::<Seconds>("0", Err("0 is not between 1 and 86400"));
        check::<Seconds>("'1m'", Err("expected a whole number of seconds"));
    }

    #[test]
    fn counts_are_integers() {
        check::<Count<1, 5>>("5", Ok("5"));
        check::<Count<1, 5>>("6", Err("6 is not between 1 and 5"));
        check::<Count<1, 5>>("'5'", Err("expected a whole number"));
    }
}
