//! The error of a configuration that cannot be used: one sentence that names the place and the reason.

use std::fmt;

/// Why a configuration cannot be used.
#[derive(Debug)]
pub(crate) struct Unsound(String);

impl Unsound {
    pub(super) fn new(sentence: String) -> Self {
        Self(sentence)
    }

    /// Blames `place` (a variable, a flag, a file with line and column) for `reason`.
    pub(super) fn at(place: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self(format!("{place}: {reason}"))
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unsound {}

/// What serde says of a value, for people who know nothing of serde.
pub(super) fn reworded(message: &str) -> String {
    if let Some((found, expected)) = split(message, &["invalid type: ", "invalid value: "]) {
        return format!("expected {expected}, found {found}");
    }
    if let Some((found, expected)) = split(message, &["unknown field "]) {
        return format!("there is no key {found}; expected {expected}");
    }
    if let Some((found, expected)) = split(message, &["unknown variant "]) {
        return format!("{found} is not {}", expected.trim_start_matches("one of "));
    }
    message.replace('\n', ", ")
}

fn split<'a>(message: &'a str, beginnings: &[&str]) -> Option<(&'a str, &'a str)> {
    let rest = beginnings.iter().find_map(|it| message.strip_prefix(it))?;
    // What was found is quoted text of anybody's; what was expected is ours and has no such words in it.
    rest.rsplit_once(", expected ")
}
