//! The decoders that stand alone: no input makes them panic, and what they read survives being written and read again.

use crate::input::Input;
use koine_dialect::Fault;
use koine_dialect::toolbox::json_stream::JsonStream;
use koine_dialect::toolbox::lenient::Word;
use koine_dialect::toolbox::{base64 as b64, iso8601 as moments, lenient, markup as html, sniff};
use koine_model::account::Handle;
use koine_model::secret::{Form, Secret};
use koine_model::token::Token;
use koine_model::{AccountId, ConversationId, MediaId, Timestamp};
use serde_json::Value;

/// The largest object that [`json_stream`] allows.
const LARGEST_OBJECT: usize = 64;

/// Base64, and what pictures are told by.
pub(crate) fn base64(input: &[u8]) {
    assert_eq!(b64::decode(&b64::encode(input)).as_deref(), Some(input));
    let text = String::from_utf8_lossy(input);
    if let Some(bytes) = b64::decode(&text) {
        assert!(bytes.len() <= text.len());
        assert_eq!(b64::decode(&b64::encode(&bytes)), Some(bytes));
    }
    assert!(sniff::mime(input).contains('/'));
}

/// Moments: what is written is read as it was.
pub(crate) fn iso8601(input: &[u8]) {
    if let Some(read) = moments::read(&String::from_utf8_lossy(input))
        && read.0 >= FIRST_YEAR
    {
        assert_eq!(moments::read(&moments::write(read)), Some(read));
    }
    let mut input = Input(input);
    let (high, low) = (u64::from(input.number()), u64::from(input.number()));
    let any = Timestamp(((high << 32) | low).cast_signed());
    assert_eq!(moments::write(any).len(), "2026-01-02T03:04:05.678Z".len());
}

/// The first millisecond of the year 0, before which four digits do not suffice.
const FIRST_YEAR: i64 = -62_167_219_200_000;

/// JSON with comments and commas too many: whatever is JSON is read as what it is.
pub(crate) fn json_lenient(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let lenient_value = lenient::from_str::<Value>(&text);
    if let Ok(value) = serde_json::from_str::<Value>(&text) {
        assert_eq!(lenient_value.ok(), Some(value));
    }
    if let Ok(word) = lenient::from_str::<Word>(&text) {
        let again = lenient::from_str::<Word>(&Value::String(word.0.clone()).to_string());
        assert_eq!(again.ok(), Some(word));
    }
}

/// The splitter of JSON streams: the first byte says into which pieces the rest is cut, which changes nothing.
pub(crate) fn json_stream(input: &[u8]) {
    let Some((&size, bytes)) = input.split_first() else { return };
    let whole = cut(bytes, bytes.len());
    assert_eq!(cut(bytes, usize::from(size % 16) + 1), whole);
    assert!(whole.0.iter().all(|object| object.len() <= LARGEST_OBJECT && object.starts_with(b"{")));
}

fn cut(bytes: &[u8], size: usize) -> (Vec<Vec<u8>>, Option<Fault>) {
    let (mut stream, mut objects) = (JsonStream::default(), Vec::new());
    for piece in bytes.chunks(size.max(1)) {
        let mut rest = piece;
        loop {
            match stream.next(&mut rest, LARGEST_OBJECT) {
                Ok(Some(object)) => objects.push(object.into_owned()),
                Ok(None) => break,
                Err(fault) => return (objects, Some(fault)),
            }
        }
        assert!(rest.is_empty(), "bytes that are neither taken nor an object");
        assert!(stream.pending().is_none_or(|pending| pending <= LARGEST_OBJECT));
    }
    (objects, None)
}

/// HTML as words, of which there are never more than there was HTML.
pub(crate) fn markup(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    assert!(html::plain(&text).len() <= text.len());
}

/// Handles, numbers, media's names, tokens and passwords, as they are typed.
pub(crate) fn names(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(handle) = Handle::parse(&text) {
        let again = Handle::parse(handle.as_str()).expect("a handle is one when it is typed again");
        assert_eq!((again.as_str(), again.key()), (handle.as_str(), handle.key()));
        assert!((1..=Handle::LONGEST).contains(&handle.as_str().chars().count()));
    }
    if let Some(id) = AccountId::parse(&text) {
        assert_eq!(id.to_string(), text);
    }
    if let Some(id) = ConversationId::parse(&text) {
        assert_eq!(ConversationId::parse(&id.to_string()), Some(id));
    }
    if let Some(id) = MediaId::parse(&text) {
        assert_eq!(MediaId::parse(&id.to_string()), Some(id));
    }
    if let Some(token) = Token::parse(&text) {
        assert_eq!(Token::parse(&token.expose()), Some(token));
    }
    let secret = Secret::classify(&text);
    match secret.form() {
        Form::Plain => assert_eq!(secret.expose(), text),
        Form::Md5 => assert_eq!(secret.expose().len(), 32),
        Form::Sha256 => assert_eq!(secret.expose().len(), 64),
    }
}

/// The bodies of messages, as a damaged file may hold them.
pub(crate) fn rows(input: &[u8]) {
    if let Some(parts) = koine_store_sqlite::body::decode(input) {
        let body = koine_store_sqlite::body::encode(&parts).expect("parts that were read can be written");
        assert_eq!(koine_store_sqlite::body::decode(&body), Some(parts));
    }
}
