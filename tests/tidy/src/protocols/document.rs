//! Message types as a protocol document names them: one in each block of code.
//!
//! The documents stand as their authors published them, with blocks that are never closed, examples that are not JSON and
//! sections that are commented out; the latter count, since clients in use speak them.

use super::table::{Row, Senders};
use super::{Said, Speaker};
use std::collections::BTreeSet;

/// Every type that `text` names, from the side that sends it; tells what the row does not explain.
pub fn types(text: &str, row: &Row) -> Result<BTreeSet<Said>, String> {
    let mut types = BTreeSet::new();
    for block in blocks(text) {
        let Some(kind) = value(&block.code, row.key) else { continue };
        for speaker in speakers(&block, &kind, row)? {
            types.insert((*speaker, kind.clone()));
        }
    }
    if let Senders::Types { client, both } = row.senders {
        let named = |wanted: &str| types.iter().any(|(_, kind)| kind == wanted);
        if let Some(unknown) = client.iter().chain(both).find(|wanted| !named(wanted)) {
            return Err(format!("the row of {} names {unknown}, which its document does not", row.dialect));
        }
    }
    Ok(types)
}

fn speakers<'row>(block: &Block<'_>, kind: &str, row: &'row Row) -> Result<&'row [Speaker], String> {
    match &row.senders {
        Senders::Cues(cues) => {
            let cue =
                block.above.iter().rev().find_map(|line| cues.iter().find(|(cue, _)| line.contains(cue)));
            cue.map(|(_, speakers)| *speakers)
                .ok_or_else(|| format!("nothing in the document of {} says who sends {kind}", row.dialect))
        }
        Senders::Types { client, .. } if client.contains(&kind) => Ok(&[Speaker::Client]),
        Senders::Types { both, .. } if both.contains(&kind) => Ok(&[Speaker::Client, Speaker::Server]),
        Senders::Types { .. } => Ok(&[Speaker::Server]),
    }
}

/// A block of code and the prose above it, from the beginning of the document.
struct Block<'text> {
    above: Vec<&'text str>,
    code: String,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut prose = Vec::new();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let fence = line.trim_start().strip_prefix("```");
        if fence.is_some_and(|language| language.starts_with(char::is_alphabetic)) {
            blocks.push(Block { above: prose.clone(), code: String::new() });
            inside = true;
        } else if fence.is_some() {
            inside = false;
        } else if line.starts_with("#") {
            // The block above it was never closed, or it is prose anyway.
            inside = false;
            prose.push(line);
        } else if let (true, Some(block)) = (inside, blocks.last_mut()) {
            block.code.push_str(line);
            block.code.push('\n');
        } else {
            prose.push(line);
        }
    }
    blocks
}

/// The value of the first field `key`, a text in either quotes or a number.
pub(super) fn value(code: &str, key: &str) -> Option<String> {
    let quoted = ['"', '\''].map(|quote| format!("{quote}{key}{quote}"));
    let after = quoted.iter().find_map(|name| code.split_once(name.as_str())).map(|(_, after)| after)?;
    let after = after.trim_start().strip_prefix(':')?.trim_start();
    match after.chars().next()? {
        quote @ ('"' | '\'') => after[1..].split_once(quote).map(|(value, _)| value.to_owned()),
        _ => {
            let number: String = after.chars().take_while(char::is_ascii_digit).collect();
            (!number.is_empty()).then_some(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Errors;
    use super::*;
    use Speaker::{Client, Server};
    use koine_testkit::value::Encoding;

    const MADE_UP: &str = "# Parrots\n\
        ## From the client\n```json\n{ \"verb\" : \"repeat\", \"again\": { \"verb\": \"inner\" }, ... }\n```\n\
        Never closed:\n```json\n{\"verb\": \"molt\"\n\n\
        ## From the server\n```python\n{\n    'verb': 'squawk',\n}\n``` \n\
        <!-- ```json\n{\"verb\": \"not a block\"}\n``` -->\n\
        ```json\n{\"verb\": 12}\n```\n```golang\nconst Verb = 1 // \"verb\n```\n";

    fn row(senders: Senders) -> Row {
        Row { dialect: "parrot", key: "verb", senders, encodings: &[Encoding::Json], errors: Errors::NONE }
    }

    #[test]
    fn types_are_found_with_their_speakers() {
        let found = types(
            MADE_UP,
            &row(Senders::Cues(&[("From the client", &[Client]), ("From the server", &[Server])])),
        );
        let expected = [(Client, "repeat"), (Client, "molt"), (Server, "squawk"), (Server, "12")];
        assert_eq!(found.unwrap(), expected.map(|(speaker, kind)| (speaker, kind.to_owned())).into());
    }

    #[test]
    fn a_row_lists_types_where_the_prose_is_too_free() {
        let found = types(MADE_UP, &row(Senders::Types { client: &["repeat"], both: &["molt"] })).unwrap();
        let expected =
            [(Client, "repeat"), (Client, "molt"), (Server, "molt"), (Server, "squawk"), (Server, "12")];
        assert_eq!(found, expected.map(|(speaker, kind)| (speaker, kind.to_owned())).into());
    }

    #[test]
    fn a_row_that_does_not_fit_is_told() {
        let gone = types(MADE_UP, &row(Senders::Types { client: &["fly"], both: &[] })).unwrap_err();
        assert!(gone.contains("names fly"), "{gone}");
        let silent = types(MADE_UP, &row(Senders::Cues(&[("From the server", &[Server])]))).unwrap_err();
        assert!(silent.contains("who sends repeat"), "{silent}");
    }

    #[test]
    fn the_documents_in_the_tree_are_understood() {
        // Counted by hand, those of clients and those of servers: when a document changes, so does its row here.
        let counts = [
            ("minioicq", 11, 11),
            ("ourchat", 8, 10),
            ("type-payload", 20, 29),
            ("mode-token", 10, 9),
            ("technotrack", 9, 11),
        ];
        for (dialect, client, server) in counts {
            let path = crate::tree::root().join(format!("docs/protocols/{dialect}.md"));
            let row = super::super::table::row(dialect).unwrap();
            let types = types(&std::fs::read_to_string(path).unwrap(), row).unwrap();
            let count = |speaker| types.iter().filter(|(who, _)| *who == speaker).count();
            assert_eq!((count(Client), count(Server)), (client, server), "{dialect}: {types:?}");
        }
    }
}
