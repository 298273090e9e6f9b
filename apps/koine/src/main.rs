//! `koine`: the binary. What it is told, and which command follows from it; the server itself is put together in `serve`.
//!
//! Exit codes: 0 when all went well, 1 when the server or the command failed, 2 when the command line or
//! the configuration is unsound (so that a service manager can tell "try again" from "somebody must look"), 129, 130 or 143 when a command
//! was stopped by a signal and has ended in order, 141 when nobody reads its answer to the end.

#![forbid(unsafe_code)]

mod arguments;
mod logging;
mod maintenance;
mod notify;
mod operate;
mod serve;
mod settings;

use anyhow::Context;
use arguments::{Arguments, Command};
use clap::Parser;
use koine_core::{Clock, SystemClock};
use operate::{Interrupted, Unread};
use settings::{KnownDialect, Loaded, Unsound};
use std::io::Write;
use std::process::ExitCode;

const FAILED: u8 = 1;
const UNSOUND: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => {
            // Help and the version arrive here as well; clap knows which of the two streams is theirs.
            let is_complaint = answer.use_stderr();
            return match (is_complaint, arguments::answer::print(answer)) {
                (true, _) => ExitCode::from(UNSOUND),
                (false, Ok(())) => ExitCode::SUCCESS,
                (false, Err(_)) => ExitCode::from(FAILED),
            };
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if error.is::<Unread>() {
                return ExitCode::from(Unread::CODE);
            }
            // A standard error that nobody reads must not keep the exit code from being given.
            let _ = writeln!(std::io::stderr(), "koine: {}", logging::one_line(&format!("{error:#}")));
            ExitCode::from(match error.downcast_ref::<Interrupted>() {
                Some(interrupted) => interrupted.code(),
                None if error.is::<Unsound>() => UNSOUND,
                None => FAILED,
            })
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let known: Vec<KnownDialect> = serve::dialects().iter().map(|it| KnownDialect::of(it.as_ref())).collect();
    let environment = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    let load = |flags| settings::load(&flags, &environment, &known).map(|loaded| loaded.settings);
    match arguments.command {
        Command::Serve(flags) => {
            let loaded = settings::load(&flags, &environment, &known)?;
            // What is to be seen to is told again where the log is.
            loaded.settings.tls.check(SystemClock.now().0)?;
            serve_until_stopped(loaded)
        }
        Command::CheckConfig(flags) => show(&settings::load(&flags, &environment, &known)?),
        Command::Maintenance { switch, flags } => maintenance::run(&load(flags)?.data, switch),
        Command::Account { command, place } => operate::run_account(&load(place.into_flags())?, command),
        Command::Sessions { command, place } => operate::run_sessions(&load(place.into_flags())?, command),
        Command::Invite { command, place } => operate::run_invite(&load(place.into_flags())?, command),
        Command::Backup { arguments, place } => operate::run_backup(&load(place.into_flags())?, &arguments),
        Command::Restore { arguments, place } => operate::run_restore(&load(place.into_flags())?, &arguments),
        Command::Export { arguments, place } => operate::run_export(&load(place.into_flags())?, &arguments),
        Command::Fsck { arguments, place } => operate::run_fsck(&load(place.into_flags())?, &arguments),
        Command::Prune { arguments, place } => operate::run_prune(&load(place.into_flags())?, &arguments),
    }
}

fn serve_until_stopped(loaded: Loaded) -> anyhow::Result<()> {
    logging::start(&loaded.settings.log)?;
    koine_kernel::spare_memory();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime cannot start")?;
    let served = runtime.block_on(serve::serve(loaded.settings));
    // What it waits for it has waited for by now.
    runtime.shutdown_background();
    served
}

/// The whole answer is a TOML document, so that it can be kept as a file; what should be seen to goes to standard error.
fn show(loaded: &Loaded) -> anyhow::Result<()> {
    for doubt in loaded.settings.tls.check(SystemClock.now().0)? {
        writeln!(std::io::stderr(), "koine: {}", logging::one_line(&doubt))
            .context("nobody reads the warnings")?;
    }
    let effective = loaded.settings.to_toml()?;
    let origin = match &loaded.file {
        Some(file) => format!("read from {}", file.display()),
        None => "without a file".to_owned(),
    };
    writeln!(std::io::stdout(), "# the configuration is sound ({origin})\n{effective}")
        .context("the configuration cannot be printed")
}
