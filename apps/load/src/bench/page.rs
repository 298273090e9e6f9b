//! The page about performance, in Markdown.

use super::budget::budgets;
use super::comparison;
use super::growth;
use super::machine::Machine;
use super::{Flags, Result};
use crate::report::{self, number};
use std::fmt::Write;

/// The whole page. What was tried stands in a file of its own beside the pictures, since people write it.
pub(super) fn page(flags: &Flags, machine: &Machine, results: &[Result]) -> String {
    let mut page = String::from(BEGINNING);
    // Writing to a string cannot fail.
    let _ = writeln!(page, "\n## Where\n");
    let Machine { processor, cores, memory, kernel, commit, load, sync: (p50, p99), in_memory } = machine;
    let _ = writeln!(page, "- Commit {commit}.");
    let _ = writeln!(page, "- {processor}, {cores} cores, {} GiB, Linux {kernel}.", number(*memory));
    let disk = if *in_memory { " The folder is in memory: this is no disk." } else { "" };
    let _ = writeln!(
        page,
        "- `fdatasync` after 4 KiB: median {} ms, p99 {} ms.{disk}",
        number(*p50),
        number(*p99)
    );
    let _ = writeln!(page, "- Load of the machine when it began: {load}.");
    if load.parse::<f64>().is_ok_and(|load| load > BUSY) {
        let _ = writeln!(page, "- {DISTURBED}");
    }
    let rounds = if flags.rounds == 1 { "One round".to_owned() } else { format!("{} rounds", flags.rounds) };
    let _ = writeln!(
        page,
        "- {rounds}; the figures are medians. What takes long was played once, and is compared with what was played in the same round."
    );
    let _ = writeln!(page, "\n## Budgets\n\n| what | budget | found | holds |\n|---|---|---|---|");
    for budget in budgets(results, *p50) {
        let found =
            budget.found.map_or("–".to_owned(), |found| format!("{} {}", number(found), budget.unit));
        let holds = match budget.holds() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "not played",
        };
        let _ = writeln!(page, "| {} | {} | {found} | {holds} |", budget.what, budget.words());
    }
    if let Some(section) = comparison::section(results) {
        let _ = write!(page, "\n{section}");
    }
    let folder = flags.page.with_extension("");
    let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for result in results {
        let medians = result.medians();
        let table = report::table(&medians.iter().collect::<Vec<_>>(), result.ratio);
        let line = result.part.line.replace("{half}", "HALF");
        let _ = writeln!(page, "\n## {}\n\n`koine-load {line}`\n", result.part.title);
        let _ = writeln!(page, "```text\n{table}```");
        if result.has_latencies() {
            let _ = writeln!(page, "\n![Latencies]({folder}/{}.svg)", result.part.name);
        }
    }
    if let Some(section) = growth::section(results, &format!("{folder}/{}.svg", growth::PICTURE)) {
        let _ = write!(page, "\n{section}");
    }
    if let Ok(experiments) = std::fs::read_to_string(flags.page.with_extension("").join("experiments.md")) {
        let _ = write!(page, "\n{experiments}");
    }
    page
}

/// From which load on others disturb what is measured.
const BUSY: f64 = 0.5;
const DISTURBED: &str = "**The machine did much else meanwhile**: latencies and rates are worse than they are on a quiet one, and say little. \
     Memory, losses and, roughly, the ratios of processor time do count.";

const BEGINNING: &str = "# Performance

This page is written by `make bench`. The load generator (`apps/load`) and the server run on the same machine and talk over loopback, so
what the one takes of the processor the other does not have. The server is a release build with its default settings, but that rates are
not limited and passwords of the load's accounts are cheap (not in the storm of logins). Every message is counted: one that is lost, comes
twice or out of order makes `make bench` fail.

The **bare loop** is the least that any server could do with the same bytes on the same sockets: one thread that reads WebSocket frames,
appends them to a file, waits for one `fdatasync` for all that came together, and then answers the sender and hands the frame on. It checks
nothing and remembers nothing. The ratio is the server's figure divided by the bare loop's. What the protocol says beyond that (a sender's
own message, marks of what has arrived) is work of the server alone.

The **bare loop on SQLite** is the same loop, but what came together becomes one transaction of SQLite instead of a piece of a file: the
least that a server does which keeps its messages there. Each message is a row with a place in its conversation, dense and the same after
a restart; a row for each conversation gives the places out, and is written once in a transaction. There is no other index, and nothing is
looked at: not who may speak, not whether it was said before. SQLite and its settings are those of the server (a write-ahead log,
`synchronous=FULL`).

On the **ordinary day** most people are there and say nothing; the others write to friends and in groups, look back, go away and come back,
and four deeds of a hundred are pictures of 20 to 200 KB. A picture goes up and comes down as the protocol has it (in `native` by HTTP, beside the
conversation), each recipient fetches it, and one that is not, byte for byte, what was shown makes `make bench` fail.

Latencies begin when a message was to be said, also where the connection was not ready for it. A message that is `acknowledged` is on
the disk; `delivered` is when the recipient's program has it.
";
