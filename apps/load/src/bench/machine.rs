//! On what it is measured: the processor, the memory, the disk, and the commit.

use crate::clock;
use crate::latency::Latencies;
use anyhow::Context;
use std::io::{Seek, Write};
use std::path::Path;
use std::process::Command;

/// What there is to know.
pub(super) struct Machine {
    pub(super) processor: String,
    pub(super) cores: usize,
    /// GiB.
    pub(super) memory: f64,
    pub(super) kernel: String,
    pub(super) commit: String,
    /// How many processes wanted to run in the last minute, on average.
    pub(super) load: String,
    /// Median and 99th percentile of one `fdatasync` after 4 KiB, in milliseconds.
    pub(super) sync: (f64, f64),
    /// Whether folders are made in memory instead of on a disk.
    pub(super) in_memory: bool,
}

impl Machine {
    /// Looks around. Folders with data will be made in `folder`.
    pub(super) fn look(folder: &Path) -> anyhow::Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let named = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim_start_matches([' ', '\t', ':']).to_owned()).unwrap_or_default()
        };
        let kibibytes = named(&read("/proc/meminfo"), "MemTotal");
        let kibibytes = kibibytes.split(' ').next().and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
        const TMPFS: u64 = 0x0102_1994;
        let found =
            rustix::fs::statfs(folder).with_context(|| format!("{} is not there", folder.display()))?;
        Ok(Self {
            processor: named(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kibibytes / f64::from(1 << 20),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            commit: commit(),
            load: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
            sync: sync(folder)?,
            in_memory: u64::try_from(found.f_type).is_ok_and(|kind| kind == TMPFS),
        })
    }
}

/// The commit that is checked out, and whether anything else is.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".to_owned() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|it| !it.is_empty());
    if changed { format!("{commit}, with changes") } else { commit }
}

/// How long a sync takes here.
fn sync(folder: &Path) -> anyhow::Result<(f64, f64)> {
    const TIMES: usize = 200;
    let mut file = tempfile::tempfile_in(folder).context("no file can be made")?;
    let mut latencies = Latencies::default();
    for _ in 0..TIMES {
        // The same place each time, as a write-ahead log does that has reached its size.
        file.rewind().and_then(|()| file.write_all(&[7; 4096])).context("a file cannot be written")?;
        let begin = clock::now();
        file.sync_data().context("a file cannot be synced")?;
        latencies.note(clock::now() - begin);
    }
    let summary = latencies.summary();
    Ok((summary.p50 as f64 / 1000.0, summary.p99 as f64 / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sees_where_one_is() {
        let machine = Machine::look(&std::env::temp_dir()).unwrap();
        assert!(machine.cores > 0 && machine.memory > 0.1 && !machine.kernel.is_empty());
        assert!(machine.sync.0 > 0.0 && machine.sync.0 <= machine.sync.1);
        assert!(Machine::look(Path::new("/nowhere/at/all")).is_err());
    }
}
