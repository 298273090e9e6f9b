//! Latencies drawn as SVG: over time on the left, their histogram on the right, one row for each kind of them.
//!
//! Both axes of latency are logarithmic: what matters lies between a tenth of a millisecond and many seconds.

use super::{Outcome, number};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The colours of the outcomes, in their order. They are told apart by people who see no colours, too: by how light they are.
const COLOURS: [&str; 3] = ["#1f5fa8", "#d98a1f", "#7a7a7a"];
const WIDTH: f64 = 960.0;
const ROW: f64 = 240.0;
const TOP: f64 = 56.0;

/// Where something is drawn, and between which values.
#[derive(Clone, Copy)]
struct Panel {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    from: f64,
    to: f64,
    low: f64,
    high: f64,
}

/// Draws outcomes of one scene over each other.
pub(crate) fn plot(outcomes: &[&Outcome]) -> String {
    let names: BTreeSet<&String> = outcomes.iter().flat_map(|outcome| outcome.latencies.keys()).collect();
    let height = TOP + ROW * names.len() as f64 + 8.0;
    let mut svg = begin(height);
    let scene = outcomes.first().map_or("", |outcome| outcome.scene.as_str());
    text(&mut svg, 16.0, 22.0, "start", &format!("{scene}: latencies in ms (p50 thin, p99 thick)"));
    for (index, outcome) in outcomes.iter().enumerate() {
        let left = 16.0 + 200.0 * index as f64;
        let colour = colour(index);
        rect(&mut svg, [left, 32.0, 12.0, 10.0], colour, 1.0);
        text(&mut svg, left + 18.0, 41.0, "start", &outcome.subject);
    }
    for (row, name) in names.into_iter().enumerate() {
        draw_row(&mut svg, outcomes, name, TOP + ROW * row as f64);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Draws one figure over another one, from zero up: points from left to right, whose first numbers are powers of ten and what lies between.
pub(crate) fn curve(title: &str, points: &[(f64, f64)]) -> String {
    let height = TOP + ROW;
    let mut svg = begin(height);
    let logs = || points.iter().map(|(across, _)| across.max(1.0).log10());
    let from = logs().fold(f64::INFINITY, f64::min).floor();
    let to = logs().fold(from + 1.0, f64::max).ceil();
    let high = points.iter().map(|(_, up)| *up).fold(1.0, f64::max) * 1.1;
    let panel =
        Panel { left: 80.0, top: TOP, width: WIDTH - 120.0, height: ROW - 40.0, from, to, low: 0.0, high };
    frame(&mut svg, &panel, title);
    for power in powers(from, to) {
        let x = panel.x(power);
        line(&mut svg, [x, panel.top, x, panel.top + panel.height]);
        text(&mut svg, x, panel.top + panel.height + 14.0, "middle", &number(10_f64.powf(power)));
    }
    for tenth in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = panel.y(high * tenth);
        line(&mut svg, [panel.left, y, panel.left + panel.width, y]);
        text(&mut svg, panel.left - 6.0, y + 4.0, "end", &number(high * tenth));
    }
    let places: Vec<_> =
        points.iter().map(|(across, up)| (panel.x(across.max(1.0).log10()), panel.y(*up))).collect();
    let joined: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>",
        joined.join(" "),
        colour(0)
    );
    for (x, y) in places {
        rect(&mut svg, [x - 3.0, y - 3.0, 6.0, 6.0], colour(0), 1.0);
    }
    svg.push_str("</svg>\n");
    svg
}

fn begin(height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    )
}

fn draw_row(svg: &mut String, outcomes: &[&Outcome], name: &str, top: f64) {
    let summaries = outcomes.iter().filter_map(|outcome| outcome.latencies.get(name));
    let bins: Vec<u64> = summaries.flat_map(|summary| summary.bins.iter().map(|(end, _)| *end)).collect();
    let (Some(shortest), Some(longest)) = (bins.iter().min(), bins.iter().max()) else { return };
    // Whole powers of ten around all of them, in milliseconds.
    let low = (ms(*shortest).log10()).floor();
    let high = (ms(*longest).log10()).ceil().max(low + 1.0);
    let moments = |outcome: &Outcome| outcome.moments.get(name).cloned().unwrap_or_default();
    let end =
        outcomes.iter().flat_map(|outcome| moments(outcome)).map(|moment| moment.at).fold(0.1, f64::max);
    let course = Panel {
        left: 56.0,
        top: top + 22.0,
        width: 480.0,
        height: ROW - 62.0,
        from: 0.0,
        to: end,
        low,
        high,
    };
    frame(svg, &course, &format!("{name}, over time in s"));
    for power in powers(low, high) {
        let y = course.y(power);
        line(svg, [course.left, y, course.left + course.width, y]);
        text(svg, course.left - 6.0, y + 4.0, "end", &number(10_f64.powf(power)));
    }
    for tenth in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let at = end * tenth;
        text(svg, course.x(at), course.top + course.height + 14.0, "middle", &number(at));
    }
    let counts = outcomes.iter().filter_map(|outcome| outcome.latencies.get(name));
    let shares =
        counts.flat_map(|it| it.bins.iter().map(|(_, count)| *count as f64 / it.count.max(1) as f64));
    let most = shares.fold(0.0, f64::max).max(1e-9);
    let histogram = Panel {
        left: 600.0,
        top: top + 22.0,
        width: 336.0,
        height: ROW - 62.0,
        from: low,
        to: high,
        low: 0.0,
        high: most,
    };
    frame(svg, &histogram, &format!("{name}, how often"));
    for power in powers(low, high) {
        let x = histogram.x(power);
        line(svg, [x, histogram.top, x, histogram.top + histogram.height]);
        text(svg, x, histogram.top + histogram.height + 14.0, "middle", &number(10_f64.powf(power)));
    }
    for (index, outcome) in outcomes.iter().enumerate() {
        for (width, value) in [(0.8, 0), (2.0, 1)] {
            let points = moments(outcome).into_iter().filter(|moment| moment.count > 0).map(|moment| {
                let value = if value == 0 { moment.p50 } else { moment.p99 };
                format!("{:.1},{:.1}", course.x(moment.at), course.y(ms(value).log10()))
            });
            let points: Vec<String> = points.collect();
            let (points, colour) = (points.join(" "), colour(index));
            let _ = writeln!(
                svg,
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
            );
        }
        let Some(summary) = outcome.latencies.get(name) else { continue };
        for (end, count) in &summary.bins {
            // A bin reaches down to ten elevenths of its end.
            let (left, right) =
                (histogram.x((ms(*end) / 1.1).log10().max(low)), histogram.x(ms(*end).log10()));
            let top = histogram.y(*count as f64 / summary.count.max(1) as f64);
            rect(svg, [left, top, right - left, histogram.top + histogram.height - top], colour(index), 0.55);
        }
    }
}

impl Panel {
    fn x(&self, value: f64) -> f64 {
        self.left + self.width * ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }

    fn y(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0))
    }
}

fn frame(svg: &mut String, panel: &Panel, title: &str) {
    let Panel { left, top, width, height, .. } = panel;
    let _ = writeln!(
        svg,
        "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#999999\"/>"
    );
    text(svg, *left, top - 6.0, "start", title);
}

fn rect(svg: &mut String, [left, top, width, height]: [f64; 4], colour: &str, opacity: f64) {
    let _ = writeln!(
        svg,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>"
    );
}

fn line(svg: &mut String, [x1, y1, x2, y2]: [f64; 4]) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#dddddd\"/>"
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

/// The powers of ten of an axis.
fn powers(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (0..=(high - low) as u32).map(move |step| low + f64::from(step))
}

/// Microseconds as milliseconds. Less than one is one.
fn ms(micros: u64) -> f64 {
    micros.max(1) as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::Course;
    use std::time::Duration;

    #[test]
    fn a_curve_goes_through_its_points() {
        let svg = curve("that & this", &[(1000.0, 50.0), (1e7, 25.0)]);
        assert!(svg.contains("that &amp; this") && !svg.contains("NaN"), "{svg}");
        let points = svg.split("points=\"").nth(1).and_then(|it| it.split('"').next()).unwrap();
        let (height, top) = (ROW - 40.0, TOP);
        let y = |share: f64| format!("{:.1}", top + height * (1.0 - share / 1.1));
        assert_eq!(points, format!("80.0,{} {:.1},{}", y(1.0), WIDTH - 40.0, y(0.5)));
    }

    #[test]
    fn everything_is_drawn_within_the_picture() {
        let mut course = Course::new(Duration::from_secs(1));
        for step in 0..200 {
            course.note(Duration::from_millis(step * 5), Duration::from_micros(1 << (step % 20)));
        }
        let mut outcome = Outcome::new("pairs", "this & that");
        outcome.course("delivered", course);
        outcome.course("nothing", Course::new(Duration::from_secs(1)));
        let svg = plot(&[&outcome, &outcome]);
        assert!(svg.contains("this &amp; that") && svg.contains("<polyline"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        for part in svg.split("points=\"").skip(1) {
            let points = part.split('"').next().unwrap();
            for point in points.split(' ') {
                let (x, y) = point.split_once(',').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                assert!((0.0..=WIDTH).contains(&x) && (0.0..=TOP + 2.0 * ROW).contains(&y), "{point}");
            }
        }
    }
}
