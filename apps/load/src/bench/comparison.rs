//! How the server compares to the bare loop on SQLite. No budget says anything of it: it tells how much of the distance to the bare loop
//! is the price of what the server keeps its messages in.

use super::Result;
use crate::report::{CPU_DELIVERY, CPU_MESSAGE, DELIVERIES, MESSAGES, number};
use std::fmt::Write;

/// Where its outcome stands: behind those of the server and of the bare loop.
const PLACE: usize = 2;

/// One line.
struct Line {
    what: &'static str,
    /// The server's figure divided by that of the loop on SQLite.
    server: Option<f64>,
    /// The figure of the loop on SQLite divided by that of the bare loop.
    loops: Option<f64>,
}

fn lines(results: &[Result]) -> Vec<Line> {
    let find = |name: &str| results.iter().find(|result| result.part.name == name);
    let line = |what, name: &str, value: &dyn Fn(&Result, usize) -> Option<f64>| {
        let value = |place| find(name).and_then(|result| value(result, place));
        let ratio = |one, other: usize| {
            let both = value(one).zip(value(other)).filter(|(_, other)| *other > 0.0);
            both.map(|(one, other)| one / other)
        };
        Line { what, server: ratio(0, PLACE), loops: ratio(PLACE, 1) }
    };
    let figure = |name: &'static str| move |result: &Result, place| result.figure(place, name);
    vec![
        line("Durable 1:1 messages a second", "pairs", &figure(MESSAGES)),
        line("Processor time for each of them", "pairs", &figure(CPU_MESSAGE)),
        line("At half of the rate: processor time for each", "half", &figure(CPU_MESSAGE)),
        line("At half of the rate: p99 until acknowledged", "half", &|result, place| {
            result.latency(place, "acknowledged", |it| it.p99)
        }),
        line("One message end to end: p50", "one", &|result, place| {
            result.latency(place, "delivered", |it| it.p50)
        }),
        line("Deliveries a second to 1,000", "fanout", &figure(DELIVERIES)),
        line("Processor time for each of them", "fanout", &figure(CPU_DELIVERY)),
    ]
}

/// The section of the page, where any of it was played.
pub(super) fn section(results: &[Result]) -> Option<String> {
    let lines = lines(results);
    if lines.iter().all(|line| line.server.is_none()) {
        return None;
    }
    let mut section = String::from(
        "For comparison, the server to the bare loop on SQLite, and that to the bare loop, which the budgets are about. What the second column has\n\
         is the price of SQLite, which every server pays that keeps its messages there; what the first has is the server's own.\n\n\
         | what | server to the loop on SQLite | loop on SQLite to the bare loop |\n|---|---|---|\n",
    );
    let perhaps = |ratio: Option<f64>| ratio.map_or("–".to_owned(), |ratio| format!("{} ×", number(ratio)));
    for Line { what, server, loops } in &lines {
        // Writing to a string cannot fail.
        let _ = writeln!(section, "| {what} | {} | {} |", perhaps(*server), perhaps(*loops));
    }
    Some(section)
}
