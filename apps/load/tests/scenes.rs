//! Each scene on the real server, small: nothing is lost, nothing comes twice, and what is written has the right shape.
//!
//! How fast it is, is not looked at: tests run on machines that do much else.

#![forbid(unsafe_code)]

use serde_json::Value;
use std::process::{Command, Output};

/// Runs the load generator; tells what it wrote as JSON.
fn play(arguments: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let json = folder.path().join("outcome.json");
    let output = run(arguments, &["--quiet", "--json", json.to_str().expect("a path of text")]);
    let (said, complaint) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {}\n{said}\n{complaint}", output.status);
    let outcomes: Vec<Value> =
        serde_json::from_slice(&std::fs::read(&json).expect("what was written")).expect("JSON");
    for outcome in &outcomes {
        for fault in ["lost", "duplicates", "reordered"] {
            assert_eq!(outcome[fault], 0, "{fault}: {outcome:#}");
        }
        let scene = outcome["scene"].as_str().expect("a name");
        assert!(said.starts_with(scene), "the table tells of {scene}:\n{said}");
    }
    outcomes
}

fn run(arguments: &[&str], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_koine-load"));
    command.arg("--server").arg(koine_testkit::binary()).args(arguments).args(more);
    command.output().expect("the load generator runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn figure(outcome: &Value, name: &str) -> f64 {
    outcome["figures"][name].as_f64().unwrap_or_else(|| panic!("{name} in {outcome:#}"))
}

/// Latencies whose quantiles lie as they must.
fn latencies(outcome: &Value, name: &str) -> u64 {
    let summary = &outcome["latencies"][name];
    let value = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name} in {outcome:#}"));
    let (p50, p99, p999, max) = (value("p50"), value("p99"), value("p999"), value("max"));
    assert!(0 < p50 && p50 <= p99 && p99 <= p999 && p999 <= max, "{summary:#}");
    let bins: u64 = summary["bins"].as_array().expect("bins").iter().filter_map(|bin| bin[1].as_u64()).sum();
    let moments = outcome["moments"][name].as_array().expect("moments");
    let counted: u64 = moments.iter().filter_map(|moment| moment["count"].as_u64()).sum();
    assert!(bins == value("count") && counted <= bins, "{counted} {summary:#}");
    value("count")
}

const SHORT: [&str; 4] = ["--seconds", "0.6", "--warm-up", "0.2"];

#[test]
fn pairs_beside_the_bare_loops() {
    let outcomes = play(&[&["floor", "pairs", "--pairs", "3", "--window", "2"], &SHORT[..]].concat());
    let subjects: Vec<_> = outcomes.iter().map(|outcome| outcome["subject"].as_str()).collect();
    assert_eq!(subjects, [Some("native"), Some("bare loop"), Some("bare loop on SQLite")]);
    for outcome in &outcomes {
        let messages = figure(outcome, "messages");
        assert!(messages > 10.0 && figure(outcome, "deliveries") > 10.0, "{outcome:#}");
        assert!(figure(outcome, "messages/s") > 0.0 && figure(outcome, "server MiB") > 0.1, "{outcome:#}");
        assert!(latencies(outcome, "acknowledged") > 10 && latencies(outcome, "delivered") > 10);
        assert_eq!(outcome["setting"]["pairs"], 3.0);
    }
}

/// The bare loop carries the frames of every dialect whose texts can be found in them.
#[test]
fn the_bare_loop_in_every_way_of_speaking() {
    let mut carried = 0;
    for speaker in koine_registry::speakers() {
        let arguments = ["--dialect", speaker.name, "floor", "pairs", "--pairs", "2", "--window", "2"];
        let output = run(&[&arguments, &SHORT[..]].concat(), &["--quiet"]);
        let (said, complaint) = (text(&output.stdout), text(&output.stderr));
        if output.status.success() {
            assert!(said.contains("bare loop"), "{}: {said}", speaker.name);
            carried += 1;
        } else {
            assert!(
                complaint.contains("the protocol has no words for this: Say"),
                "{}: {complaint}",
                speaker.name
            );
        }
    }
    assert!(carried >= 6, "only {carried} are carried");
}

#[test]
fn pairs_in_every_way_of_speaking() {
    for speaker in koine_registry::speakers() {
        let arguments = ["--dialect", speaker.name, "pairs", "--pairs", "2", "--window", "3"];
        let outcomes = play(&[&arguments, &SHORT[..]].concat());
        assert_eq!(outcomes[0]["subject"], speaker.name);
        assert!(figure(&outcomes[0], "messages") > 5.0, "{:#}", outcomes[0]);
    }
}

#[test]
fn pairs_at_a_rate() {
    let outcomes = play(&[&["pairs", "--pairs", "2", "--rate", "50", "--size", "5000"], &SHORT[..]].concat());
    let said = figure(&outcomes[0], "messages");
    assert!((10.0..=40.0).contains(&said), "{said} in 0.6 s");
}

#[test]
fn pairs_inside_tls() {
    let outcomes = play(&[&["--tls", "pairs", "--pairs", "2"], &SHORT[..]].concat());
    assert!(figure(&outcomes[0], "messages") > 5.0);
}

#[test]
fn a_group_beside_the_bare_loops() {
    let arguments = ["floor", "fanout", "--online", "20", "--away", "5", "--window", "2"];
    let outcomes = play(&[&arguments, &SHORT[..]].concat());
    assert_eq!(outcomes.len(), 3);
    for outcome in &outcomes {
        let (messages, deliveries) = (figure(outcome, "messages"), figure(outcome, "deliveries"));
        assert!(messages > 3.0 && deliveries > 10.0 * messages, "{outcome:#}");
    }
}

#[test]
fn idle_connections() {
    let outcomes = play(&["idle", "--connections", "40", "--exchange", "65536"]);
    assert!(figure(&outcomes[0], "KiB/connection") > 0.0, "{:#}", outcomes[0]);
    assert!(figure(&outcomes[0], "KiB/connection after the exchange") > 0.0, "{:#}", outcomes[0]);
    let inside = play(&["--tls", "idle", "--connections", "10", "--exchange", "0"]);
    assert!(figure(&inside[0], "KiB/connection") > 0.0, "{:#}", inside[0]);
}

#[test]
fn logins() {
    let arguments = ["login", "--people", "6", "--at-once", "4", "--cheap-passwords"];
    let outcomes = play(&[&arguments, &SHORT[..]].concat());
    assert!(figure(&outcomes[0], "logins/s") > 1.0 && latencies(&outcomes[0], "signed in") > 1);
}

#[test]
fn pages_of_history() {
    let arguments = ["history", "--stored", "300", "--conversations", "3", "--page", "20"];
    let outcomes = play(&[&arguments, &SHORT[..]].concat());
    assert_eq!(figure(&outcomes[0], "messages/page"), 20.0);
    assert!(latencies(&outcomes[0], "page") > 1);
}

#[test]
fn what_was_missed() {
    let outcomes = play(&["missed", "--conversations", "12", "--missed", "360"]);
    assert_eq!(latencies(&outcomes[0], "first message"), 1);
    assert!(figure(&outcomes[0], "messages/s") > 0.0);
}

#[test]
fn an_ordinary_day() {
    let arguments = ["mixed", "--people", "30", "--group", "10", "--rate", "100", "--seconds", "3"];
    let outcomes = play(&arguments);
    assert!(figure(&outcomes[0], "messages/s") > 1.0 && figure(&outcomes[0], "deliveries/s") > 1.0);
    assert!(latencies(&outcomes[0], "acknowledged") > 1 && latencies(&outcomes[0], "signed in") > 0);
    pictures(&outcomes[0]);
    assert!(latencies(&outcomes[0], "picture fetched") > 0);
}

/// Each picture that was shown has come to everybody who was to see it, byte for byte.
fn pictures(outcome: &Value) {
    let [shown, told, fetched] =
        ["pictures", "pictures told", "pictures fetched"].map(|it| figure(outcome, it));
    assert!(shown > 0.0 && told == fetched && fetched >= shown, "{outcome:#}");
    assert!((20.0..=196.0).contains(&figure(outcome, "KiB/picture")), "{outcome:#}");
}

#[test]
fn latencies_are_drawn() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plot = folder.path().join("plot.svg");
    let arguments = ["--plot", plot.to_str().expect("a path of text"), "pairs", "--pairs", "2"];
    play(&[&arguments, &SHORT[..]].concat());
    let drawn = std::fs::read_to_string(&plot).expect("what was drawn");
    assert!(drawn.starts_with("<svg ") && drawn.trim_end().ends_with("</svg>"), "{drawn}");
    assert!(
        drawn.contains("<polyline") && drawn.contains("<rect") && drawn.contains("acknowledged"),
        "{drawn}"
    );
}

#[test]
fn the_page_about_performance() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = folder.path().join("performance.md");
    let page_flag = page.to_str().expect("a path of text");
    let only = "pairs,half,fanout,start,idle-tls,stored-thousand,stored-million";
    let arguments = ["bench", "--trial", "--rounds", "2", "--only", only, "--page", page_flag];
    let output = run(&arguments, &["--quiet"]);
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    let written = std::fs::read_to_string(&page).expect("a page");
    let rows: Vec<&str> =
        written.lines().filter(|line| line.starts_with("| ") && line.contains(" µs |")).collect();
    assert!(rows.len() == 1 && !rows[0].contains("not played"), "{written}");
    // Idle connections have no latencies.
    for part in only.split(',').filter(|part| !part.starts_with("idle")) {
        let plot = format!("performance/{part}.svg");
        assert!(written.contains(&plot) && folder.path().join(&plot).is_file(), "{plot}:\n{written}");
    }
    assert!(written.contains("\n| 40.0 | ") && written.contains("\n| 800 | "), "{written}");
    assert!(folder.path().join("performance/growth.svg").is_file() && written.contains("growth.svg"));
    assert!(written.contains("| not played |") && written.contains("ratio"), "{written}");
    // So short a time may cost the processor nothing, but there is always something to count.
    let compared = |what: &str| {
        let mut lines = written.lines().filter(|line| line.starts_with(what));
        lines.any(|line| line.matches(" × |").count() == 2)
    };
    assert!(compared("| Durable 1:1 messages a second | "), "{written}");
    assert!(compared("| Deliveries a second to 1,000 | "), "{written}");
    assert!(written.contains("\n| One message end to end: p50 | – | – |\n"), "{written}");
}

#[test]
fn what_cannot_be_done_is_said() {
    let check = |arguments: &[&str], expected: &str| {
        let output = run(arguments, &["--quiet"]);
        let complaint = text(&output.stderr);
        assert!(!output.status.success() && complaint.contains(expected), "{arguments:?}: {complaint}");
    };
    check(&["--dialect", "parrot", "pairs"], "nobody speaks \"parrot\" here");
    check(&["--folder", "/nowhere/at/all", "pairs"], "no folder can be made in /nowhere/at/all");
    check(&["bench", "--only", "tea"], "the plan has no \"tea\"");
    check(&["pairs", "--rate", "0"], "it is not between 0.001 and a billion");
    check(&["pairs", "--seconds", "soon"], "is no number of seconds");
    check(&["--at", "127.0.0.1:1", "pairs"], "connection");
    check(&["--pid", "1", "pairs"], "--at");
}
