//! The web client: files that were built into the program, handed in by whoever starts the gateway.

use crate::settings::WebFile;
use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use sha1::{Digest, Sha1};
use std::collections::HashMap;
use std::sync::Arc;

/// Scripts, styles, pictures and connections from here alone. What a picker or the clipboard gives is a `blob:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// What `/` says where no client was built in.
const WITHOUT: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>koine</title>\
    <p>This is koine, a chat server. It was built without its web client: \
    <code>make web</code> builds that, and <code>make run</code> starts the server with it.</p></html>\n";

/// The files by their paths.
#[derive(Clone)]
struct Web(Arc<HashMap<&'static str, Page>>);

struct Page {
    file: WebFile,
    tag: String,
}

/// Answers for every path that is nobody else's.
pub(super) fn routes(files: &'static [WebFile]) -> Router {
    let page = |file: &WebFile| {
        let digest = Sha1::digest(file.bytes);
        let tag = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        (file.path, Page { file: *file, tag })
    };
    let web = Web(Arc::new(files.iter().map(page).collect()));
    Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap| {
        std::future::ready(web.answer(&method, uri.path(), &headers))
    })
}

impl Web {
    fn answer(&self, method: &Method, path: &str, asked: &HeaderMap) -> Response {
        let path = if path == "/" { "/index.html" } else { path };
        let found = self.0.get(path);
        if !matches!(*method, Method::GET | Method::HEAD) {
            let status = if found.is_some() { StatusCode::METHOD_NOT_ALLOWED } else { StatusCode::NOT_FOUND };
            return status.into_response();
        }
        match found {
            Some(page) => page.answer(asked),
            None if path == "/index.html" => {
                let mut headers = safe_headers("text/html; charset=utf-8");
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
                (headers, WITHOUT).into_response()
            }
            None => (StatusCode::NOT_FOUND, "there is no such thing here\n").into_response(),
        }
    }
}

impl Page {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let WebFile { path, bytes, brotli, gzip } = self.file;
        let (encoding, body) = match (brotli, gzip) {
            (Some(brotli), _) if accepts(asked, "br") => (Some("br"), brotli),
            (_, Some(gzip)) if accepts(asked, "gzip") => (Some("gzip"), gzip),
            _ => (None, bytes),
        };
        let mut headers = safe_headers(mime(path));
        // Each encoding of a file is bytes of its own.
        let tag = format!("\"{}{}\"", self.tag, encoding.map(|name| format!("-{name}")).unwrap_or_default());
        // The names of assets have a hash in them: another content has another name.
        let kept =
            if path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        let known =
            asked.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
        if known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        (headers, body).into_response()
    }
}

/// Whether the client takes an encoding: it names it, and does not say `q=0`.
fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let refuses = |parameters: &str| {
        let weight = parameters.trim().strip_prefix("q=").unwrap_or("1");
        weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0)
    };
    values.flat_map(|value| value.split(',')).any(|token| {
        let (name, parameters) = token.split_once(';').unwrap_or((token, ""));
        name.trim().eq_ignore_ascii_case(encoding) && !refuses(parameters)
    })
}

fn safe_headers(mime: &'static str) -> HeaderMap {
    let pairs: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    pairs.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILES: &[WebFile] = &[
        WebFile { path: "/index.html", bytes: b"<html>", brotli: Some(b"B"), gzip: Some(b"G") },
        WebFile { path: "/assets/app-1a2b.js", bytes: b"run()", brotli: None, gzip: None },
    ];

    fn ask(
        files: &'static [WebFile],
        method: Method,
        path: &str,
        headers: &[(HeaderName, &'static str)],
    ) -> Response {
        let page = |file: &WebFile| (file.path, Page { file: *file, tag: "t".to_owned() });
        let web = Web(Arc::new(files.iter().map(page).collect()));
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        web.answer(&method, path, &headers)
    }

    #[test]
    fn the_smallest_form_that_is_understood_is_sent() {
        let check = |accepted: &'static str, encoding: Option<&str>| {
            let answer = ask(FILES, Method::GET, "/", &[(header::ACCEPT_ENCODING, accepted)]);
            let sent = answer.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!((answer.status(), sent), (StatusCode::OK, encoding), "{accepted}");
            assert_eq!(answer.headers()[header::VARY], "Accept-Encoding");
        };
        check("gzip, deflate, br", Some("br"));
        check("gzip;q=1.0, br;q=0", Some("gzip"));
        check("identity", None);
        check("", None);
    }

    #[test]
    fn the_shell_is_asked_for_again_and_assets_are_not() {
        let kept = |path: &str| ask(FILES, Method::GET, path, &[]).headers()[header::CACHE_CONTROL].clone();
        assert_eq!(kept("/"), "no-cache");
        assert_eq!(kept("/assets/app-1a2b.js"), "public, max-age=31536000, immutable");
        let again = ask(FILES, Method::GET, "/", &[(header::IF_NONE_MATCH, "\"t\"")]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask(FILES, Method::GET, "/../etc/passwd", &[]).status(), StatusCode::NOT_FOUND);
        assert_eq!(ask(FILES, Method::POST, "/", &[]).status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn nothing_from_elsewhere_is_let_in() {
        let headers = ask(FILES, Method::GET, "/", &[]).headers().clone();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "), "{policy}");
        assert!(!policy.contains("  ") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[test]
    fn without_a_client_it_says_how_to_build_one() {
        assert_eq!(ask(&[], Method::GET, "/", &[]).status(), StatusCode::OK);
        assert_eq!(ask(&[], Method::GET, "/assets/x.js", &[]).status(), StatusCode::NOT_FOUND);
    }
}
