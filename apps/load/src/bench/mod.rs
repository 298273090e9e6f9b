//! `bench`: all scenes and the bare loops, one after the other, several times; of each figure the median counts. It writes the page
//! about performance, with the machine, the commit and the plots.

mod budget;
mod comparison;
mod growth;
mod machine;
mod page;

use crate::arguments::{Arguments, Setting};
use crate::play::{self, Played};
use crate::progress::Progress;
use crate::report::{self, MESSAGES, Outcome};
use anyhow::{Context, bail, ensure};
use clap::Parser;
use machine::Machine;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How it is to be.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many rounds.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// The page that is written. Plots go into a folder of the same name beside it.
    #[arg(long, value_name = "FILE", default_value = "docs/performance.md")]
    pub(crate) page: PathBuf,
    /// Everything as small as can be: whether it works, not how fast it is.
    #[arg(long)]
    pub(crate) trial: bool,
    /// Only these parts of the plan, by their names, with commas between them.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
}

/// A scene of the plan.
struct Part {
    /// By which it is found, and its plot is called.
    name: &'static str,
    /// What is measured, for people.
    title: &'static str,
    /// The command line.
    line: String,
    /// Whether once is enough: it takes long, and hardly varies.
    once: bool,
}

/// What became of a part.
struct Result {
    part: Part,
    /// The rounds, and in each the outcomes.
    rounds: Vec<Vec<Outcome>>,
    ratio: bool,
}

impl Result {
    /// The median of each figure, for each outcome.
    fn medians(&self) -> Vec<Outcome> {
        let width = self.rounds.first().map_or(0, Vec::len);
        (0..width).filter_map(|place| median(&self.column(place))).collect()
    }

    /// The same outcome of all rounds.
    fn column(&self, place: usize) -> Vec<&Outcome> {
        self.rounds.iter().filter_map(|round| round.get(place)).collect()
    }

    /// Whether there is anything to draw.
    fn has_latencies(&self) -> bool {
        self.rounds.iter().flatten().any(|outcome| !outcome.latencies.is_empty())
    }

    /// A figure of the outcome at a place, as a median.
    fn figure(&self, place: usize, name: &str) -> Option<f64> {
        self.medians().get(place)?.figures.get(name).copied()
    }

    /// A figure of the server's in the first round, in which all that is played once is played.
    fn first(&self, name: &str) -> Option<f64> {
        self.rounds.first()?.first()?.figures.get(name).copied()
    }

    /// A latency of the outcome at a place, as a median, in milliseconds.
    fn latency(
        &self,
        place: usize,
        name: &str,
        quantile: fn(&crate::latency::Summary) -> u64,
    ) -> Option<f64> {
        Some(quantile(self.medians().get(place)?.latencies.get(name)?) as f64 / 1000.0)
    }
}

/// Runs the plan, and writes the page.
pub(crate) fn run(setting: &Setting, flags: &Flags, progress: &Rc<Progress>) -> anyhow::Result<bool> {
    ensure!(setting.at.is_none(), "a bench starts its servers itself");
    let machine = Machine::look(&setting.folder)?;
    let parts = plan(flags.trial);
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    if let Some(unknown) = flags.only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("the plan has no {unknown:?}; it has: {}", names.join(", "));
    }
    let wanted = |part: &Part| flags.only.is_empty() || flags.only.iter().any(|name| name == part.name);
    let parts = parts.into_iter().filter(wanted);
    let mut results: Vec<Result> =
        parts.map(|part| Result { part, rounds: Vec::new(), ratio: false }).collect();
    let mut rate = None;
    for round in 0..flags.rounds {
        for result in results.iter_mut().filter(|result| round == 0 || !result.part.once) {
            // Half of what was reached, for the scene that is about latency.
            let half = rate.map_or(2000.0, |rate: f64| (rate / 2.0).round());
            let line = result.part.line.replace("{half}", &half.to_string());
            say(&format!("round {} of {}: {line}", round + 1, flags.rounds))?;
            let Played { outcomes, ratio } =
                one(setting, &line, progress).with_context(|| format!("koine-load {line}"))?;
            let shown = report::table(&outcomes.iter().collect::<Vec<_>>(), ratio);
            say(&shown)?;
            if result.part.name == "pairs" {
                rate = outcomes.first().and_then(|outcome| outcome.figures.get(MESSAGES).copied());
            }
            result.ratio = ratio;
            result.rounds.push(outcomes);
        }
    }
    progress.finish();
    write(setting, flags, &machine, &results)?;
    Ok(results.iter().flat_map(|result| result.rounds.iter().flatten()).all(Outcome::is_sound))
}

/// Plays one line, as if it had been typed.
fn one(setting: &Setting, line: &str, progress: &Rc<Progress>) -> anyhow::Result<Played> {
    let words = std::iter::once("koine-load").chain(line.split_whitespace());
    let Arguments { setting: own, command } = Arguments::try_parse_from(words).context("the plan")?;
    let setting = Setting { tls: own.tls, dialect: own.dialect, ..setting.clone() };
    play::play(&setting, &command, progress)
}

/// What is played, in this order.
fn plan(trial: bool) -> Vec<Part> {
    let part = |name, title, line: &str, small: &str| Part {
        name,
        title,
        line: if trial { small.to_owned() } else { line.to_owned() },
        once: false,
    };
    let long = |name, title, line: &str, small: &str| Part { once: true, ..part(name, title, line, small) };
    vec![
        part(
            "pairs",
            "Durable 1:1 messages, as many as are taken",
            "floor pairs",
            "floor pairs --pairs 4 --seconds 0.5 --warm-up 0.2",
        ),
        part(
            "half",
            "Durable 1:1 messages, at half of that rate",
            "floor pairs --rate {half}",
            "floor pairs --pairs 4 --rate 100 --seconds 0.5 --warm-up 0.2",
        ),
        part(
            "one",
            "One message at a time, on a server that does nothing else",
            "floor pairs --pairs 1 --window 1 --seconds 5",
            "floor pairs --pairs 1 --window 1 --seconds 0.5 --warm-up 0.2",
        ),
        part(
            "fanout",
            "A group of 1,000 online, one talks",
            "floor fanout",
            "floor fanout --online 20 --seconds 0.5 --warm-up 0.2",
        ),
        long(
            "members",
            "A group of 100,000, of whom 1,000 are online, one talks",
            "fanout --away 99000",
            "fanout --online 20 --away 30 --seconds 0.5 --warm-up 0.2",
        ),
        long(
            "idle",
            "Connections that are signed in, and say 64 KiB to each other",
            "idle",
            "idle --connections 20",
        ),
        long("idle-tls", "The same inside TLS", "--tls idle", "--tls idle --connections 20"),
        part(
            "login",
            "A storm of logins",
            "login",
            "login --people 8 --at-once 4 --seconds 0.5 --warm-up 0.2",
        ),
        part(
            "history",
            "Pages of history, anywhere in 1,000,000 messages",
            "history --stored 1000000",
            "history --stored 200 --conversations 2 --seconds 0.5 --warm-up 0.2",
        ),
        long(
            "stored-thousand",
            "Durable 1:1 messages beside 1,000 that are stored",
            "pairs --stored 1000",
            "pairs --pairs 4 --stored 40 --seconds 0.5 --warm-up 0.2",
        ),
        long(
            "stored-100-thousand",
            "Beside 100,000",
            "pairs --stored 100000",
            "pairs --pairs 4 --stored 400 --seconds 0.5 --warm-up 0.2",
        ),
        long(
            "stored-million",
            "Beside 1,000,000",
            "pairs --stored 1000000",
            "pairs --pairs 4 --stored 800 --seconds 0.5 --warm-up 0.2",
        ),
        long(
            "stored-10-million",
            "Beside 10,000,000",
            "pairs --stored 10000000",
            "pairs --pairs 4 --stored 1200 --seconds 0.5 --warm-up 0.2",
        ),
        part(
            "missed",
            "Coming back to 100,000 messages in 1,000 conversations",
            "missed",
            "missed --conversations 5 --missed 50",
        ),
        part("start", "An empty server starts", "start", "start --times 2"),
        long(
            "start-full",
            "A server with 1,000,000 messages starts",
            "start --stored 1000000",
            "start --stored 300 --times 2",
        ),
        part(
            "mixed",
            "An ordinary day, with pictures",
            "mixed --seconds 30",
            "mixed --people 20 --group 5 --rate 50 --seconds 1",
        ),
    ]
}

/// The outcome whose figures are the medians of those of all; its course is that of the one in the middle.
fn median(outcomes: &[&Outcome]) -> Option<Outcome> {
    let mut middle = Outcome::clone(outcomes.get(outcomes.len() / 2)?);
    let collect = |of: &dyn Fn(&Outcome) -> Option<f64>| -> Vec<f64> {
        outcomes.iter().filter_map(|it| of(it)).collect()
    };
    let names: Vec<String> = middle.figures.keys().cloned().collect();
    for name in names {
        let values = collect(&|it| it.figures.get(&name).copied());
        middle.figures.insert(name, median_of(values));
    }
    for (name, summary) in &mut middle.latencies {
        let of = |quantile: fn(&crate::latency::Summary) -> u64| {
            median_of(collect(&|it| it.latencies.get(name).map(|summary| quantile(summary) as f64))) as u64
        };
        (summary.p50, summary.p99) = (of(|it| it.p50), of(|it| it.p99));
        (summary.p999, summary.max) = (of(|it| it.p999), of(|it| it.max));
    }
    middle.lost = outcomes.iter().map(|it| it.lost).sum();
    middle.duplicates = outcomes.iter().map(|it| it.duplicates).sum();
    middle.reordered = outcomes.iter().map(|it| it.reordered).sum();
    Some(middle)
}

fn median_of(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match (values.get(half), values.len() % 2) {
        (Some(middle), 0) => (values.get(half - 1).unwrap_or(middle) + middle) / 2.0,
        (Some(middle), _) => *middle,
        (None, _) => 0.0,
    }
}

/// Writes the page, its plots, and all rounds as JSON where that is asked for.
fn write(setting: &Setting, flags: &Flags, machine: &Machine, results: &[Result]) -> anyhow::Result<()> {
    let folder = flags.page.with_extension("");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for result in results.iter().filter(|result| result.has_latencies()) {
        let medians = result.medians();
        let drawn = report::plot(&medians.iter().collect::<Vec<_>>());
        save(&folder.join(format!("{}.svg", result.part.name)), &drawn)?;
    }
    if let Some(curve) = growth::picture(results) {
        save(&folder.join(growth::PICTURE).with_extension("svg"), &curve)?;
    }
    save(&flags.page, &page::page(flags, machine, results))?;
    if let Some(path) = &setting.json {
        let all: BTreeMap<&str, &Vec<Vec<Outcome>>> =
            results.iter().map(|result| (result.part.name, &result.rounds)).collect();
        save(path, &(serde_json::to_string_pretty(&all).context("JSON")? + "\n"))?;
    }
    say(&format!("{} is written", flags.page.display()))
}

fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn say(what: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{what}").context("the standard output cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_plan_is_understood() {
        for part in [plan(true), plan(false)].into_iter().flatten() {
            let line = part.line.replace("{half}", "100");
            let words = std::iter::once("koine-load").chain(line.split_whitespace());
            assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
        }
    }

    #[test]
    fn medians_are_those_of_each_figure() {
        let outcome = |one: f64, two: f64| {
            let mut outcome = Outcome::new("pairs", "native");
            outcome.figure("one", one);
            outcome.figure("two", two);
            outcome
        };
        let (a, b, c) = (outcome(1.0, 30.0), outcome(2.0, 10.0), outcome(3.0, 20.0));
        let found = median(&[&a, &b, &c]).unwrap();
        assert_eq!((found.figures["one"], found.figures["two"]), (2.0, 20.0));
        assert_eq!(median_of(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median_of(Vec::new()), 0.0);
    }
}
