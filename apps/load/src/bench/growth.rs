//! How the cost of a message grows with what is stored already.

use super::Result;
use crate::report::{self, CPU_MESSAGE, MESSAGES, number};
use std::fmt::Write;

/// What the names of the parts that show it begin with.
pub(super) const PREFIX: &str = "stored-";
/// The name of the picture.
pub(super) const PICTURE: &str = "growth";

/// One point of the curve.
struct Point {
    /// How many messages were stored before it began.
    stored: f64,
    rate: f64,
    cpu: Option<f64>,
    /// Milliseconds.
    p99: Option<f64>,
}

fn points(results: &[Result]) -> Vec<Point> {
    let of = |result: &Result| {
        let stored = result.medians().first()?.setting.get("stored").copied()?;
        let cpu = result.figure(0, CPU_MESSAGE);
        let p99 = result.latency(0, "acknowledged", |it| it.p99);
        Some(Point { stored, rate: result.figure(0, MESSAGES)?, cpu, p99 })
    };
    results.iter().filter(|result| result.part.name.starts_with(PREFIX)).filter_map(of).collect()
}

/// The section of the page, where it was played; `picture` is the path of the curve.
pub(super) fn section(results: &[Result], picture: &str) -> Option<String> {
    let points = points(results);
    if points.is_empty() {
        return None;
    }
    let mut section = String::from(
        "## Durable 1:1 messages beside more and more that are stored\n\n\
         | stored before | messages/s | µs/message | p99 until acknowledged, ms |\n|---|---|---|---|\n",
    );
    let perhaps = |value: Option<f64>| value.map_or("–".to_owned(), number);
    for Point { stored, rate, cpu, p99 } in &points {
        // Writing to a string cannot fail.
        let _ = writeln!(
            section,
            "| {} | {} | {} | {} |",
            number(*stored),
            number(*rate),
            perhaps(*cpu),
            perhaps(*p99)
        );
    }
    let _ = writeln!(section, "\n![Messages a second, by how many are stored]({picture})");
    Some(section)
}

/// The curve as SVG, where there is more than a point of it.
pub(super) fn picture(results: &[Result]) -> Option<String> {
    let points: Vec<_> = points(results).iter().map(|point| (point.stored, point.rate)).collect();
    (points.len() > 1)
        .then(|| report::curve("messages a second, by how many are stored when it begins", &points))
}
