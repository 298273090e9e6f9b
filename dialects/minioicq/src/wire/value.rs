//! What is sent, before it is known in which of the two codings.
//!
//! The codings differ in two kinds of value alone: ids are text in MessagePack and numbers in JSON, pictures
//! are bytes in MessagePack and Base64 in JSON.

use bytes::Bytes;
use koine_dialect::toolbox::base64;
use koine_model::{AccountId, ConversationId};
use serde::{Serialize, Serializer};

/// One value of a message to the client. It may be a password or what somebody said, hence no `Debug`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Value {
    /// Text.
    Text(String),
    /// The number of an account, a chat or a message; always within int32.
    Id(u32),
    /// The bytes of a picture.
    Picture(Bytes),
    /// Several values.
    List(Vec<Value>),
    /// Values with names.
    Map(Vec<(&'static str, Value)>),
}

impl Value {
    /// A message: what it is, and what it tells.
    pub(crate) fn action(name: &'static str, fields: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        Self::Map(std::iter::once(("action", name.into())).chain(fields).collect())
    }

    /// A list of what `items` become.
    pub(crate) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<AccountId> for Value {
    fn from(id: AccountId) -> Self {
        Self::Id(id.number())
    }
}

impl From<ConversationId> for Value {
    fn from(id: ConversationId) -> Self {
        Self::Id(id.number())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Of the two codings, JSON is the one that serde calls readable.
        let json = serializer.is_human_readable();
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Id(id) if json => serializer.serialize_u32(*id),
            Self::Id(id) => serializer.serialize_str(&id.to_string()),
            Self::Picture(bytes) if json => serializer.serialize_str(&base64::encode(bytes)),
            Self::Picture(bytes) => serializer.serialize_bytes(bytes),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unpacked;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(Value::Text),
            (0..=i32::MAX as u32).prop_map(Value::Id),
            any::<Vec<u8>>().prop_map(|bytes| Value::Picture(bytes.into())),
        ];
        let names = prop::sample::subsequence(vec!["action", "user_id", "chat_id", "messages"], 0..4);
        leaf.prop_recursive(4, 64, 8, move |inner| {
            let names = names.clone();
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..20).prop_map(Value::List),
                names.prop_flat_map(move |names| {
                    let values = prop::collection::vec(inner.clone(), names.len());
                    values.prop_map(move |values| Value::Map(names.iter().copied().zip(values).collect()))
                }),
            ]
        })
    }

    fn as_rmpv(value: &Value) -> rmpv::Value {
        match value {
            Value::Text(text) => text.as_str().into(),
            Value::Id(id) => id.to_string().into(),
            Value::Picture(bytes) => rmpv::Value::Binary(bytes.to_vec()),
            Value::List(items) => rmpv::Value::Array(items.iter().map(as_rmpv).collect()),
            Value::Map(fields) => rmpv::Value::Map(
                fields.iter().map(|(name, value)| ((*name).into(), as_rmpv(value))).collect(),
            ),
        }
    }

    fn as_json(value: &Value) -> serde_json::Value {
        match value {
            Value::Text(text) => json!(text),
            Value::Id(id) => json!(id),
            Value::Picture(bytes) => json!(base64::encode(bytes)),
            Value::List(items) => items.iter().map(as_json).collect(),
            Value::Map(fields) => {
                fields.iter().map(|(name, value)| ((*name).to_owned(), as_json(value))).collect()
            }
        }
    }

    #[test]
    fn ids_and_pictures_differ_between_the_codings() {
        let value = Value::action(
            "x",
            [("id", Value::Id(7)), ("avatar", Value::Picture(Bytes::from_static(b"png")))],
        );
        let json = serde_json::to_value(&value).unwrap();
        assert_eq!(json, json!({"action": "x", "id": 7, "avatar": "cG5n"}));
        let packed = unpacked(&rmp_serde::to_vec(&value).unwrap());
        assert_eq!(packed, json!({"action": "x", "id": "7", "avatar": {"$bin": "cG5n"}}));
    }

    proptest! {
        #[test]
        fn an_independent_reader_reads_the_messagepack(value in any_value()) {
            let bytes = rmp_serde::to_vec(&value).unwrap();
            let mut rest = bytes.as_slice();
            prop_assert_eq!(rmpv::decode::read_value(&mut rest).unwrap(), as_rmpv(&value));
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn an_independent_reader_reads_the_json(value in any_value()) {
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), as_json(&value));
        }
    }
}
