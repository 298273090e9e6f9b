//! `[operators]`: who looks after the server.

use serde::{Deserialize, Deserializer, Serialize};

/// Who looks after the server.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Operators {
    /// Their accounts: handles, or numbers.
    #[serde(deserialize_with = "accounts")]
    pub(crate) accounts: Vec<String>,
}

/// A list, or one string in which commas separate them, as variables know no lists.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a list of handles or numbers of accounts (such as [\"ann\", \"1000000007\"])")]
enum Written {
    List(Vec<Account>),
    Line(Account),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Account {
    Number(u32),
    Name(String),
}

fn accounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let listed = match Written::deserialize(deserializer)? {
        Written::List(accounts) => accounts.into_iter().map(Account::into_text).collect(),
        Written::Line(line) => {
            line.into_text().split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()
        }
    };
    Ok(listed.into_iter().filter(|name| !name.is_empty()).collect())
}

impl Account {
    fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_a_list_or_a_line() {
        let check = |written: &str, expected: &[&str]| {
            let read: Operators = toml::from_str(&format!("accounts = {written}")).unwrap();
            assert_eq!(read.accounts, expected, "{written}");
        };
        check("[]", &[]);
        check("['ann', '1000000007', 1000000008]", &["ann", "1000000007", "1000000008"]);
        check("'ann, bob'", &["ann", "bob"]);
        check("1000000007", &["1000000007"]);
        check("''", &[]);
        assert!(toml::from_str::<Operators>("accounts = true").is_err());
    }
}
