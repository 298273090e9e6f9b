//! Reading a transcript.

use crate::server::{Ending, Trouble};
use koine_dialect::toolbox::base64;
use serde_json::Value;

/// One step of a transcript, and the line of the file on which it begins (from 1).
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Where it stands.
    pub number: usize,
    /// Whose connection it is about.
    pub who: String,
    /// What happens.
    pub said: Said,
}

/// What happens in one step.
#[derive(Clone, PartialEq, Debug)]
pub enum Said {
    /// A connection is opened.
    Connect {
        /// In which dialect.
        dialect: String,
        /// Whether its frames are MessagePack.
        messagepack: bool,
        /// Whether it is by WebSocket where the dialect's port has a bare stream, too.
        websocket: bool,
    },
    /// The client sends a frame.
    Sends(Value),
    /// The client sends bytes.
    SendsBytes(Vec<u8>),
    /// This frame comes.
    Hears(Value),
    /// Nothing comes for a while.
    HearsNothing,
    /// The server closes.
    HearsTheEnd,
    /// From now on, frames like this one are let pass wherever they come.
    LetsPass(Value),
    /// The client closes.
    Closes,
    /// The client's machine vanishes: nothing more is read, and nothing is said.
    Vanishes,
    /// The server is restarted.
    Restart(Ending),
    /// Something befalls the server.
    Befalls(Trouble),
}

/// Reads a transcript; tells the line that cannot be understood.
pub fn parse(text: &str) -> Result<Vec<Line>, String> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        match whole.last_mut() {
            Some((_, begun)) if line.starts_with(char::is_whitespace) => {
                begun.push(' ');
                begun.push_str(line.trim());
            }
            _ => whole.push((index + 1, line.to_owned())),
        }
    }
    whole.into_iter().map(|(number, line)| step(number, &line)).collect()
}

fn step(number: usize, line: &str) -> Result<Line, String> {
    let wrong = |what: &str| format!("line {number}: {what}: {line}");
    let end = line.find([':', '<', '>', '!', '~']).ok_or_else(|| wrong("no step"))?;
    let (who, rest) = line.split_at(end);
    let json = |text: &str| {
        serde_json::from_str::<Value>(text).map(in_base64).map_err(|error| wrong(&error.to_string()))
    };
    let said = if let Some(text) = rest.strip_prefix(">>") {
        Said::SendsBytes(bytes(text.strip_prefix(' ').unwrap_or(text)).ok_or_else(|| wrong("bytes"))?)
    } else if let Some(text) = rest.strip_prefix('>') {
        Said::Sends(json(text)?)
    } else if let Some(text) = rest.strip_prefix('<') {
        match text.trim() {
            "nothing" => Said::HearsNothing,
            "closed" => Said::HearsTheEnd,
            frame => Said::Hears(json(frame)?),
        }
    } else if let Some(text) = rest.strip_prefix('~') {
        Said::LetsPass(json(text)?)
    } else if let Some(text) = rest.strip_prefix('!') {
        match (who, text.trim()) {
            ("server", "restart") => Said::Restart(Ending::InOrder),
            ("server", "kill") => Said::Restart(Ending::Killed),
            ("server", "fail") => Said::Befalls(Trouble::StoreFails),
            ("server", "maintenance") => Said::Befalls(Trouble::Maintenance),
            ("server", order) if order.starts_with("wait ") => {
                let seconds = order.split_once(' ').and_then(|(_, seconds)| seconds.trim().parse().ok());
                Said::Befalls(Trouble::Passes(seconds.ok_or_else(|| wrong("how many seconds?"))?))
            }
            (_, "close") => Said::Closes,
            (_, "vanish") => Said::Vanishes,
            _ => return Err(wrong("unknown order")),
        }
    } else {
        let mut words = rest.trim_start_matches(':').split_whitespace();
        let dialect = words.next().ok_or_else(|| wrong("which dialect?"))?.to_owned();
        match words.next() {
            None | Some("json") => Said::Connect { dialect, messagepack: false, websocket: false },
            Some("msgpack") => Said::Connect { dialect, messagepack: true, websocket: false },
            Some("ws") => Said::Connect { dialect, messagepack: false, websocket: true },
            Some(_) => return Err(wrong("unknown encoding")),
        }
    };
    Ok(Line { number, who: who.trim().to_owned(), said })
}

/// `frame` with `{"$base64": "TEXT"}` replaced by the Base64 of that text.
fn in_base64(frame: Value) -> Value {
    match frame {
        Value::Object(fields) => match fields.get("$base64") {
            Some(Value::String(text)) if fields.len() == 1 => Value::String(base64::encode(text.as_bytes())),
            _ => Value::Object(fields.into_iter().map(|(key, value)| (key, in_base64(value))).collect()),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(in_base64).collect()),
        other => other,
    }
}

/// `hex 81 a6`, or text with `\n`, `\r`, `\t`, `\\` and `\xNN`.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("hex ") {
        return digits.split_whitespace().map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    }
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (byte, length) = match escape.as_bytes().first()? {
            b'n' => (b'\n', 1),
            b'r' => (b'\r', 1),
            b't' => (b'\t', 1),
            b'\\' => (b'\\', 1),
            b'x' => (u8::from_str_radix(escape.get(1..3)?, 16).ok()?, 3),
            _ => return None,
        };
        bytes.push(byte);
        rest = escape.get(length..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_step_is_read() {
        let text = "# a comment\nann: x msgpack\nann> {\"a\":\n  1}\nann>> a\\x00\\n\nbob< nothing\nbob< closed\nbob~ {\"b\": 2}\nbob! close\nbob! vanish\nserver! restart\nserver! kill\nserver! fail\nserver! maintenance\nserver! wait 5\n";
        let said: Vec<Said> = parse(text).unwrap().into_iter().map(|line| line.said).collect();
        let expected = vec![
            Said::Connect { dialect: "x".into(), messagepack: true, websocket: false },
            Said::Sends(json!({"a": 1})),
            Said::SendsBytes(b"a\0\n".to_vec()),
            Said::HearsNothing,
            Said::HearsTheEnd,
            Said::LetsPass(json!({"b": 2})),
            Said::Closes,
            Said::Vanishes,
            Said::Restart(Ending::InOrder),
            Said::Restart(Ending::Killed),
            Said::Befalls(Trouble::StoreFails),
            Said::Befalls(Trouble::Maintenance),
            Said::Befalls(Trouble::Passes(5)),
        ];
        assert_eq!(said, expected);
        assert!(parse("ann> {").unwrap_err().starts_with("line 1"));
        assert!(parse("server! wait long").unwrap_err().contains("how many seconds"));
    }

    #[test]
    fn base64_can_be_written_as_what_it_says() {
        let check = |written: &str, expected: Value| {
            let said = &parse(&format!("ann> {written}")).unwrap()[0].said;
            assert_eq!(*said, Said::Sends(expected), "{written}");
        };
        check(r#"{"list": [{"text": {"$base64": "hi"}}]}"#, json!({"list": [{"text": "aGk="}]}));
        check(r#"{"$base64": "hi", "more": 1}"#, json!({"$base64": "hi", "more": 1}));
    }
}
