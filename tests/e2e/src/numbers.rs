//! The numbers of a server, as Prometheus reads them.

use crate::fetch::fetch;
use koine_testkit::{Recipe, Server};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a number may take to become what it must be, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the numbers of one server are.
#[derive(Clone, Copy)]
pub struct Numbers(SocketAddr);

/// A server whose numbers can be read.
pub fn counted(recipe: Recipe) -> Recipe {
    recipe.with("KOINE_METRICS__LISTEN", "127.0.0.1:0")
}

impl Numbers {
    /// Those of a server that is [`counted`].
    pub fn of(server: &impl Server) -> Self {
        Self(server.address("metrics"))
    }

    /// The whole page.
    pub async fn page(&self) -> String {
        let page = fetch(self.0, "/metrics").await;
        assert_eq!(page.status, 200);
        String::from_utf8(page.body).expect("UTF-8")
    }

    /// The sum of all series whose name and labels begin like this.
    pub async fn sum(&self, series: &str) -> f64 {
        let page = self.page().await;
        let samples = page.lines().filter(|line| line.starts_with(series));
        samples
            .map(|line| line.rsplit(' ').next().unwrap_or_default().parse::<f64>().expect("a number"))
            .sum()
    }

    /// How often a limit was met.
    pub async fn met(&self, limit: &str) -> f64 {
        self.sum(&series_of(limit)).await
    }

    /// Waits until a limit was met so often, which is not never, and fails where it is met more often than that.
    pub async fn is_met(&self, limit: &str, times: u32) {
        self.is_met_at_least(limit, times).await;
        assert_eq!(self.met(limit).await, f64::from(times), "{limit}");
    }

    /// Waits until a limit was met so often, which is not never, or more often.
    pub async fn is_met_at_least(&self, limit: &str, times: u32) {
        assert!(times > 0, "any server has met {limit} as often as never");
        self.until(&series_of(limit), |met| met >= f64::from(times)).await;
    }

    /// Waits until the server has given up so many connections for this reason, which is not none, and no more.
    pub async fn gives_up(&self, reason: &str, times: u32) {
        assert!(times > 0, "any server has given up none");
        let series = format!("koine_connections_given_up_total{{reason=\"{reason}\"}} ");
        self.until(&series, |given_up| given_up >= f64::from(times)).await;
        assert_eq!(self.sum(&series).await, f64::from(times), "{reason}");
    }

    /// Waits until the sum of these series is as it must be.
    pub async fn until(&self, series: &str, is_it: impl Fn(f64) -> bool) {
        let begun = Instant::now();
        loop {
            let number = self.sum(series).await;
            if is_it(number) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{series} is still {number}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn series_of(limit: &str) -> String {
    format!("koine_limits_total{{limit=\"{limit}\"}} ")
}
