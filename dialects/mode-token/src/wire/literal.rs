//! Python literals, as `repr` writes them and people type them: `{'mode': 'auth', 'token': None}`.
//!
//! Dictionaries, lists, tuples, texts, bytes that are UTF-8, numbers, `None`, `True` and `False`; nothing that computes. Sets,
//! complex numbers, triple quotes and characters by name are left out.

use serde_json::{Map, Number, Value};

/// How deep a literal may be nested, whatever is allowed: this reader takes more of the stack than that of JSON.
const DEEPEST: usize = 64;

/// Why a text is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unread {
    /// It is nested deeper than is allowed; whether it is a literal is not known.
    TooDeep,
    /// It is no literal.
    NoLiteral,
}

/// Reads a literal that is all of `text`, with no more than `levels` levels, and in no case more than 64. Tuples become arrays, and the
/// keys of dictionaries texts.
pub(crate) fn parse(text: &str, levels: usize) -> Result<Value, Unread> {
    let mut reader = Reader { rest: text, deepest: levels.min(DEEPEST), is_too_deep: false };
    let value = reader.value(0);
    reader.skip_space();
    match value {
        Some(value) if reader.rest.is_empty() => Ok(value),
        _ if reader.is_too_deep => Err(Unread::TooDeep),
        _ => Err(Unread::NoLiteral),
    }
}

struct Reader<'a> {
    rest: &'a str,
    deepest: usize,
    /// It was nested too deeply to be read any further.
    is_too_deep: bool,
}

/// What stands before the opening quote.
#[derive(Clone, Copy, Default)]
struct Prefix {
    bytes: bool,
    raw: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn next_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        self.peek().filter(|character| wanted(*character))?;
        self.next()
    }

    fn skip_space(&mut self) {
        while self.next_if(char::is_whitespace).is_some() || self.skip_comment() {}
    }

    fn skip_comment(&mut self) -> bool {
        let found = self.peek() == Some('#');
        if found {
            while self.next_if(|character| character != '\n').is_some() {}
        }
        found
    }

    /// The next character that is no white space, if it is this one.
    fn punctuation(&mut self, wanted: char) -> bool {
        self.skip_space();
        self.next_if(|character| character == wanted).is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        let first = self.peek()?;
        if matches!(first, '{' | '[' | '(') && depth >= self.deepest {
            self.is_too_deep = true;
            return None;
        }
        let depth = depth.saturating_add(1);
        match first {
            '{' => self.dictionary(depth),
            '[' => self.items(depth, ']').map(|(items, _)| Value::Array(items)),
            '(' => self.tuple(depth),
            '\'' | '"' => self.text(Prefix::default()).map(Value::String),
            '0'..='9' | '+' | '-' | '.' => self.number(),
            _ => self.word(),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Value> {
        self.next();
        let mut fields = Map::new();
        loop {
            if self.punctuation('}') {
                return Some(Value::Object(fields));
            }
            let key = key(self.value(depth)?)?;
            if !self.punctuation(':') {
                return None;
            }
            fields.insert(key, self.value(depth)?);
            if !self.punctuation(',') {
                return self.punctuation('}').then_some(Value::Object(fields));
            }
        }
    }

    /// What stands between brackets, and whether there was a comma.
    fn items(&mut self, depth: usize, end: char) -> Option<(Vec<Value>, bool)> {
        self.next();
        let (mut items, mut comma) = (Vec::new(), false);
        loop {
            if self.punctuation(end) {
                return Some((items, comma));
            }
            items.push(self.value(depth)?);
            if !self.punctuation(',') {
                return self.punctuation(end).then_some((items, comma));
            }
            comma = true;
        }
    }

    fn tuple(&mut self, depth: usize) -> Option<Value> {
        let (mut items, comma) = self.items(depth, ')')?;
        // One value in parentheses is that value; it is the comma that makes a tuple.
        if items.len() == 1 && !comma { items.pop() } else { Some(Value::Array(items)) }
    }

    fn number(&mut self) -> Option<Value> {
        let mut digits = String::new();
        digits.extend(self.next_if(|sign| sign == '-'));
        self.next_if(|sign| sign == '+');
        let mut after_exponent = false;
        let part = |character: char, after_exponent: bool| {
            character.is_ascii_digit()
                || matches!(character, '.' | '_' | 'e' | 'E')
                || (after_exponent && matches!(character, '+' | '-'))
        };
        while let Some(character) = self.next_if(|character| part(character, after_exponent)) {
            after_exponent = matches!(character, 'e' | 'E');
            if character != '_' {
                digits.push(character);
            }
        }
        if let Ok(number) = digits.parse::<i64>() {
            return Some(number.into());
        }
        if let Ok(number) = digits.parse::<u64>() {
            return Some(number.into());
        }
        digits.parse().ok().and_then(Number::from_f64).map(Value::Number)
    }

    /// A name, or the letters before an opening quote.
    fn word(&mut self) -> Option<Value> {
        let mut word = String::new();
        while let Some(letter) = self.next_if(|letter| letter.is_ascii_alphabetic() && word.len() < 6) {
            word.push(letter);
        }
        if matches!(self.peek(), Some('\'' | '"')) {
            let prefix = match word.to_ascii_lowercase().as_str() {
                "u" => Prefix::default(),
                "r" => Prefix { raw: true, ..Prefix::default() },
                "b" => Prefix { bytes: true, ..Prefix::default() },
                "rb" | "br" => Prefix { raw: true, bytes: true },
                _ => return None,
            };
            return self.text(prefix).map(Value::String);
        }
        match word.as_str() {
            "None" | "null" => Some(Value::Null),
            "True" | "true" => Some(Value::Bool(true)),
            "False" | "false" => Some(Value::Bool(false)),
            _ => None,
        }
    }

    fn text(&mut self, prefix: Prefix) -> Option<String> {
        let quote = self.next()?;
        let mut bytes = Vec::new();
        loop {
            let character = self.next()?;
            if character == quote {
                // A text is UTF-8 by its making; bytes may be anything.
                return String::from_utf8(bytes).ok();
            }
            match (character, prefix.raw) {
                ('\\', false) => self.escape(prefix.bytes, &mut bytes)?,
                ('\\', true) => {
                    bytes.push(b'\\');
                    push(&mut bytes, self.next()?);
                }
                (other, _) => push(&mut bytes, other),
            }
        }
    }

    fn escape(&mut self, is_bytes: bool, bytes: &mut Vec<u8>) -> Option<()> {
        let character = self.next()?;
        match character {
            '\n' => {}
            '\\' | '\'' | '"' => push(bytes, character),
            // JSON's, which Python does not know: it comes where JSON has a comma too many.
            '/' => bytes.push(b'/'),
            'a' => bytes.push(0x07),
            'b' => bytes.push(0x08),
            'f' => bytes.push(0x0c),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(0x0b),
            '0'..='7' => {
                let mut code = character.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = self.next_if(|digit| digit.is_digit(8)) else { break };
                    code = code.saturating_mul(8).saturating_add(digit.to_digit(8)?);
                }
                push_code(bytes, code, is_bytes)?;
            }
            'x' => {
                let code = self.hexadecimal(2)?;
                push_code(bytes, code, is_bytes)?;
            }
            'u' if !is_bytes => {
                let code = self.hexadecimal(4)?;
                let code = self.with_low_surrogate(code);
                push_code(bytes, code, false)?;
            }
            'U' if !is_bytes => {
                let code = self.hexadecimal(8)?;
                push_code(bytes, code, false)?;
            }
            'N' if !is_bytes => return None,
            other => {
                bytes.push(b'\\');
                push(bytes, other);
            }
        }
        Some(())
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let (written, rest) = self.rest.split_at_checked(digits)?;
        if !written.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = rest;
        u32::from_str_radix(written, 16).ok()
    }

    /// The character of a pair of surrogates, which is how JSON writes those beyond the first 65,536.
    fn with_low_surrogate(&mut self, high: u32) -> u32 {
        if !(0xd800..0xdc00).contains(&high) || !self.rest.starts_with("\\u") {
            return high;
        }
        let low = self.rest.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match low {
            Some(low) if (0xdc00..0xe000).contains(&low) => {
                self.rest = self.rest.get(6..).unwrap_or_default();
                let (high, low) = (high & 0x3ff, low & 0x3ff);
                0x1_0000_u32.saturating_add((high << 10) | low)
            }
            _ => high,
        }
    }
}

fn push(bytes: &mut Vec<u8>, character: char) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn push_code(bytes: &mut Vec<u8>, code: u32, is_byte: bool) -> Option<()> {
    if is_byte {
        bytes.push(u8::try_from(code).ok()?);
        return Some(());
    }
    // Half of a pair is no character: what stood there cannot be known any more.
    let is_half = (0xd800..0xe000).contains(&code);
    push(bytes, if is_half { char::REPLACEMENT_CHARACTER } else { char::from_u32(code)? });
    Some(())
}

fn key(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
