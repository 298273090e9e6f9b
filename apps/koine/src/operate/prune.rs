//! `koine prune`: taking away what is too old, and media that nothing names.

use super::ask::ask;
use super::carry_out::{Problem, Report};
use super::shown::{Shown, print, unexpected};
use super::wire;
use super::wire::{Item, Progress};
use crate::arguments::PruneArguments;
use crate::settings::Settings;
use koine_core::Core;
use koine_core::operate::Operator;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// What is to go.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Request {
    /// Messages older than so many seconds.
    older_than: Option<u64>,
    /// Media that nothing names, and uploads that were given up.
    media: bool,
    /// Nothing goes, it is only told.
    dry: bool,
}

/// What has gone, or would.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pruned {
    /// Messages and acts.
    Messages { entries: u64, conversations: u64 },
    /// Media files.
    Media { files: u64, bytes: u64 },
    /// Uploads.
    Uploads(u32),
}

/// Does what was asked.
pub(super) async fn carry_out(core: &Arc<Core>, request: Request, report: &Report) -> Result<(), Problem> {
    let operator = core.operator();
    if let Some(seconds) = request.older_than {
        let pruned = messages(operator, Duration::from_secs(seconds), request.dry, report).await?;
        report.item(Item::Pruned(pruned)).await?;
    }
    if request.media {
        let swept = operator.media_sweep(request.dry).await?;
        let swept = swept.ok_or_else(|| {
            Problem::told("media cannot be taken away while a backup or a check reads them: try again when it has ended")
        })?;
        report.item(Item::Pruned(Pruned::Media { files: swept.files, bytes: swept.bytes })).await?;
        if !request.dry {
            report.item(Item::Pruned(Pruned::Uploads(operator.upload_sweep().await?))).await?;
        }
    }
    Ok(())
}

async fn messages(
    operator: Operator<'_>,
    age: Duration,
    dry: bool,
    report: &Report,
) -> Result<Pruned, Problem> {
    let aged = operator.log_aged(age).await?;
    let conversations = u64::try_from(aged.len()).unwrap_or(u64::MAX);
    let all = aged.iter().map(|aged| u64::from(aged.entries)).sum();
    if dry {
        return Ok(Pruned::Messages { entries: all, conversations });
    }
    let mut entries = 0;
    for aged in &aged {
        loop {
            let gone = operator.log_trim(aged).await?;
            if gone == 0 {
                break;
            }
            entries += u64::from(gone);
            report.progress(Progress { what: "messages".to_owned(), done: entries, of: Some(all) });
        }
    }
    Ok(Pruned::Messages { entries, conversations })
}

/// Asks what the command line says.
pub(crate) fn run(settings: &Settings, arguments: &PruneArguments) -> anyhow::Result<()> {
    let older_than = arguments.older_than.map(|age| age.duration().as_secs());
    let request = Request { older_than, media: arguments.media, dry: arguments.dry_run };
    ask(settings, wire::Request::Prune(request), &mut Lines { dry: arguments.dry_run })
}

struct Lines {
    dry: bool,
}

impl Shown for Lines {
    fn item(&mut self, item: Item) -> anyhow::Result<()> {
        let Item::Pruned(pruned) = item else { return Err(unexpected()) };
        let went = if self.dry { "would be taken away" } else { "were taken away" };
        print(&match pruned {
            Pruned::Messages { entries, conversations } => {
                format!("{entries} messages and acts of {conversations} conversations {went}\n")
            }
            Pruned::Media { files, bytes } => format!("{files} media files of {bytes} bytes {went}\n"),
            Pruned::Uploads(count) => format!("{count} uploads that were given up {went}\n"),
        })
    }

    fn end(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}
