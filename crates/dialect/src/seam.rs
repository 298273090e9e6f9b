//! The two traits that a dialect implements.

use crate::{Fault, Frame, Nesting, Outbox, Payload, SharedEvent, Tag};
use koine_model::account::{Person, Profile, Verification};
use koine_model::conversation::Conversation;
use koine_model::device::Device;
use koine_model::media::{Blob, Media};
use koine_model::server::Registration;
use koine_model::{AccountId, Epoch, Refusal, Reply, Timestamp};
use std::sync::Arc;

/// A way of speaking, already configured. Holds no client's state.
pub trait Dialect: Send + Sync + 'static {
    /// Its name in the configuration, in URLs (`/ws/NAME`) and in logs.
    fn name(&self) -> &'static str;

    /// What a session of it is to the core.
    fn device(&self) -> Device;

    /// How its frames travel. A port that has both kinds tells them apart by a client's first bytes.
    fn carriages(&self) -> &'static [Carriage];

    /// The TCP port that its clients expect; `None` where they come to the HTTP port, at `/ws/NAME`.
    fn default_port(&self) -> Option<u16>;

    /// Whether its messages hold attachments themselves, so that events must come with their bytes.
    fn embeds_media(&self) -> bool;

    /// Whether a client signs in before it says anything large. Where each frame brings its own proof, it need not.
    fn signs_in_first(&self) -> bool {
        true
    }

    /// Whether its tokens count on the HTTP port, too, where large media are uploaded.
    fn uploads_by_http(&self) -> bool {
        false
    }

    /// What a client on a bare stream is told at the moment `now` for whom there is no room, in the place of a session; nothing where the
    /// dialect has no words for it, or travels by WebSocket alone, where HTTP says it.
    fn no_room(&self, now: Timestamp) -> Option<Payload> {
        let _ = now;
        None
    }

    /// Begins to speak with one client.
    fn open(&self, opening: Opening) -> Box<dyn Session>;
}

/// How a dialect's frames travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carriage {
    /// WebSocket messages.
    WebSocket,
    /// JSON objects on a bare TCP stream, with white space or nothing between them.
    JsonStream {
        /// Whether each outgoing frame is a write of its own, for clients that take one read for one object.
        one_frame_a_write: bool,
    },
}

/// What a session is told of its connection.
#[derive(Clone, Debug)]
pub struct Opening {
    /// How this client's frames travel.
    pub carriage: Carriage,
    /// Random bits of this connection's own.
    pub nonce: u128,
    /// Where media and avatars can be fetched.
    pub links: Links,
    /// What the server lets clients know of itself.
    pub server: Arc<ServerFacts>,
    /// How deep frames may be nested.
    pub nesting: Nesting,
}

/// What a server is, for clients that want to know what they can ask of it. Sizes are bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFacts {
    /// The version of the program.
    pub version: &'static str,
    /// The longest text of a message.
    pub text_bytes: u64,
    /// The largest attachment.
    pub upload_bytes: u64,
    /// The largest picture of a person or a group.
    pub avatar_bytes: u64,
    /// The largest frame.
    pub frame_bytes: u64,
    /// How many members a group may have.
    pub group_members: u64,
    /// Whether a lost password can be replaced by mail.
    pub recovery: bool,
    /// Who may make an account.
    pub registration: Registration,
    /// In which epoch numbers of conversations and places are given out.
    pub epoch: Epoch,
}

/// Makes the URLs under which the server's HTTP port serves media and avatars.
#[derive(Clone, Debug)]
pub struct Links {
    base: Arc<str>,
}

impl Links {
    /// URLs below `base`, such as `http://chat.example:8080`.
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').into() }
    }

    /// Where the bytes of an attachment are.
    pub fn media(&self, media: &Media) -> String {
        format!("{}/media/{}", self.base, media.id)
    }

    /// What is opened to prove that one reads the mail of an address.
    pub fn verification(&self, token: &str) -> String {
        format!("{}/verify/{token}", self.base)
    }

    /// Where somebody who has lost a password sets another one.
    pub fn recovery(&self, token: &str) -> String {
        format!("{}/recover/{token}", self.base)
    }

    /// Where the picture of an account is.
    pub fn avatar(&self, account: AccountId) -> String {
        format!("{}/avatar/{account}", self.base)
    }
}

/// Paths, for clients that are on the HTTP port anyway and need no whole URL.
impl Links {
    /// The path on the HTTP port where somebody's picture is; another one when the picture is another.
    pub fn portrait(profile: &Profile) -> String {
        match &profile.avatar {
            Some(blob) => format!("/avatar/{}?v={}", profile.id, beginning(blob, 8)),
            None => format!("/avatar/{}", profile.id),
        }
    }

    /// The path on the HTTP port where a group's picture is, which nobody can guess; another one when the picture is another.
    pub fn group_picture(group: &Conversation) -> Option<String> {
        group.avatar.as_ref().map(|blob| format!("/group/{}/{}", group.id, beginning(blob, 16)))
    }

    /// The path on the HTTP port where the bytes of an attachment are.
    pub fn media_path(media: &Media) -> String {
        format!("/media/{}", media.id)
    }

    /// The path on the HTTP port of a small picture of an attachment, where it may have one.
    pub fn thumbnail(media: &Media) -> Option<String> {
        let small = matches!(media.mime.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp");
        small.then(|| format!("/media/{}/thumbnail", media.id))
    }
}

/// The first bytes of a blob's hash, as hexadecimal digits.
fn beginning(blob: &Blob, bytes: usize) -> String {
    blob.hash.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

/// One client, as pure state: no sockets, no clock, no waiting.
///
/// A frame is received only after every command of the frames before it that could change who is
/// signed in has been answered. Answers come in the order of the commands.
pub trait Session: Send {
    /// The connection stands and nothing was received yet.
    fn greet(&mut self, out: &mut Outbox) {
        let _ = out;
    }

    /// The client sent a whole frame.
    fn receive(&mut self, frame: Frame<'_>, out: &mut Outbox);

    /// The client sent what is no frame. The connection closes when this returns and what it says is sent.
    fn broken(&mut self, fault: Fault, out: &mut Outbox);

    /// A command was carried out, or refused.
    fn answer(&mut self, tag: Tag, outcome: Result<Reply, Refusal>, out: &mut Outbox);

    /// The connection is somebody now. Called before the `answer` that says so, and again when the profile changes.
    fn signed_in(&mut self, person: &Person) {
        let _ = person;
    }

    /// Something happened that concerns the account that is signed in.
    fn notify(&mut self, notice: Notice<'_>, out: &mut Outbox);

    /// A verification that this session asked for has come to its end.
    fn verified(&mut self, outcome: Verification, out: &mut Outbox) {
        let _ = (outcome, out);
    }

    /// What the session asked to be woken for is due.
    fn wake(&mut self, out: &mut Outbox) {
        let _ = out;
    }

    /// The server ends the connection: the session may say good-bye.
    fn farewell(&mut self, why: Farewell, out: &mut Outbox) {
        let _ = (why, out);
    }
}

/// An event on its way to one session.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// What happened.
    pub event: &'a SharedEvent,
    /// Whether this very connection caused it.
    pub origin: Origin,
}

/// Who caused an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A command of this connection, which has been answered before.
    Here,
    /// Anything else.
    Elsewhere,
}

/// Why the server ends a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Farewell {
    /// The same person signed in again on this dialect.
    Replaced,
    /// The account is gone.
    Deleted,
    /// Nobody is signed in here any more: the account has another password now, or its owner has ended the session.
    SignedOut,
    /// The account has another password, and the session stays: its token signs in again on a new connection.
    Outdated,
    /// The server stops.
    Stopping,
}
