//! No, in HTTP: a status, and JSON that says the same in words.

use super::{RESUMABLE, VERSION, VERSIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use koine_model::Refusal;

/// Why a request is not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::http) enum Refused {
    /// It speaks another version of the protocol, or none.
    Version,
    /// A header is missing or cannot be read.
    Header(&'static str),
    /// The body is of another type than bytes to be added.
    Type,
    /// The upload ends elsewhere.
    Elsewhere,
    /// There would be more bytes than were said.
    TooLarge,
    /// Nobody reads this: the connection is gone.
    BrokenOff,
    /// Nothing came for too long.
    TooSlow,
    /// The server failed.
    Failed,
    /// The core says no.
    Core(Refusal),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // Of uploads, only the place where bytes belong is unusable.
            Refusal::Unusable(_) => Self::Elsewhere,
            Refusal::TooLarge(_) => Self::TooLarge,
            other => Self::Core(other),
        }
    }
}

impl Refused {
    fn words(self) -> (StatusCode, &'static str, String) {
        let (status, code, message) = match self {
            Self::Version => (
                StatusCode::PRECONDITION_FAILED,
                "bad_request",
                "the header Tus-Resumable must be there, and be 1.0.0",
            ),
            Self::Header(what) => (StatusCode::BAD_REQUEST, "bad_request", what),
            Self::Type => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "bad_request",
                "the Content-Type must be application/offset+octet-stream",
            ),
            Self::Elsewhere => (
                StatusCode::CONFLICT,
                "unusable",
                "the upload does not end there: ask with HEAD where it does",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "that is more than the server takes, or than was said",
            ),
            Self::BrokenOff => (StatusCode::BAD_REQUEST, "bad_request", "the body broke off"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "bad_request", "nothing came for too long"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "failed", "the server failed"),
            Self::Core(refusal) => return core(refusal),
        };
        (status, code, message.to_owned())
    }
}

fn core(refusal: Refusal) -> (StatusCode, &'static str, String) {
    let (status, code) = match refusal {
        Refusal::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
        Refusal::NotThere => (StatusCode::NOT_FOUND, "not_there"),
        Refusal::Empty(_) => (StatusCode::BAD_REQUEST, "empty"),
        Refusal::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy"),
        Refusal::TooOften { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_often"),
        Refusal::Quota => (StatusCode::INSUFFICIENT_STORAGE, "quota"),
        Refusal::Maintenance => (StatusCode::SERVICE_UNAVAILABLE, "maintenance"),
        Refusal::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        _ => (StatusCode::FORBIDDEN, "bad_request"),
    };
    (status, code, refusal.to_string())
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code, message) = self.words();
        let mut headers = HeaderMap::from_iter([
            (RESUMABLE, VERSION),
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ]);
        if self == Self::Version {
            headers.insert(VERSIONS, VERSION);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // The messages are the server's own, without quotes in them.
        let message: String =
            message.chars().filter(|it| !matches!(it, '"' | '\\') && !it.is_control()).collect();
        let body = format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"{message}\"}}}}\n");
        (status, headers, body).into_response()
    }
}
