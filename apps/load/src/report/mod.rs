//! What a scene came to, as numbers: shown in a table, written as JSON, drawn as SVG.

mod plot;
mod table;

pub(crate) use plot::{curve, plot};
pub(crate) use table::{number, table};

use crate::latency::{Course, Moment, Summary};
use crate::process::Process;
use crate::receipts::Faults;
use crate::talk::Measured;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What one scene came to on one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The scene.
    pub(crate) scene: String,
    /// What was measured: the way of speaking, or the bare loop.
    pub(crate) subject: String,
    /// How the scene was set, by the names of the flags.
    pub(crate) setting: BTreeMap<String, f64>,
    /// For how long it was measured, in seconds.
    pub(crate) seconds: f64,
    /// What was counted and what was derived from it, by name; [`Outcome::figure`] tells of each what it is.
    pub(crate) figures: BTreeMap<String, f64>,
    /// Latencies, by what they are of.
    pub(crate) latencies: BTreeMap<String, Summary>,
    /// The same, moment by moment.
    pub(crate) moments: BTreeMap<String, Vec<Moment>>,
    /// Messages that never came, summed over the recipients.
    pub(crate) lost: u64,
    /// Messages that came once more.
    pub(crate) duplicates: u64,
    /// Messages that came after one that was said later.
    pub(crate) reordered: u64,
}

impl Outcome {
    /// Of a scene on a stage, nothing yet.
    pub(crate) fn new(scene: &str, subject: &str) -> Self {
        Self { scene: scene.to_owned(), subject: subject.to_owned(), ..Self::default() }
    }

    /// With one more word on how the scene was set.
    #[must_use]
    pub(crate) fn set(mut self, name: &str, value: impl Into<f64>) -> Self {
        self.setting.insert(name.to_owned(), value.into());
        self
    }

    /// Notes a figure.
    pub(crate) fn figure(&mut self, name: &str, value: f64) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Notes what went wrong.
    pub(crate) fn faults(&mut self, faults: Faults) {
        self.lost += faults.lost;
        self.duplicates += faults.duplicates;
        self.reordered += faults.reordered;
    }

    /// Notes what came of talking.
    pub(crate) fn talked(&mut self, measured: Measured) {
        self.seconds = measured.seconds;
        self.faults(measured.faults);
        self.figure("messages", measured.messages as f64);
        self.figure("deliveries", measured.deliveries as f64);
        self.figure(MESSAGES, measured.messages as f64 / measured.seconds);
        self.figure(DELIVERIES, measured.deliveries as f64 / measured.seconds);
        if let Some(cpu) = measured.cpu {
            self.figure(CORES, cpu.as_secs_f64() / measured.seconds);
            self.each(CPU_MESSAGE, cpu, measured.messages);
            self.each(CPU_DELIVERY, cpu, measured.deliveries);
        }
        self.course("acknowledged", measured.acknowledged);
        self.course("delivered", measured.delivered);
    }

    /// Notes latencies and their course.
    pub(crate) fn course(&mut self, name: &str, course: Course) {
        self.latencies.insert(name.to_owned(), course.all.summary());
        self.moments.insert(name.to_owned(), course.moments);
    }

    /// Notes the microseconds of processor time for each of so many things.
    pub(crate) fn each(&mut self, name: &str, cpu: Duration, things: u64) {
        if things > 0 {
            self.figure(name, cpu.as_secs_f64() * 1e6 / things as f64);
        }
    }

    /// Notes how much memory the server has now, in MiB.
    pub(crate) fn memory(&mut self, process: Option<Process>) -> anyhow::Result<()> {
        if let Some(process) = process {
            self.figure(MEMORY, process.memory()? as f64 / f64::from(1 << 20));
        }
        Ok(())
    }

    /// Whether everything arrived once and in order.
    pub(crate) fn is_sound(&self) -> bool {
        self.lost == 0 && self.duplicates == 0 && self.reordered == 0
    }
}

/// Messages a second.
pub(crate) const MESSAGES: &str = "messages/s";
/// Deliveries a second.
pub(crate) const DELIVERIES: &str = "deliveries/s";
/// Processor time of the server for each second.
pub(crate) const CORES: &str = "server cores";
/// Microseconds of the server's processor time for each message.
pub(crate) const CPU_MESSAGE: &str = "server µs/message";
/// Microseconds of the server's processor time for each delivery.
pub(crate) const CPU_DELIVERY: &str = "server µs/delivery";
/// MiB in memory for the server.
pub(crate) const MEMORY: &str = "server MiB";
