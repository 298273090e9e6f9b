//! Uploads by HTTP: tus 1.0 with `creation` and `termination`, so that a broken connection costs a few bytes and no patience.
//!
//! Whoever uploads shows a token of a dialect whose tokens count here. Left out: what becomes of an upload, which a message or a
//! picture says later, in the dialect.

mod receive;
mod refuse;
mod request;

use super::Shared;
use super::upgrade::Door;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use koine_core::rates::Peer;
use koine_core::{Actor, Caller, Change};
use koine_model::device::Device;
use koine_model::token::Token;
use koine_model::upload::{Command, Reply as Uploaded};
use koine_model::{Refusal, Reply, account};
use refuse::Refused;

/// The path of all uploads.
pub(super) const PATH: &str = "/api/uploads";

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSIONS: HeaderName = HeaderName::from_static("tus-version");
const EXTENSIONS: HeaderName = HeaderName::from_static("tus-extension");
const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");

/// What is spoken here.
pub(super) async fn describe(State(shared): State<Shared>) -> Response {
    let headers = HeaderMap::from_iter([
        (RESUMABLE, VERSION),
        (VERSIONS, VERSION),
        (EXTENSIONS, HeaderValue::from_static("creation,termination")),
        (MAX_SIZE, shared.core.limits().upload_bytes.into()),
    ]);
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Makes an upload, and tells its address.
pub(super) async fn create(
    State(shared): State<Shared>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let uploader = Uploader::of(&shared, &door, &headers).await?;
    let size = request::number(&headers, LENGTH)?;
    let request::Metadata { mime, name } = request::metadata(&headers)?;
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|_| Refused::Failed)?;
    let key = format!("{:032x}", u128::from_be_bytes(bits));
    uploader.ask(Command::Open { key: key.clone(), size, mime, name }).await?;
    let address = HeaderValue::from_str(&format!("{PATH}/{key}")).map_err(|_| Refused::Failed)?;
    Ok((StatusCode::CREATED, answer([(header::LOCATION, address)])).into_response())
}

/// How far an upload has come.
pub(super) async fn look(
    State(shared): State<Shared>,
    Extension(door): Extension<Door>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let uploader = Uploader::of(&shared, &door, &headers).await?;
    let (bytes, size) = uploader.ask(Command::Look { key }).await?;
    let no_store = HeaderValue::from_static("no-store");
    let headers = [(OFFSET, bytes.into()), (LENGTH, size.into()), (header::CACHE_CONTROL, no_store)];
    Ok((StatusCode::OK, answer(headers)).into_response())
}

/// Adds bytes where the upload ends.
pub(super) async fn extend(
    State(shared): State<Shared>,
    Extension(door): Extension<Door>,
    Path(key): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let headers = request.headers();
    let uploader = Uploader::of(&shared, &door, headers).await?;
    request::check_type(headers)?;
    let offset = request::number(headers, OFFSET)?;
    let (bytes, size) = uploader.ask(Command::Look { key: key.clone() }).await?;
    if offset != bytes {
        return Err(Refused::Elsewhere);
    }
    let announced = request::announced(headers);
    if announced.and_then(|length| offset.checked_add(length)).is_some_and(|end| end > size) {
        return Err(Refused::TooLarge);
    }
    // A task of its own: it outlives the connection for as long as it takes to put away what has come.
    let receiving = receive::receive(uploader, key, offset, request.into_body(), shared.patience);
    let reached = door.tasks.spawn(receiving).await.map_err(|_| Refused::Failed)??;
    Ok((StatusCode::NO_CONTENT, answer([(OFFSET, reached.into())])).into_response())
}

/// Forgets an upload.
pub(super) async fn forget(
    State(shared): State<Shared>,
    Extension(door): Extension<Door>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let uploader = Uploader::of(&shared, &door, &headers).await?;
    uploader.ask(Command::Look { key: key.clone() }).await?;
    uploader.ask(Command::Drop { key }).await?;
    Ok((StatusCode::NO_CONTENT, answer([])).into_response())
}

fn answer<const COUNT: usize>(headers: [(HeaderName, HeaderValue); COUNT]) -> HeaderMap {
    headers.into_iter().chain([(RESUMABLE, VERSION)]).collect()
}

/// Somebody who may upload.
struct Uploader {
    shared: Shared,
    peer: Peer,
    device: Device,
    actor: Actor,
}

impl Uploader {
    /// Whoever a request's token belongs to, where the request is one of this protocol.
    async fn of(shared: &Shared, door: &Door, headers: &HeaderMap) -> Result<Self, Refused> {
        if headers.get(RESUMABLE) != Some(&VERSION) {
            return Err(Refused::Version);
        }
        let peer = Peer::of(door.client);
        let token = request::bearer(headers).and_then(Token::parse).ok_or(Refusal::NotSignedIn)?;
        for device in shared.uploaders.iter() {
            let caller = Caller { peer, device: *device, embeds_media: false, actor: None };
            let outcome = shared.core.execute(caller, account::Command::Resume { token }.into()).await;
            match (outcome.answer, outcome.change) {
                (Ok(_), Change::SignedIn(actor)) => {
                    return Ok(Self { shared: shared.clone(), peer, device: *device, actor });
                }
                (Ok(_) | Err(Refusal::NotSignedIn), _) => {}
                (Err(refusal), _) => return Err(refusal.into()),
            }
        }
        Err(Refusal::NotSignedIn.into())
    }

    /// Asks for something about an upload, and tells how many bytes are there and will be.
    async fn ask(&self, command: Command) -> Result<(u64, u64), Refused> {
        let caller =
            Caller { peer: self.peer, device: self.device, embeds_media: false, actor: Some(self.actor) };
        match self.shared.core.execute(caller, command.into()).await.answer? {
            Reply::Upload(Uploaded::Grown { bytes, size }) => Ok((bytes, size)),
            _ => Ok((0, 0)),
        }
    }
}
