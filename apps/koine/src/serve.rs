//! The server, put together from its parts. To be written: for now it says what it was told and ends.

use crate::settings::Settings;
use koine_dialect::Dialect;
use std::sync::Arc;

/// Every dialect that can be configured.
pub(crate) fn dialects() -> Vec<Arc<dyn Dialect>> {
    Vec::new()
}

/// Serves until told to stop.
pub(crate) async fn serve(settings: Settings) -> anyhow::Result<()> {
    let (http, limits, passwords) = (&settings.http, &settings.limits, &settings.passwords);
    let port = http.listen.first().map_or(0, std::net::SocketAddr::port);
    tracing::info!(
        data = %settings.data.display(),
        public_url = http.public_url.at_port(port),
        parallel_passwords = passwords.parallel.count(),
        iterations = passwords.iterations.get(),
        frame_bytes = limits.frame_bytes.bytes(),
        login = ?limits.login_seconds.duration(),
        "there is no server in this build yet"
    );
    Ok(())
}
