//! Holding a frame against what is expected of it, and remembering what the expectation names.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// Names and what they stood for.
#[derive(Clone, Debug, Default)]
pub struct Remembered(HashMap<String, String>);

/// In an object: other fields may be there too.
const OTHERS: &str = "...";

impl Remembered {
    /// Whether `actual` is as `expected`; tells where it is not.
    pub fn check(&mut self, expected: &Value, actual: &Value) -> Result<(), String> {
        self.compare("", expected, actual)
    }

    /// Whether `actual` is as `expected`; nothing is remembered.
    pub fn fits(&self, expected: &Value, actual: &Value) -> bool {
        self.clone().compare("", expected, actual).is_ok()
    }

    /// What `name` stands for.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `frame` with names replaced by what they stand for.
    pub fn fill(&self, frame: &Value) -> Value {
        match frame {
            Value::String(text) => match text.strip_prefix('#').and_then(|name| self.0.get(name)) {
                Some(number) => {
                    serde_json::from_str(number).unwrap_or_else(|_| Value::String(number.clone()))
                }
                None => Value::String(self.fill_text(text)),
            },
            Value::Array(items) => Value::Array(items.iter().map(|item| self.fill(item)).collect()),
            Value::Object(fields) => {
                let filled = |(key, value): (&String, &Value)| (self.fill_text(key), self.fill(value));
                Value::Object(fields.iter().map(filled).collect())
            }
            other => other.clone(),
        }
    }

    /// The same for bytes, where they are text.
    pub fn fill_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        std::str::from_utf8(bytes).map_or_else(|_| bytes.to_vec(), |text| self.fill_text(text).into_bytes())
    }

    /// What a rewritten transcript expects: `actual`, with what was arbitrary or named in `expected` kept so.
    pub fn rewrite(expected: &Value, actual: &Value) -> Value {
        match (expected, actual) {
            (Value::String(text), _) if text == "*" || text.starts_with(['$', '#']) => expected.clone(),
            (Value::Object(expected), Value::Object(actual)) => {
                let mut fields = Map::new();
                for (key, value) in actual {
                    match expected.get(key) {
                        Some(old) => drop(fields.insert(key.clone(), Self::rewrite(old, value))),
                        None if expected.contains_key(OTHERS) => {}
                        None => drop(fields.insert(key.clone(), value.clone())),
                    }
                }
                if let Some(others) = expected.get(OTHERS) {
                    fields.insert(OTHERS.to_owned(), others.clone());
                }
                Value::Object(fields)
            }
            (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
                Value::Array(expected.iter().zip(actual).map(|(old, new)| Self::rewrite(old, new)).collect())
            }
            _ => actual.clone(),
        }
    }

    fn fill_text(&self, text: &str) -> String {
        let mut names: Vec<_> = self.0.iter().collect();
        // A longer name may begin with a shorter one.
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names
            .into_iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    fn compare(&mut self, path: &str, expected: &Value, actual: &Value) -> Result<(), String> {
        match (expected, actual) {
            (Value::String(text), _) if text == "*" => Ok(()),
            (Value::String(text), Value::String(value)) if is_name(text, '$') => {
                self.recall(path, text, value)
            }
            (Value::String(text), Value::Number(value)) if is_name(text, '#') => {
                self.recall(path, text, &value.to_string())
            }
            (Value::String(text), Value::String(value))
                if text.contains('$') && self.fill_text(text) == *value =>
            {
                Ok(())
            }
            (Value::Object(expected), Value::Object(actual)) => self.compare_fields(path, expected, actual),
            (Value::Array(expected), Value::Array(actual)) => {
                if expected.len() != actual.len() {
                    return Err(format!("{path}: {} items instead of {}", actual.len(), expected.len()));
                }
                let mut pairs = expected.iter().zip(actual).enumerate();
                pairs.try_for_each(|(index, (old, new))| self.compare(&format!("{path}[{index}]"), old, new))
            }
            _ if expected == actual => Ok(()),
            _ => Err(format!("{path}: {actual} instead of {expected}")),
        }
    }

    fn compare_fields(
        &mut self,
        path: &str,
        expected: &Map<String, Value>,
        actual: &Map<String, Value>,
    ) -> Result<(), String> {
        for (key, old) in expected.iter().filter(|(key, _)| *key != OTHERS) {
            let new = actual.get(key).ok_or_else(|| format!("{path}.{key} is missing"))?;
            self.compare(&format!("{path}.{key}"), old, new)?;
        }
        let extra = actual.keys().find(|key| !expected.contains_key(*key));
        match extra {
            Some(key) if !expected.contains_key(OTHERS) => Err(format!("{path}.{key} is not expected")),
            _ => Ok(()),
        }
    }

    fn recall(&mut self, path: &str, name: &str, value: &str) -> Result<(), String> {
        let known = self.0.entry(name[1..].to_owned()).or_insert_with(|| value.to_owned());
        if known == value { Ok(()) } else { Err(format!("{path}: {name} is {value}, was {known}")) }
    }
}

fn is_name(text: &str, mark: char) -> bool {
    text.strip_prefix(mark).is_some_and(|name| {
        !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || character == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn frames_are_held_against_expectations() {
        let mut remembered = Remembered::default();
        let mut check = |expected: Value, actual: Value| remembered.check(&expected, &actual).is_ok();
        assert!(check(json!({"a": "*", "b": "$id"}), json!({"a": [1], "b": "5"})));
        assert!(check(json!({"c": "#id"}), json!({"c": 5})));
        assert!(!check(json!({"c": "#id"}), json!({"c": 6})));
        assert!(!check(json!({"c": "#id"}), json!({"c": "5"})));
        assert!(!check(json!({"a": 1}), json!({"a": 1, "b": 2})));
        assert!(check(json!({"a": 1, "...": "*"}), json!({"a": 1, "b": 2})));
        assert!(!check(json!({"a": 1, "b": "*"}), json!({"a": 1})));
        assert!(check(json!("http://x/$id"), json!("http://x/5")));
        assert_eq!(remembered.fill_bytes(b"{'a': '$id'}"), b"{'a': '5'}");
        assert_eq!(remembered.fill(&json!(["$id", "#id", "x$id"])), json!(["5", 5, "x5"]));
    }

    #[test]
    fn a_rewritten_expectation_keeps_its_names() {
        let rewritten = Remembered::rewrite(
            &json!({"id": "$id", "t": "*", "old": 1}),
            &json!({"id": "7", "t": 3, "new": 2}),
        );
        assert_eq!(rewritten, json!({"id": "$id", "t": "*", "new": 2}));
    }
}
