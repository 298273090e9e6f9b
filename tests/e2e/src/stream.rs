//! A stream of numbered messages, and how far somebody has heard it over all of their connections.

use crate::matrix::{Content, Known, Said};

/// The text of one message of a stream; what stands behind `padding` makes it long.
pub fn text(number: usize, padding: &str) -> String {
    format!("stream {number} {padding}").trim_end().to_owned()
}

/// What was heard: always a beginning of the stream without a hole.
pub struct Stream {
    /// Who listens, for whoever must find out what went wrong.
    listener: String,
    speaker: Known,
    /// The ids of what was heard.
    ids: Vec<String>,
    /// What came last on this connection.
    last: Option<usize>,
}

impl Stream {
    /// Nothing yet of what `speaker` says.
    pub fn of(speaker: Known, listener: impl Into<String>) -> Self {
        Self { listener: listener.into(), speaker, ids: Vec::new(), last: None }
    }

    /// How many messages were heard.
    pub fn heard(&self) -> usize {
        self.ids.len()
    }

    /// A new connection begins, on which what was not confirmed may come again.
    pub fn begin_again(&mut self) {
        self.last = None;
    }

    /// Notes the next of the stream: on a fresh connection it may be one that was heard before, and then comes what follows it. Tells
    /// its number.
    pub fn note(&mut self, said: &Said) -> usize {
        let name = &self.listener;
        let Content::Text(text) = &said.content else { panic!("{name}: {said:?}") };
        let number = text.strip_prefix("stream ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        let number: usize = number.unwrap_or_else(|| panic!("{name}: {said:?} is not of the stream"));
        assert!(self.speaker.is(&said.from), "{name}: {number} is from somebody else, {}", said.from);
        if let Some(last) = self.last.replace(number) {
            assert_eq!(number, last + 1, "{name}: on one connection");
        }
        match self.ids.get(number) {
            Some(id) => assert_eq!(*id, said.id, "{name}: {number} has another id when it comes again"),
            None => {
                assert_eq!(number, self.ids.len(), "{name}: there is a hole");
                let is_new = said.id.is_empty() || self.ids.last() != Some(&said.id);
                assert!(is_new, "{name}: {number} has the id of the one before");
                self.ids.push(said.id.clone());
            }
        }
        number
    }
}
