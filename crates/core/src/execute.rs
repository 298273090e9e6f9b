//! The one way in: a command from somebody, an answer, and what it changes about who is asking.

use crate::Core;
use crate::delivery::Start;
use crate::rates::Peer;
use crate::room::Place;
use crate::ticket::Ticket;
use koine_model::device::Device;
use koine_model::session::SessionId;
use koine_model::{AccountId, Command, ConversationId, Incident, Refusal, Reply, account, server};
use koine_store::{Answer, Error};
use std::sync::atomic::{AtomicU64, Ordering};

/// Somebody who has proven who they are. Only the core makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Actor {
    account: AccountId,
    session: SessionId,
    /// Which proof it was: no two connections have the same, also where they are of one session.
    proof: u64,
    /// After how many changes of passwords the proof was looked at.
    since: u64,
}

impl Actor {
    pub(crate) fn proven(account: AccountId, session: SessionId, since: u64) -> Self {
        static PROOFS: AtomicU64 = AtomicU64::new(0);
        Self { account, session, proof: PROOFS.fetch_add(1, Ordering::Relaxed), since }
    }

    /// The same proof, as another session.
    pub(crate) fn in_session(self, session: SessionId) -> Self {
        Self { session, ..self }
    }

    /// The same session, with a proof that was looked at after so many changes of passwords.
    pub(crate) fn renewed(self, since: u64) -> Self {
        Self { since, ..self }
    }

    /// Who.
    pub fn account(self) -> AccountId {
        self.account
    }

    /// By which proof. It stays the same through all that a connection does while somebody is signed in on it.
    pub(crate) fn proof(self) -> u64 {
        self.proof
    }

    /// As which of the account's sessions.
    pub fn session(self) -> SessionId {
        self.session
    }
}

/// Who asks: a connection of a dialect, signed in or not.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// From where it comes.
    pub peer: Peer,
    /// The device that the connection is.
    pub device: Device,
    /// Whether messages for it come with the bytes of their media.
    pub embeds_media: bool,
    /// Who is signed in on it.
    pub actor: Option<Actor>,
}

/// What came of a command.
#[derive(Debug)]
pub struct Outcome {
    /// The answer for the client.
    pub answer: Result<Reply, Refusal>,
    /// What it changes about the connection.
    pub change: Change,
    /// The room that the answer takes, to be kept until the client has taken it; `None` where it takes next to none.
    pub place: Option<Place>,
}

/// What a command changes about the connection that asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing.
    None,
    /// It is this actor now.
    SignedIn(Actor),
    /// It is nobody now.
    SignedOut,
    /// It is the same person by another proof, or as another session.
    Session(Actor),
    /// Its account's profile is another now.
    Profile,
    /// It is to be told what happens.
    Listens(Start),
    /// It has opened or made this conversation.
    Opened(ConversationId),
    /// It waits for a verification: see [`Core::verification_begin`].
    Verifying(Ticket),
}

impl Outcome {
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self { answer: Err(refusal), change: Change::None, place: None }
    }
}

/// An answer that changes nothing about the connection, or one that does.
pub(crate) type Settled = Answer<(Reply, Change)>;

impl Core {
    /// Carries out `command` for `caller`.
    ///
    /// Failures go to the log; the client is told their number.
    pub async fn execute(&self, caller: Caller, command: Command) -> Outcome {
        let actor = caller.actor.filter(|actor| self.still_counts(*actor));
        let caller = Caller { actor, ..caller };
        let mut place = None;
        // A post has a way of its own ([`Core::post`]). Whatever a command may need is on the heap, and no part of every command's future.
        let settled = match (command, actor) {
            (Command::Account(command), _) => Box::pin(self.account(&caller, command)).await,
            (Command::Server(server::Command::Status), _) => {
                Ok(unchanged(server::Reply::Status(self.server_status())))
            }
            (_, None) => Err(Refusal::NotSignedIn.into()),
            (Command::Contact(command), Some(actor)) => {
                Box::pin(self.contact(actor, command)).await.map(unchanged)
            }
            (Command::Conversation(command), Some(actor)) => {
                Box::pin(self.conversation(&caller, actor, command)).await
            }
            (Command::Upload(command), Some(actor)) => {
                Box::pin(self.upload(&caller, actor, command)).await.map(unchanged)
            }
            (Command::Message(command), Some(actor)) => {
                self.message(&caller, actor, command, &mut place).await.map(unchanged)
            }
        };
        match settled {
            Ok((reply, change)) => Outcome { answer: Ok(reply), change, place },
            Err(error) => Outcome::refused(refusal(error)),
        }
    }

    async fn account(&self, caller: &Caller, command: account::Command) -> Settled {
        let (device, peer, actor) = (&caller.device, caller.peer, caller.actor);
        use account::Command;
        match (command, actor) {
            (Command::Register(registration), _) => self.account_register(caller, *registration).await,
            (Command::RegisterVerified(registration), _) => {
                // Nobody is sent to read mail for nothing.
                self.check_open()?;
                self.check_registration(registration.invitation).await?;
                self.check_verified(&registration.email)?;
                self.account_register(caller, *registration).await
            }
            (Command::VerifyEmail { email }, _) => {
                self.check_registration(None).await?;
                self.email_verify(peer, &email)
            }
            (Command::Recover { who, known }, _) => self.recovery_ask(peer, who, known),
            (Command::SignIn { who, secret }, _) => self.account_sign_in(caller, who, secret).await,
            (Command::Resume { token }, _) => self.token_resume(caller, token).await,
            (_, None) => Err(Refusal::NotSignedIn.into()),
            (Command::IssueToken { label }, Some(actor)) => self.token_issue(device, actor, label).await,
            (Command::Sessions, Some(actor)) => self.sessions_list(actor).await.map(unchanged),
            (Command::EndSession { session }, Some(actor)) => self.session_end(actor, session).await,
            (Command::ChangePassword { old, new }, Some(actor)) => {
                self.password_change(peer, actor, old, new).await
            }
            (Command::AskDelete { secret }, Some(actor)) => self.deletion_ask(peer, actor, secret).await,
            (Command::ConfirmDelete { code }, Some(actor)) => self.deletion_confirm(actor, &code).await,
            (Command::RevokeToken { token }, Some(actor)) => self.token_revoke(device, actor, token).await,
            (Command::Listen { have, epoch, newest }, Some(actor)) => {
                self.listen(caller, actor, have, epoch, newest).await
            }
            // Its contacts are told once it is off the roster.
            (Command::SignOut, Some(_)) => Ok((Reply::Done, Change::SignedOut)),
            (Command::Find { who }, Some(_)) => self.account_find(&who).await.map(unchanged),
            (Command::Match { cards }, Some(_)) => self.account_match(&cards).await.map(unchanged),
            (Command::Change(change), Some(actor)) => self.account_change(actor, *change).await,
            (Command::Delete, Some(actor)) => self.account_delete(actor).await,
        }
    }
}

impl Core {
    /// What the asker is told of an error. A failure is logged, in full, under a number of its own.
    pub fn refusal(&self, error: Error) -> Refusal {
        refusal(error)
    }

    /// Whether what somebody has proven still counts: the account's password is the same.
    pub(crate) fn still_counts(&self, actor: Actor) -> bool {
        self.changes.none_since(actor.account, actor.since)
    }

    /// Whether people other than operators may come in.
    pub(crate) fn check_open(&self) -> Answer<()> {
        match self.server_status() {
            server::Status::Running => Ok(()),
            server::Status::Maintenance => Err(Refusal::Maintenance.into()),
        }
    }

    fn server_status(&self) -> server::Status {
        let under_maintenance = self.surroundings.maintenance.is_on();
        if under_maintenance { server::Status::Maintenance } else { server::Status::Running }
    }
}

fn unchanged(reply: impl Into<Reply>) -> (Reply, Change) {
    (reply.into(), Change::None)
}

/// What the client is told. A failure is logged here, in full, under a number of its own.
pub(crate) fn refusal(error: Error) -> Refusal {
    match error {
        Error::Refused(refusal) => refusal,
        Error::Failed(failure) => {
            let mut number = [0; 8];
            // Without random numbers the incident is zero, which still says that there is something in the log.
            let _ = getrandom::fill(&mut number);
            let incident = Incident(u64::from_be_bytes(number));
            let failure = chain(&failure);
            tracing::error!(%incident, %failure, "a request failed");
            Refusal::Failed(incident)
        }
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
