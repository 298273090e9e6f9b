//! A message's parts as a row holds them: a version byte, then MessagePack.
//!
//! A row that was written once is read for ever: a new shape gets a new version, and the old one stays here.

use crate::outcome::{Outcome, Stop};
use koine_model::media::{Blob, Media};
use koine_model::message::{Act, Deed, Markup, Part};
use koine_model::{MediaId, Seq};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;

const VERSION: u8 = 1;

/// The body of a row.
pub(crate) fn encode(parts: &[Part]) -> Outcome<Vec<u8>> {
    let mut body = Vec::with_capacity(BESIDE + parts.iter().map(length).sum::<usize>());
    body.push(VERSION);
    rmp_serde::Serializer::new(&mut body)
        .collect_seq(parts.iter().map(PartRow::from))
        .map_err(|_| Stop::Damaged("parts that cannot be written"))?;
    Ok(body)
}

/// Bytes that a body of one part has beside what is said, roughly.
const BESIDE: usize = 32;

/// Bytes that most of a part's row are.
fn length(part: &Part) -> usize {
    match part {
        Part::Text { text, .. } => text.len(),
        Part::Media(media) => media.name.len() + 128,
        Part::Foreign { payload, text, .. } => payload.len() + text.len(),
        Part::Act(Act { deed: Deed::Edited(text), .. }) => text.len(),
        Part::Act(_) | Part::Reply { .. } | Part::Removed => 0,
    }
}

/// SHA-256 over what the parts say: the same for the same media under other ids, which are new at every upload.
pub(crate) fn fingerprint(parts: &[Part]) -> Outcome<[u8; 32]> {
    let unnamed = |part: &Part| match part {
        Part::Media(media) => Part::Media(Media { id: MediaId(0), ..media.clone() }),
        other => other.clone(),
    };
    let parts: Vec<Part> = parts.iter().map(unnamed).collect();
    Ok(Sha256::digest(encode(&parts)?).into())
}

/// The parts of a body that [`encode`] wrote.
pub(crate) fn decode(body: &[u8]) -> Outcome<Vec<Part>> {
    let Some((&VERSION, rest)) = body.split_first() else {
        return Err(Stop::Damaged("a message of an unknown version"));
    };
    let rows: Vec<PartRow<'_>> =
        rmp_serde::from_slice(rest).map_err(|_| Stop::Damaged("a message that cannot be read"))?;
    rows.into_iter().map(Part::try_from).collect()
}

#[derive(Serialize, Deserialize)]
enum PartRow<'a> {
    #[serde(rename = "t")]
    Text(u8, #[serde(borrow)] Cow<'a, str>),
    #[serde(rename = "m")]
    Media(#[serde(borrow)] MediaRow<'a>),
    #[serde(rename = "f")]
    Foreign(#[serde(borrow)] ForeignRow<'a>),
    /// The place that is answered to.
    #[serde(rename = "r")]
    Reply(u32),
    /// The place of the message that was edited, and its new text.
    #[serde(rename = "e")]
    Edited(u32, #[serde(borrow)] Cow<'a, str>),
    /// The place of the message that was deleted.
    #[serde(rename = "d")]
    Deleted(u32),
    /// The place of the message, the emoji, and whether it is there now.
    #[serde(rename = "a")]
    Reacted(u32, #[serde(borrow)] Cow<'a, str>, bool),
    #[serde(rename = "x")]
    Removed,
}

#[derive(Serialize, Deserialize)]
struct MediaRow<'a> {
    #[serde(borrow)]
    id: ByteRow<'a>,
    #[serde(borrow)]
    hash: ByteRow<'a>,
    size: u64,
    #[serde(borrow)]
    mime: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct ForeignRow<'a> {
    #[serde(borrow)]
    dialect: Cow<'a, str>,
    #[serde(borrow)]
    payload: ByteRow<'a>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// Bytes, which serde would otherwise write as a list of numbers.
struct ByteRow<'a>(Cow<'a, [u8]>);

impl<'a> From<&'a Part> for PartRow<'a> {
    fn from(part: &'a Part) -> Self {
        match part {
            Part::Text { text, markup } => Self::Text(markup_number(*markup), text.into()),
            Part::Media(media) => Self::Media(MediaRow {
                id: ByteRow(media.id.0.to_be_bytes().to_vec().into()),
                hash: ByteRow(media.blob.hash.as_slice().into()),
                size: media.blob.size,
                mime: media.mime.as_str().into(),
                name: media.name.as_str().into(),
            }),
            Part::Foreign { dialect, payload, text } => Self::Foreign(ForeignRow {
                dialect: dialect.into(),
                payload: ByteRow(payload.as_ref().into()),
                text: text.into(),
            }),
            Part::Reply { to } => Self::Reply(to.number()),
            Part::Act(Act { target, deed }) => match deed {
                Deed::Edited(text) => Self::Edited(target.number(), text.into()),
                Deed::Deleted => Self::Deleted(target.number()),
                Deed::Reacted { emoji, on } => Self::Reacted(target.number(), emoji.into(), *on),
            },
            Part::Removed => Self::Removed,
        }
    }
}

impl TryFrom<PartRow<'_>> for Part {
    type Error = Stop;

    fn try_from(row: PartRow<'_>) -> Outcome<Self> {
        Ok(match row {
            PartRow::Text(markup, text) => Self::Text { text: text.into_owned(), markup: markup_of(markup)? },
            PartRow::Media(media) => Self::Media(Media {
                id: MediaId(u128::from_be_bytes(media.id.array()?)),
                blob: Blob { hash: media.hash.array()?, size: media.size },
                mime: media.mime.into_owned(),
                name: media.name.into_owned(),
            }),
            PartRow::Foreign(foreign) => Self::Foreign {
                dialect: foreign.dialect.into_owned(),
                payload: foreign.payload.0.into_owned().into(),
                text: foreign.text.into_owned(),
            },
            PartRow::Reply(to) => Self::Reply { to: Seq::new(to) },
            PartRow::Edited(target, text) => act(target, Deed::Edited(text.into_owned())),
            PartRow::Deleted(target) => act(target, Deed::Deleted),
            PartRow::Reacted(target, emoji, on) => {
                act(target, Deed::Reacted { emoji: emoji.into_owned(), on })
            }
            PartRow::Removed => Self::Removed,
        })
    }
}

fn act(target: u32, deed: Deed) -> Part {
    Part::Act(Act { target: Seq::new(target), deed })
}

fn markup_number(markup: Markup) -> u8 {
    match markup {
        Markup::Plain => 0,
        Markup::Html => 1,
    }
}

fn markup_of(number: u8) -> Outcome<Markup> {
    match number {
        0 => Ok(Markup::Plain),
        1 => Ok(Markup::Html),
        _ => Err(Stop::Damaged("a kind of markup")),
    }
}

impl ByteRow<'_> {
    fn array<const LENGTH: usize>(&self) -> Outcome<[u8; LENGTH]> {
        <[u8; LENGTH]>::try_from(self.0.as_ref()).map_err(|_| Stop::Damaged("bytes of another length"))
    }
}

impl Serialize for ByteRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ByteRow<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes).map(|bytes| Self(Cow::Borrowed(bytes)))
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = &'de [u8];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_kinds() -> Vec<Part> {
        vec![
            Part::text("héllo"),
            Part::Text { text: "<b>x</b>".into(), markup: Markup::Html },
            Part::Media(Media {
                id: MediaId(u128::MAX - 1),
                blob: Blob { hash: [7; 32], size: u64::MAX },
                mime: "image/png".into(),
                name: String::new(),
            }),
            Part::Foreign { dialect: "x".into(), payload: vec![0, 255].into(), text: "y".into() },
            Part::Reply { to: Seq::LAST },
            act(1, Deed::Edited("ж".into())),
            act(2, Deed::Deleted),
            act(3, Deed::Reacted { emoji: "👍".into(), on: true }),
            Part::Removed,
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(decode(&encode(&all_kinds()).unwrap()).unwrap(), all_kinds());
    }

    #[test]
    fn a_plain_text_costs_little() {
        assert!(encode(&[Part::text("x".repeat(20))]).unwrap().len() <= 28);
    }

    #[test]
    fn version_1_stays_as_it_is() {
        let body = [1, 0x91, 0x81, 0xa1, b't', 0x92, 0, 0xa2, b'h', b'i'];
        assert_eq!(encode(&[Part::text("hi")]).unwrap(), body);
        assert_eq!(decode(&body).unwrap(), [Part::text("hi")]);
    }

    #[test]
    fn a_body_cut_off_anywhere_is_damaged() {
        let whole = encode(&all_kinds()).unwrap();
        for length in 0..whole.len() {
            assert!(matches!(decode(&whole[..length]), Err(Stop::Damaged(_))), "{length}");
        }
    }
}
