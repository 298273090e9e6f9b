//! The verbs: one code that clients send, with the code that answers it, one file.

pub(crate) mod account_info;
pub(crate) mod deletion;
pub(crate) mod login;
pub(crate) mod new_session;
pub(crate) mod register;
pub(crate) mod server_status;
pub(crate) mod session_info;
pub(crate) mod user_message;
pub(crate) mod verify;

pub(crate) use account_info::AccountInfo;
pub(crate) use deletion::Deletion;
pub(crate) use login::Login;
pub(crate) use new_session::NewSession;
pub(crate) use register::Register;
pub(crate) use server_status::ServerStatus;
pub(crate) use session_info::SessionInfo;
pub(crate) use user_message::UserMessage;
pub(crate) use verify::Verify;

use crate::refusal::No;
use crate::session::Client;
use koine_dialect::Outbox;
use koine_model::{Refusal, Reply};
use serde::de::DeserializeOwned;

/// What became of a command.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// One code that clients send; the type itself is what stands beside the code.
pub(crate) trait Verb: DeserializeOwned {
    /// The code.
    const CODE: u32;
    /// Who may ask.
    const STANDING: Standing = Standing::SignedIn;

    /// Asks the core for it.
    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No>;
}

/// Who may ask for something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    Anyone,
    SignedIn,
}

/// A request that waits for its answer.
pub(crate) enum Asked {
    Message,
    SessionInfo(Vec<String>),
    Register,
    Login,
    NewSession,
    AccountInfo(Box<account_info::Draft>),
    ServerStatus,
    Verify,
    Deletion,
}
