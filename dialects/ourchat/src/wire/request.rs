//! What a client sent: its code first, and the rest once it is known what it must be.

use koine_dialect::Nesting;
use koine_dialect::toolbox::lenient::{self, Word};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A JSON object with a code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'frame> {
    /// What it is.
    pub(crate) code: u32,
    text: &'frame str,
}

/// Why a frame is no request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Malformed {
    /// No JSON object.
    NotJson,
    /// It is nested deeper than may be.
    TooDeep,
    /// No code, or one that is no number.
    NoCode,
    /// A field is missing or of a wrong kind; says which.
    Wrong(String),
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    code: Option<Word>,
}

impl<'frame> Request<'frame> {
    /// Reads the code.
    pub(crate) fn read(text: &'frame str, nesting: &Nesting) -> Result<Self, Malformed> {
        if !nesting.bears(text) {
            return Err(Malformed::TooDeep);
        }
        // A list would be read as the fields in their order.
        if text.trim_start().starts_with('[') {
            return Err(Malformed::NotJson);
        }
        let head: Head = lenient::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data if text.trim_start().starts_with('{') => Malformed::NoCode,
            _ => Malformed::NotJson,
        })?;
        let code = head.code.and_then(|code| code.as_str().parse().ok()).ok_or(Malformed::NoCode)?;
        Ok(Self { code, text })
    }

    /// Reads the rest.
    pub(crate) fn body<T: DeserializeOwned>(self) -> Result<T, Malformed> {
        lenient::from_str(self.text).map_err(|error| {
            // Where it stands is of no use to somebody whose program wrote it on one line.
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            Malformed::Wrong(reason.to_owned())
        })
    }
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotJson => f.write_str("this is no JSON object"),
            Self::TooDeep => f.write_str("this is nested too deeply"),
            Self::NoCode => f.write_str("code is missing or no number"),
            Self::Wrong(reason) => f.write_str(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_read_first() {
        let check = |text: &str, expected: Result<u32, Malformed>| {
            assert_eq!(
                Request::read(text, &Nesting::default()).map(|request| request.code),
                expected,
                "{text}"
            );
        };
        check(r#"{"code": 12}"#, Ok(12));
        check(r#"{"a": [{"code": 1}], "code": "6",}"#, Ok(6));
        check(
            r#"{"code": 0.0, // no
        }"#,
            Ok(0),
        );
        check(r#"{"code": -1}"#, Err(Malformed::NoCode));
        check(r#"{"code": 1.5}"#, Err(Malformed::NoCode));
        check(r#"{"code": null}"#, Err(Malformed::NoCode));
        check(r#"{"code": []}"#, Err(Malformed::NoCode));
        check("{}", Err(Malformed::NoCode));
        check("[12]", Err(Malformed::NotJson));
        check("12", Err(Malformed::NotJson));
        check("", Err(Malformed::NotJson));
        check(r#"{"code": 12"#, Err(Malformed::NotJson));
    }

    #[test]
    fn what_is_wrong_is_named() {
        #[derive(Deserialize, Debug)]
        struct Body {
            #[serde(rename = "email")]
            _email: String,
        }
        let request = Request::read(r#"{"code": 4}"#, &Nesting::default()).unwrap();
        assert_eq!(request.body::<Body>().unwrap_err().to_string(), "missing field `email`");
    }
}
