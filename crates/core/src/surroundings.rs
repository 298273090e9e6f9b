//! What the core is lent beside its store and its bus: a way to send mail, and who may work on the server while nobody else may.

use koine_model::account::{Handle, Profile};
use koine_model::server::Registration;
use std::sync::Arc;

/// What depends on where the server runs. By default it sends no mail, is never under maintenance, and lets everybody register.
#[derive(Clone)]
pub struct Surroundings {
    /// Sends mail. Without it no e-mail address is verified, and no lost password replaced.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Tells whether the server is under maintenance.
    pub maintenance: Arc<dyn Maintenance>,
    /// Who may sign in even then: handles, or numbers of accounts.
    pub operators: Vec<String>,
    /// Who may make an account.
    pub registration: Registration,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            mailer: None,
            maintenance: Arc::new(Never),
            operators: Vec::new(),
            registration: Registration::Open,
        }
    }
}

impl Surroundings {
    /// Whether an account is one of the operators'.
    pub(crate) fn is_operator(&self, profile: &Profile) -> bool {
        let is_meant = |named: &String| {
            *named == profile.id.to_string()
                || Handle::parse(named).is_ok_and(|handle| handle == profile.handle)
        };
        self.operators.iter().any(is_meant)
    }
}

/// A mail: with a link that proves that its reader has an address, or with news of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address, on which somebody has insisted; it may be none.
    pub to: String,
    /// What the link is for.
    pub about: About,
    /// The link; empty where there is none. Whoever has it has the proof, so it must not be logged.
    pub link: String,
    /// For how long the link is good.
    pub minutes: u32,
}

/// What a mail is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// Somebody wants to register with the address.
    Verification,
    /// Somebody has lost the password of the account with the address.
    Recovery,
    /// The account of this handle had the address until now, and has another one. There is no link.
    AddressChanged(String),
}

/// What became of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Posted {
    /// The next server has taken it.
    Sent,
    /// It has not, and the log says why.
    Failed,
    /// It did not say in time whether it has. The mail may come, or not.
    Unsure,
}

/// Is told what became of a mail.
pub type Told = Box<dyn FnOnce(Posted) + Send>;

/// Sends mail.
pub trait Mailer: Send + Sync + 'static {
    /// Sends `mail` some time, and tells what became of it. Never waits; a mail for which there is no room has failed.
    fn post(&self, mail: Mail, told: Told);
}

/// Tells whether only operators may sign in.
pub trait Maintenance: Send + Sync + 'static {
    /// Whether it is so now. Asked at each sign-in, so it must be quick.
    fn is_on(&self) -> bool;
}

struct Never;

impl Maintenance for Never {
    fn is_on(&self) -> bool {
        false
    }
}
