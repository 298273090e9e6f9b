//! `koine sessions`: what it asks, what is done, and how it is shown.

use super::accounts::{named, unknown};
use super::ask::ask;
use super::carry_out::{Problem, Report};
use super::shown::{Shown, Table, moment, print, print_json};
use super::wire;
use super::wire::Item;
use crate::arguments::{SessionsCommand, SessionsEnd};
use crate::settings::Settings;
use koine_core::operate::SignedIn;
use koine_core::{Core, Error};
use koine_model::Refusal;
use koine_model::session::SessionId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is asked about sessions.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    List { who: Option<String> },
    End { who: String, session: Option<u64> },
}

/// A session.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Row {
    session: u64,
    account: u32,
    handle: String,
    dialect: String,
    /// The name that its owner gave the device.
    device: String,
    /// RFC 3339, like all moments.
    since: String,
    /// When it was last seen; nothing while it is connected.
    seen: Option<String>,
    /// Whether it is connected.
    online: bool,
    /// Whence its connections come.
    addresses: Vec<String>,
    /// Whether it has a token, with which it can come back.
    token: bool,
}

impl Request {
    /// For the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List { .. } => "sessions",
            Self::End { .. } => "sessions end",
        }
    }
}

impl From<SignedIn> for Row {
    fn from(found: SignedIn) -> Self {
        Self {
            session: found.session.0,
            account: found.account.number(),
            handle: found.handle.to_string(),
            dialect: found.dialect,
            device: found.label,
            since: moment(found.since.0),
            online: found.seen.is_none(),
            seen: found.seen.map(|seen| moment(seen.0)),
            addresses: found.addresses.iter().map(ToString::to_string).collect(),
            token: found.token,
        }
    }
}

/// Does what was asked.
pub(super) async fn carry_out(core: &Arc<Core>, request: Request, report: &Report) -> Result<(), Problem> {
    let operator = core.operator();
    match request {
        Request::List { who } => {
            let account = who.as_deref().map(named);
            let found = operator.session_list(account.as_ref()).await;
            for session in found.map_err(|error| unknown(who.as_deref().unwrap_or_default(), error))? {
                report.item(Item::Session(Box::new(session.into()))).await?;
            }
            Ok(())
        }
        Request::End { who, session: Some(session) } => {
            match operator.session_end(&named(&who), SessionId(session)).await {
                Ok(()) => report.item(Item::Ended(1)).await,
                Err(Error::Refused(Refusal::NotThere)) => {
                    Err(Problem::told(format!("the account {who:?} has no session {session}")))
                }
                Err(error) => Err(unknown(&who, error)),
            }
        }
        Request::End { who, session: None } => {
            let ended = operator.session_end_all(&named(&who)).await.map_err(|error| unknown(&who, error))?;
            report.item(Item::Ended(ended)).await
        }
    }
}

/// Asks what the command line says.
pub(crate) fn run(settings: &Settings, command: SessionsCommand) -> anyhow::Result<()> {
    let SessionsCommand { who, json, end } = command;
    let (request, table) = match end {
        Some(SessionsEnd::End { who, session }) => (Request::End { who, session }, None),
        None if json => (Request::List { who }, None),
        None => {
            let head = ["SESSION", "ACCOUNT", "HANDLE", "DIALECT", "DEVICE", "ADDRESS", "SINCE", "SEEN"];
            (Request::List { who }, Some(Table::new(&head)))
        }
    };
    ask(settings, wire::Request::Sessions(request), &mut List { table })
}

/// Sessions as a table, or as objects without one.
struct List {
    table: Option<Table>,
}

impl Shown for List {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        match (item, &mut self.table) {
            (Item::Ended(ended), _) => {
                print(&format!("{ended} session{} ended\n", if ended == 1 { "" } else { "s" }))
            }
            (Item::Session(row), None) => print_json(&row),
            (Item::Session(row), Some(table)) => {
                let Row { session, account, handle, dialect, device, since, seen, addresses, .. } = *row;
                let seen = seen.unwrap_or_else(|| "now".to_owned());
                let (session, account) = (session.to_string(), account.to_string());
                table.row(vec![session, account, handle, dialect, device, addresses.join(" "), since, seen]);
                Ok(())
            }
            (other, _) => anyhow::bail!("the server has answered something else: {other:?}"),
        }
    }

    fn end(&mut self) -> anyhow::Result<()> {
        self.table.as_ref().map_or(Ok(()), Table::print)
    }
}
