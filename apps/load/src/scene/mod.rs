//! The scenes: who does what, and what is measured of it.

pub(crate) mod fanout;
pub(crate) mod history;
pub(crate) mod idle;
pub(crate) mod login;
pub(crate) mod missed;
pub(crate) mod mixed;
pub(crate) mod pairs;
pub(crate) mod start;

use crate::chance::Chance;
use crate::stage::Stage;
use std::time::Duration;

/// What all scenes that take time are told.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Timing {
    /// For how long it is measured.
    #[arg(long, default_value_t = 10.0, value_name = "S", value_parser = seconds)]
    pub(crate) seconds: f64,
    /// For how long nothing is measured before that.
    #[arg(long, default_value_t = 2.0, value_name = "S", value_parser = seconds)]
    pub(crate) warm_up: f64,
}

impl Timing {
    fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(self.warm_up)
    }

    fn measured(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

/// A number of seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().map_err(|_| format!("{text:?} is no number of seconds"))?;
    if (0.0..=1e6).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("it is not between 0 and a million".to_owned())
    }
}

/// How many messages a second.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().map_err(|_| format!("{text:?} is no number of messages a second"))?;
    if (0.001..=1e9).contains(&rate) {
        Ok(rate)
    } else {
        Err("it is not between 0.001 and a billion".to_owned())
    }
}

/// What texts are filled with on this stage.
pub(crate) fn filling(stage: &Stage, bytes: usize) -> String {
    Chance(stage.seed).words(bytes.max(1))
}
