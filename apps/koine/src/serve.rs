//! The server, put together from its parts: the one place that names a backend and the list of dialects together.

use crate::maintenance::Marker;
use crate::notify::{State, Supervisor};
use crate::operate;
use crate::settings::Settings;
use anyhow::Context;
use koine_bus::LocalBus;
use koine_core::credentials::Cost;
use koine_core::limits::RateLimits;
use koine_core::surroundings::{Mailer, Maintenance};
use koine_core::{Core, Credentials, Limits, Surroundings, SystemClock};
use koine_dialect::Dialect;
use koine_gateway::{Gateway, Listen, Listening, Spoken};
use koine_metrics::catalogue::{DATABASE_BYTES, WAL_BYTES};
use koine_store_sqlite::{Options, SqliteStore};
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The web client, as far as it was built.
static WEB: &[koine_gateway::WebFile] = include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// How long an opening of the data that is under way is waited for when the server is to stop.
const OPENING: Duration = Duration::from_secs(3);

/// Every dialect that can be configured.
pub(crate) fn dialects() -> Vec<Arc<dyn Dialect>> {
    koine_registry::all()
}

/// Serves until told to stop.
pub(crate) async fn serve(settings: Settings) -> anyhow::Result<()> {
    // Asked for first: a signal that comes during the start must not end the process half-way.
    let mut stop = Stop::new()?;
    let Some(store) = open(&settings, &mut stop).await? else { return Ok(()) };
    let (mailer, mailing) = mail(&settings)?;
    let core = core(&settings, store, surroundings(&settings, mailer))?;
    let url = &settings.http.public_url;
    let http = Listen { plain: settings.http.listen.clone(), tls: settings.http.listen_tls.clone() };
    let gateway = Gateway::start(
        core.clone(),
        gateway_settings(&settings),
        &http,
        |port| url.at_port(port),
        spoken(&settings),
    );
    let mut gateway = match gateway.await {
        Ok(gateway) => gateway,
        Err(error) => {
            core.close().await;
            return Err(error.into());
        }
    };
    let metrics = Listen { plain: settings.metrics.listen.clone(), tls: settings.metrics.listen_tls.clone() };
    if let Err(error) = gateway.serve_metrics(&metrics, measure(&settings)).await {
        gateway.stop().await;
        return Err(error.into());
    }
    let operators = operate::Listener::open(&settings.data, core)?;
    announce(&settings, &gateway)?;
    let supervisor = Supervisor::of_environment();
    supervisor.tell(State::Ready);
    let why = tokio::select! {
        why = stop.wait() => why,
        () = mailing => "the end of the mail",
        () = operators.serve() => "the end of operators' commands",
    };
    tracing::info!(signal = why, "stopping");
    supervisor.tell(State::Stopping);
    let stopping = async {
        // They need the store, which the gateway closes.
        operators.stop().await;
        gateway.stop().await;
    };
    tokio::select! {
        () = stopping => {
            tracing::info!("stopped");
            Ok(())
        }
        why = stop.wait() => anyhow::bail!("a second {why} came before everything was finished"),
    }
}

/// Opens the data, which may take minutes: a disk may be slow, and a change of schema is. Nothing where the server is to stop before that.
async fn open(settings: &Settings, stop: &mut Stop) -> anyhow::Result<Option<SqliteStore>> {
    const BROKEN: &str = "the data were not opened";
    let (data, options) =
        (settings.data.clone(), Options { when_quiet: koine_kernel::give_back_memory, ..Options::default() });
    let mut opening = tokio::task::spawn_blocking(move || SqliteStore::open(&data, options));
    let why = tokio::select! {
        opened = &mut opening => return Ok(Some(opened.context(BROKEN)??)),
        why = stop.wait() => why,
    };
    tracing::info!(signal = why, "stopping while the data are opened");
    match tokio::time::timeout(OPENING, opening).await {
        Ok(opened) => drop(opened.context(BROKEN)??),
        // A kill does no harm either: what was begun there is taken back or gone on with by the next start.
        Err(_) => tracing::info!("stopped before the data were open: the next start begins anew with that"),
    }
    Ok(None)
}

/// Measures the files of the database.
fn measure(settings: &Settings) -> impl Fn() + Clone + Send + Sync + 'static {
    let files = [("koine.db", &*DATABASE_BYTES), ("koine.db-wal", &*WAL_BYTES)]
        .map(|(name, gauge)| (settings.data.join(name), gauge));
    move || {
        for (file, gauge) in &files {
            // The log is not there before the first change.
            gauge.set(std::fs::metadata(file).map_or(0, |found| found.len()));
        }
    }
}

/// The core over a store, as the settings want it.
pub(crate) fn core(
    settings: &Settings,
    store: SqliteStore,
    surroundings: Surroundings,
) -> anyhow::Result<Arc<Core>> {
    let passwords = &settings.passwords;
    let cost = Cost { memory_kib: passwords.memory_kib.get(), iterations: passwords.iterations.get() };
    let credentials = Credentials::new(cost, passwords.parallel.count(), passwords.waiting())?;
    let bus = Arc::new(LocalBus::default());
    let (clock, limits) = (Arc::new(SystemClock), core_limits(settings));
    Ok(Core::within(surroundings, Arc::new(store), bus, clock, credentials, limits))
}

/// Says where everything listens, on the standard output: somebody waits for it.
fn announce(settings: &Settings, gateway: &Gateway) -> anyhow::Result<()> {
    let page = page(settings, gateway.listening(), !WEB.is_empty());
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(page.as_bytes())
        .and_then(|()| stdout.flush())
        .context("the standard output cannot be written")
}

/// What is said once everything is listened for: a line of greeting, a line for each listener, and where the web client is.
fn page(settings: &Settings, listening: &[Listening], has_web_client: bool) -> String {
    let mut page = format!(
        "koine {} is ready; its data are in {}\n",
        env!("CARGO_PKG_VERSION"),
        settings.data.display()
    );
    for listening in listening {
        let tls = if listening.tls { " (TLS)" } else { "" };
        page.push_str(&format!("  {:<14}{}{tls}\n", listening.what, listening.address));
    }
    let http = listening.iter().find(|listening| listening.what == "http");
    if let Some(http) = http.filter(|_| has_web_client) {
        page.push_str(&format!("In a browser: {}/\n", settings.http.public_url.at_port(http.address.port())));
    }
    page
}

/// What sends mail, where mail is sent, and the future that does it, which has no end.
type Mailing = (Option<Arc<dyn Mailer>>, Pin<Box<dyn Future<Output = ()> + Send>>);

fn mail(settings: &Settings) -> anyhow::Result<Mailing> {
    let Some(smtp) = settings.smtp.mail() else { return Ok((None, Box::pin(std::future::pending()))) };
    let (mailer, sending) = koine_mail::start(smtp)?;
    Ok((Some(Arc::new(mailer)), Box::pin(sending)))
}

fn surroundings(settings: &Settings, mailer: Option<Arc<dyn Mailer>>) -> Surroundings {
    let marker = Marker::of(&settings.data);
    if marker.is_on() {
        tracing::warn!("under maintenance: only operators may sign in");
    }
    Surroundings {
        mailer,
        maintenance: Arc::new(marker),
        operators: settings.operators.accounts.clone(),
        registration: settings.registration.mode.into(),
    }
}

fn spoken(settings: &Settings) -> Vec<Spoken> {
    let enabled = |dialect: Arc<dyn Dialect>| {
        let chosen = settings.dialects.get(dialect.name()).filter(|chosen| chosen.enabled)?;
        let listen = Listen { plain: chosen.listen.clone(), tls: chosen.listen_tls.clone() };
        let frame_bytes = Some(chosen.frame_bytes.bytes());
        Some(Spoken { dialect, listen, frame_bytes })
    };
    dialects().into_iter().filter_map(enabled).collect()
}

fn core_limits(settings: &Settings) -> Limits {
    let limits = &settings.limits;
    Limits {
        text_bytes: limits.text_bytes.bytes(),
        media_bytes: limits.media_bytes.bytes(),
        upload_bytes: limits.upload_bytes.total(),
        media_quota_bytes: Some(limits.media_quota_bytes.total()).filter(|bytes| *bytes > 0),
        avatar_bytes: limits.avatar_bytes.bytes(),
        outgoing_media_bytes: limits.outgoing_media_bytes.bytes(),
        group_members: usize::try_from(limits.group_members.get()).unwrap_or(usize::MAX),
        tokens_per_account: usize::try_from(limits.tokens_per_account.get()).unwrap_or(usize::MAX),
        auto_accept: settings.friends.auto_accept,
        rates: rate_limits(settings),
        ..Limits::default()
    }
}

fn rate_limits(settings: &Settings) -> RateLimits {
    let limits = &settings.limits;
    RateLimits {
        failed_logins: limits.failed_logins.get(),
        failed_logins_per_address: limits.failed_logins_per_address.get(),
        login_delay_seconds: limits.login_delay_seconds.get(),
        registrations_per_address: limits.registrations_per_address.get(),
        mails_per_address: limits.mails_per_address.get(),
        mails_per_recipient: limits.mails_per_recipient.get(),
        passwords_per_address: settings.passwords.waiting_per_address.get(),
        requests_per_second: limits.account_requests_per_second.get(),
        request_burst: limits.account_request_burst.get(),
        posts_per_second: limits.posts_per_second.get(),
        post_burst: limits.post_burst.get(),
    }
}

fn gateway_settings(settings: &Settings) -> koine_gateway::Settings {
    let limits = &settings.limits;
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    koine_gateway::Settings {
        frame_bytes: limits.frame_bytes.bytes(),
        stranger_frame_bytes: limits.stranger_frame_bytes.bytes(),
        json_depth: u16::try_from(limits.json_depth.get()).unwrap_or(u16::MAX),
        messagepack_depth: u16::try_from(limits.messagepack_depth.get()).unwrap_or(u16::MAX),
        queue_bytes: limits.queue_bytes.bytes(),
        handshake_seconds: limits.handshake_seconds.duration().as_secs(),
        login_seconds: limits.login_seconds.duration().as_secs(),
        frame_seconds: limits.frame_seconds.duration().as_secs(),
        write_stall_seconds: limits.write_stall_seconds.duration().as_secs(),
        ping_seconds: limits.ping_seconds.duration().as_secs(),
        connections: count(limits.connections.get()),
        connections_per_address: count(limits.connections_per_address.get()),
        requests_per_second: limits.requests_per_second.get(),
        request_burst: limits.request_burst.get(),
        http_requests_per_second: limits.http_requests_per_second.get(),
        http_request_burst: limits.http_request_burst.get(),
        stranger_large_frames: count(limits.stranger_large_frames.get()),
        large_frames_bytes: limits.large_frames_bytes.bytes(),
        proxies: settings.http.proxies(),
        origins: settings.http.welcome_origins(),
        tls: settings.tls.files(),
        web: WEB,
        ..koine_gateway::Settings::default()
    }
}

/// The two signals that mean stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::load_text;

    #[test]
    fn who_starts_it_is_told_where_to_go() {
        let settings = load_text("data = \"here\"\nhttp.listen = \"127.0.0.1:0\"", &[]).unwrap();
        let at = |what, address: &str, tls| Listening { what, address: address.parse().unwrap(), tls };
        let listening = [at("http", "127.0.0.1:4567", false), at("latin", "127.0.0.1:7002", true)];
        let addresses = concat!(
            "koine ",
            env!("CARGO_PKG_VERSION"),
            " is ready; its data are in here\n",
            "  http          127.0.0.1:4567\n",
            "  latin         127.0.0.1:7002 (TLS)\n"
        );
        assert_eq!(page(&settings, &listening, false), addresses);
        assert_eq!(
            page(&settings, &listening, true),
            format!("{addresses}In a browser: http://localhost:4567/\n")
        );
        assert!(!page(&settings, &listening[1..], true).contains("browser"), "there is no HTTP");
    }
}
