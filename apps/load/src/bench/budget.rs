//! What the server is to hold, and whether it does.

use super::Result;
use crate::report::{CPU_DELIVERY, CPU_MESSAGE, DELIVERIES, MEMORY, MESSAGES, number};
use crate::scene::{idle, start};

/// One line of the budget.
pub(super) struct Budget {
    /// What is bounded.
    pub(super) what: &'static str,
    /// The bound.
    pub(super) bound: Bound,
    /// What was measured; nothing where its scene was not played.
    pub(super) found: Option<f64>,
    /// The unit of both.
    pub(super) unit: &'static str,
}

/// A bound.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Budget {
    /// Whether it holds.
    pub(super) fn holds(&self) -> Option<bool> {
        let found = self.found?;
        Some(match self.bound {
            Bound::AtLeast(bound) => found >= bound,
            Bound::AtMost(bound) => found <= bound,
        })
    }

    /// The bound, for people.
    pub(super) fn words(&self) -> String {
        match self.bound {
            Bound::AtLeast(bound) => format!("≥ {} {}", number(bound), self.unit),
            Bound::AtMost(bound) => format!("≤ {} {}", number(bound), self.unit),
        }
    }
}

/// All lines.
pub(super) fn budgets(results: &[Result], sync: f64) -> Vec<Budget> {
    use Bound::{AtLeast, AtMost};
    let find = |name: &str| results.iter().find(|result| result.part.name == name);
    let figure = |name: &str, figure: &str| find(name)?.figure(0, figure);
    let p99 = |name: &str, latency: &str| find(name)?.latency(0, latency, |it| it.p99);
    let p50 = |name: &str, latency: &str| find(name)?.latency(0, latency, |it| it.p50);
    let to_bare = |name: &str, of: &str| {
        let result = find(name)?;
        result.figure(0, of).zip(result.figure(1, of)).map(|(server, bare)| server / bare)
    };
    // Of the round in which both were played: from one round to another the machine's speed changes more than what is asked about.
    let to = |one: &str, other: &str, of: &str| {
        let first = |name: &str| find(name)?.first(of);
        first(one).zip(first(other)).map(|(one, other)| one / other)
    };
    let budget = |what, bound, found, unit| Budget { what, bound, found, unit };
    vec![
        budget(
            "Durable 1:1 messages a second, to the bare loop",
            AtLeast(0.5),
            to_bare("pairs", MESSAGES),
            "×",
        ),
        budget("Processor time for each of them", AtMost(20.0), figure("pairs", CPU_MESSAGE), "µs"),
        budget("The same, to the bare loop", AtMost(2.5), to_bare("pairs", CPU_MESSAGE), "×"),
        budget(
            "At half of the rate: processor time, to the bare loop",
            AtMost(2.5),
            to_bare("half", CPU_MESSAGE),
            "×",
        ),
        budget(
            "At half of the rate: p99 until acknowledged",
            AtMost(20.0),
            p99("half", "acknowledged"),
            "ms",
        ),
        budget("At half of the rate: p99 until delivered", AtMost(20.0), p99("half", "delivered"), "ms"),
        budget("One message end to end: p50", AtMost(sync + 1.0), p50("one", "delivered"), "ms"),
        budget(
            "Deliveries a second to 1,000, to the bare loop",
            AtLeast(0.7),
            to_bare("fanout", DELIVERIES),
            "×",
        ),
        budget(
            "Processor time for each of them, to the bare loop",
            AtMost(1.5),
            to_bare("fanout", CPU_DELIVERY),
            "×",
        ),
        budget(
            "100,000 members to 1,000: processor time for each delivery",
            AtMost(1.2),
            to("members", "fanout", CPU_DELIVERY),
            "×",
        ),
        budget("An idle connection", AtMost(2.5), figure("idle", idle::EACH), "KiB"),
        budget("The same after 64 KiB each way", AtMost(2.5), figure("idle", idle::EACH_AFTER), "KiB"),
        budget("An idle connection inside TLS", AtMost(20.0), figure("idle-tls", idle::EACH), "KiB"),
        budget("A page of history: p99", AtMost(2.0), p99("history", "page"), "ms"),
        budget(
            "Messages a second with 10,000,000 stored, to those with 1,000",
            AtLeast(0.85),
            to("stored-10-million", "stored-thousand", MESSAGES),
            "×",
        ),
        budget(
            "First message of 100,000 that were missed",
            AtMost(20.0),
            p50("missed", "first message"),
            "ms",
        ),
        budget("Ready to serve, empty", AtMost(50.0), p50("start", "ready"), "ms"),
        budget("Ready to serve, 1,000,000 messages", AtMost(100.0), p50("start-full", "ready"), "ms"),
        budget("Memory after the start", AtMost(25.0), figure("start", MEMORY), "MiB"),
        budget("The program", AtMost(25.0), figure("start", start::BINARY), "MiB"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_hold_up_to_their_bound() {
        let check = |bound: Bound, found: Option<f64>, expected: Option<bool>| {
            let budget = Budget { what: "it", bound, found, unit: "ms" };
            assert_eq!(budget.holds(), expected, "{bound:?} {found:?}");
        };
        check(Bound::AtLeast(0.5), Some(0.5), Some(true));
        check(Bound::AtLeast(0.5), Some(0.4), Some(false));
        check(Bound::AtMost(2.5), Some(2.5), Some(true));
        check(Bound::AtMost(2.5), Some(2.6), Some(false));
        check(Bound::AtMost(2.5), None, None);
    }

    #[test]
    fn what_is_played_once_is_compared_within_its_round() {
        let played = |name, figures: &[f64]| {
            let outcome = |figure: &f64| {
                let mut outcome = super::super::Outcome::new("fanout", "it");
                outcome.figure(CPU_DELIVERY, *figure);
                vec![outcome]
            };
            let part = super::super::plan(true).into_iter().find(|part| part.name == name).unwrap();
            Result { part, rounds: figures.iter().map(outcome).collect(), ratio: false }
        };
        let found = budgets(&[played("fanout", &[3.0, 2.0, 2.0]), played("members", &[3.3])], 0.1);
        let members = found.iter().find(|budget| budget.what.starts_with("100,000 members")).unwrap();
        assert_eq!(members.found, Some(3.3 / 3.0));
    }

    #[test]
    fn what_was_not_played_is_not_known() {
        assert!(budgets(&[], 0.1).iter().all(|budget| budget.found.is_none()));
    }
}
