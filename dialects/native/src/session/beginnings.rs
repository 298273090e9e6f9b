//! However a request is written, it means the same: one that begins with its number and its name is read in another way.

use crate::rehearsal::Bench;
use proptest::prelude::*;

/// What may stand in a request behind its name.
const FIELDS: [&str; 17] = [
    r#""to":{"conversation":7},"key":"k","text":"x""#,
    r#""text":"\u00e9""#,
    r#""deep":DEEP"#,
    r#""who":"bob""#,
    r#""who":7"#,
    r#""who":null"#,
    r#""id":2"#,
    r#""do":"find""#,
    r#""\u0069d":3"#,
    r#""d\u006f":"find""#,
    r#""extra":{"id":1,"do":"x"}"#,
    r#""extra":[[[[]]]]"#,
    r#""extra":"the \"id\" of \"do\"""#,
    r#""conversation":7"#,
    r#""seq":1"#,
    r#""\ud800":1"#,
    "broken",
];

proptest! {
    #[test]
    fn how_a_request_begins_makes_no_difference(
        id in prop_oneof![
            any::<u64>().prop_map(|id| id.to_string()),
            prop::sample::select(vec!["", "-1", "+1", "07", "1.0", "1e3", "\"1\"", "null", "18446744073709551616"])
                .prop_map(str::to_owned),
        ],
        verb in prop::sample::select(vec!["send", "find", "read", "contacts", "resume", "profile", "dance", "", "fi\\u006ed", "find\\\""]),
        fields in prop::collection::vec(prop::sample::select(&FIELDS[..]), 0..4),
        end in prop_oneof![
            4 => Just("}"),
            1 => prop::sample::select(vec!["} ", "", "}}", ",}", "} {}"]),
        ],
    ) {
        let rest: String = fields.iter().flat_map(|field| [",", field]).collect();
        // A level more than is borne.
        let rest = rest.replace("DEEP", &format!("{}{}", "[".repeat(127), "]".repeat(127)));
        let [short, long] = ["", " "].map(|space| format!(r#"{{{space}"id":{id},"do":"{verb}"{rest}{end}"#));
        for bench in [Bench::stranger, Bench::signed_in] {
            let [short_did, long_did] = [&short, &long].map(|text| format!("{:?}", bench().says(text)));
            prop_assert_eq!(short_did, long_did, "{}", short);
        }
    }
}

#[test]
fn a_request_is_not_nested_too_deeply_however_it_begins() {
    // Nobody asks for the field: it would be passed over.
    let deep = |begin: &str| format!("{{{begin},\"deep\":{}{}}}", "[".repeat(127), "]".repeat(127));
    for begin in [r#""id":1,"do":"contacts""#, r#""do":"contacts","id":1"#] {
        let did = format!("{:?}", Bench::signed_in().says(&deep(begin)));
        assert!(did.contains("nested too deeply"), "{did}");
    }
}

#[test]
fn most_requests_are_read_once() {
    let beginning = crate::wire::beginning;
    assert_eq!(beginning(r#"{"id":7,"do":"send","text":"my \"id\", do"}"#), Some((7, "send")));
    assert_eq!(beginning(r#"{"id":7,"do":"sessions"}"#), Some((7, "sessions")));
    for other in [
        r#"{"id": 7,"do":"send"}"#,
        r#"{"do":"send","id":7}"#,
        r#"{"id":7,"do":"send","id":8}"#,
        r#"{"id":7,"do":"send","\u0069d":8}"#,
        r#"{"id":-7,"do":"send"}"#,
        r#"{"id":7,"do":5}"#,
    ] {
        assert_eq!(beginning(other), None, "{other}");
    }
}
