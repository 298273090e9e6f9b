//! `koine account`: what it asks, and what is done. How it is shown is in `people`.

use super::ask::ask;
use super::carry_out::{Problem, Report};
use super::password::{is_meant, new_password};
use super::people::{Changed, Json, List, Whole};
use super::shown::{Shown, moment, print};
use super::wire;
use super::wire::{Hidden, Item};
use crate::arguments::AccountCommand;
use crate::logging::one_line;
use crate::settings::Settings;
use koine_core::operate::{Operator, Registered};
use koine_core::{Core, Error};
use koine_model::account::{AccountRef, Handle, Registration};
use koine_model::secret::Secret;
use koine_model::{AccountId, Refusal};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many accounts are read at once.
const PAGE: usize = 500;

/// What is asked about accounts.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    List { deleted: bool },
    Show { who: String },
    Add { handle: String, nick: String, email: String, password: Hidden },
    Disable { who: String },
    Enable { who: String },
    SetPassword { who: String, password: Hidden },
    Delete { who: String },
}

/// An account.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Row {
    pub(super) id: u32,
    pub(super) handle: String,
    pub(super) nick: String,
    pub(super) email: String,
    pub(super) phone: String,
    /// `active`, `disabled` or `deleted`.
    pub(super) state: String,
    /// RFC 3339, like all moments.
    pub(super) created: String,
    /// When it was last seen, where that is known.
    pub(super) seen: Option<String>,
    /// Whether it is signed in on a connection now.
    pub(super) online: bool,
    /// What only `show` tells.
    #[serde(flatten)]
    pub(super) more: Option<More>,
}

/// What there is to know of one account.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct More {
    /// How many sessions it has: tokens, and connections without one.
    pub(super) sessions: usize,
    /// How many conversations it is in.
    pub(super) conversations: usize,
    /// The groups that it leads.
    pub(super) leads: Vec<String>,
}

impl Request {
    /// For the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List { .. } => "account list",
            Self::Show { .. } => "account show",
            Self::Add { .. } => "account add",
            Self::Disable { .. } => "account disable",
            Self::Enable { .. } => "account enable",
            Self::SetPassword { .. } => "account set-password",
            Self::Delete { .. } => "account delete",
        }
    }
}

impl From<Registered> for Row {
    fn from(Registered { profile, disabled, seen, online }: Registered) -> Self {
        let state = match (profile.deleted, disabled) {
            (true, _) => "deleted",
            (false, true) => "disabled",
            (false, false) => "active",
        };
        Self {
            id: profile.id.number(),
            handle: profile.handle.to_string(),
            nick: profile.nick,
            email: profile.email,
            phone: profile.phone,
            state: state.to_owned(),
            created: moment(profile.created.0),
            seen: seen.map(|seen| moment(seen.0)),
            online,
            more: None,
        }
    }
}

/// Does what was asked.
pub(super) async fn carry_out(core: &Arc<Core>, request: Request, report: &Report) -> Result<(), Problem> {
    let operator = core.operator();
    let (who, done) = match request {
        Request::List { deleted } => return list(operator, deleted, report).await,
        Request::Show { who } => return show(operator, &who, report).await,
        Request::Add { handle, nick, email, password } => {
            let registration = Registration {
                handle: Some(Handle::parse(&handle).map_err(|_| Problem::told("that is no handle"))?),
                nick,
                nick_is_unique: false,
                secret: Secret::plain(password.0),
                email,
                phone: String::new(),
                sign_in: false,
                invitation: None,
            };
            (handle, operator.account_add(registration).await)
        }
        Request::Disable { who } => {
            let done = operator.account_disable(&named(&who)).await;
            (who, done)
        }
        Request::Enable { who } => {
            let done = operator.account_enable(&named(&who)).await;
            (who, done)
        }
        Request::SetPassword { who, password } => {
            let done = operator.account_set_password(&named(&who), Secret::plain(password.0)).await;
            (who, done)
        }
        Request::Delete { who } => {
            let done = operator.account_delete(&named(&who)).await;
            (who, done)
        }
    };
    let account = done.map_err(|error| unknown(&who, error))?;
    report.item(Item::Account(Box::new(account.into()))).await
}

async fn list(operator: Operator<'_>, deleted: bool, report: &Report) -> Result<(), Problem> {
    let mut after = None;
    loop {
        let page = operator.account_page(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.profile.id);
        for found in page.into_iter().filter(|found| deleted || !found.profile.deleted) {
            report.item(Item::Account(Box::new(found.into()))).await?;
        }
    }
}

async fn show(operator: Operator<'_>, who: &str, report: &Report) -> Result<(), Problem> {
    let found = operator.account_find(&named(who)).await.map_err(|error| unknown(who, error))?;
    let id = found.profile.id;
    let (conversations, leads) = operator.account_groups(id).await?;
    let sessions = match found.profile.deleted {
        true => 0,
        false => operator.session_list(Some(&AccountRef::Id(id))).await?.len(),
    };
    let more = Some(More { sessions, conversations, leads });
    report.item(Item::Account(Box::new(Row { more, ..found.into() }))).await
}

/// The account that is named on a command line. A number names a deleted one as well.
pub(super) fn named(who: &str) -> AccountRef {
    AccountId::parse(who.trim()).map_or_else(|| AccountRef::Typed(who.to_owned()), AccountRef::Id)
}

/// The problem, with the account that is not there by its name.
pub(super) fn unknown(who: &str, error: Error) -> Problem {
    match error {
        Error::Refused(Refusal::UnknownAccount) => Problem::told(format!("there is no account {who:?}")),
        other => other.into(),
    }
}

/// Asks what the command line says.
pub(crate) fn run(settings: &Settings, command: AccountCommand) -> anyhow::Result<()> {
    let ask = |request, shown: &mut dyn Shown| ask(settings, wire::Request::Account(request), shown);
    match command {
        AccountCommand::List { deleted, json: true } => ask(Request::List { deleted }, &mut Json),
        AccountCommand::List { deleted, json: false } => ask(Request::List { deleted }, &mut List::new()),
        AccountCommand::Show { who, json: true } => ask(Request::Show { who }, &mut Json),
        AccountCommand::Show { who, json: false } => ask(Request::Show { who }, &mut Whole),
        AccountCommand::Add { handle, nick, email, generate } => {
            let (nick, email) = (nick.unwrap_or_else(|| handle.to_string()), email.unwrap_or_default());
            let password = new_password(generate)?;
            let request =
                Request::Add { handle: handle.to_string(), nick, email, password: password.clone() };
            ask(request, &mut Changed("made"))?;
            tell_made(generate, &password)
        }
        AccountCommand::Disable { who } => {
            ask(Request::Disable { who }, &mut Changed("disabled, and signed out everywhere"))
        }
        AccountCommand::Enable { who } => ask(Request::Enable { who }, &mut Changed("enabled")),
        AccountCommand::SetPassword { who, generate } => {
            let password = new_password(generate)?;
            let request = Request::SetPassword { who, password: password.clone() };
            ask(request, &mut Changed("given another password, and signed out everywhere"))?;
            tell_made(generate, &password)
        }
        AccountCommand::Delete { who, yes } => {
            if !yes {
                ask(Request::Show { who: who.clone() }, &mut Whole)?;
                is_meant(&format!("delete {} for good?", one_line(&who)))?;
            }
            ask(Request::Delete { who }, &mut Changed("deleted"))
        }
    }
}

fn tell_made(generate: bool, Hidden(password): &Hidden) -> anyhow::Result<()> {
    if generate { print(&format!("password: {password}\n")) } else { Ok(()) }
}
