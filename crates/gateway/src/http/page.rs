//! What the pages behind mailed links have in common: a few sentences, and headers that keep their addresses secret.

use super::language::Language;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// The look of the web client, as much of it as a form and a sentence need.
const STYLE: &str = include_str!("page.css");

/// The mark of koine.
const MARK: &str = "<svg viewBox=\"0 0 64 64\" aria-hidden=\"true\">\
    <path d=\"M32 4c16.6 0 28 11.2 28 26.5S48.6 57 32 57c-3 0-5.9-.4-8.6-1.1L10.7 60c-1.7.6-3.3-1-2.7-2.7l3-9.1C6.6 43.6 4 37.5 4 30.5 4 15.2 15.4 4 32 4z\"/>\
    <path d=\"M23 18v25M42 18.5c-4 7.5-9.5 11.5-18 12 9 .5 14.5 4.5 18.5 12\"/></svg>";

/// Nothing is fetched, no script runs, nobody frames the page, and a form on it goes back to where it came from. The
/// style is let in by its SHA-256.
const POLICY: &str = "default-src 'none'; style-src 'sha256-10coikEMPCHn4J//tzxcN0UDuyAwLS86fYI8x4EfTLo='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page that shows `body`, which is HTML.
pub(super) fn page(status: StatusCode, language: Language, body: &str) -> Response {
    let language = language.tag();
    let page = format!(
        "<!DOCTYPE html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>koine</title><style>{STYLE}</style>\
         <body><main>{MARK}{body}</main></body></html>\n"
    );
    let headers: [(HeaderName, HeaderValue); 4] = [
        // The address of the page is a proof: nobody is to keep it or hand it on.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, Html(page)).into_response()
}

/// A text as it stands in HTML, between tags or in quotes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_style_is_let_in() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "{hash}");
    }

    #[test]
    fn a_text_stays_a_text() {
        assert_eq!(escaped("\"><script>&"), "&quot;&gt;&lt;script&gt;&amp;");
    }
}
