//! `[passwords]`: how dear it is to check a password, for the server and for a thief of its data.

use super::units::Count;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The parameters of Argon2id for new passwords; old ones keep theirs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Passwords {
    /// Memory of one check, in KiB. Argon2 needs 8.
    pub(crate) memory_kib: Count<8, 4_194_304>,
    /// Passes over that memory.
    pub(crate) iterations: Count<1, 1_000>,
    /// How many checks run at once.
    pub(crate) parallel: Parallel,
    /// How many checks may wait for those.
    pub(crate) waiting: Count<1, 1_000_000>,
    /// How many of one address may be checked or wait for it.
    pub(crate) waiting_per_address: Count<0, 1_000_000>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            memory_kib: Count::of(19_456),
            iterations: Count::of(2),
            parallel: Parallel::Cores,
            waiting: Count::of(512),
            waiting_per_address: Count::of(128),
        }
    }
}

impl Passwords {
    /// How many checks may wait.
    pub(crate) fn waiting(&self) -> usize {
        usize::try_from(self.waiting.get()).unwrap_or(usize::MAX)
    }
}

/// How many checks run at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parallel {
    /// As many as the machine has cores.
    Cores,
    /// So many.
    Count(Count<1, 1_024>),
}

impl Parallel {
    /// The number for this machine.
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Cores => std::thread::available_parallelism().map_or(1, usize::from),
            Self::Count(count) => count.get() as usize,
        }
    }
}

impl Serialize for Parallel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Cores => serializer.serialize_str("cores"),
            Self::Count(count) => count.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Parallel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParallelVisitor)
    }
}

struct ParallelVisitor;

impl Visitor<'_> for ParallelVisitor {
    type Value = Parallel;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("\"cores\" or a whole number from 1 to 1024")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Parallel, E> {
        if text == "cores" {
            Ok(Parallel::Cores)
        } else {
            Err(E::invalid_value(Unexpected::Str(text), &self))
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Parallel, E> {
        Count::try_from(number).map(Parallel::Count).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Parallel, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
