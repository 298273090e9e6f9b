//! Which web pages may open a WebSocket here. A browser tells whose page asks; programs that are no browsers mostly tell nothing.
//!
//! That a page comes from the host that it asks proves nothing of a name: whoever owns one may have it lead here once the page is
//! loaded, and the browser takes both for one site. Nobody can do that to an address, nor to `localhost`.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// The sites whose pages are welcome.
pub(super) struct Welcome {
    sites: Vec<Site>,
    /// What the log was told of already.
    told: Mutex<HashSet<String>>,
}

/// A page that is not welcome.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stranger {
    origin: String,
}

/// Where a page is from.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Site {
    secure: bool,
    host: String,
    port: u16,
}

/// How many sites the log is told of: whoever has many of them must not fill it.
const TOLD: usize = 32;
/// What is shown of a site at most, in bytes.
const SHOWN: usize = 200;

impl Welcome {
    /// Pages of `others` (`https://chat.example`), of the address that people type (which may have a path), and of this machine as
    /// far as nobody else can have its name.
    pub(super) fn new<'a>(others: impl IntoIterator<Item = &'a str>, public_url: &'a str) -> Self {
        let end = public_url.match_indices('/').nth(2).map_or(public_url.len(), |(index, _)| index);
        let own = public_url.get(..end).unwrap_or_default();
        let sites = others.into_iter().chain([own]).filter_map(Site::parse).collect();
        Self { sites, told: Mutex::default() }
    }

    /// Whether a page may come in, or it is no page at all.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Stranger> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(first) = origins.next() else { return Ok(()) };
        let origin = first.to_str().unwrap_or("(no text)").trim();
        if origin.is_empty() {
            return Ok(());
        }
        let site = Site::parse(origin).filter(|_| origins.next().is_none());
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let is_welcome =
            site.is_some_and(|site| self.sites.contains(&site) || host.is_some_and(|host| site.is_own(host)));
        if is_welcome {
            return Ok(());
        }
        let shown = origin.get(..origin.floor_char_boundary(SHOWN)).unwrap_or_default().to_owned();
        self.tell(&shown, host.unwrap_or_default());
        Err(Stranger { origin: shown })
    }

    /// The operator may have forgotten to say under which name people come.
    fn tell(&self, origin: &str, host: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < TOLD && told.insert(origin.to_owned()) {
            tracing::warn!(
                origin,
                host,
                "a web page was refused: if it is this server's own, set http.public_url to the address that people type; if it is \
                 another site's that may connect, name the site in http.origins"
            );
        }
    }
}

impl IntoResponse for Stranger {
    fn into_response(self) -> Response {
        let Self { origin } = self;
        let reason = format!(
            "A page of {origin} may not connect here. Whoever looks after this server can allow it: by the setting http.public_url, if \
             this is the address that people type, or else by naming the site in http.origins.\n"
        );
        let headers = [(header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
        (StatusCode::FORBIDDEN, headers, reason).into_response()
    }
}

impl Site {
    /// Reads `http://HOST[:PORT]` or `https://HOST[:PORT]`.
    fn parse(origin: &str) -> Option<Self> {
        let (scheme, authority) = origin.split_once("://")?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (host, port) = host_and_port(authority)?;
        let usual = if secure { 443 } else { 80 };
        Some(Self { secure, host, port: port.unwrap_or(usual) })
    }

    /// Whether it is the one that was asked, under a name that cannot be somebody else's.
    fn is_own(&self, asked: &str) -> bool {
        let Some((host, port)) = host_and_port(asked) else { return false };
        // The scheme is not compared: a proxy in front may have taken TLS off.
        let usual = if self.secure { 443 } else { 80 };
        self.host == host && self.port == port.unwrap_or(usual) && is_nobody_elses(&host)
    }
}

fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    let parsed: Authority = authority.parse().ok()?;
    if parsed.host().is_empty() || authority.contains('@') {
        return None;
    }
    // A port that is none is no port left out.
    let has_port = parsed.as_str().len() > parsed.host().len();
    let port = match (parsed.port_u16(), has_port) {
        (None, true) => return None,
        (port, _) => port,
    };
    Some((parsed.host().to_ascii_lowercase(), port))
}

fn is_nobody_elses(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4())
        || bracketed.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn check(origin: Option<&'static str>, host: &'static str, expected: bool) {
        let welcome = Welcome::new(["https://app.example"], "https://chat.example/koine");
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
        assert_eq!(welcome.check(&headers).is_ok(), expected, "{origin:?} at {host}");
    }

    #[test]
    fn programs_are_welcome() {
        check(None, "localhost:8080", true);
        check(Some(""), "localhost:8080", true);
    }

    #[test]
    fn pages_of_this_machine_are_welcome_under_what_nobody_else_can_be_called() {
        for (origin, host) in [
            ("http://localhost:8080", "localhost:8080"),
            ("http://LOCALHOST:8080", "localhost:8080"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
            ("http://192.168.1.5:8080", "192.168.1.5:8080"),
            ("http://192.168.1.5", "192.168.1.5"),
            ("http://192.168.1.5", "192.168.1.5:80"),
            ("https://192.168.1.5", "192.168.1.5"),
            ("https://192.168.1.5", "192.168.1.5:443"),
        ] {
            check(Some(origin), host, true);
        }
    }

    #[test]
    fn pages_of_the_sites_that_were_named_are_welcome() {
        check(Some("https://app.example"), "10.0.0.1:8080", true);
        check(Some("https://Chat.example:443"), "anything", true);
        check(Some("http://app.example"), "app.example", false);
        check(Some("https://app.example:8443"), "app.example:8443", false);
    }

    #[test]
    fn a_name_that_leads_here_is_not_enough() {
        check(Some("http://evil.example:8080"), "evil.example:8080", false);
        check(Some("http://localhost.evil.example:8080"), "localhost.evil.example:8080", false);
        check(Some("http://127.0.0.1.evil.example"), "127.0.0.1.evil.example", false);
    }

    #[test]
    fn pages_of_others_are_not_welcome() {
        for (origin, host) in [
            ("http://localhost:8081", "localhost:8080"),
            ("http://localhost", "localhost:443"),
            ("https://localhost", "localhost:80"),
            ("http://127.0.0.1:8080", "localhost:8080"),
            ("http://192.168.1.6:8080", "192.168.1.5:8080"),
            ("http://evil.example", "localhost:8080"),
            ("http://localhost:8080.evil.example", "localhost:8080"),
            ("http://evil.example@localhost:8080", "localhost:8080"),
            ("http://localhost:", "localhost"),
            ("http://localhost:99999", "localhost:99999"),
            ("null", "localhost:8080"),
            ("file://", ""),
            ("http://", ""),
            ("chrome-extension://localhost:8080", "localhost:8080"),
        ] {
            check(Some(origin), host, false);
        }
    }

    #[test]
    fn two_origins_are_none() {
        let welcome = Welcome::new([], "http://localhost:8080");
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            headers.append(header::ORIGIN, HeaderValue::from_static("http://localhost:8080"));
        }
        assert!(welcome.check(&headers).is_err());
    }

    #[test]
    fn the_log_is_told_once_and_not_for_ever() {
        let welcome = Welcome::new([], "http://localhost:8080");
        for number in 0..2 * TOLD {
            let origin = HeaderValue::from_str(&format!("http://evil{number}.example")).unwrap();
            let headers = HeaderMap::from_iter([(header::ORIGIN, origin)]);
            for _ in 0..2 {
                assert!(welcome.check(&headers).is_err());
            }
        }
        assert_eq!(welcome.told.lock().unwrap().len(), TOLD);
    }
}
