//! What a process costs, as its kernel tells under `/proc`.

use anyhow::Context;
use std::time::Duration;

/// A process to look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// The processor time that all of its threads have used, in its own code and in the kernel for it.
    ///
    /// The kernel counts in hundredths of a second.
    pub(crate) fn cpu(self) -> anyhow::Result<Duration> {
        let text = self.read("stat")?;
        // The second field is the program's name in parentheses, in which anything may stand.
        let fields = text.rsplit_once(')').context("/proc/PID/stat has no name")?.1;
        let mut times = fields.split_whitespace().skip(11);
        let mut next = || times.next()?.parse::<u64>().ok();
        let ticks = next().zip(next()).map(|(user, system)| user + system);
        let ticks = ticks.context("/proc/PID/stat has no times")?;
        let a_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_secs_f64(ticks as f64 / a_second as f64))
    }

    /// The bytes that are in memory for it.
    pub(crate) fn memory(self) -> anyhow::Result<u64> {
        let text = self.read("smaps_rollup")?;
        let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        Ok(kibibytes.context("/proc/PID/smaps_rollup has no Rss")? * 1024)
    }

    fn read(self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.0);
        std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))
    }
}

/// Raises this process's limit of open files as far as it may be, for itself and those that it starts.
pub(crate) fn open_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where this is refused, connecting says what is missing.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sees_oneself() {
        let me = Process(std::process::id());
        assert!(me.memory().unwrap() > 100_000);
        let before = me.cpu().unwrap();
        let mut sum = 0_u64;
        while me.cpu().unwrap() < before + Duration::from_millis(20) {
            sum = std::hint::black_box((0..100_000_u64).fold(sum, u64::wrapping_add));
        }
        assert!(Process(u32::MAX).cpu().is_err());
    }
}
