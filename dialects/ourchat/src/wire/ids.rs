//! Ids as clients write them: numbers or text.

use koine_dialect::toolbox::lenient::Word;
use koine_model::account::AccountRef;
use koine_model::{AccountId, ConversationId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The id of an account. A handle is understood, too.
#[derive(Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(transparent)]
pub(crate) struct Ocid(Word);

impl Ocid {
    /// Whom it means.
    pub(crate) fn account(&self) -> AccountRef {
        let text = self.0.as_str().trim();
        AccountId::parse(text).map_or_else(|| AccountRef::Typed(text.to_owned()), AccountRef::Id)
    }
}

/// The id of a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SessionId {
    /// Which; `None` for one that no session can have.
    pub(crate) conversation: Option<ConversationId>,
    /// Whether it came as text.
    pub(crate) is_text: bool,
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let is_text = value.is_string();
        let word: Word =
            serde_json::from_value(value).map_err(|_| D::Error::custom("session_id is no number or text"))?;
        Ok(Self { conversation: ConversationId::parse(word.as_str().trim()), is_text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ocid_is_a_number_or_text() {
        let check = |text: &str, expected: AccountRef| {
            assert_eq!(serde_json::from_str::<Ocid>(text).unwrap().account(), expected, "{text}");
        };
        check("1000000001", AccountRef::Id(AccountId::FIRST));
        check("\" 1000000001 \"", AccountRef::Id(AccountId::FIRST));
        check("\"ann\"", AccountRef::Typed("ann".to_owned()));
        assert!(serde_json::from_str::<Ocid>("[]").is_err());
    }

    #[test]
    fn a_session_id_tells_how_it_was_written() {
        let check = |text: &str, expected: Option<(Option<u32>, bool)>| {
            let read = serde_json::from_str::<SessionId>(text).ok();
            let read = read.map(|id| (id.conversation.map(ConversationId::number), id.is_text));
            assert_eq!(read, expected, "{text}");
        };
        check("7", Some((Some(7), false)));
        check("7.0", Some((Some(7), false)));
        check("\"7\"", Some((Some(7), true)));
        check("0", Some((None, false)));
        check("-7", Some((None, false)));
        check("99999999999", Some((None, false)));
        check("\"x\"", Some((None, true)));
        check("{}", None);
    }
}
