//! Headers that keep what somebody uploaded from acting in a browser, under whatever name and type it came.
//!
//! A page that is opened by its address runs nothing (`sandbox`), a file is never taken for what it is not said to be
//! (`nosniff`), nothing uploaded is a script or a style of the web client's, which is served from the same site, and everything but
//! pictures, sound and films is saved instead of shown.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use koine_model::media::Media;

/// What is shown where it is opened: it cannot carry scripts.
const SHOWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/avif",
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "audio/x-wav",
    "video/mp4",
    "video/ogg",
    "video/webm",
];

const ANYTHING: HeaderValue = HeaderValue::from_static("application/octet-stream");
const POLICY: &str =
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox";
/// What a name has at most, in characters: a longer one fits no file system.
const NAME: usize = 150;

/// The headers of bytes that are said to be `mime`.
pub(super) fn headers(mime: &str) -> HeaderMap {
    let pairs: [(HeaderName, &'static str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // The address is the key to it.
        (header::REFERRER_POLICY, "no-referrer"),
        // Who knows the address may have it, and clients that are pages of other sites show it.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    let mut headers: HeaderMap =
        pairs.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    let kind = essence(mime);
    let acts = kind.contains("script") || kind == "text/css";
    let shown = if acts { ANYTHING } else { HeaderValue::from_str(mime).unwrap_or(ANYTHING) };
    headers.insert(header::CONTENT_TYPE, shown);
    headers
}

/// Whether a browser shows an attachment or saves it, and under which name (RFC 6266).
pub(super) fn disposition(media: &Media) -> HeaderValue {
    let manner = if SHOWN.contains(&essence(&media.mime).as_str()) { "inline" } else { "attachment" };
    let name = file_name(&media.name);
    if name.is_empty() {
        return HeaderValue::from_static(manner);
    }
    let plain: String = name.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    let encoded: String = name.bytes().map(percent).collect();
    HeaderValue::from_str(&format!("{manner}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// The type without its parameters.
fn essence(mime: &str) -> String {
    mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A name as a file may have it: nothing that leads into another folder, ends the line, or shows another ending than it has.
fn file_name(name: &str) -> String {
    let kept = name.chars().filter(|it| !it.is_control() && !reorders(*it)).take(NAME);
    let safe: String = kept.map(|it| if r#"/\:*?"<>|"#.contains(it) { '_' } else { it }).collect();
    safe.trim_matches(|it: char| it == '.' || it.is_whitespace()).to_owned()
}

/// Unicode's line ends, and the marks that have text shown in another order than it is in, or not at all.
fn reorders(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// What may stand between quotes of a header as it is.
fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~') && !matches!(character, '"' | '\\' | '%')
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
    use koine_model::MediaId;
    use koine_model::media::Blob;

    fn named(mime: &str, name: &str) -> String {
        let blob = Blob { hash: [0; 32], size: 0 };
        let media = Media { id: MediaId(1), blob, mime: mime.into(), name: name.into() };
        disposition(&media).to_str().unwrap().to_owned()
    }

    #[test]
    fn only_what_cannot_carry_scripts_is_shown() {
        let check = |mime: &str, expected: &str| assert_eq!(named(mime, ""), expected, "{mime}");
        for shown in ["image/png", "IMAGE/PNG", "image/jpeg; quality=high", "audio/mpeg", "video/mp4"] {
            check(shown, "inline");
        }
        for saved in
            ["image/svg+xml", "text/html", "application/pdf", "text/xml", "", "png", "image/png,text/html"]
        {
            check(saved, "attachment");
        }
    }

    #[test]
    fn a_name_stays_within_its_header_and_its_folder() {
        let check = |name: &str, plain: &str, encoded: &str| {
            let expected = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
            assert_eq!(named("text/html", name), expected, "{name:?}");
        };
        check("a.html", "a.html", "a.html");
        check("a\"b\r\nSet-Cookie: x=1\r\n.html", "a_bSet-Cookie_ x=1.html", "a_bSet-Cookie_%20x%3D1.html");
        check("кот.png", "___.png", "%D0%BA%D0%BE%D1%82.png");
        check("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd");
        check("C:\\auto%41.bat ", "C__auto_41.bat", "C__auto%2541.bat");
        // Shown as "photo_exe.png" without the filter.
        check("photo_\u{202e}gnp.exe\u{200f}", "photo_gnp.exe", "photo_gnp.exe");
        for nothing in ["...", "\u{202e}", "\r\n"] {
            assert_eq!(named("text/html", nothing), "attachment", "{nothing:?}");
        }
    }

    #[test]
    fn a_name_of_64_kib_is_cut() {
        let long = named("text/plain", &"я".repeat(32 << 10));
        assert!(long.len() < 2048, "{} bytes", long.len());
        assert!(long.ends_with("%D1%8F") && long.contains(&"_".repeat(NAME)));
    }

    #[test]
    fn nothing_uploaded_is_a_script_or_a_style() {
        let check = |mime: &str, expected: &str| {
            let headers = headers(mime);
            assert_eq!(headers[header::CONTENT_TYPE], expected, "{mime}");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none';") && policy.ends_with("; sandbox"), "{policy}");
        };
        for acting in
            ["text/javascript", "Application/JavaScript; charset=utf-8", "text/ecmascript", "text/css"]
        {
            check(acting, "application/octet-stream");
        }
        check("text/html", "text/html");
        check("image/png", "image/png");
        check("text/plain\r\nX: y", "application/octet-stream");
    }
}
