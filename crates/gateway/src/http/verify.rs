//! The page behind a link that was mailed: opening it proves that one reads the mail of an address.
//!
//! One click is enough, as the protocols want it, so opening alone must do it. Programs that look at links before people do
//! mostly ask for the head only, which proves nothing.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use koine_core::Core;
use std::sync::Arc;

/// What the page says, in one language.
struct Words {
    language: &'static str,
    done: &'static str,
    gone: &'static str,
}

/// The first is for those who understand none of them.
const LANGUAGES: [Words; 3] = [
    Words {
        language: "en",
        done: "Your e-mail address is verified. You can go back to your program now.",
        gone: "This link is not good any more: it was opened before, or it is too old. Ask your program for another one.",
    },
    Words {
        language: "ru",
        done: "Адрес электронной почты подтверждён. Можно вернуться в программу.",
        gone: "Эта ссылка больше не действует: её уже открывали, или она устарела. Запросите новую в программе.",
    },
    Words {
        language: "zh",
        done: "您的电子邮箱已通过验证，现在可以返回您的程序。",
        gone: "此链接已失效：它已被打开过，或者已过期。请在您的程序中重新获取。",
    },
];

/// The link was opened.
pub(super) async fn open(
    State(core): State<Arc<Core>>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let words = words(&headers);
    if method == Method::HEAD {
        return StatusCode::OK.into_response();
    }
    let (status, sentence) = if core.verification_open(&token) {
        (StatusCode::OK, words.done)
    } else {
        (StatusCode::NOT_FOUND, words.gone)
    };
    let language = words.language;
    let page = format!(
        "<!DOCTYPE html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>koine</title>\
         <body style=\"font-family: sans-serif; margin: 4em auto; max-width: 32em; padding: 0 1em\"><p>{sentence}</p></body></html>\n"
    );
    let headers = [
        // The address of the page is a proof: nobody is to keep it or hand it on.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ),
    ];
    (status, headers, Html(page)).into_response()
}

/// The first language that the browser asks for and that is known.
fn words(headers: &HeaderMap) -> &'static Words {
    let asked =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = |tag: &str| {
        let primary = tag.trim().split(['-', ';']).next().unwrap_or_default();
        LANGUAGES.iter().find(|words| words.language.eq_ignore_ascii_case(primary))
    };
    let [first, ..] = &LANGUAGES;
    asked.split(',').find_map(known).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_the_readers_language() {
        let check = |asked: &'static str, expected: &str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(asked))]);
            assert_eq!(words(&headers).language, expected, "{asked}");
        };
        check("ru-RU,ru;q=0.9,en;q=0.8", "ru");
        check("fr, ZH-cn;q=0.5", "zh");
        check("fr", "en");
        check("", "en");
        assert_eq!(words(&HeaderMap::new()).language, "en");
    }
}
