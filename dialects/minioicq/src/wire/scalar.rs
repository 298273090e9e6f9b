//! One field of a request, whatever the client put there.
//!
//! Reading a field never fails, so that a field of the wrong kind is answered by the request's own failure,
//! which can name it.

use crate::refusal::Reason;
use koine_dialect::toolbox::base64;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What stands in a field. It may be a password or what somebody said, hence no `Debug`.
#[derive(Default, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// Nothing, or null.
    #[default]
    Missing,
    /// Text.
    Text(String),
    /// A whole number, in digits.
    Number(String),
    /// MessagePack bytes, or text of MessagePack that is not UTF-8.
    Bytes(Vec<u8>),
    /// A list, a map, a truth value, a fraction.
    Other,
}

impl Scalar {
    /// Text as it stands; a field that is missing is empty.
    pub(crate) fn text(self, field: &'static str) -> Result<String, Reason> {
        match self {
            Self::Missing => Ok(String::new()),
            Self::Text(text) => Ok(text),
            Self::Bytes(bytes) => {
                String::from_utf8(bytes).map_err(|_| format!("{field} is not UTF-8").into())
            }
            Self::Number(_) | Self::Other => Err(format!("{field} is not text").into()),
        }
    }

    /// Text that must be there.
    pub(crate) fn filled(self, field: &'static str) -> Result<String, Reason> {
        let text = self.text(field)?;
        if text.trim().is_empty() { Err(format!("{field} is empty").into()) } else { Ok(text) }
    }

    /// An id, a time or a name: text or a whole number, without white space around it.
    pub(crate) fn word(self, field: &'static str) -> Result<String, Reason> {
        match self {
            Self::Number(digits) => Ok(digits),
            other => other.text(field).map(|text| text.trim().to_owned()),
        }
    }

    /// Bytes, as they are or in Base64; `None` when the field is missing.
    pub(crate) fn bytes(self, field: &'static str) -> Result<Option<Vec<u8>>, Reason> {
        match self {
            Self::Missing => Ok(None),
            Self::Bytes(bytes) => Ok(Some(bytes)),
            Self::Text(text) => {
                // Some clients have their pictures as data URLs; no Base64 has a colon in it.
                let payload = match text.strip_prefix("data:").and_then(|url| url.split_once(',')) {
                    Some((_, payload)) => payload,
                    None => text.as_str(),
                };
                base64::decode(payload).map(Some).ok_or_else(|| format!("{field} is not Base64").into())
            }
            Self::Number(_) | Self::Other => Err(format!("{field} is not Base64").into()),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Scalar, E> {
        Ok(Scalar::Bytes(bytes.to_vec()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        // The fraction of an infinity is no number, so it is not zero either.
        Ok(if number.fract() == 0.0 { Scalar::Number(format!("{number:.0}")) } else { Scalar::Other })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Missing)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, extension: D) -> Result<Scalar, D::Error> {
        IgnoredAny::deserialize(extension).map(|_| Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Scalar, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn scalar(value: Value) -> Scalar {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_word_may_be_a_number_and_a_text_may_not() {
        let check = |value: Value, word: Option<&str>, text: Option<&str>| {
            assert_eq!(scalar(value.clone()).word("x").ok().as_deref(), word, "{value}");
            assert_eq!(scalar(value.clone()).text("x").ok().as_deref(), text, "{value}");
        };
        check(json!(5), Some("5"), None);
        check(json!(-5), Some("-5"), None);
        check(json!(5.0), Some("5"), None);
        check(json!(" 5 "), Some("5"), Some(" 5 "));
        check(json!(null), Some(""), Some(""));
        check(json!(5.5), None, None);
        check(json!(true), None, None);
        check(json!([1, [2]]), None, None);
        check(json!({"a": {"b": 1}}), None, None);
    }

    #[test]
    fn a_refused_field_is_named_and_not_quoted() {
        let check =
            |reason: Result<String, Reason>, expected: &str| assert_eq!(reason.err().unwrap(), expected);
        check(scalar(json!(5)).filled("password"), "password is not text");
        check(scalar(json!(" ")).filled("password"), "password is empty");
        check(Scalar::Missing.filled("password"), "password is empty");
        check(Scalar::Bytes(vec![0xff]).filled("password"), "password is not UTF-8");
    }

    #[test]
    fn bytes_come_in_three_forms() {
        let check = |scalar: Scalar, expected: Option<Option<&[u8]>>| {
            assert_eq!(scalar.bytes("x").ok().as_ref().map(Option::as_deref), expected);
        };
        check(Scalar::Bytes(b"hi".to_vec()), Some(Some(b"hi")));
        check(scalar(json!("aGk=")), Some(Some(b"hi")));
        check(scalar(json!("data:image/png;base64,aGk=")), Some(Some(b"hi")));
        check(scalar(json!("")), Some(Some(b"")));
        check(Scalar::Missing, Some(None));
        check(scalar(json!("!")), None);
        check(scalar(json!(5)), None);
    }
}
