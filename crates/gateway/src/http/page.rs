//! What the pages behind mailed links have in common: a few sentences, and headers that keep their addresses secret.

use super::language::Language;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

const STYLE: &str = "body { font-family: sans-serif; margin: 4em auto; max-width: 32em; padding: 0 1em } \
    label { display: block; margin: 1em 0 } \
    input { box-sizing: border-box; display: block; font: inherit; margin-top: .3em; padding: .4em; width: 100% } \
    button { font: inherit; padding: .4em 1.5em }";

/// Nothing is fetched, no script runs, nobody frames the page, and a form on it goes back to where it came from. The
/// style is let in by its SHA-256.
const POLICY: &str = "default-src 'none'; style-src 'sha256-8FB2eXJK2qNBJMKyQIg1jacNwOq39Nc6B8Vq+FXJHko='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page that shows `body`, which is HTML.
pub(super) fn page(status: StatusCode, language: Language, body: &str) -> Response {
    let language = language.tag();
    let page = format!(
        "<!DOCTYPE html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>koine</title><style>{STYLE}</style>\
         <body>{body}</body></html>\n"
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
