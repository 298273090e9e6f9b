//! What the server costs the machine, as the machine tells it.

use koine_e2e::fetch::fetch;
use koine_e2e::matrix::Town;
use koine_testkit::Server;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the server may take for what it does by itself, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that has nothing to do gives back what it needs no more after a second: for longer than that its memory has not become less.
const SETTLED: Duration = Duration::from_secs(3);

/// Lets this process, and the servers that it starts, have so many open files.
pub(super) fn open_files(needed: usize) {
    let needed = u64::try_from(needed).expect("a number of files");
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    assert!(most >= needed, "this needs {needed} open files, and the system allows {most} (ulimit -Hn)");
    if limit.current.is_some_and(|current| current < needed) {
        let raised = Rlimit { current: Some(needed), maximum: limit.maximum };
        setrlimit(Resource::Nofile, raised).expect("a limit that can be raised");
    }
}

/// What the two who talk may cost, in hundredths of one processor; a tenth of one is usual. What a scene allows beside that is at least
/// twice of what it was measured to take, and where it mostly waits, less than a processor that never rests would be busy meanwhile.
const TALK: u32 = 30;

/// When somebody began to look at how busy the server is.
pub(super) struct Since {
    at: Instant,
    busy: Duration,
}

/// A server that is looked at.
pub(super) struct Watch {
    process: String,
    metrics: SocketAddr,
}

impl Watch {
    /// Looks at the server of a town.
    pub(super) fn of(town: &mut Town) -> Self {
        let process = format!("/proc/{}", town.server_mut().program().id());
        Self { process, metrics: town.server().address("metrics") }
    }

    /// Its memory, in KiB.
    pub(super) fn memory(&self) -> usize {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Its memory, in KiB, once it has given back what it needs no more. Nobody may have anything written meanwhile.
    pub(super) async fn settled_memory(&self) -> usize {
        let begun = Instant::now();
        let (mut least, mut since) = (self.memory(), begun);
        while since.elapsed() < SETTLED && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(50)).await;
            let memory = self.memory();
            if memory < least {
                (least, since) = (memory, Instant::now());
            }
        }
        least
    }

    /// Waits until its memory is no more than so many KiB; tells how much it is then, or is still when it had time enough. Nobody may have
    /// anything written meanwhile.
    pub(super) async fn memory_of_at_most(&self, most: usize) -> usize {
        let begun = Instant::now();
        loop {
            let memory = self.memory();
            if memory <= most || begun.elapsed() > PATIENCE {
                return memory;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// How many sockets it has open. Files of the database are opened as they are needed, and stay.
    pub(super) fn sockets(&self) -> usize {
        let open = std::fs::read_dir(format!("{}/fd", self.process)).expect("its files");
        // One that is closed meanwhile is none.
        let targets = open.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
    }

    /// How long it has kept processors busy.
    pub(super) fn busy(&self) -> Duration {
        let stat = self.read("stat");
        // What stands before the bracket is the name, in which anything may be.
        let (_, rest) = stat.rsplit_once(')').expect("a name");
        let ticks =
            rest.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("ticks"));
        // A hundred ticks a second, on every system there is.
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// From now on it is to spare the processors.
    pub(super) fn since_now(&self) -> Since {
        Since { at: Instant::now(), busy: self.busy() }
    }

    /// Has not kept processors busy for longer than that, beside what the two who talk cost.
    pub(super) fn has_spared(&self, since: &Since, scene: &str, most: Duration) {
        let (busy, time) = (self.busy() - since.busy, since.at.elapsed());
        eprintln!("{scene}: busy for {busy:.2?} of {time:.2?}");
        let allowed = time * TALK / 100 + most;
        assert!(
            busy <= allowed,
            "{scene}: busy for {busy:.2?} of {time:.2?}, and not for {allowed:.2?} at most"
        );
    }

    /// The sum of all series of Prometheus whose name and labels begin like this.
    pub(super) async fn number(&self, series: &str) -> f64 {
        let page = fetch(self.metrics, "/metrics").await;
        let page = String::from_utf8(page.body).expect("UTF-8");
        let samples = page.lines().filter(|line| line.starts_with(series));
        samples
            .map(|line| line.rsplit(' ').next().unwrap_or_default().parse::<f64>().expect("a number"))
            .sum()
    }

    /// Waits until a number is this; tells how long that took.
    pub(super) async fn until(&self, series: &str, is_it: impl Fn(f64) -> bool) -> Duration {
        let begun = Instant::now();
        loop {
            let number = self.number(series).await;
            if is_it(number) {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < PATIENCE, "{series} is still {number}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until it has no more sockets open than this.
    pub(super) async fn settles(&self, sockets: usize) {
        let begun = Instant::now();
        while self.sockets() > sockets {
            assert!(begun.elapsed() < PATIENCE, "{} sockets are open, {sockets} were before", self.sockets());
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn read(&self, what: &str) -> String {
        std::fs::read_to_string(format!("{}/{what}", self.process)).expect("a process that runs")
    }
}
