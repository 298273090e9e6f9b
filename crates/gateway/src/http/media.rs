//! Attachments and pictures, for clients whose messages only hold a URL.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use koine_core::{Answer, Core};
use koine_dialect::toolbox::sniff;
use koine_model::media::Media;
use koine_model::{AccountId, MediaId};
use std::sync::Arc;

/// One attachment. Its name is its key: who knows it may have it.
pub(super) async fn media(State(core): State<Arc<Core>>, Path(id): Path<String>) -> Response {
    let Some(id) = MediaId::parse(&id) else { return missing() };
    let found = first_piece(&core, id).await;
    respond(found, |(media, first)| {
        let mut headers = safe_headers(&media.mime);
        headers.insert(header::CONTENT_DISPOSITION, disposition(&media));
        headers.insert(header::CONTENT_LENGTH, media.blob.size.into());
        // What a name stands for never changes.
        headers
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
        (headers, body(core, media, first))
    })
}

async fn first_piece(core: &Core, id: MediaId) -> Answer<Option<(Media, Bytes)>> {
    let Some(media) = core.media(id).await? else { return Ok(None) };
    let first = core.media_piece(&media, 0).await?;
    Ok(first.map(|first| (media, first)))
}

/// The bytes, piece by piece: the next one is read when the last one was taken.
fn body(core: Arc<Core>, media: Media, first: Bytes) -> Body {
    let position = u64::try_from(first.len()).unwrap_or(u64::MAX);
    let rest = stream::try_unfold(position, move |position| {
        let (core, media) = (core.clone(), media.clone());
        async move {
            if position >= media.blob.size {
                return Ok::<_, std::io::Error>(None);
            }
            // Whoever fetches it sees by the length that something is missing.
            let gone = |_| std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            let piece = core.media_piece(&media, position).await.map_err(gone)?;
            let piece = piece.filter(|piece| !piece.is_empty());
            let piece = piece.ok_or(std::io::ErrorKind::UnexpectedEof)?;
            let position = position.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            Ok(Some((piece, position)))
        }
    });
    Body::from_stream(stream::once(async { Ok(first) }).chain(rest))
}

/// Somebody's picture.
pub(super) async fn avatar(State(core): State<Arc<Core>>, Path(account): Path<String>) -> Response {
    let Some(account) = AccountId::parse(&account) else { return missing() };
    let found = core.avatar(account).await;
    respond(found, |bytes: Bytes| {
        let mut headers = safe_headers(sniff::mime(&bytes));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        (headers, bytes)
    })
}

fn respond<T, B>(found: Answer<Option<T>>, show: impl FnOnce(T) -> (HeaderMap, B)) -> Response
where
    (HeaderMap, B): IntoResponse,
{
    match found {
        Ok(Some(found)) => show(found).into_response(),
        Ok(None) => missing(),
        Err(error) => {
            tracing::error!(%error, "cannot read media");
            (StatusCode::INTERNAL_SERVER_ERROR, "the server failed\n").into_response()
        }
    }
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "there is no such thing here\n").into_response()
}

/// Headers that keep a browser from running what somebody uploaded.
fn safe_headers(mime: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mime = HeaderValue::from_str(mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, mime);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    headers
}

/// Pictures that cannot carry scripts are shown; everything else is saved.
fn disposition(media: &Media) -> HeaderValue {
    let shown =
        matches!(media.mime.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/bmp");
    let manner = if shown { "inline" } else { "attachment" };
    if media.name.is_empty() {
        return HeaderValue::from_static(if shown { "inline" } else { "attachment" });
    }
    let encoded: String = media.name.bytes().map(percent).collect();
    HeaderValue::from_str(&format!("{manner}; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// A byte of a file name as RFC 8187 wants it.
fn percent(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::media::Blob;

    #[test]
    fn only_pictures_without_scripts_are_shown() {
        let check = |mime: &str, name: &str, expected: &str| {
            let blob = Blob { hash: [0; 32], size: 0 };
            let media = Media { id: MediaId(1), blob, mime: mime.into(), name: name.into() };
            assert_eq!(disposition(&media).to_str().unwrap(), expected);
        };
        check("image/png", "", "inline");
        check("image/svg+xml", "", "attachment");
        check("text/html", "a\"b\r\n.html", "attachment; filename*=UTF-8''a%22b%0D%0A.html");
        check("image/png", "кот.png", "inline; filename*=UTF-8''%D0%BA%D0%BE%D1%82.png");
    }
}
