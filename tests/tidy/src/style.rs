//! What may not stand in a source file, as pure functions of its text.

use crate::tree::File;

/// The lints that are denied where the words of peers arrive.
pub const INPUT_PATH_LINTS: &[&str] = &[
    "unwrap_used",
    "expect_used",
    "panic",
    "unreachable",
    "indexing_slicing",
    "string_slice",
    "as_conversions",
    "arithmetic_side_effects",
];

/// Names of protocols that may come one day, by which nothing of the server may be named today.
const OTHER_DIALECTS: &[&str] = &["ourchat", "type-payload", "mode-token"];
/// Dialects whose names are words of every day.
const EVERYDAY_WORDS: &[&str] = &["native"];

/// The names that nothing outside of the dialects may know, in every spelling, for all `dialects`.
pub fn dialect_names(dialects: &[&str]) -> Vec<String> {
    let all = dialects.iter().chain(OTHER_DIALECTS).filter(|name| !EVERYDAY_WORDS.contains(name));
    let mut names: Vec<String> =
        all.flat_map(|name| [name.to_lowercase(), name.to_lowercase().replace('-', "_")]).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether the server's own code lies here, or the load generator's, which know no dialect by its name.
pub fn knows_no_dialect(path: &str) -> bool {
    ["crates/", "apps/koine/", "apps/load/"].iter().any(|folder| path.starts_with(folder))
        || path.ends_with(".sql")
}

/// Every line that contains one of `words`, in any case, as `path:line: word`.
pub fn lines_with<Word: AsRef<str>>(file: &File, words: &[Word]) -> Vec<String> {
    let found = file.text.lines().enumerate().flat_map(|(index, line)| {
        let line = line.to_lowercase();
        let word = words.iter().map(AsRef::as_ref).find(|word| line.contains(&word.to_lowercase()));
        word.map(|word| format!("{}:{}: {word}", file.path, index + 1))
    });
    found.collect()
}

/// Whether all lints of the input path are denied for the crate whose first file has this text.
pub fn denies_panics(text: &str) -> bool {
    let dense: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let Some((_, after)) = dense.split_once("#![cfg_attr(not(test),deny(") else { return false };
    let Some((denied, _)) = after.split_once(')') else { return false };
    INPUT_PATH_LINTS.iter().all(|lint| denied.split(',').any(|it| it.strip_prefix("clippy::") == Some(lint)))
}

/// The words of a file's name that say nothing of what is in it.
pub fn empty_words(path: &str) -> Vec<&str> {
    let words = path.split(['/', '.', '_', '-']);
    words
        .filter(|word| ["common", "util", "utils", "helper", "helpers", "manager", "misc"].contains(word))
        .collect()
}

/// Whether a line of code declares a name that STYLE.md forbids.
pub fn declares_empty_name(line: &str) -> bool {
    let mut words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
    let Some(kind) = words.find(|word| ["fn", "struct", "enum", "trait", "type", "mod"].contains(word))
    else {
        return false;
    };
    let Some(name) = words.find(|word| !word.is_empty()) else { return false };
    let is_code = !line.trim_start().starts_with("//");
    let is_getter = kind == "fn" && name.starts_with("get_");
    is_code && (is_getter || ["Manager", "Helper", "Util"].iter().any(|ending| name.ends_with(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_spelling() {
        let names = dialect_names(&["parrot", "native"]);
        assert!(names.iter().any(|name| name == "mode_token") && !names.iter().any(|name| name == "native"));
        let file = File {
            path: "crates/x.rs".into(),
            text: "fn a() {}\nenum ParrotTalk {}\n// mode-token\n".into(),
        };
        assert_eq!(lines_with(&file, &names), ["crates/x.rs:2: parrot", "crates/x.rs:3: mode-token"]);
    }

    #[test]
    fn all_lints_must_be_denied() {
        let lints: Vec<String> = INPUT_PATH_LINTS.iter().map(|lint| format!("clippy::{lint}")).collect();
        let attribute = |lints: &[String]| {
            format!("//! x\n#![cfg_attr(\n    not(test),\n    deny({})\n)]\n", lints.join(", "))
        };
        assert!(denies_panics(&attribute(&lints)));
        assert!(!denies_panics(&attribute(&lints[1..])));
        assert!(!denies_panics("//! x\n"));
    }

    #[test]
    fn names_that_say_nothing_are_told() {
        assert_eq!(empty_words("crates/core/src/string_utils.rs"), ["utils"]);
        assert!(empty_words("crates/core/src/utility_bill.rs").is_empty());
        let check = |line: &str, expected: bool| assert_eq!(declares_empty_name(line), expected, "{line}");
        check("pub(crate) struct SessionManager {", true);
        check("    pub fn get_name(&self) -> &str {", true);
        check("    fn name_get(&self) {", false);
        check("// struct SessionManager", false);
        check("    let manager = SessionManager::new();", false);
    }
}
