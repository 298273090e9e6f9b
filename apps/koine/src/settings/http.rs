//! `[http]`: the listener for the web client, media and WebSockets.

use super::addresses::Addresses;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const DEFAULT_PORT: u16 = 8080;

/// The HTTP listener.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Http {
    /// Where it listens without TLS.
    pub(crate) listen: Vec<SocketAddr>,
    /// Where it listens with TLS; of the two, one has an address.
    pub(crate) listen_tls: Vec<SocketAddr>,
    /// The beginning of every link the server gives out.
    pub(crate) public_url: PublicUrl,
    /// Other sites whose pages may open WebSockets here.
    pub(crate) origins: Vec<Origin>,
    /// Proxies in front of it, whose word about their clients' addresses is taken.
    pub(crate) proxies: Vec<Proxy>,
}

/// The section as it is written.
#[derive(Deserialize, Default, Debug)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(super) struct HttpDocument {
    listen: Option<Addresses>,
    listen_tls: Addresses,
    public_url: Option<PublicUrl>,
    origins: Vec<Origin>,
    proxies: Vec<Proxy>,
}

impl Http {
    pub(super) fn resolve(written: HttpDocument, bind: IpAddr) -> Self {
        let listen = written.listen.unwrap_or_else(|| Addresses::one(bind, DEFAULT_PORT)).into_vec();
        let listen_tls = written.listen_tls.into_vec();
        let usual = || match (listen_tls.first(), listen.first()) {
            (Some(secure), _) => PublicUrl::of("https", *secure),
            (None, plain) => {
                PublicUrl::of("http", plain.copied().unwrap_or(SocketAddr::new(bind, DEFAULT_PORT)))
            }
        };
        let public_url = written.public_url.unwrap_or_else(usual);
        Self { listen, listen_tls, public_url, origins: written.origins, proxies: written.proxies }
    }

    /// The addresses of the proxies.
    pub(crate) fn proxies(&self) -> Vec<IpAddr> {
        self.proxies.iter().map(|proxy| proxy.0).collect()
    }

    /// The sites whose pages may open WebSockets, beside the server's own.
    pub(crate) fn welcome_origins(&self) -> Vec<String> {
        self.origins.iter().map(|origin| origin.0.clone()).collect()
    }
}

/// A URL without a slash at its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    /// What a person on the server's own machine would type to reach `listener`.
    fn of(scheme: &str, listener: SocketAddr) -> Self {
        let (address, port) = (listener.ip(), listener.port());
        if address.is_unspecified() || address == Ipv4Addr::LOCALHOST || address == Ipv6Addr::LOCALHOST {
            Self(format!("{scheme}://localhost:{port}"))
        } else {
            Self(format!("{scheme}://{}", SocketAddr::new(address, port)))
        }
    }

    /// The URL, with `port` in the place of port 0: nobody can know before it is bound which port
    /// the system gives to a listener on port 0.
    pub(crate) fn at_port(&self, port: u16) -> String {
        match self.0.strip_suffix(":0") {
            Some(beginning) => format!("{beginning}:{port}"),
            None => self.0.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_base_url(&text) {
            Ok(Self(text.trim_end_matches('/').to_owned()))
        } else {
            Err(D::Error::custom(format_args!(
                "{text:?} is not the URL of a server (such as \"https://chat.example\")"
            )))
        }
    }
}

/// A site, as browsers name it: `https://chat.example`, without a path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Origin(String);

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_sound = is_base_url(&text) && text.splitn(4, '/').nth(3).is_none();
        if is_sound {
            Ok(Self(text))
        } else {
            Err(D::Error::custom(format_args!(
                "{text:?} is not the origin of a site (such as \"https://chat.example\", without a path)"
            )))
        }
    }
}

/// The address of a proxy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Proxy(IpAddr);

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || {
            D::Error::custom(format_args!("{text:?} is not the address of a proxy (such as \"127.0.0.1\")"))
        };
        text.parse().map(Self).map_err(|_| wrong())
    }
}

/// Whether paths can be appended to `text`: `http://HOST[:PORT][/PATH]` without a question mark or
/// a fragment, and without a name and password, which would be given to everybody.
fn is_base_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let bracketed = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let host_is_sound = match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains([':', '[', ']', '@']),
    };
    let forbidden =
        |it: char| it.is_whitespace() || it.is_control() || matches!(it, '?' | '#' | '"' | '<' | '>' | '\\');
    host_is_sound && port.is_none_or(|it| it.parse::<u16>().is_ok()) && !rest.contains(forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_told_from_others() {
        for sound in [
            "http://localhost:8080",
            "https://chat.example/",
            "https://chat.example/koine",
            "http://[::1]:8080",
            "http://[2001:db8::1]",
            "http://10.0.0.1:0",
        ] {
            assert!(is_base_url(sound), "{sound}");
        }
        for unsound in [
            "",
            "chat.example",
            "ftp://chat.example",
            "http://",
            "http://:80",
            "http:///path",
            "http://a b",
            "http://a:b",
            "http://a:70000",
            "http://ann:secret@chat.example",
            "http://chat.example/?a=b",
            "http://chat.example#top",
            "http://::1:80",
            "http://[chat]:80",
            "http://a\n",
        ] {
            assert!(!is_base_url(unsound), "{unsound}");
        }
    }

    #[test]
    fn the_default_is_what_one_would_type() {
        let check =
            |listener: &str, url: &str| assert_eq!(PublicUrl::of("http", listener.parse().unwrap()).0, url);
        check("0.0.0.0:8080", "http://localhost:8080");
        check("[::]:80", "http://localhost:80");
        check("127.0.0.1:1", "http://localhost:1");
        check("192.168.1.5:8080", "http://192.168.1.5:8080");
        check("[fe80::1]:8080", "http://[fe80::1]:8080");
    }

    #[test]
    fn with_tls_the_default_is_https() {
        let check = |section: &str, url: &str| {
            let written: HttpDocument = toml::from_str(section).unwrap();
            assert_eq!(Http::resolve(written, Ipv4Addr::UNSPECIFIED.into()).public_url.0, url, "{section}");
        };
        check("", "http://localhost:8080");
        check("listen_tls = '0.0.0.0:8443'", "https://localhost:8443");
        check("listen = []\nlisten_tls = ['10.0.0.1:443', '127.0.0.1:443']", "https://10.0.0.1:443");
        check("listen_tls = '0.0.0.0:8443'\npublic_url = 'http://chat'", "http://chat");
    }

    #[test]
    fn port_zero_gives_way_to_the_bound_port() {
        assert_eq!(PublicUrl("http://localhost:0".into()).at_port(41), "http://localhost:41");
        assert_eq!(PublicUrl("http://localhost:10".into()).at_port(41), "http://localhost:10");
        assert_eq!(PublicUrl("https://chat.example".into()).at_port(41), "https://chat.example");
    }
}
