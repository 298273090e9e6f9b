//! The `members` of a chat that is to be.

use crate::refusal::Reason;
use crate::wire::Scalar;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use std::fmt;

/// What stands in `members`.
#[derive(Default)]
pub(super) enum Members {
    /// Nothing, or null.
    #[default]
    Missing,
    /// A list, however sound.
    List(Vec<Scalar>),
    /// A longer list than any chat has members.
    TooMany,
    /// No list.
    Other,
}

/// A list of one-byte numbers would grow to many times its size on the wire.
const MOST: usize = 10_000;

impl Members {
    /// The ids or names that were listed; empty ones do not count.
    pub(super) fn words(self) -> Result<Vec<String>, Reason> {
        match self {
            Self::Missing => Ok(Vec::new()),
            Self::List(items) => {
                let words = items.into_iter().map(|item| item.word("members"));
                let words: Result<Vec<String>, Reason> = words.collect();
                Ok(words.map_err(|_| NO_LIST)?.into_iter().filter(|word| !word.is_empty()).collect())
            }
            Self::TooMany => Err("Too many members".into()),
            Self::Other => Err(NO_LIST.into()),
        }
    }
}

const NO_LIST: &str = "members is not a list of ids";

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Members, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == MOST {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Members::TooMany);
            }
            list.push(item);
        }
        Ok(Members::List(list))
    }

    fn visit_unit<E>(self) -> Result<Members, E> {
        Ok(Members::Missing)
    }

    fn visit_str<E>(self, _: &str) -> Result<Members, E> {
        Ok(Members::Other)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Members, E> {
        Ok(Members::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Members, E> {
        Ok(Members::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Members, E> {
        Ok(Members::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Members, E> {
        Ok(Members::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Members, E> {
        Ok(Members::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn ids_are_listed_as_text_or_numbers() {
        let check = |value: Value, expected: Result<&[&str], &str>| {
            let words = serde_json::from_value::<Members>(value.clone()).unwrap().words();
            let words = words.as_deref().map_err(AsRef::as_ref);
            match (words, expected) {
                (Ok(words), Ok(expected)) => assert_eq!(words, expected),
                (words, expected) => assert_eq!(words.err(), expected.err(), "{value}"),
            }
        };
        check(json!(["2", 3, null, " 4 "]), Ok(&["2", "3", "4"]));
        check(json!([]), Ok(&[]));
        check(json!(null), Ok(&[]));
        check(json!(7), Err(NO_LIST));
        check(json!([[2]]), Err(NO_LIST));
        check(json!(vec![1; MOST]), Ok(vec!["1"; MOST].as_slice()));
        check(json!(vec![1; MOST + 5]), Err("Too many members"));
    }
}
