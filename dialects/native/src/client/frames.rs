//! What a program of native reads in the frames that come to it, and no more.

use serde::Deserialize;
use std::borrow::Cow;

/// What tells frames apart.
#[derive(Deserialize)]
pub(super) struct Head<'a> {
    pub(super) id: Option<u64>,
    #[serde(borrow)]
    pub(super) event: Option<Text<'a>>,
    pub(super) error: Option<Refusal>,
}

#[derive(Deserialize)]
pub(super) struct Refusal {
    pub(super) code: String,
}

/// An answer.
#[derive(Deserialize)]
pub(super) struct Done<T> {
    pub(super) ok: T,
}

#[derive(Deserialize)]
pub(super) struct Entered {
    pub(super) me: Me,
    pub(super) token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Me {
    pub(super) id: u64,
}

#[derive(Deserialize)]
pub(super) struct Snapshot {
    pub(super) afresh: Vec<u32>,
}

#[derive(Deserialize)]
pub(super) struct Room {
    pub(super) conversation: Me,
}

#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) messages: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Told<'a> {
    #[serde(borrow)]
    pub(super) message: Message<'a>,
}

#[derive(Deserialize)]
pub(super) struct Message<'a> {
    pub(super) conversation: u32,
    pub(super) seq: u64,
    pub(super) sender: Option<Me>,
    #[serde(borrow)]
    pub(super) parts: Vec<Part<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) conversation: u32,
    pub(super) seq: u64,
}

#[derive(Deserialize)]
pub(super) struct Part<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) media: Option<Media<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Media<'a> {
    #[serde(borrow)]
    pub(super) mime: Text<'a>,
    #[serde(borrow)]
    pub(super) url: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Bye<'a> {
    #[serde(borrow)]
    pub(super) why: Text<'a>,
}

/// Text that is copied only where it must be.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
