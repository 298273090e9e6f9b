//! Attachments and pictures, for clients whose messages only hold a URL.

use super::range::{self, Wanted};
use super::safe;
use super::thumbnail::Thumbnails;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use koine_core::{Core, Error};
use koine_dialect::toolbox::sniff;
use koine_model::media::{Blob, Media};
use koine_model::{AccountId, ConversationId, MediaId, Refusal};
use std::ops::Range;
use std::sync::Arc;

/// What a name stands for never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// The largest picture of which a thumbnail is made, in bytes.
const LARGEST_PICTURE: u64 = 64 << 20;

/// One attachment, or a part of it. Its name is its key: who knows it may have it.
pub(super) async fn media(
    State(core): State<Arc<Core>>,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Missing> {
    let media = find(&core, &id).await?;
    let (size, tag) = (media.blob.size, tag(&media.blob));
    let mut headers = safe::headers(&media.mime);
    headers.insert(header::CONTENT_DISPOSITION, safe::disposition(&media));
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    let (status, part) = match range::wanted(&asked, size, &tag) {
        Wanted::Nothing => return Ok((StatusCode::NOT_MODIFIED, headers).into_response()),
        Wanted::Beyond => {
            content_range(&mut headers, &format!("bytes */{size}"));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(part) => {
            let last = part.end.saturating_sub(1);
            content_range(&mut headers, &format!("bytes {}-{last}/{size}", part.start));
            (StatusCode::PARTIAL_CONTENT, part)
        }
    };
    headers.insert(header::CONTENT_LENGTH, part.end.saturating_sub(part.start).into());
    Ok((status, headers, body(core, media, part).await?).into_response())
}

/// A small picture of an attachment that is one.
pub(super) async fn thumbnail(
    State(core): State<Arc<Core>>,
    State(thumbnails): State<Arc<Thumbnails>>,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Missing> {
    let media = find(&core, &id).await?;
    let tag = format!("{}-small\"", tag(&media.blob).trim_end_matches('"'));
    let made = match thumbnails.find(&media.blob) {
        Some(made) => made,
        None => thumbnails.make(media.blob, core.media_whole(&media, LARGEST_PICTURE)).await?,
    };
    let made = made.ok_or(Missing::Nothing)?;
    let mut headers = safe::headers(made.mime);
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if range::wanted(&asked, media.blob.size, &tag) == Wanted::Nothing {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, made.bytes).into_response())
}

/// Somebody's picture. A link that names the picture, too, may be kept as long as one likes.
pub(super) async fn avatar(
    State(core): State<Arc<Core>>,
    Path(account): Path<String>,
    uri: Uri,
) -> Result<Response, Missing> {
    let account = AccountId::parse(&account).ok_or(Missing::Nothing)?;
    let (bytes, blob) = core.portrait(account).await?.ok_or(Missing::Nothing)?;
    let named = uri.query().and_then(|query| query.strip_prefix("v=")).filter(|named| named.len() >= 16);
    let is_named =
        named.is_some_and(|named| blob.is_some_and(|blob| hexadecimal(&blob.hash).starts_with(named)));
    Ok(picture(bytes, if is_named { FOR_EVER } else { ASK_AGAIN }))
}

/// A group's picture. Who was told the beginning of its hash may have it.
pub(super) async fn group(
    State(core): State<Arc<Core>>,
    Path((group, hash)): Path<(String, String)>,
) -> Result<Response, Missing> {
    let group = ConversationId::parse(&group).ok_or(Missing::Nothing)?;
    // The same 32 digits as the name of an attachment.
    let hash = MediaId::parse(&hash).ok_or(Missing::Nothing)?.0.to_be_bytes();
    let bytes = core.group_avatar(group, &hash).await?.ok_or(Missing::Nothing)?;
    Ok(picture(bytes, FOR_EVER))
}

fn picture(bytes: Bytes, kept: HeaderValue) -> Response {
    let mut headers = safe::headers(sniff::mime(&bytes));
    headers.insert(header::CACHE_CONTROL, kept);
    (headers, bytes).into_response()
}

async fn find(core: &Core, id: &str) -> Result<Media, Missing> {
    let id = MediaId::parse(id).ok_or(Missing::Nothing)?;
    core.media(id).await?.ok_or(Missing::Nothing)
}

/// Why there is nothing to show.
pub(super) enum Missing {
    /// There is no such thing.
    Nothing,
    /// It could not be read.
    Failed(Error),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        match self {
            Self::Nothing => (StatusCode::NOT_FOUND, "there is no such thing here\n").into_response(),
            Self::Failed(Error::Refused(Refusal::Busy)) => {
                let headers = [(header::RETRY_AFTER, HeaderValue::from(1))];
                (StatusCode::SERVICE_UNAVAILABLE, headers, "the server is busy\n").into_response()
            }
            Self::Failed(error) => {
                tracing::error!(%error, "cannot read media");
                (StatusCode::INTERNAL_SERVER_ERROR, "the server failed\n").into_response()
            }
        }
    }
}

/// The bytes, piece by piece: the first one is read before anything is promised, each other when the last one was taken.
async fn body(core: Arc<Core>, media: Media, part: Range<u64>) -> Result<Body, Missing> {
    let first = piece(&core, &media, &part).await?.ok_or(Missing::Nothing)?;
    let rest = stream::try_unfold((part, Some(first)), move |(part, ready)| {
        let (core, media) = (core.clone(), media.clone());
        async move {
            if part.is_empty() {
                return Ok::<_, std::io::Error>(None);
            }
            // Whoever fetches it sees by the length that something is missing.
            let gone = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            let next = match ready {
                Some(ready) => ready,
                None => piece(&core, &media, &part).await.map_err(|_| gone())?.ok_or_else(gone)?,
            };
            let taken = u64::try_from(next.len()).unwrap_or(u64::MAX);
            if taken == 0 {
                return Err(gone());
            }
            Ok(Some((next, (part.start.saturating_add(taken)..part.end, None))))
        }
    });
    Ok(Body::from_stream(rest))
}

async fn piece(core: &Core, media: &Media, part: &Range<u64>) -> Result<Option<Bytes>, Error> {
    let most = usize::try_from(part.end.saturating_sub(part.start)).unwrap_or(usize::MAX);
    let piece = core.media_piece(media, part.start).await?;
    Ok(piece.map(|piece| piece.slice(..piece.len().min(most))))
}

fn content_range(headers: &mut HeaderMap, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(header::CONTENT_RANGE, value);
    }
}

/// Bytes that are the same have the same tag.
fn tag(blob: &Blob) -> String {
    let name = hexadecimal(&blob.hash);
    format!("\"{}\"", name.get(..32).unwrap_or(&name))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
