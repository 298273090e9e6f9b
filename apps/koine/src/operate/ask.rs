//! A command's end: whom it asks, and what it makes of the answer.

use super::address::Address;
use super::alone;
use super::interrupt::{Interrupted, Signals};
use super::screen::Screen;
use super::shown::Shown;
use super::wire::{Asked, Request, VERSION, read_line, write_line};
use crate::settings::Settings;
use anyhow::{Context, bail};
use koine_store_sqlite::{OpenError, Options, SqliteStore};
use std::io::ErrorKind;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

/// How long a server may have the data and not listen yet, or not any more.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// Has `request` carried out, by the server that runs on the data or else alone, and shows what it answers.
pub(super) fn ask(settings: &Settings, request: Request, shown: &mut dyn Shown) -> anyhow::Result<()> {
    let data = &settings.data;
    anyhow::ensure!(
        data.is_dir(),
        "there is no data folder {}; was the server ever started?",
        data.display()
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("the asynchronous runtime cannot start")?;
    let done = runtime.block_on(ask_somebody(settings, request, Screen::new(shown)));
    // Whoever does not want to wait for what is under way need not.
    runtime.shutdown_background();
    done
}

async fn ask_somebody(settings: &Settings, request: Request, screen: Screen<'_>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(server) = connect(&settings.data).await? {
            return ask_server(server, request, screen).await;
        }
        alone::check_owner(&settings.data)?;
        match SqliteStore::open(&settings.data, Options::default()) {
            Ok(store) => return alone::carry_out(store, settings, request, screen).await,
            // A server that starts or stops, or another command like this one.
            Err(OpenError::InUse { .. }) if Instant::now() < deadline => sleep(PAUSE).await,
            Err(in_use @ OpenError::InUse { .. }) => {
                let why = "no server takes commands there (it may be another version, or still starting or stopping)";
                return Err(in_use).context(why);
            }
            Err(other) => return Err(other.into()),
        }
    }
}

/// The running server; `None` where nobody listens, be it that a socket lies there that a killed server has left.
async fn connect(data: &Path) -> anyhow::Result<Option<UnixStream>> {
    let address = Address::of(data);
    let attempt = async { UnixStream::connect(address.reach()?.path()).await };
    match attempt.await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => {
            let socket = address.path().display();
            Err(error).with_context(|| format!("the server cannot be asked through {socket}"))
        }
    }
}

async fn ask_server(mut server: UnixStream, request: Request, mut screen: Screen<'_>) -> anyhow::Result<()> {
    let mut signals = Signals::listen(request.can_stop())?;
    let asked = Asked { version: VERSION.into(), request: serde_json::to_value(&request)? };
    const BROKEN: &str =
        "the server ended before it had answered; whether the command was carried out is not known";
    let (reading, mut writing) = server.split();
    // A server of another user closes without a word, and may do so before it is asked.
    write_line(&mut writing, &asked).await.context("the server does not take commands of this user")?;
    let mut reader = BufReader::new(reading);
    let (mut told, mut sent) = (false, None);
    loop {
        let mut reading = pin!(read_line(&mut reader));
        let line = loop {
            tokio::select! {
                line = &mut reading => break match line {
                    // To whom is not let in, the server closes with what they have asked unread.
                    Err(error) if !told && error.kind() == ErrorKind::ConnectionReset => None,
                    line => line.context(BROKEN)?,
                },
                by = signals.next() => {
                    if sent.replace(by).is_some() {
                        return Err(Interrupted::unheard(by).into());
                    }
                    screen.stopping();
                    // The server takes it for the wish to stop. Should it be gone, that is read below.
                    let _ = writing.shutdown().await;
                }
            }
        };
        match line {
            Some(line) => match screen.hear(line, sent)? {
                true => return screen.end(),
                false => told = true,
            },
            None if told => bail!(BROKEN),
            None => bail!(
                "the server has not answered: it takes no commands of this user, or has ended (and may have carried it out)"
            ),
        }
    }
}
