//! `koine invite`: what it asks, what is done, and how it is shown.

use super::ask::ask;
use super::carry_out::{Problem, Report};
use super::shown::{Shown, Table, moment, print, print_json};
use super::wire;
use super::wire::Item;
use crate::arguments::InviteCommand;
use crate::settings::Settings;
use crate::settings::registration::Mode;
use koine_core::Core;
use koine_core::operate::InviteRecord;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is asked about invitations.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    New { uses: u32, days: u32 },
    List,
    Revoke { number: u64 },
}

/// An invitation.
#[derive(Serialize, Deserialize)]
pub(super) struct Row {
    number: u64,
    /// How many may register with it.
    uses: u32,
    /// How many have.
    used: u32,
    /// RFC 3339, like all moments.
    created: String,
    until: String,
    /// Whether somebody can register with it now.
    good: bool,
    /// The code and a link with it, of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invitation({})", self.number)
    }
}

impl Request {
    /// For the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::New { .. } => "invite new",
            Self::List => "invite list",
            Self::Revoke { .. } => "invite revoke",
        }
    }
}

impl Row {
    fn of(invite: InviteRecord, good: bool) -> Self {
        let InviteRecord { number, uses, used, created, until } = invite;
        let (created, until) = (moment(created.0), moment(until.0));
        Self { number, uses, used, created, until, good, code: None, link: None }
    }
}

/// Does what was asked.
pub(super) async fn carry_out(core: &Arc<Core>, request: Request, report: &Report) -> Result<(), Problem> {
    let operator = core.operator();
    match request {
        Request::New { uses, days } => {
            let (code, invite) = operator.invite_new(uses, days).await?;
            report.item(Item::Invite(Row { code: Some(code.expose()), ..Row::of(invite, true) })).await
        }
        Request::List => {
            for (invite, good) in operator.invite_list().await? {
                report.item(Item::Invite(Row::of(invite, good))).await?;
            }
            Ok(())
        }
        Request::Revoke { number } => match operator.invite_revoke(number).await? {
            true => Ok(()),
            false => Err(Problem::told(format!("there is no invitation {number}"))),
        },
    }
}

/// Asks what the command line says.
pub(crate) fn run(settings: &Settings, command: InviteCommand) -> anyhow::Result<()> {
    let ask = |request, shown: &mut dyn Shown| ask(settings, wire::Request::Invite(request), shown);
    match command {
        InviteCommand::New { uses, days, json } => {
            ask(Request::New { uses, days }, &mut New { settings, json })
        }
        InviteCommand::List { json: true } => ask(Request::List, &mut List(None)),
        InviteCommand::List { json: false } => {
            let head = ["NUMBER", "USED", "OF", "CREATED", "UNTIL", "STATE"];
            ask(Request::List, &mut List(Some(Table::new(&head))))
        }
        InviteCommand::Revoke { number } => ask(Request::Revoke { number }, &mut Revoked(number)),
    }
}

/// A new invitation, with its code.
struct New<'a> {
    settings: &'a Settings,
    json: bool,
}

impl Shown for New<'_> {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        let Item::Invite(mut row) = item else { return unexpected(&item) };
        let code = row.code.clone().unwrap_or_default();
        let base = self.settings.http.public_url.at_port(0);
        let link = format!("{}/#invite={code}", base.trim_end_matches('/'));
        if self.json {
            row.link = Some(link);
            return print_json(&row);
        }
        let Row { number, uses, until, .. } = row;
        let people = if uses == 1 { "one person".to_owned() } else { format!("{uses} people") };
        print(&format!("{code}\n{link}\ninvitation {number}, for {people}, until {until}\n"))
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.json || self.settings.registration.mode == Mode::Invitation {
            return Ok(());
        }
        print(
            "note: registration.mode is not \"invitation\" in this configuration: the code is not asked for\n",
        )
    }
}

/// Invitations as a table, or as objects without one.
struct List(Option<Table>);

impl Shown for List {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        let Item::Invite(row) = item else { return unexpected(&item) };
        let Some(table) = &mut self.0 else { return print_json(&row) };
        let state = match row.good {
            true => "good",
            false if row.used >= row.uses => "used up",
            false => "out of date",
        };
        let (number, used, uses) = (row.number.to_string(), row.used.to_string(), row.uses.to_string());
        table.row(vec![number, used, uses, row.created, row.until, state.to_owned()]);
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        self.0.as_ref().map_or(Ok(()), Table::print)
    }
}

/// That an invitation is worthless.
struct Revoked(u64);

impl Shown for Revoked {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        unexpected(&item)
    }

    fn end(&mut self) -> anyhow::Result<()> {
        print(&format!("invitation {} is worthless now\n", self.0))
    }
}

fn unexpected(item: &Item) -> anyhow::Result<()> {
    anyhow::bail!("the server has answered something else: {item:?}")
}
