//! How accounts are shown.

use super::accounts::{More, Row};
use super::shown::{Shown, Table, print, print_json};
use super::wire::Item;
use crate::logging::one_line;

/// Accounts as objects, as they come.
pub(super) struct Json;

/// Accounts as a table.
pub(super) struct List(Table);

/// One account, line by line.
pub(super) struct Whole;

/// One account to which something was done.
pub(super) struct Changed(pub(super) &'static str);

impl Shown for Json {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        print_json(&account(item)?)
    }

    fn end(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

impl List {
    pub(super) fn new() -> Self {
        Self(Table::new(&["ID", "HANDLE", "NICK", "E-MAIL", "STATE", "CREATED", "SEEN"]))
    }
}

impl Shown for List {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        let Row { id, handle, nick, email, state, created, seen, online, .. } = account(item)?;
        let seen = if online { "now".to_owned() } else { seen.unwrap_or_default() };
        self.0.row(vec![id.to_string(), handle, nick, email, state, created, seen]);
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        self.0.print()
    }
}

impl Shown for Whole {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        let Row { id, handle, nick, email, phone, state, created, seen, online, more } = account(item)?;
        let seen = if online { "now".to_owned() } else { seen.unwrap_or_default() };
        let mut lines = vec![
            ("id", id.to_string()),
            ("handle", handle),
            ("nick", nick),
            ("e-mail", email),
            ("phone", phone),
            ("state", state),
            ("created", created),
            ("seen", seen),
        ];
        if let Some(More { sessions, conversations, leads }) = more {
            lines.push(("sessions", sessions.to_string()));
            lines.push(("conversations", conversations.to_string()));
            lines.push(("leads", leads.join(", ")));
        }
        let shown = lines.into_iter().map(|(name, value)| match value.as_str() {
            "" => format!("{name:<15}-\n"),
            value => format!("{name:<15}{}\n", one_line(value)),
        });
        print(&shown.collect::<String>())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

impl Shown for Changed {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        let Row { id, handle, .. } = account(item)?;
        print(&format!("account {id} ({}) is {}\n", one_line(&handle), self.0))
    }

    fn end(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

fn account(item: Item) -> anyhow::Result<Row> {
    match item {
        Item::Account(row) => Ok(*row),
        other => anyhow::bail!("the server has answered something else: {other:?}"),
    }
}
