//! How a client wants the ids of its sessions: as numbers, as the document says, or as text, as the desktop client needs them.

use koine_dialect::Flavour;
use koine_model::ConversationId;
use serde_json::Value;

/// One of the two manners.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Ids {
    /// `"session_id": 7`
    #[default]
    Numbers,
    /// `"session_id": "7"`
    Text,
}

/// What only clients ask for that want text.
const TELLTALES: [&str; 3] = ["sessions", "update_time", "avatar_hash"];

impl Ids {
    /// The flavour of events in this manner.
    pub(crate) fn flavour(self) -> Flavour {
        Flavour(match self {
            Self::Numbers => "ourchat",
            Self::Text => "ourchat, ids as text",
        })
    }

    /// A session's id.
    pub(crate) fn write(self, id: ConversationId) -> Value {
        match self {
            Self::Numbers => id.number().into(),
            Self::Text => id.to_string().into(),
        }
    }

    /// What asking for `values` says about a client.
    pub(crate) fn told_by(values: &[String]) -> Option<Self> {
        values.iter().any(|value| TELLTALES.contains(&value.as_str())).then_some(Self::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_written_as_the_client_wants_them() {
        let id = ConversationId::new(7).unwrap();
        assert_eq!((Ids::Numbers.write(id), Ids::Text.write(id)), (json!(7), json!("7")));
        assert_ne!(Ids::Numbers.flavour(), Ids::Text.flavour());
    }

    #[test]
    fn the_desktop_client_is_known_by_what_it_asks_for() {
        let check =
            |value: &str, expected| assert_eq!(Ids::told_by(&[value.to_owned()]), expected, "{value}");
        check("nickname", None);
        check("sessions", Some(Ids::Text));
        check("update_time", Some(Ids::Text));
        check("avatar_hash", Some(Ids::Text));
        assert_eq!(Ids::told_by(&[]), None);
    }
}
