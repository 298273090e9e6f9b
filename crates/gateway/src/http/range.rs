//! Which part of a file a request asks for (RFC 9110, section 14), and whether it has the file already.

use axum::http::{HeaderMap, HeaderName, header};
use std::ops::Range;

/// What is to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// These bytes of it.
    Part(Range<u64>),
    /// Bytes that it does not have.
    Beyond,
    /// Nothing: the client has it.
    Nothing,
}

/// What a request wants of a file of `size` bytes whose entity tag is `tag`.
pub(super) fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Wanted {
    if let Some(known) = text(headers, header::IF_NONE_MATCH)
        && known.split(',').any(|known| matches!(known.trim(), "*") || same(known.trim(), tag))
    {
        return Wanted::Nothing;
    }
    let Some(range) = text(headers, header::RANGE) else { return Wanted::Whole };
    // A part of something else would be of no use.
    if text(headers, header::IF_RANGE).is_some_and(|known| known.trim() != tag) {
        return Wanted::Whole;
    }
    // Several parts in one answer, or another unit: the answer to what is not understood is all of it.
    let Some(spec) = range.trim().strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else { return Wanted::Whole };
    let (first, last) = (first.trim(), last.trim());
    let part = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Wanted::Whole,
    };
    if part.start < part.end { Wanted::Part(part) } else { Wanted::Beyond }
}

/// Entity tags are compared without what makes them weak, here.
fn same(known: &str, tag: &str) -> bool {
    known.strip_prefix("W/").unwrap_or(known) == tag
}

fn number(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large for a number lies beyond everything.
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn check(header: HeaderName, value: &'static str, expected: Wanted) {
        let headers = HeaderMap::from_iter([(header, HeaderValue::from_static(value))]);
        assert_eq!(wanted(&headers, 100, "\"tag\""), expected, "{value}");
    }

    #[test]
    fn single_ranges_are_read() {
        check(header::RANGE, "bytes=0-9", Wanted::Part(0..10));
        check(header::RANGE, "bytes=90-", Wanted::Part(90..100));
        check(header::RANGE, "bytes=-10", Wanted::Part(90..100));
        check(header::RANGE, "bytes=-1000", Wanted::Part(0..100));
        check(header::RANGE, "bytes=99-99999999999999999999999", Wanted::Part(99..100));
        check(header::RANGE, "bytes=100-", Wanted::Beyond);
        check(header::RANGE, "bytes=-0", Wanted::Beyond);
        for whole in ["bytes=5-4", "bytes=0-1,3-4", "lines=1-2", "bytes=", "bytes=x-1", "bytes=--1", "0-1"] {
            check(header::RANGE, whole, Wanted::Whole);
        }
    }

    #[test]
    fn what_the_client_has_is_not_sent() {
        check(header::IF_NONE_MATCH, "\"tag\"", Wanted::Nothing);
        check(header::IF_NONE_MATCH, "\"other\", W/\"tag\"", Wanted::Nothing);
        check(header::IF_NONE_MATCH, "*", Wanted::Nothing);
        check(header::IF_NONE_MATCH, "\"other\"", Wanted::Whole);
    }

    #[test]
    fn a_part_of_something_else_is_not_sent() {
        let with = |known: &'static str| {
            let pairs = [(header::RANGE, "bytes=0-9"), (header::IF_RANGE, known)];
            let headers =
                pairs.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
            wanted(&headers, 100, "\"tag\"")
        };
        assert_eq!(with("\"tag\""), Wanted::Part(0..10));
        assert_eq!(with("\"old\""), Wanted::Whole);
        assert_eq!(with("W/\"tag\""), Wanted::Whole);
    }
}
