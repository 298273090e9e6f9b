//! The errors that a protocol document and its notes list, and those that transcripts show.

use super::document::value;
use super::spoken;
use super::table::{Listing, Notes, Row};
use koine_testkit::value::Encoding;
use serde_json::Value;
use std::collections::BTreeSet;

/// An error as a document lists it: the message type that carries it and its code, `None` where any will do.
pub type Listed = (Option<String>, Option<String>);

/// An error as a transcript shows it: the message type that carries it, and its code.
pub type Shown = (String, String);

/// Every error that the document `text` and its `notes` list.
pub fn listed(text: &str, notes: &str, row: &Row) -> BTreeSet<Listed> {
    let mut errors = BTreeSet::new();
    for listing in row.errors.listings {
        errors.extend(match listing {
            Listing::Table(heading) => in_tables(text, row.key, heading),
            Listing::Example(field) => in_examples(text, row.key, field),
            Listing::Items { below, before, after } => in_items(text, row.key, below, before, after),
            Listing::Codes { before, after } => in_lines(text, before, after),
        });
    }
    errors.extend(match row.errors.notes {
        Notes::Nothing => BTreeSet::new(),
        Notes::Numbers(first, last) => numbers(notes, first, last),
        Notes::Types(ending) => types(notes, ending),
    });
    errors
}

/// Every error that `transcript` shows the server sending in `encoding`.
pub fn shown(transcript: &str, row: &Row, encoding: Encoding) -> Result<BTreeSet<Shown>, String> {
    let mut errors = BTreeSet::new();
    for frame in spoken::heard(transcript, row, encoding)? {
        let code = row.errors.code.iter().try_fold(&frame, |value, field| value.get(field));
        if let (Some(kind), Some(code)) = (spoken::kind(&frame, row.key), code.and_then(word)) {
            errors.insert((kind, code));
        }
    }
    Ok(errors)
}

/// What of `listed` is not among `shown`, as the lines that are missing; and the exceptions that the row need not make.
pub fn missing(
    listed: &BTreeSet<Listed>,
    shown: &BTreeSet<Shown>,
    row: &Row,
    encoding: Encoding,
) -> Vec<String> {
    let fits = |(kind, code): &Listed, (shown_kind, shown_code): &Shown| {
        kind.as_ref().is_none_or(|kind| kind == shown_kind)
            && code.as_ref().is_none_or(|code| code == shown_code)
    };
    let excepted = |(kind, code): &Listed| {
        let mut exceptions = row.errors.never.iter();
        exceptions.any(|never| kind.as_deref() == never.kind && code.as_deref() == Some(never.code))
    };
    let mut missing = Vec::new();
    for error in listed {
        let is_shown = shown.iter().any(|shown| fits(error, shown));
        let (kind, code) = (error.0.as_deref().unwrap_or("*"), error.1.as_deref().unwrap_or("*"));
        let folder = format!("dialects/{}/tests/transcripts", row.dialect);
        let field = row.errors.code.join(".");
        if !is_shown && !excepted(error) {
            missing.push(format!(
                "{folder}: no line with < {{{:?}: {kind}, {field:?}: {code}}} in {encoding:?}",
                row.key
            ));
        } else if is_shown && excepted(error) {
            missing.push(format!("{folder} shows {kind} with {code}: strike it from the row's `never`"));
        }
    }
    let unknown = row
        .errors
        .never
        .iter()
        .filter(|never| !listed.contains(&(never.kind.map(str::to_owned), Some(never.code.to_owned()))));
    missing.extend(unknown.map(|never| format!("the document of {} lists no {never:?}", row.dialect)));
    missing
}

/// The first column of each table whose first heading is `heading`; its rows belong to the message of the block above.
fn in_tables(text: &str, key: &str, heading: &str) -> BTreeSet<Listed> {
    let mut errors = BTreeSet::new();
    let mut inside = false;
    for (kind, line) in with_kinds(text, key) {
        let cells = line.trim().strip_prefix('|').and_then(|row| row.split('|').next()).map(str::trim);
        match cells {
            None => inside = false,
            Some(first) if first == heading => inside = true,
            Some(first) if inside && is_number(first) => {
                errors.insert((kind, Some(first.to_owned())));
            }
            Some(_) => {}
        }
    }
    errors
}

/// The values of `field` in the examples; those in square brackets stand for any.
fn in_examples(text: &str, key: &str, field: &str) -> BTreeSet<Listed> {
    let values =
        with_kinds(text, key).into_iter().filter_map(|(kind, line)| Some((kind?, value(line, field)?)));
    values.filter(|(_, code)| !code.starts_with('[')).map(|(kind, code)| (Some(kind), Some(code))).collect()
}

/// What stands between `before` and `after` in the items of each list below a line that contains `below`.
fn in_items(text: &str, key: &str, below: &str, before: &str, after: &str) -> BTreeSet<Listed> {
    let mut errors = BTreeSet::new();
    let mut inside = false;
    for (kind, line) in with_kinds(text, key) {
        match line.trim_start().strip_prefix(before).and_then(|rest| rest.split_once(after)) {
            Some((code, _)) if inside => {
                errors.insert((kind, Some(code.to_owned())));
            }
            _ if line.trim().is_empty() => {}
            _ => inside = line.contains(below),
        }
    }
    errors
}

/// The numbers between `before` and `after`, one a line, whichever message carries them.
fn in_lines(text: &str, before: &str, after: &str) -> BTreeSet<Listed> {
    let codes = text.lines().filter_map(|line| Some(line.split_once(before)?.1.split_once(after)?.0));
    codes.filter(|code| is_number(code)).map(|code| (None, Some(code.to_owned()))).collect()
}

/// The numbers from `first` to `last` that stand in `notes`, and those between two that are joined by `…`.
fn numbers(notes: &str, first: u32, last: u32) -> BTreeSet<Listed> {
    let mut codes = BTreeSet::new();
    let mut before: Option<(u32, usize)> = None;
    let (mut position, mut rest) = (0, notes);
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let digits = &rest[start..];
        let length = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        if let Ok(number) = digits[..length].parse::<u32>()
            && (first..=last).contains(&number)
        {
            let begin = before.filter(|(_, end)| notes[*end..position + start] == *"…");
            codes.extend(begin.map_or(number, |(begin, _)| begin)..=number);
            before = Some((number, position + start + length));
        }
        position += start + length;
        rest = &notes[position..];
    }
    codes.into_iter().map(|code| (None, Some(code.to_string()))).collect()
}

/// The message types in `notes` that end so, whatever their code.
fn types(notes: &str, ending: &str) -> BTreeSet<Listed> {
    let words = notes.split(|character: char| !(character.is_alphanumeric() || ".-_".contains(character)));
    let words = words.map(|word| word.trim_matches('.'));
    words.filter(|word| word.ends_with(ending)).map(|word| (Some(word.to_owned()), None)).collect()
}

/// Each line, with the message type of the block of code in which it stands, or of the last one above it.
fn with_kinds<'text>(text: &'text str, key: &str) -> Vec<(Option<String>, &'text str)> {
    let (mut kind, mut fresh) = (None, false);
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fresh = true;
        } else if fresh && let Some(found) = value(line, key) {
            (kind, fresh) = (Some(found), false);
        }
        lines.push((kind.clone(), line));
    }
    lines
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Errors, Never, Senders};
    use super::*;

    const LISTINGS: &[Listing] = &[
        Listing::Table("Status"),
        Listing::Example("reason"),
        Listing::Items { below: "can be one of", before: "- `", after: "`" },
        Listing::Codes { before: "Err = ", after: " //" },
    ];
    const NEVER: Never = Never { kind: Some("molt"), code: "2", why: "it does not molt" };
    const MADE_UP: &str = "```json\n{\"verb\": \"molt\", \"inner\": {\"verb\": \"x\"}}\n```\n\
        | Key | Type |\n| 7 | Number |\n\n| Status | Comment |\n|---|---|\n| 0 | Good |\n| 2 | Bad |\n\n| 9 | No |\n\
        ```json\n{\"verb\": \"fail\",\n\"reason\": \"[reason]\"}\n```\n\
        `reason` can be one of:\n\n- `Not here`\n- `Not now`\n\nOther things:\n- `else`\n\
        ```json\n{\"verb\": \"fly.fail\",\n\"reason\": \"Too high\"}\n```\n\
        ```go\nErr = 11 // eleven\nErr = x // none\n```\n";
    const NOTES: &str =
        "Codes 2001 and 5101…5103 (ours), 1630000000 is none; `molt.fail` / `fly.fail`. See 99.";

    fn row(notes: Notes, never: &'static [Never]) -> Row {
        Row {
            dialect: "parrot",
            key: "verb",
            senders: Senders::Types { client: &[], both: &[] },
            encodings: &[Encoding::Json],
            errors: Errors { listings: LISTINGS, notes, code: &["payload", "code"], never },
        }
    }

    fn error(kind: Option<&str>, code: Option<&str>) -> Listed {
        (kind.map(str::to_owned), code.map(str::to_owned))
    }

    #[test]
    fn errors_are_found_wherever_they_are_listed() {
        let document = listed(MADE_UP, "", &row(Notes::Nothing, &[]));
        let expected = [
            error(Some("molt"), Some("0")),
            error(Some("molt"), Some("2")),
            error(Some("fail"), Some("Not here")),
            error(Some("fail"), Some("Not now")),
            error(Some("fly.fail"), Some("Too high")),
            error(None, Some("11")),
        ];
        assert_eq!(document, expected.into());
        let numbers: Vec<_> = listed("", NOTES, &row(Notes::Numbers(1000, 7999), &[])).into_iter().collect();
        assert_eq!(numbers, ["2001", "5101", "5102", "5103"].map(|code| error(None, Some(code))));
        let types = listed("", NOTES, &row(Notes::Types(".fail"), &[]));
        assert_eq!(types, [error(Some("fly.fail"), None), error(Some("molt.fail"), None)].into());
    }

    #[test]
    fn what_no_transcript_shows_is_missing() {
        let transcript = "ann: parrot\nann> {\"verb\": \"molt\", \"payload\": {\"code\": 2}}\n\
            ann< {\"verb\": \"molt\", \"payload\": {\"code\": 0}}\nann< {\"verb\": \"molt\"}\n";
        let check = |never: &'static [Never], expected: &[&str]| {
            let row = row(Notes::Nothing, never);
            let shown = shown(transcript, &row, Encoding::Json).unwrap();
            let listed = [error(Some("molt"), Some("0")), error(Some("molt"), Some("2"))].into();
            let missing = missing(&listed, &shown, &row, Encoding::Json);
            assert_eq!(missing.len(), expected.len(), "{missing:?}");
            assert!(missing.iter().zip(expected).all(|(line, part)| line.contains(part)), "{missing:?}");
        };
        check(&[], &["no line with < {\"verb\": molt, \"payload.code\": 2}"]);
        check(&[NEVER], &[]);
        check(&[NEVER, Never { code: "0", ..NEVER }], &["strike it"]);
        check(&[NEVER, Never { code: "5", ..NEVER }], &["lists no"]);
    }

    #[test]
    fn the_documents_in_the_tree_are_understood() {
        // Counted by hand, with the codes for success: when a document changes, so does its row.
        let counts =
            [("minioicq", 5), ("ourchat", 16), ("type-payload", 41), ("mode-token", 8), ("technotrack", 9)];
        for (dialect, expected) in counts {
            let page = |ending: &str| {
                let path = crate::tree::root().join(format!("docs/protocols/{dialect}{ending}"));
                std::fs::read_to_string(path).unwrap()
            };
            let row = super::super::table::row(dialect).unwrap();
            let errors = listed(&page(".md"), &page(".notes.md"), row);
            assert_eq!(errors.len(), expected, "{dialect}: {errors:?}");
        }
    }
}
