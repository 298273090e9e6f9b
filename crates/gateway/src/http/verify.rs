//! The page behind a link that was mailed: opening it proves that one reads the mail of an address.
//!
//! One click is enough, as the protocols want it, so opening alone must do it. Programs that look at links before people do
//! mostly ask for the head only, which proves nothing.

use super::language::Language;
use super::page::page;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use koine_core::Core;
use std::sync::Arc;

/// What the page says.
struct Words {
    done: &'static str,
    gone: &'static str,
}

/// The link was opened.
pub(super) async fn open(
    State(core): State<Arc<Core>>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if method == Method::HEAD {
        return StatusCode::OK.into_response();
    }
    let language = Language::asked(&headers);
    let words = words(language);
    let (status, sentence) = if core.verification_open(&token) {
        (StatusCode::OK, words.done)
    } else {
        (StatusCode::NOT_FOUND, words.gone)
    };
    page(status, language, &format!("<p>{sentence}</p>"))
}

fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            done: "Your e-mail address is verified. You can go back to your program now.",
            gone: "This link is not good any more: it was opened before, or it is too old. Ask your program for another one.",
        },
        Language::Russian => Words {
            done: "Адрес электронной почты подтверждён. Можно вернуться в программу.",
            gone: "Эта ссылка больше не действует: её уже открывали, или она устарела. Запросите новую в программе.",
        },
        Language::Chinese => Words {
            done: "您的电子邮箱已通过验证，现在可以返回您的程序。",
            gone: "此链接已失效：它已被打开过，或者已过期。请在您的程序中重新获取。",
        },
    }
}
