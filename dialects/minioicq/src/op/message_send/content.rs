//! The `type` and the `content` of a message, as the document or the Qt client writes them.

use crate::refusal::Reason;
use crate::wire::Scalar;
use koine_dialect::toolbox::sniff;
use koine_model::media::Upload;
use koine_model::message::{DraftPart, Markup, Part};

/// What a `type` says.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `text`: the content is UTF-8 as it stands.
    Text,
    /// `image`, `file`, `video`, `audio`: the content is Base64.
    Attachment(&'static str),
    /// `text/plain` or `text/html`: the content is UTF-8 in Base64.
    Encoded(Markup),
    /// Another MIME type: the content is Base64.
    Mime(String),
}

impl Kind {
    /// Reads a `type`; `None` when it is neither the document's nor a MIME type.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (essence, _) = text.split_once(';').unwrap_or((&text, ""));
        match essence.trim() {
            "text" => Some(Self::Text),
            "image" => Some(Self::Attachment("image")),
            "file" => Some(Self::Attachment("file")),
            "video" => Some(Self::Attachment("video")),
            "audio" => Some(Self::Attachment("audio")),
            "text/plain" => Some(Self::Encoded(Markup::Plain)),
            "text/html" => Some(Self::Encoded(Markup::Html)),
            other => {
                let (family, member) = other.split_once('/')?;
                let sound = |word: &str| {
                    (1..=LONGEST).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
                };
                (sound(family) && sound(member)).then(|| Self::Mime(other.to_owned()))
            }
        }
    }

    /// Whether it is the Qt client's way rather than the document's.
    pub(super) fn is_mime(&self) -> bool {
        matches!(self, Self::Encoded(_) | Self::Mime(_))
    }

    /// The part of a message that `content` is.
    pub(super) fn part(self, content: Scalar, name: String) -> Result<DraftPart, Reason> {
        let text = |text: String, markup| {
            if text.is_empty() {
                Err(EMPTY.into())
            } else {
                Ok(DraftPart::Ready(Part::Text { text, markup }))
            }
        };
        match self {
            Self::Text => text(content.text("content")?, Markup::Plain),
            Self::Encoded(markup) => {
                text(String::from_utf8(filled(content)?).map_err(|_| "content is not UTF-8")?, markup)
            }
            Self::Attachment(kind) => {
                let bytes = filled(content)?;
                let mime = mime(kind, &bytes).to_owned();
                Ok(DraftPart::Upload(Upload { mime, name, bytes: bytes.into() }))
            }
            Self::Mime(mime) => Ok(DraftPart::Upload(Upload { mime, name, bytes: filled(content)?.into() })),
        }
    }
}

const EMPTY: &str = "content is empty";
/// The most characters of either half of a MIME type, by RFC 6838.
const LONGEST: usize = 127;

fn filled(content: Scalar) -> Result<Vec<u8>, Reason> {
    content.bytes("content")?.filter(|bytes| !bytes.is_empty()).ok_or(EMPTY.into())
}

/// The MIME type of an attachment of which only the document's `type` is known.
fn mime(kind: &str, bytes: &[u8]) -> &'static str {
    match (kind, sniff::mime(bytes)) {
        ("image", picture) if picture.starts_with("image/") => picture,
        // What was sent as a picture stays one, even where nobody knows of what kind.
        ("image", _) => "image/x-unknown",
        ("video", _) => "video/mp4",
        ("audio", _) => "audio/mpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_dialect::toolbox::base64;

    fn part(kind: &str, content: &str) -> Result<DraftPart, Reason> {
        Kind::parse(kind).unwrap().part(Scalar::Text(content.to_owned()), String::new())
    }

    #[test]
    fn texts_come_as_they_are_or_encoded() {
        let check = |kind: &str, content: &str, text: &str, markup| {
            let expected = DraftPart::Ready(Part::Text { text: text.into(), markup });
            assert_eq!(part(kind, content), Ok(expected), "{kind}");
        };
        check("text", "héllo", "héllo", Markup::Plain);
        check("text/plain", &base64::encode("héllo".as_bytes()), "héllo", Markup::Plain);
        check("Text/Plain; charset=utf-8", "aGk=", "hi", Markup::Plain);
        check("text/html", "PGI+aGk8L2I+", "<b>hi</b>", Markup::Html);
    }

    #[test]
    fn attachments_get_a_mime_type() {
        let check = |kind: &str, bytes: &[u8], mime: &str| {
            let Ok(DraftPart::Upload(upload)) = part(kind, &base64::encode(bytes)) else { panic!("{kind}") };
            assert_eq!((upload.mime.as_str(), upload.bytes.as_ref()), (mime, bytes), "{kind}");
        };
        check("image", b"\x89PNG\r\n\x1a\n", "image/png");
        check("image", b"hello", "image/x-unknown");
        check("file", b"\x89PNG\r\n\x1a\n", "application/octet-stream");
        check("video", b"hello", "video/mp4");
        check("audio", b"hello", "audio/mpeg");
        check("image/webp", b"hello", "image/webp");
        check("application/pdf", b"hello", "application/pdf");
    }

    #[test]
    fn bytes_are_taken_in_place_of_text() {
        let kind = |kind: &str| Kind::parse(kind).unwrap();
        let bytes = || Scalar::Bytes(b"hi".to_vec());
        assert_eq!(kind("text").part(bytes(), String::new()), Ok(DraftPart::Ready(Part::text("hi"))));
        assert_eq!(kind("text/plain").part(bytes(), String::new()), Ok(DraftPart::Ready(Part::text("hi"))));
        assert!(matches!(kind("image").part(bytes(), String::new()), Ok(DraftPart::Upload(_))));
    }

    #[test]
    fn bad_content_is_told_apart() {
        let check = |kind: &str, content: &str, reason: &str| {
            assert_eq!(part(kind, content).err().as_deref(), Some(reason), "{kind}");
        };
        check("text", "", "content is empty");
        check("text/plain", "", "content is empty");
        check("image", "", "content is empty");
        check("image", "!", "content is not Base64");
        check("text/plain", "/w==", "content is not UTF-8");
        let unset = Kind::Text.part(Scalar::Missing, String::new());
        assert_eq!(unset.err().as_deref(), Some("content is empty"));
        let number = Kind::Text.part(Scalar::Number("5".into()), String::new());
        assert_eq!(number.err().as_deref(), Some("content is not text"));
    }

    #[test]
    fn other_types_are_unknown() {
        let long = format!("text/{}", "x".repeat(128));
        for unknown in ["", "smell", "/", "text/", "/plain", "te xt/pl\nain", &long] {
            assert_eq!(Kind::parse(unknown), None, "{unknown}");
        }
    }
}
