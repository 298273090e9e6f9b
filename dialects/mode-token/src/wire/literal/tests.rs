//! What the reader of literals takes and what it does not; nothing may make it panic.

use super::{DEEPEST, Unread};
use proptest::prelude::*;
use serde_json::{Value, json};

fn parse(text: &str) -> Option<Value> {
    super::parse(text, usize::MAX).ok()
}

fn check(text: &str, expected: Value) {
    assert_eq!(parse(text), Some(expected), "{text}");
}

#[test]
fn what_repr_writes_is_read() {
    check(
        "{'mode': 'auth', 'timestamp': None, 'n': 5, 'list': [1, (2, 3)], 'yes': True, 'no': False}",
        json!({"mode": "auth", "timestamp": null, "n": 5, "list": [1, [2, 3]], "yes": true, "no": false}),
    );
    check(r#""it's""#, json!("it's"));
    check("'a \\'quoted\\' \\\"thing\\\"'", json!("a 'quoted' \"thing\""));
    check(r"'\\ \n \t \r \x41 \u0416 \U0001f600 \101'", json!("\\ \n \t \r A Ж 😀 A"));
    check("b'aGk='", json!("aGk="));
    check(r"b'\xd0\x96'", json!("Ж"));
    check("{1: 'one', 2.5: 'more'}", json!({"1": "one", "2.5": "more"}));
    check("-3", json!(-3));
    check("1e+20", json!(1e20));
    check("18446744073709551615", json!(u64::MAX));
}

#[test]
fn what_people_type_is_read() {
    check("{\n  'a': 1, # the first\n  'b': [2,],\n}\n", json!({"a": 1, "b": [2]}));
    check("()", json!([]));
    check("(1,)", json!([1]));
    check("(1)", json!(1));
    check(
        "{\"a\": null, \"b\": true, \"u\": \"http:\\/\\/x \\ud83d\\ude00\",}",
        json!({
            "a": null, "b": true, "u": "http://x 😀",
        }),
    );
    check("u'x'", json!("x"));
    check(r"r'\d\''", json!(r"\d\'"));
    check("1_000", json!(1000));
    check("+5", json!(5));
    check(".5", json!(0.5));
    check("'a\\\nb'", json!("ab"));
    check(r"'\q'", json!(r"\q"));
    check(r"'\ud83d!'", json!("\u{fffd}!"));
    check(r"'\ud83d\u0041'", json!("\u{fffd}A"));
}

#[test]
fn what_is_no_literal_is_not() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "(",
        "'",
        "{'a'}",
        "{'a': }",
        "{,}",
        "[,]",
        "(,)",
        "{'a' 1}",
        "[1 2]",
        "{'a': 1}}",
        "nobody",
        "__import__('os')",
        "1 + 1",
        "'a' + 'b'",
        "{None: 1}",
        r"'\x4'",
        r"'\u12'",
        r"'\U00110000'",
        r"'\N{DASH}'",
        r"b'\xff'",
        "--5",
        ".",
        "-",
        "1e",
        "1j",
        "f'x'",
        "Nonesense",
        "'a'b",
        "{[1]: 2}",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let unread = |text: &str, levels: usize| super::parse(text, levels).err();
    for levels in [DEEPEST, DEEPEST + 1, 127, usize::MAX] {
        assert_eq!(unread(&nested(DEEPEST), levels), None);
        assert_eq!(unread(&nested(DEEPEST + 1), levels), Some(Unread::TooDeep));
    }
    assert_eq!(unread(&nested(8), 8), None);
    assert_eq!(unread(&nested(9), 8), Some(Unread::TooDeep));
    assert_eq!(unread("[[[[[[[[]]]]]]]", 8), Some(Unread::NoLiteral));
    assert_eq!(unread(&"[".repeat(1_000_000), usize::MAX), Some(Unread::TooDeep));
    assert_eq!(unread(&"{'a':".repeat(1_000_000), usize::MAX), Some(Unread::TooDeep));
    assert_eq!(unread("'[[[[[[[[['", 8), None);
}

/// As Python's `repr` would write it.
fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(key, value)| format!("{}: {}", quoted(key), repr(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            it if it == quote => quoted.extend(['\\', it]),
            it if u32::from(it) < 0x100 && it.is_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(it)));
            }
            it if it.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(it))),
            it => quoted.push(it),
        }
    }
    quoted.push(quote);
    quoted
}

fn literal() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "(?s).{0,12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map("(?s).{0,6}", inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in literal()) {
        prop_assert_eq!(parse(&repr(&value)), Some(value));
    }

    #[test]
    fn a_truncated_dictionary_is_none(fields in prop::collection::btree_map("[a-z\u{416}'\"\\\\]{0,4}", literal(), 1..4)) {
        let text = repr(&Value::Object(fields.into_iter().collect()));
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            prop_assert_eq!(parse(&text[..end]), None, "{}", &text[..end]);
        }
    }

    #[test]
    fn any_text_is_taken_without_panic(text: String, bytes: Vec<u8>) {
        let _ = parse(&text);
        let _ = parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn anything_like_a_literal_is_taken_without_panic(text in r#"[\[\](){}'"\\xuUNbr0-9a-f:,. +\-#é\n]{0,40}"#) {
        let _ = parse(&text);
    }
}
