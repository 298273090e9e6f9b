//! In which form a client is spoken to, and how that is learned from what it says.
//!
//! A form decides how a frame is encoded and how a message's content is written; ids and pictures follow the
//! coding by themselves (`wire::Value`).

use crate::wire::Value;
use koine_dialect::toolbox::{base64, content};
use koine_dialect::{Flavour, Frame, Links, Payload};
use koine_model::media::{Blobs, Media};
use koine_model::message::{Markup, Part};

/// A form of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// MessagePack in binary frames, content as documented.
    Pack,
    /// JSON in text frames, content as documented.
    Json,
    /// JSON in text frames, content as the Qt client has it.
    Qt,
}

/// What is known of a client's ways. Until it shows others: the document's in binary frames, Qt's in text frames.
#[derive(Debug)]
pub(crate) struct Habit {
    now: Form,
    in_text: Form,
}

/// How a message's content is named and written.
pub(crate) struct Content {
    /// The `type`.
    pub(crate) kind: String,
    /// The `content`.
    pub(crate) content: String,
    /// The name of an attachment that travels whole; else nothing.
    pub(crate) file_name: String,
}

impl Default for Habit {
    fn default() -> Self {
        Self { now: Form::Pack, in_text: Form::Qt }
    }
}

impl Habit {
    /// The form in which the client is spoken to now.
    pub(crate) fn form(&self) -> Form {
        self.now
    }

    /// The client sent a frame: it is answered in kind.
    pub(crate) fn hear(&mut self, frame: Frame<'_>) {
        self.now = match frame {
            Frame::Binary(_) => Form::Pack,
            Frame::Text(_) => self.in_text,
        };
    }

    /// The client sent a message whose `type` was a MIME type, or one of the document's.
    ///
    /// In binary frames it means nothing: they are as documented always.
    pub(crate) fn see_type(&mut self, is_mime: bool) {
        if self.now != Form::Pack {
            self.in_text = if is_mime { Form::Qt } else { Form::Json };
            self.now = self.in_text;
        }
    }
}

impl Form {
    /// Under which name frames of this form are shared between sessions.
    pub(crate) fn flavour(self) -> Flavour {
        Flavour(match self {
            Self::Pack => "minioicq/msgpack",
            Self::Json => "minioicq/json",
            Self::Qt => "minioicq/json-qt",
        })
    }

    /// Encodes a frame.
    pub(crate) fn encode(self, value: &Value) -> Payload {
        // Text, numbers, bytes, lists and maps with text for names can be written to memory in either coding, so
        // the empty frame is never sent.
        match self {
            Self::Pack => Payload::Binary(rmp_serde::to_vec(value).unwrap_or_default().into()),
            Self::Json | Self::Qt => Payload::Text(serde_json::to_vec(value).unwrap_or_default().into()),
        }
    }

    /// Writes one part of a message.
    pub(crate) fn content(self, part: &Part, blobs: &Blobs, links: &Links) -> Content {
        match part {
            Part::Media(media) => self.media(media, blobs, links),
            Part::Text { text, markup: Markup::Html } if self == Self::Qt => {
                Content::unnamed("text/html", base64::encode(text.as_bytes()))
            }
            Part::Text { .. } | Part::Foreign { .. } | Part::Reply { .. } | Part::Act(_) | Part::Removed => {
                self.words(&content::words(part, links))
            }
        }
    }

    fn media(self, media: &Media, blobs: &Blobs, links: &Links) -> Content {
        let fits = media.is_image() || self != Self::Qt;
        let Some(bytes) = blobs.find(&media.blob).filter(|_| fits) else {
            return self.words(&content::reference(media, links));
        };
        let kind = match self {
            Self::Qt => media.mime.as_str(),
            Self::Pack | Self::Json if media.is_image() => "image",
            Self::Pack | Self::Json => "file",
        };
        Content { file_name: media.name.clone(), ..Content::unnamed(kind, base64::encode(bytes)) }
    }

    fn words(self, text: &str) -> Content {
        match self {
            Self::Pack | Self::Json => Content::unnamed("text", text.to_owned()),
            Self::Qt => Content::unnamed("text/plain", base64::encode(text.as_bytes())),
        }
    }
}

impl Content {
    fn unnamed(kind: &str, content: String) -> Self {
        Self { kind: kind.to_owned(), content, file_name: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{links, media};

    #[test]
    fn a_client_is_answered_in_the_kind_of_frame_it_sent_last() {
        let mut habit = Habit::default();
        habit.hear(Frame::Text(""));
        assert_eq!(habit.form(), Form::Qt);
        habit.see_type(false);
        assert_eq!(habit.form(), Form::Json);
        habit.hear(Frame::Binary(b""));
        habit.see_type(true);
        assert_eq!(habit.form(), Form::Pack);
        habit.hear(Frame::Text(""));
        assert_eq!(habit.form(), Form::Json);
        habit.see_type(true);
        assert_eq!(habit.form(), Form::Qt);
    }

    #[test]
    fn content_is_written_as_each_form_has_it() {
        let (picture, with_picture) = media("image/png", "cat.png", Some(b"hello"));
        let (table, with_table) = media("text/csv", "t.csv", Some(b"hello"));
        let (lost, without) = media("image/png", "", None);
        let html = Part::Text { text: "<p>hi</p>".into(), markup: Markup::Html };
        let foreign =
            Part::Foreign { dialect: "other".into(), payload: b"?".as_slice().into(), text: "hi".into() };
        let check = |part: &Part, blobs: &Blobs, form: Form, kind: &str, expected: &str| {
            let content = form.content(part, blobs, &links());
            assert_eq!(
                (content.kind.as_str(), content.content.as_str()),
                (kind, expected),
                "{form:?} {part:?}"
            );
        };
        let none = Blobs::default();
        for documented in [Form::Pack, Form::Json] {
            check(&Part::text("hi"), &none, documented, "text", "hi");
            check(&html, &none, documented, "text", "hi");
            check(&foreign, &none, documented, "text", "hi");
            check(&picture, &with_picture, documented, "image", "aGVsbG8=");
            check(&table, &with_table, documented, "file", "aGVsbG8=");
            let url = "[image] http://chat.example/media/00000000000000000000000000000001";
            check(&lost, &without, documented, "text", url);
        }
        let words = |text: &str| base64::encode(text.as_bytes());
        check(&Part::text("hi"), &none, Form::Qt, "text/plain", &words("hi"));
        check(&html, &none, Form::Qt, "text/html", &words("<p>hi</p>"));
        check(&foreign, &none, Form::Qt, "text/plain", &words("hi"));
        check(&picture, &with_picture, Form::Qt, "image/png", "aGVsbG8=");
        let file = words("[file] t.csv http://chat.example/media/00000000000000000000000000000001");
        check(&table, &with_table, Form::Qt, "text/plain", &file);
    }
}
