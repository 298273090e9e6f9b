//! How deep frames may be nested: a reader goes as deep as what it reads, and its stack has an end.

/// How deep frames may be nested, in levels of maps and lists, and who counts those that are deeper.
#[derive(Clone, Copy, Debug)]
pub struct Nesting {
    json: u16,
    messagepack: u16,
    met: fn(Notation),
}

/// How a frame is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notation {
    /// JSON, or literals of a language that are nested alike.
    Json,
    /// MessagePack.
    MessagePack,
}

impl Nesting {
    /// The deepest that can be allowed, of either: `serde_json` goes no deeper, and a thread with a stack of 512 KiB bears it.
    pub const DEEPEST: u16 = 127;

    /// So many levels of each, at most [`Nesting::DEEPEST`]; `met` is called for each frame that is refused for having more.
    pub fn new(json: u16, messagepack: u16, met: fn(Notation)) -> Self {
        let [json, messagepack] = [json, messagepack].map(|levels| levels.min(Self::DEEPEST));
        Self { json, messagepack, met }
    }

    /// The levels that MessagePack may have.
    pub fn messagepack(&self) -> usize {
        self.messagepack.into()
    }

    /// The levels that JSON may have.
    pub fn json(&self) -> usize {
        self.json.into()
    }

    /// Whether `text`, read as JSON, stays within what is allowed. What does not is to be refused, and is counted here.
    pub fn bears(&self, text: &str) -> bool {
        let bears = !self.is_deeper(text);
        if !bears {
            self.refused(Notation::Json);
        }
        bears
    }

    /// Whether `text`, read as JSON, is nested deeper than is allowed; with comments or without.
    pub fn is_deeper(&self, text: &str) -> bool {
        // Most of what people send has few brackets in all, and these are counted faster than anything is read.
        let mut opening = memchr::memchr2_iter(b'[', b'{', text.as_bytes());
        if opening.nth(self.json()).is_none() {
            return false;
        }
        let mut bytes = text.bytes().peekable();
        let mut depth = 0_usize;
        while let Some(byte) = bytes.next() {
            match byte {
                b'[' | b'{' => {
                    depth = depth.saturating_add(1);
                    if depth > self.json() {
                        return true;
                    }
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                b'"' => {
                    while let Some(inner) = bytes.next() {
                        match inner {
                            b'\\' => drop(bytes.next()),
                            b'"' => break,
                            _ => {}
                        }
                    }
                }
                b'/' if bytes.peek() == Some(&b'/') => {
                    while bytes.next_if(|&byte| byte != b'\n').is_some() {}
                }
                _ => {}
            }
        }
        false
    }

    /// A frame was refused for being nested too deeply.
    pub fn refused(&self, notation: Notation) {
        (self.met)(notation);
    }
}

impl Default for Nesting {
    /// What is allowed where nobody wants anything else. Nothing is counted.
    fn default() -> Self {
        Self::new(Self::DEEPEST, 32, |_| {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn what_stands_in_texts_and_comments_is_not_nested() {
        let nesting = Nesting::new(3, 3, |_| {});
        let check = |text: &str, deeper: bool| assert_eq!(nesting.is_deeper(text), deeper, "{text}");
        check(r#"{"a": [{"b": 1}]}"#, false);
        check(r#"{"a": [{"b": []}]}"#, true);
        check(r#"{"a": [], "b": [], "c": [[]], "d": {}}"#, false);
        check(r#"{"a": "[[[[{{{{"}"#, false);
        check(r#"{"a": "\"[[[["}"#, false);
        check(r#"{"a": "\\", "b": [[[1]]]}"#, true);
        check("{ // it's \"[[[[\n \"a\": 1}", false);
        check("{ // \"\n \"a\": [[[1]]]}", true);
        check("]]]]]]{[[1]]}", false);
        check("[[[[", true);
    }

    #[test]
    fn only_what_is_refused_is_counted() {
        static MET: AtomicU32 = AtomicU32::new(0);
        let nesting = Nesting::new(2, 9, |notation| {
            assert_eq!(notation, Notation::Json);
            MET.fetch_add(1, Ordering::Relaxed);
        });
        assert!(nesting.bears("[[1]]") && !nesting.bears("[[[1]]]") && nesting.is_deeper("[[[1]]]"));
        assert_eq!(MET.load(Ordering::Relaxed), 1);
        assert_eq!((nesting.json(), nesting.messagepack()), (2, 9));
        assert_eq!(Nesting::new(999, 999, |_| {}).json(), 127);
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf =
            prop_oneof![Just(Value::Null), ".{0,5}".prop_map(Value::from), any::<u8>().prop_map(Value::from)];
        leaf.prop_recursive(9, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(".{0,5}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn depth(value: &serde_json::Value) -> usize {
        use serde_json::Value;
        match value {
            Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
            Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn the_depth_is_that_of_the_value(value in value(), levels in 0..9_u16) {
            let nesting = Nesting::new(levels, levels, |_| {});
            prop_assert_eq!(nesting.is_deeper(&value.to_string()), depth(&value) > usize::from(levels));
        }
    }
}
