//! Requests: an object with a `mode` and whatever fields the mode has.
//!
//! Numbers may come as texts and texts as numbers, `None` is a field that is not there, and unknown fields are let pass.

use super::literal::{self, Unread};
use crate::refusal::{No, Status};
use koine_dialect::toolbox::base64;
use koine_dialect::toolbox::lenient::{self, Word};
use koine_dialect::{Nesting, Notation};
use koine_model::account::AccountRef;
use koine_model::token::Token;
use koine_model::{ConversationId, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A request, read as far as all requests are alike.
pub(crate) struct Request {
    pub(crate) mode: String,
    pub(crate) fields: Fields,
}

/// The fields of a request, to be taken out one by one.
pub(crate) struct Fields(Map<String, Value>);

/// Reads a request: as JSON, and where it is none as a Python literal.
pub(crate) fn request(text: &str, nesting: &Nesting) -> Result<Request, No> {
    if lenient::has_too_many_values(text) {
        return Err(No::malformed("too many values"));
    }
    // The quotes of the other language are not those of JSON, so that only its own reader knows how deep it is nested.
    let is_deeper = nesting.is_deeper(text);
    let json = if is_deeper { None } else { serde_json::from_str(text).ok() };
    let value = match json.map_or_else(|| literal::parse(text, nesting.json()), Ok) {
        Ok(value) => Some(value),
        Err(unread) if is_deeper || unread == Unread::TooDeep => {
            nesting.refused(Notation::Json);
            return Err(No::malformed("nested too deeply"));
        }
        Err(_) => None,
    };
    let Some(Value::Object(mut fields)) = value else {
        return Err(No::malformed("neither a JSON object nor a Python dictionary"));
    };
    match fields.remove("mode") {
        Some(Value::String(mode)) if !mode.is_empty() => Ok(Request { mode, fields: Fields(fields) }),
        _ => Err(No::malformed("mode is missing or not a text")),
    }
}

impl Fields {
    /// The token with which every request is signed that is not for anyone.
    pub(crate) fn token(&mut self) -> Result<Token, No> {
        let token = self.word("token").ok().flatten().and_then(|text| Token::parse(&text));
        token.ok_or_else(No::invalid_token)
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<String, No> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    /// A text that may be missing, or empty.
    pub(crate) fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, No> {
        Ok(self.word(name)?.filter(|text| !text.is_empty()))
    }

    /// A number that must be there; one that is too large for any number of ours becomes the largest.
    pub(crate) fn number(&mut self, name: &'static str) -> Result<u32, No> {
        self.optional_number(name)?.ok_or_else(|| missing(name))
    }

    /// A number that may be missing.
    pub(crate) fn optional_number(&mut self, name: &'static str) -> Result<Option<u32>, No> {
        self.optional_text(name)?.map(|text| number(text.trim(), name)).transpose()
    }

    /// The chat that the request is about. A number that no chat can have is a chat that is not the caller's.
    pub(crate) fn chat(&mut self) -> Result<ConversationId, No> {
        let number = self.number("chat_id")?;
        ConversationId::new(number).ok_or_else(|| Refusal::UnknownConversation.into())
    }

    /// A list of people by id or user name, which may also be one text with commas; `None` when it is missing.
    pub(crate) fn optional_people(&mut self, name: &'static str) -> Result<Option<Vec<AccountRef>>, No> {
        let words: Vec<String> = match self.0.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) => {
                let words = items.into_iter().map(|item| word(item, name));
                words.collect::<Result<_, _>>()?
            }
            Some(other) => word(other, name)?.split(',').map(str::to_owned).collect(),
        };
        let named = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty());
        Ok(Some(named.map(|word| AccountRef::Typed(word.to_owned())).collect()))
    }

    /// Bytes in Base64, with or without the head of a `data:` URL. The field must be there and may be empty.
    pub(crate) fn bytes(&mut self, name: &'static str) -> Result<Vec<u8>, No> {
        let text = self.word(name)?.ok_or_else(|| missing(name))?;
        let data = text.strip_prefix("data:").and_then(|data| data.split_once(',')).map(|(_, data)| data);
        let bytes = base64::decode(data.unwrap_or(&text));
        bytes.ok_or_else(|| No::malformed(format!("{name} is not Base64")))
    }

    fn word(&mut self, name: &'static str) -> Result<Option<String>, No> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => word(value, name).map(Some),
        }
    }
}

fn word(value: Value, name: &str) -> Result<String, No> {
    let word = Word::deserialize(value).map_err(|_| No::malformed(format!("{name} is not a text")))?;
    Ok(word.0)
}

fn number(text: &str, name: &str) -> Result<u32, No> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(No::malformed(format!("{name} is not a number")));
    }
    Ok(text.parse().unwrap_or(u32::MAX))
}

fn missing(name: &str) -> No {
    No::new(Status::Malformed, format!("{name} is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn read(text: &str) -> Result<Request, No> {
        request(text, &Nesting::default())
    }

    fn fields(text: &str) -> Fields {
        read(text).map_err(|no| no.error).unwrap().fields
    }

    #[test]
    fn json_and_python_say_the_same() {
        for text in ["{\"mode\": \"auth\", \"username\": \"ann\"}", "{'mode': 'auth', 'username': 'ann',}"] {
            let mut request = read(text).ok().unwrap();
            assert_eq!((request.mode.as_str(), request.fields.text("username")), ("auth", Ok("ann".into())));
        }
        for text in ["", "auth", "[]", "{}", "{'mode': None}", "{'mode': 5}", "{'mode': ''}", "{\"mode\": "] {
            assert_eq!(read(text).err().unwrap().status, Status::Malformed, "{text}");
        }
    }

    #[test]
    fn a_request_of_too_many_values_is_refused_before_it_is_read() {
        // Each empty list costs ten times its text once it is read, and whoever sends it need not have signed in.
        for unit in ["[],", "(),", "{},", "0,"] {
            let text = format!("{{'mode': 'auth', 'x': [{}]}}", unit.repeat(300_000));
            assert_eq!(read(&text).err().map(|no| no.error.into_owned()), Some("too many values".into()));
        }
        let picture = "x".repeat(1_000_000);
        assert!(read(&format!("{{'mode': 'setAvatar', 'avatar': '{picture}'}}")).is_ok());
    }

    #[test]
    fn whatever_is_nested_too_deeply_is_told_so_and_counted() {
        static COUNTED: AtomicU32 = AtomicU32::new(0);
        let nesting = Nesting::new(127, 32, |_| {
            COUNTED.fetch_add(1, Ordering::Relaxed);
        });
        let check = |head: &str, levels: usize, tail: &str, is_refused: bool| {
            let before = COUNTED.load(Ordering::Relaxed);
            let deep = format!("{}{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
            let error =
                request(&format!("{head}{deep}{tail}}}"), &nesting).err().map(|no| no.error.into_owned());
            assert_eq!(error, is_refused.then(|| "nested too deeply".into()), "{head} {levels}");
            assert_eq!(COUNTED.load(Ordering::Relaxed) - before, u32::from(is_refused), "{head} {levels}");
        };
        check(r#"{"mode": "auth", "x": "#, 127, "", false);
        check(r#"{"mode": "auth", "x": "#, 128, "", true);
        // What is JSON no more by a comma is a literal, and these may have fewer levels.
        check(r#"{"mode": "auth", "x": "#, 64, ",", false);
        check(r#"{"mode": "auth", "x": "#, 65, ",", true);
        for head in ["{'mode': 'auth', 'x': ", "{'mode': 'auth', 'quote': '\"', 'x': "] {
            check(head, 64, "", false);
            for levels in [65, 127, 128, 20_000] {
                check(head, levels, "", true);
            }
        }
        // Brackets within texts are no levels, whatever the quotes.
        check(&format!("{{'mode': 'auth', 'quote': '{}', 'x': ", "[".repeat(200)), 2, "", false);
    }

    #[test]
    fn fields_are_read_in_the_forms_in_use() {
        let text = |text: &str| {
            fields(&format!("{{'mode': 'x', 'f': {text}}}")).text("f").map_err(|no| no.error.into_owned())
        };
        assert_eq!(text("'a'"), Ok("a".into()));
        assert_eq!(text("5"), Ok("5".into()));
        assert_eq!(text("''"), Err("f is missing".into()));
        assert_eq!(text("None"), Err("f is missing".into()));
        assert_eq!(text("[]"), Err("f is not a text".into()));
        assert_eq!(text("True"), Err("f is not a text".into()));
        let number = |text: &str| {
            let read = fields(&format!("{{'mode': 'x', 'f': {text}}}")).number("f");
            read.map_err(|no| no.error.into_owned())
        };
        assert_eq!(number("5"), Ok(5));
        assert_eq!(number("' 5 '"), Ok(5));
        assert_eq!(number("5.0"), Ok(5));
        assert_eq!(number("99999999999999999999999"), Ok(u32::MAX));
        assert_eq!(number("-5"), Err("f is not a number".into()));
        assert_eq!(number("'five'"), Err("f is not a number".into()));
        assert_eq!(number("None"), Err("f is missing".into()));
    }

    #[test]
    fn people_are_a_list_or_a_text() {
        let people = |text: &str| {
            let read = fields(&format!("{{'mode': 'x', 'f': {text}}}")).optional_people("f");
            read.map_err(|no| no.status)
        };
        let typed = |names: &[&str]| {
            Ok(Some(names.iter().map(|name| AccountRef::Typed((*name).to_owned())).collect::<Vec<_>>()))
        };
        assert_eq!(people("[1000000001, 'bob']"), typed(&["1000000001", "bob"]));
        assert_eq!(people("('ann',)"), typed(&["ann"]));
        assert_eq!(people("'1000000001, bob,'"), typed(&["1000000001", "bob"]));
        assert_eq!(people("[]"), typed(&[]));
        assert_eq!(people("None"), Ok(None));
        assert_eq!(people("[[]]"), Err(Status::Malformed));
        assert_eq!(people("{}"), Err(Status::Malformed));
    }

    #[test]
    fn bytes_are_base64() {
        let bytes = |text: &str| {
            let read = fields(&format!("{{'mode': 'x', 'f': {text}}}")).bytes("f");
            read.map_err(|no| no.error.into_owned())
        };
        assert_eq!(bytes("b'aGk='"), Ok(b"hi".to_vec()));
        assert_eq!(bytes("'data:image/png;base64,aGk='"), Ok(b"hi".to_vec()));
        assert_eq!(bytes("''"), Ok(Vec::new()));
        assert_eq!(bytes("'!'"), Err("f is not Base64".into()));
        assert_eq!(bytes("None"), Err("f is missing".into()));
    }
}
