//! The page behind a link that was mailed to somebody who has lost a password: a form, and what comes of it.
//!
//! Looking at it changes nothing, since programs look at links before people do. It works without scripts.

mod words;

use super::language::Language;
use super::page::{escaped, page};
use crate::house::House;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use koine_core::{Answer, Core, Error};
use koine_model::Refusal;
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use std::sync::Arc;
use std::time::Duration;
use words::{Words, words};

/// The largest form: two passwords of a kilobyte with every byte written as three, and as much again.
const FORM_BYTES: usize = 16 << 10;

#[derive(Clone)]
struct Desk {
    core: Arc<Core>,
    house: Arc<House>,
}

/// The page.
pub(super) fn routes(core: Arc<Core>, house: Arc<House>) -> Router {
    Router::new().route("/recover/{token}", get(show).post(set)).with_state(Desk { core, house })
}

/// The link was opened.
async fn show(State(desk): State<Desk>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let language = Language::asked(&headers);
    form(&desk.core, &token, language, StatusCode::OK, "").await
}

/// The form came back.
async fn set(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let language = Language::asked(&headers);
    let words = words(language);
    let patience = Duration::from_secs(desk.house.settings.handshake_seconds);
    let Ok(read) = tokio::time::timeout(patience, to_bytes(body, FORM_BYTES)).await else {
        return page(StatusCode::REQUEST_TIMEOUT, language, &sentence(words.busy));
    };
    let Ok(fields) = read else {
        return page(StatusCode::PAYLOAD_TOO_LARGE, language, &sentence(words.too_long));
    };
    let [password, again] = ["password", "again"].map(|name| field(&fields, name));
    if password != again {
        return form(&desk.core, &token, language, StatusCode::UNPROCESSABLE_ENTITY, words.differ).await;
    }
    let (core, given) = (desk.core.clone(), token.clone());
    // Carried out to its end on a task of its own, also when the browser goes away meanwhile.
    let finishing =
        desk.house.tasks.spawn(async move { core.recovery_finish(&given, Secret::plain(password)).await });
    match finishing.await {
        Ok(Ok(())) => page(StatusCode::OK, language, &sentence(words.done)),
        Ok(Err(error)) => refused(&desk.core, &token, language, error).await,
        Err(error) => {
            tracing::error!(%error, "setting a password broke off");
            page(StatusCode::INTERNAL_SERVER_ERROR, language, &sentence(words.busy))
        }
    }
}

async fn refused(core: &Core, token: &str, language: Language, error: Error) -> Response {
    let words = words(language);
    let (status, why) = match core.refusal(error) {
        Refusal::NotThere => return page(StatusCode::NOT_FOUND, language, &sentence(words.gone)),
        Refusal::Empty(Field::Secret) => (StatusCode::UNPROCESSABLE_ENTITY, words.empty.to_owned()),
        Refusal::TooLarge(Field::Secret) => (StatusCode::UNPROCESSABLE_ENTITY, words.too_long.to_owned()),
        Refusal::Failed(incident) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{} {incident}", words.failed))
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, words.busy.to_owned()),
    };
    form(core, token, language, status, &why).await
}

/// The form, below what is to be said about the last try; or that the link is not good.
async fn form(core: &Core, token: &str, language: Language, status: StatusCode, why: &str) -> Response {
    let words = words(language);
    let found: Answer<_> = core.recovery_find(token).await;
    match found {
        Ok(Some(handle)) => page(status, language, &fields(&words, handle.as_str(), why)),
        Ok(None) => page(StatusCode::NOT_FOUND, language, &sentence(words.gone)),
        Err(error) => {
            let said = core.refusal(error).to_string();
            page(StatusCode::INTERNAL_SERVER_ERROR, language, &sentence(&escaped(&said)))
        }
    }
}

fn fields(words: &Words, handle: &str, why: &str) -> String {
    let Words { title, account, password, again, set, .. } = words;
    let (handle, why) = (escaped(handle), if why.is_empty() { String::new() } else { sentence(why) });
    format!(
        "<h1>{title}</h1>{why}<form method=\"post\">\
         <label>{account}<input name=\"username\" value=\"{handle}\" autocomplete=\"username\" dir=\"auto\" readonly></label>\
         <label>{password}<input type=\"password\" name=\"password\" autocomplete=\"new-password\" required autofocus></label>\
         <label>{again}<input type=\"password\" name=\"again\" autocomplete=\"new-password\" required></label>\
         <button>{set}</button></form>"
    )
}

fn sentence(text: &str) -> String {
    format!("<p>{text}</p>")
}

/// A field of the form; empty when it is not there.
fn field(form: &Bytes, name: &str) -> String {
    let found = form_urlencoded::parse(form).find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let form = Bytes::from_static(b"username=ann&password=a+b%26%D1%8F%00&again=");
        assert_eq!(field(&form, "password"), "a b&я\0");
        assert_eq!((field(&form, "again"), field(&form, "none")), (String::new(), String::new()));
    }

    #[test]
    fn a_user_name_stays_a_text() {
        let html = fields(&words(Language::English), "\"><script>", "");
        assert!(html.contains("value=\"&quot;&gt;&lt;script&gt;\"") && !html.contains("<script"), "{html}");
    }
}
