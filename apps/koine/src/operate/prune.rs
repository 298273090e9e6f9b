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
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    // Of a dry run nothing is gone, and what would go was told.
    let messages = (age.is_some() && !request.dry).then_some(left);
    if report.is_stopped() && (left > 0 || request.media) {
        let media = if request.media { "media and uploads were not looked at" } else { "" };
        return Err(stopped(messages, media));
    }
    if request.media && !media(operator, request.dry, report).await? {
        return Err(stopped(messages, "not all media were looked at, nor were uploads"));
    }
    Ok(())
}

/// Takes away media that nothing names, and uploads that were given up. Tells whether all of them were looked at.
async fn media(operator: Operator<'_>, dry: bool, report: &Report) -> Result<bool, Problem> {
    let (teller, before, is_whole) =
        (report.clone(), AtomicU64::new(u64::MAX), Arc::new(AtomicBool::new(false)));
    let whole = is_whole.clone();
    let pace = move |done: u64, of: u64| {
        if before.swap(done, Ordering::Relaxed) != done {
            teller.progress(Progress { what: "looking through the media".to_owned(), done, of });
        }
        whole.store(done == of, Ordering::Relaxed);
        !teller.is_stopped()
    };
    let swept = operator.media_sweep(dry, pace).await?.ok_or_else(|| {
        Problem::told(
            "media cannot be taken away while a backup or a check reads them: try again when it has ended",
        )
    })?;
    let told = report.item(Item::Pruned(Pruned::Media { files: swept.files, bytes: swept.bytes })).await;
    if !is_whole.load(Ordering::Relaxed) {
        return Ok(false);
    }
    told?;
    if !dry {
        report.item(Item::Pruned(Pruned::Uploads(operator.upload_sweep().await?))).await?;
    }
    Ok(true)
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

/// What was not done: `left` is how many messages are left, where some were to go.
fn stopped(left: Option<u64>, media: &str) -> Problem {
    let messages = match left {
        None => String::new(),
        Some(0) => "all messages of that age are gone".to_owned(),
        Some(left) => format!("{left} messages and acts of that age are left"),
    };
    let parts = [messages.as_str(), media].into_iter().filter(|part| !part.is_empty());
    let left = parts.collect::<Vec<_>>().join(", and ");
    tracing::info!(%left, "koine prune was stopped");
    Problem::Stopped(left)
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
