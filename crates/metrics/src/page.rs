//! The page that Prometheus reads, in its text format 0.0.4.

use crate::catalogue;
use crate::family::{Description, Metric};
use crate::limit;
use crate::process;
use std::fmt::Write;

/// The media type of the page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that was counted, as it is now.
pub fn page() -> String {
    process::look();
    limit::list();
    let mut page = String::new();
    for metric in catalogue::ALL {
        show(*metric, &mut page);
    }
    page
}

fn show(metric: &dyn Metric, page: &mut String) {
    let Description { name, help, labels } = metric.description();
    // Writing to a string does not fail.
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {}", metric.kind());
    metric.lines(&mut |ending, values, end, value| {
        let mut pairs: Vec<String> = labels
            .iter()
            .zip(values)
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        pairs.extend(end.map(|end| format!("le=\"{end}\"")));
        let labels = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
        let _ = writeln!(page, "{name}{ending}{labels} {value}");
    });
}

/// A label's value as the format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Counter, Histogram, Unit};
    use crate::family::{Family, Single};
    use std::collections::BTreeSet;

    fn shown(metric: &dyn Metric) -> String {
        let mut page = String::new();
        show(metric, &mut page);
        page
    }

    #[test]
    fn a_counter_shows_each_combination_of_labels_once() {
        let family = Family::new("drinks_total", "Drinks.", &["kind", "size"], Counter::new);
        family.of(["tea", "large"]).count();
        family.of(["tea", "large"]).count();
        family.of(["\"mate\"", "small"]).count();
        let expected = "# HELP drinks_total Drinks.\n# TYPE drinks_total counter\n\
                        drinks_total{kind=\"\\\"mate\\\"\",size=\"small\"} 1\ndrinks_total{kind=\"tea\",size=\"large\"} 2\n";
        assert_eq!(shown(&family), expected);
    }

    #[test]
    fn a_histogram_shows_its_buckets_its_sum_and_its_count() {
        let batch = Single::new("batch", "Batches.", Histogram::new(Unit::Things, &[1, 8]));
        for size in [1, 3, 8, 90] {
            batch.saw(size);
        }
        let expected = "# HELP batch Batches.\n# TYPE batch histogram\nbatch_bucket{le=\"1\"} 1\nbatch_bucket{le=\"8\"} 3\n\
                        batch_bucket{le=\"+Inf\"} 4\nbatch_sum 102\nbatch_count 4\n";
        assert_eq!(shown(&batch), expected);
    }

    #[test]
    fn names_follow_the_conventions() {
        let mut seen = BTreeSet::new();
        for metric in catalogue::ALL {
            let Description { name, help, labels } = metric.description();
            assert!(seen.insert(name), "{name} is there twice");
            assert!(name.starts_with("koine_") || name.starts_with("process_"), "{name}");
            let letters =
                |text: &str| text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
            assert!(letters(name) && labels.iter().all(|label| letters(label)), "{name}");
            assert_eq!(metric.kind() == "counter", name.ends_with("_total"), "{name}");
            assert!(help.ends_with('.') && !help.contains('\n'), "{name}");
        }
    }
}
