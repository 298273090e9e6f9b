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
    let age = request.older_than.map(Duration::from_secs);
    let left = match age {
        Some(age) => messages(operator, age, request.dry, report).await?,
        None => 0,
    };
    if report.is_stopped() && (left > 0 || request.media) {
        // Of a dry run nothing is gone, and what would go was told.
        let left = unfinished(age.is_some() && !request.dry, left, request.media);
        tracing::info!(%left, "koine prune was stopped");
        return Err(Problem::Stopped(left));
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

/// Takes away what is too old, a portion at a time, and tells what was. Answers how much is left, where it was to stop.
async fn messages(operator: Operator<'_>, age: Duration, dry: bool, report: &Report) -> Result<u64, Problem> {
    let aged = operator.log_aged(age).await?;
    let all = aged.iter().map(|aged| u64::from(aged.entries)).sum();
    let (mut entries, mut conversations) = (0, 0);
    if dry {
        (entries, conversations) = (all, u64::try_from(aged.len()).unwrap_or(u64::MAX));
    } else {
        for aged in &aged {
            let before = entries;
            while !report.is_stopped() {
                let gone = operator.log_trim(aged).await?;
                if gone == 0 {
                    break;
                }
                entries += u64::from(gone);
                report.progress(Progress { what: "taking away messages".to_owned(), done: entries, of: all });
            }
            conversations += u64::from(entries > before);
        }
    }
    let told = report.item(Item::Pruned(Pruned::Messages { entries, conversations })).await;
    match told {
        // Whoever has gone away has stopped it, too.
        Err(Problem::Gone) | Ok(()) => Ok(all.saturating_sub(entries)),
        told => told.map(|()| 0),
    }
}

/// What was not done, as a sentence.
fn unfinished(messages: bool, left: u64, media: bool) -> String {
    let media = if media { "media and uploads were not looked at" } else { "" };
    let messages = match (messages, left) {
        (false, _) => String::new(),
        (true, 0) => "all messages of that age are gone".to_owned(),
        (true, left) => format!("{left} messages and acts of that age are left"),
    };
    let parts = [messages.as_str(), media];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", and ")
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

#[cfg(test)]
mod tests {
    use super::super::carry_out::carry_out;
    use super::super::wire::Line;
    use super::*;
    use crate::settings::tests::load_text;
    use koine_core::Surroundings;
    use koine_store_sqlite::{Options, SqliteStore};
    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn a_dry_run_that_is_stopped_says_of_nothing_that_it_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
        let settings = load_text("", &[]).unwrap();
        let core = crate::serve::core(&settings, store, Surroundings::default()).unwrap();
        for (dry, expected) in [
            (true, "media and uploads were not looked at"),
            (false, "all messages of that age are gone, and media and uploads were not looked at"),
        ] {
            let request = wire::Request::Prune(Request { older_than: Some(1), media: true, dry });
            let (lines, mut told) = mpsc::channel(8);
            let stop = CancellationToken::new();
            stop.cancel();
            carry_out(&core, request, lines, stop).await;
            let mut last = None;
            while let Some(line) = told.recv().await {
                last = Some(line);
            }
            assert!(matches!(&last, Some(Line::Stopped(left)) if left == expected), "{dry}: {last:?}");
        }
        core.close().await;
    }
}
