//! `koine-load`: load for a server, in any of its dialects, and what it makes of it: how fast, at what cost, and whether anything
//! was lost. Beside it the bare loop, the least that any server could do with the same bytes.
//!
//! Exit codes: 0 when all went well, 1 when something failed or a message was lost, came twice or out of order, 2 when the command
//! line is unsound, 130 and 143 when it was stopped by Ctrl-C or SIGTERM.

#![forbid(unsafe_code)]

mod arguments;
mod bare;
mod bench;
mod chance;
mod clock;
mod connection;
mod crowd;
mod errand;
mod latency;
mod play;
mod process;
mod progress;
mod receipts;
mod report;
mod scene;
mod server;
mod socket;
mod stage;
mod stamp;
mod stop;
mod stored;
mod talk;
mod websocket;

use anyhow::Context;
use arguments::{Arguments, Command};
use clap::Parser;
use play::Played;
use progress::Progress;
use report::Outcome;
use std::io::Write;
use std::process::ExitCode;
use std::rc::Rc;

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Ctrl-C reaches the server, too, so that it may be the connections that fail by it.
        Err(error) => match stop::code() {
            Some(code) => {
                let _ = writeln!(std::io::stderr(), "koine-load: it was stopped");
                ExitCode::from(code)
            }
            None => {
                let _ = writeln!(std::io::stderr(), "koine-load: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

/// Does what it is told; `false` when something was lost, came twice or out of order.
fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let Arguments { setting, command } = arguments;
    if let Command::Bare(flags) = command {
        return bare::serve(flags).map(|()| true);
    }
    stop::listen()?;
    process::open_many_files();
    let progress = Rc::new(Progress::new(setting.quiet));
    let Played { outcomes, ratio } = match &command {
        Command::Bench(flags) => return bench::run(&setting, flags, &progress),
        command => play::play(&setting, command, &progress)?,
    };
    progress.finish();
    let shown = report::table(&outcomes.iter().collect::<Vec<_>>(), ratio);
    std::io::stdout().write_all(shown.as_bytes()).context("the table cannot be written")?;
    if let Some(path) = &setting.json {
        let text =
            serde_json::to_string_pretty(&outcomes).context("the outcome cannot be written as JSON")?;
        std::fs::write(path, text + "\n").with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if let Some(path) = &setting.plot {
        let drawn = report::plot(&outcomes.iter().collect::<Vec<_>>());
        std::fs::write(path, drawn).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(outcomes.iter().all(Outcome::is_sound))
}
