//! A metric: its name, what it means, and its numbers, by label.

use crate::cell::{Counter, Gauge, Histogram};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// What a metric is called and means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) labels: &'static [&'static str],
}

/// A metric with one number.
#[derive(Debug)]
pub struct Single<T> {
    description: Description,
    cell: T,
}

/// A metric with a number for each combination of its labels' values.
#[derive(Debug)]
pub struct Family<T> {
    description: Description,
    make: fn() -> T,
    cells: Mutex<BTreeMap<Vec<&'static str>, Arc<T>>>,
}

/// Something that there is one of as long as this is kept.
#[derive(Debug)]
pub struct Held(Arc<Gauge>);

/// Takes a line: what is added to the name, the values of the labels, a further one (`le`), and the number.
pub(crate) type Line<'a> = &'a mut dyn FnMut(&str, &[&'static str], Option<&str>, String);
/// The same of one cell, whose labels are its metric's.
pub(crate) type CellLine<'a> = &'a mut dyn FnMut(&str, Option<&str>, String);

/// A number of some kind, and the lines that show it.
pub(crate) trait Cell {
    /// As Prometheus calls the kind.
    const KIND: &'static str;

    /// Hands out each line.
    fn lines(&self, line: CellLine<'_>);
}

/// A metric, whatever its kind.
pub(crate) trait Metric: Sync {
    fn description(&self) -> Description;
    fn kind(&self) -> &'static str;
    /// Hands out each line.
    fn lines(&self, line: Line<'_>);
}

impl<T> Single<T> {
    pub(crate) const fn new(name: &'static str, help: &'static str, cell: T) -> Self {
        Self { description: Description { name, help, labels: &[] }, cell }
    }
}

impl<T> Deref for Single<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.cell
    }
}

impl<T> Family<T> {
    pub(crate) const fn new(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
        make: fn() -> T,
    ) -> Self {
        Self { description: Description { name, help, labels }, make, cells: Mutex::new(BTreeMap::new()) }
    }

    /// The number for these values of the labels. It takes a lock: who adds to it often keeps it.
    pub fn of<const LABELS: usize>(&self, values: [&'static str; LABELS]) -> Arc<T> {
        debug_assert_eq!(self.description.labels.len(), LABELS, "{}", self.description.name);
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&values[..]) {
            return cell.clone();
        }
        cells.entry(values.to_vec()).or_insert_with(|| Arc::new((self.make)())).clone()
    }
}

impl Held {
    /// One more of what `gauge` counts, until this is dropped.
    pub fn new(gauge: Arc<Gauge>) -> Self {
        gauge.add(1);
        Self(gauge)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.subtract(1);
    }
}

impl Cell for Counter {
    const KIND: &'static str = "counter";

    fn lines(&self, line: CellLine<'_>) {
        line("", None, self.value().to_string());
    }
}

impl Cell for Gauge {
    const KIND: &'static str = "gauge";

    fn lines(&self, line: CellLine<'_>) {
        line("", None, self.value().to_string());
    }
}

impl Cell for Histogram {
    const KIND: &'static str = "histogram";

    fn lines(&self, line: CellLine<'_>) {
        let cumulated = self.cumulated();
        for (end, count) in &cumulated {
            line("_bucket", Some(end), count.to_string());
        }
        line("_sum", None, self.sum());
        line("_count", None, cumulated.last().map_or(0, |(_, count)| *count).to_string());
    }
}

impl<T: Cell + Sync> Metric for Single<T> {
    fn description(&self) -> Description {
        self.description
    }

    fn kind(&self) -> &'static str {
        T::KIND
    }

    fn lines(&self, line: Line<'_>) {
        self.cell.lines(&mut |ending, end, value| line(ending, &[], end, value));
    }
}

impl<T: Cell + Send + Sync> Metric for Family<T> {
    fn description(&self) -> Description {
        self.description
    }

    fn kind(&self) -> &'static str {
        T::KIND
    }

    fn lines(&self, line: Line<'_>) {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (values, cell) in cells {
            cell.lines(&mut |ending, end, value| line(ending, &values, end, value));
        }
    }
}
