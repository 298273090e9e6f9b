//! Which web pages may open a WebSocket here. A browser tells whose page asks; programs that are no browsers mostly tell nothing.

use axum::http::{HeaderMap, header};

/// Whether the page is one of this server's own, or of one of `others` (`https://chat.example`), or it is no page at all.
pub(super) fn is_welcome(headers: &HeaderMap, others: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let Some(origin) = origin.to_str().ok().filter(|_| origins.next().is_none()) else { return false };
    let origin = origin.trim();
    if origin.is_empty() || others.iter().any(|other| other.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    // The scheme is not compared: a proxy in front may have taken TLS off.
    match (authority, host) {
        (Some(authority), Some(host)) => bare(authority).eq_ignore_ascii_case(bare(host)),
        _ => false,
    }
}

/// Without the port that everybody leaves out.
fn bare(authority: &str) -> &str {
    authority.strip_suffix(":443").or_else(|| authority.strip_suffix(":80")).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn own_pages_and_programs_are_welcome_and_other_pages_are_not() {
        let others = ["https://chat.example".to_owned()];
        let check = |origin: Option<&'static str>, host: &'static str, expected: bool| {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
            assert_eq!(is_welcome(&headers, &others), expected, "{origin:?} at {host}");
        };
        check(None, "localhost:8080", true);
        check(Some(""), "localhost:8080", true);
        check(Some("http://localhost:8080"), "localhost:8080", true);
        check(Some("https://Koine.example"), "koine.example", true);
        check(Some("https://koine.example"), "koine.example:443", true);
        check(Some("https://chat.example"), "10.0.0.1:8080", true);
        check(Some("http://localhost:8081"), "localhost:8080", false);
        check(Some("http://evil.example"), "localhost:8080", false);
        check(Some("http://localhost:8080.evil.example"), "localhost:8080", false);
        check(Some("null"), "localhost:8080", false);
        check(Some("file://"), "", false);
        check(Some("chrome-extension://localhost:8080"), "localhost:8080", false);
    }
}
