//! Reading JSON as clients really write it.
//!
//! The protocols' own examples have trailing commas and `//` comments, and ids come as numbers or as text.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Unexpected, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The most values that a frame may hold. Each costs many times its two bytes of text once it is read, so that a frame
/// of nothing but `[{},{},…]` would cost gigabytes; what people send has hundreds.
const MOST_VALUES: usize = 200_000;

/// Reads `text` as JSON; where that fails, once more without its comments and trailing commas.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    if has_too_many_values(text) {
        return Err(serde_json::Error::custom("too many values"));
    }
    serde_json::from_str(text).or_else(|error| match tidy(text) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(tidied) => serde_json::from_str(&tidied),
    })
}

/// Whether `text` could hold more values than anybody means, read as JSON or as literals of another language.
pub fn has_too_many_values(text: &str) -> bool {
    // Between two values there is a comma, a colon or a bracket, so counting those bounds the values.
    text.len() > MOST_VALUES && text.bytes().filter(|byte| b",:[{(".contains(byte)).nth(MOST_VALUES).is_some()
}

/// Takes comments and trailing commas out. Borrowed when there are none.
fn tidy(text: &str) -> Cow<'_, str> {
    let mut kept = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    // Where in `kept` a comma stands that nothing but white space has followed.
    let mut comma = None;
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                kept.push('"');
                while let Some(inner) = characters.next() {
                    kept.push(inner);
                    match inner {
                        '\\' => kept.extend(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
                comma = None;
            }
            '/' if characters.peek() == Some(&'/') => while characters.next_if(|&c| c != '\n').is_some() {},
            '}' | ']' => {
                if let Some(position) = comma.take() {
                    kept.remove(position);
                }
                kept.push(character);
            }
            ',' => {
                comma = Some(kept.len());
                kept.push(',');
            }
            _ => {
                if !character.is_whitespace() {
                    comma = None;
                }
                kept.push(character);
            }
        }
    }
    if kept.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(kept) }
}

/// Text that may also come as a number: `5`, `"5"` and `5.0` are all `"5"`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Word(pub String);

impl Word {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl Visitor<'_> for WordVisitor {
    type Value = Word;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<Word, E> {
        Ok(Word(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Word, E> {
        Ok(Word(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Word, E> {
        Ok(Word(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Word, E> {
        Ok(Word(number.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Word, E> {
        if number.fract() == 0.0 {
            Ok(Word(format!("{number:.0}")))
        } else {
            Err(E::invalid_type(Unexpected::Float(number), &self))
        }
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Word, E> {
        std::str::from_utf8(bytes)
            .map(|text| Word(text.to_owned()))
            .map_err(|_| E::invalid_value(Unexpected::Bytes(bytes), &self))
    }

    fn visit_unit<E>(self) -> Result<Word, E> {
        Ok(Word::default())
    }
}

/// For `#[serde(deserialize_with)]`: a [`Word`]'s text; `null` is empty.
pub fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Word::deserialize(deserializer).map(|word| word.0).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_documents_own_examples_are_read() {
        let check =
            |text: &str, expected: Value| assert_eq!(from_str::<Value>(text).unwrap(), expected, "{text}");
        check(r#"{"a": [1, 2, ], "b": "x,}", }"#, json!({"a": [1, 2], "b": "x,}"}));
        check("{\"code\": 0 // it's \"done\", }\n}", json!({"code": 0}));
        check(r#"{"url": "http://a//b",}"#, json!({"url": "http://a//b"}));
        assert!(from_str::<Value>("{\"a\": }").is_err());
        assert!(from_str::<Value>("{,").is_err());
    }

    #[test]
    fn a_frame_of_too_many_values_is_refused_before_it_is_read() {
        let many = |count: usize| format!("[{}0]", "0,".repeat(count));
        assert!(from_str::<Value>(&many(MOST_VALUES / 2)).is_ok());
        assert!(from_str::<Value>(&many(MOST_VALUES)).is_err());
        assert!(from_str::<String>(&format!("\"{}\"", "x".repeat(5 * MOST_VALUES))).is_ok());
    }

    #[test]
    fn a_word_may_be_a_number() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(from_str::<Word>(text).ok().map(|word| word.0).as_deref(), expected, "{text}");
        };
        check("5", Some("5"));
        check("5.0", Some("5"));
        check("\"5\"", Some("5"));
        check("null", Some(""));
        check("5.5", None);
        check("{}", None);
    }
}
