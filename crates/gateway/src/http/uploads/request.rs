//! What the headers of an upload say.

use super::refuse::Refused;
use super::{LENGTH, METADATA};
use axum::http::{HeaderMap, HeaderName, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What is said of a file.
#[derive(Default, PartialEq, Eq, Debug)]
pub(super) struct Metadata {
    pub(super) mime: String,
    pub(super) name: String,
}

/// A number of bytes.
pub(super) fn number(headers: &HeaderMap, name: HeaderName) -> Result<u64, Refused> {
    let missing = if name == LENGTH {
        Refused::Header("the header Upload-Length must be there, and be a number of bytes")
    } else {
        Refused::Header("the header Upload-Offset must be there, and be a number of bytes")
    };
    let digits = headers.get(name).and_then(|value| value.to_str().ok()).ok_or(missing)?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large for a number is too large for the server.
    if plain { Ok(digits.parse().unwrap_or(u64::MAX)) } else { Err(missing) }
}

/// How long the body says that it is.
pub(super) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the body is bytes to be added.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Refused> {
    let found = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match found {
        Some(found) if found.trim().eq_ignore_ascii_case("application/offset+octet-stream") => Ok(()),
        _ => Err(Refused::Type),
    }
}

/// `Upload-Metadata: filename d29ybGQ=,filetype …`: keys with base64 behind them. Unknown keys are ignored.
pub(super) fn metadata(headers: &HeaderMap) -> Result<Metadata, Refused> {
    let mut metadata = Metadata::default();
    let wrong = Refused::Header("the header Upload-Metadata must be a list of keys and base64 of UTF-8");
    let Some(value) = headers.get(METADATA) else { return Ok(metadata) };
    for pair in value.to_str().map_err(|_| wrong)?.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let decoded = STANDARD.decode(value.trim()).map_err(|_| wrong)?;
        let text = || String::from_utf8(decoded).map_err(|_| wrong);
        match key {
            "filename" => metadata.name = text()?,
            "filetype" => metadata.mime = text()?,
            _ => {}
        }
    }
    Ok(metadata)
}

/// The token of an `Authorization: Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn metadata_are_read() {
        let check = |value: &'static str, mime: &str, name: &str| {
            let expected = Metadata { mime: mime.into(), name: name.into() };
            assert_eq!(metadata(&with(METADATA, value)), Ok(expected), "{value}");
        };
        check("filename 0LrQvtGCLnBuZw==,filetype aW1hZ2UvcG5n", "image/png", "кот.png");
        check("filetype aW1hZ2UvcG5n, relativePath /w==, flag", "image/png", "");
        check("", "", "");
        assert_eq!(metadata(&HeaderMap::new()), Ok(Metadata::default()));
        assert!(metadata(&with(METADATA, "filename ???")).is_err());
        assert!(metadata(&with(METADATA, "filename /w==")).is_err());
    }

    #[test]
    fn numbers_are_plain() {
        assert_eq!(number(&with(LENGTH, "42"), LENGTH), Ok(42));
        assert_eq!(number(&with(LENGTH, "99999999999999999999"), LENGTH), Ok(u64::MAX));
        for wrong in ["", "-1", "+1", "1.0", "x"] {
            assert!(number(&with(LENGTH, wrong), LENGTH).is_err(), "{wrong}");
        }
        assert!(number(&HeaderMap::new(), LENGTH).is_err());
    }

    #[test]
    fn tokens_are_read() {
        assert_eq!(bearer(&with(header::AUTHORIZATION, "bearer abc")), Some("abc"));
        assert_eq!(bearer(&with(header::AUTHORIZATION, "Basic abc")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
