//! The answer to a request: its own fields again, and a code.

use koine_dialect::Payload;
use koine_model::Timestamp;
use serde_json::{Map, Value};

/// What an answer repeats of its request, under the answer's type.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Echo {
    kind: &'static str,
    fields: Map<String, Value>,
}

impl Echo {
    /// The `fields` of `payload`, as far as they are there.
    pub(crate) fn new(kind: &'static str, fields: &[&str], payload: &Map<String, Value>) -> Self {
        let field = |name: &&str| payload.get(*name).map(|value| ((*name).to_owned(), value.clone()));
        Self { kind, fields: fields.iter().filter_map(field).collect() }
    }

    /// The same fields under another type.
    pub(crate) fn under(&self, kind: &'static str) -> Self {
        Self { kind, fields: self.fields.clone() }
    }

    /// The two who talk change sides: of media, an answer's `sender` is who answers.
    pub(crate) fn turned(mut self) -> Self {
        let (sender, receiver) = (self.fields.remove("sender"), self.fields.remove("receiver"));
        self.fields.extend(sender.map(|sender| ("receiver".to_owned(), sender)));
        self.fields.extend(receiver.map(|receiver| ("sender".to_owned(), receiver)));
        self
    }

    /// One more field, or another value for one.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// One field less.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.remove(name);
        self
    }

    /// The frame.
    pub(crate) fn frame(mut self, code: u32, at: Timestamp) -> Payload {
        if matches!(self.kind, "REGISTER_RESPONSE" | "LOGIN_RESPONSE") {
            self.fields.insert("success".to_owned(), (code == 0).into());
        }
        self.fields.insert("code".to_owned(), code.into());
        super::write(self.kind, at, self.fields)
    }
}
