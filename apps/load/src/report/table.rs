//! The table that people read: a column for each outcome, and behind each that the first is held against, the ratio of the first to it.

use super::Outcome;
use std::collections::BTreeSet;

/// The table of outcomes of one scene. With `ratio`, a column behind each of the others tells how the first one compares to it.
pub(crate) fn table(outcomes: &[&Outcome], ratio: bool) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut heading = vec![outcomes.first().map_or(String::new(), |first| first.scene.clone())];
    for (place, outcome) in outcomes.iter().enumerate() {
        heading.push(outcome.subject.clone());
        if ratio && place > 0 {
            heading.push("ratio".to_owned());
        }
    }
    rows.push(heading);
    let mut row = |name: String, values: Vec<Option<f64>>| {
        let mut cells = vec![name];
        let first = values.first().copied().flatten();
        for (place, value) in values.into_iter().enumerate() {
            cells.push(value.map_or("–".to_owned(), number));
            if ratio && place > 0 {
                let both = first.zip(value).filter(|(_, other)| *other > 0.0);
                cells.push(both.map_or("–".to_owned(), |(one, other)| format!("{:.2}", one / other)));
            }
        }
        rows.push(cells);
    };
    let figures: BTreeSet<&String> = outcomes.iter().flat_map(|outcome| outcome.figures.keys()).collect();
    for name in figures {
        let values = outcomes.iter().map(|outcome| outcome.figures.get(name).copied());
        row(name.clone(), values.collect());
    }
    let latencies: BTreeSet<&String> = outcomes.iter().flat_map(|outcome| outcome.latencies.keys()).collect();
    for name in latencies {
        type Which = fn(&crate::latency::Summary) -> u64;
        let which: [(&str, Which); 4] =
            [("p50", |it| it.p50), ("p99", |it| it.p99), ("p99.9", |it| it.p999), ("max", |it| it.max)];
        for (quantile, value) in which {
            let values = outcomes.iter().map(|outcome| {
                let summary = outcome.latencies.get(name).filter(|summary| summary.count > 0)?;
                Some(value(summary) as f64 / 1000.0)
            });
            row(format!("{name} {quantile}, ms"), values.collect());
        }
    }
    type Fault = fn(&Outcome) -> u64;
    let faults: [(&str, Fault); 3] =
        [("lost", |it| it.lost), ("duplicates", |it| it.duplicates), ("reordered", |it| it.reordered)];
    for (name, value) in faults {
        row(name.to_owned(), outcomes.iter().map(|outcome| Some(value(outcome) as f64)).collect());
    }
    aligned(&rows)
}

/// A number with as many digits as tell something.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        ..0.1 => format!("{value:.4}"),
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_count() {
        let check = |value: f64, expected: &str| assert_eq!(number(value), expected);
        check(0.0, "0");
        check(0.012_34, "0.0123");
        check(1.234, "1.23");
        check(56.78, "56.8");
        check(1234.5, "1,234");
        check(12_345_678.0, "12,345,678");
        check(-123_456.0, "-123,456");
    }

    #[test]
    fn the_ratio_stands_beside_the_two() {
        let mut one = Outcome::new("pairs", "native");
        let mut other = Outcome::new("pairs", "bare loop");
        one.figure("messages/s", 500.0);
        other.figure("messages/s", 1000.0);
        one.figure("server MiB", 10.0);
        let table = table(&[&one, &other], true);
        let lines: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split("  ").filter(|it| !it.is_empty()).map(str::trim).collect())
            .collect();
        assert_eq!(lines[0], ["pairs", "native", "bare loop", "ratio"]);
        assert_eq!(lines[1], ["messages/s", "500", "1,000", "0.50"]);
        assert_eq!(lines[2], ["server MiB", "10.0", "–", "–"]);
        assert_eq!(lines[3], ["lost", "0", "0", "–"]);
    }

    #[test]
    fn each_that_it_is_held_against_has_a_ratio() {
        let outcome = |subject: &str, rate: f64| {
            let mut outcome = Outcome::new("pairs", subject);
            outcome.figure("messages/s", rate);
            outcome
        };
        let all = [outcome("native", 500.0), outcome("bare loop", 1000.0), outcome("SQLite", 400.0)];
        let table = table(&all.iter().collect::<Vec<_>>(), true);
        let words = |line: usize| table.lines().nth(line).unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(words(0), ["pairs", "native", "bare", "loop", "ratio", "SQLite", "ratio"]);
        assert_eq!(words(1), ["messages/s", "500", "1,000", "0.50", "400", "1.25"]);
    }
}
