//! The frames that clients send: an `action` and its `data`, with keys in any letter case.

use crate::refusal::No;
use koine_dialect::Nesting;
use koine_dialect::toolbox::lenient;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A request that names an action, known or not.
pub(crate) struct Request {
    pub(crate) action: String,
    pub(crate) data: Map<String, Value>,
}

/// Why a frame is no request.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Malformed {
    NotJson,
    /// It is nested deeper than may be.
    TooDeep,
    NoAction,
    /// The `data` of this action is no object.
    WrongData(String),
}

/// Reads a frame. Some requests need no data, so it may be missing.
pub(crate) fn request(text: &str, nesting: &Nesting) -> Result<Request, Malformed> {
    if !nesting.bears(text) {
        return Err(Malformed::TooDeep);
    }
    let parsed = lenient::from_str(text).or_else(|_| lenient::from_str(&with_commas(text)));
    let Ok(Value::Object(mut members)) = parsed.map(lower_case_keys) else { return Err(Malformed::NotJson) };
    let Some(Value::String(action)) = members.remove("action") else { return Err(Malformed::NoAction) };
    match members.remove("data") {
        Some(Value::Object(data)) => Ok(Request { action, data }),
        Some(Value::Null) | None => Ok(Request { action, data: Map::new() }),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(Malformed::WrongData(action))
        }
    }
}

/// Reads the data of an action.
pub(crate) fn read<T: DeserializeOwned>(data: Map<String, Value>) -> Result<T, No> {
    serde_json::from_value(Value::Object(data)).map_err(|_| No::malformed("a field of data has a wrong type"))
}

/// The reference server matched keys in any letter case, so clients write them as they like.
///
/// What stands under `myid` is the client's own, and goes back to it as it came.
fn lower_case_keys(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(mut key, value)| {
                    key.make_ascii_lowercase();
                    let value = if key == "myid" { value } else { lower_case_keys(value) };
                    (key, value)
                })
                .collect(),
        ),
        Value::Array(values) => Value::Array(values.into_iter().map(lower_case_keys).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Puts a comma between two strings that nothing but white space parts, as the document's `setuserinfo` has them.
fn with_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut characters = text.chars();
    let mut after_string = false;
    while let Some(character) = characters.next() {
        if character != '"' {
            after_string &= character.is_whitespace();
            kept.push(character);
            continue;
        }
        kept.push_str(if after_string { ",\"" } else { "\"" });
        while let Some(inner) = characters.next() {
            kept.push(inner);
            match inner {
                '\\' => kept.extend(characters.next()),
                '"' => break,
                _ => {}
            }
        }
        after_string = true;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, action: &str, data: Value) {
        let request = request(text, &Nesting::default()).ok().unwrap_or_else(|| panic!("{text}"));
        assert_eq!((request.action.as_str(), Value::Object(request.data)), (action, data), "{text}");
    }

    #[test]
    fn keys_come_in_any_letter_case() {
        check(
            r#"{"ACTION": "a", "Data": {"Login": "Ann", "ATTACH": {"Mime": "X"}}}"#,
            "a",
            json!({"login": "Ann", "attach": {"mime": "X"}}),
        );
        check(
            r#"{"action": "a", "data": {"L": [{"MyId": {"Key": 1}}]}}"#,
            "a",
            json!({"l": [{"myid": {"Key": 1}}]}),
        );
    }

    #[test]
    fn data_may_be_missing_but_is_an_object() {
        check(r#"{"action": "a"}"#, "a", json!({}));
        check(r#"{"action": "a", "data": null}"#, "a", json!({}));
        for data in ["[]", "\"x\"", "5", "true"] {
            let text = format!(r#"{{"action": "a", "data": {data}}}"#);
            assert_eq!(
                request(&text, &Nesting::default()).err(),
                Some(Malformed::WrongData("a".into())),
                "{text}"
            );
        }
    }

    #[test]
    fn the_documents_own_slips_are_read() {
        let text = "{\n \"action\":\"setuserinfo\",\n \"data\": {\n \"user_status\":\"a \\\" b\",\n \"sid\":\"s\"\n \"email\":\"e\",\n }\n }";
        check(text, "setuserinfo", json!({"user_status": "a \" b", "sid": "s", "email": "e"}));
        check("{\"action\": \"a\", // \"why\"\n \"data\": {},}", "a", json!({}));
    }

    #[test]
    fn what_is_no_request_is_told_why() {
        let check = |text: &str, expected| {
            assert_eq!(request(text, &Nesting::default()).err(), Some(expected), "{text}")
        };
        check("", Malformed::NotJson);
        check("[]", Malformed::NotJson);
        check("\"action\"", Malformed::NotJson);
        check("{}", Malformed::NoAction);
        check(r#"{"action": 5}"#, Malformed::NoAction);
        let whole = r#"{"action": "auth", "data": {"login": "a\"}{", "pass": "1"}}"#;
        for end in 0..whole.len() {
            check(&whole[..end], Malformed::NotJson);
        }
        let deep = format!(r#"{{"action": "a", "data": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        check(&deep, Malformed::TooDeep);
    }
}
