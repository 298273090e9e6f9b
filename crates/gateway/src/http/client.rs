//! Who a request comes from: whoever is connected, or, behind a proxy of the operator's own, whoever that speaks for.

use axum::http::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client of a request that came from `address`.
///
/// Each proxy adds at the end whom it heard it from. The last one that is not known is the client: all before it is only what
/// the client says.
pub(super) fn client(headers: &HeaderMap, address: IpAddr, proxies: &[IpAddr]) -> IpAddr {
    let mut client = address.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    // Each by itself: what the client says may be no text at all.
    let mut said = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    while is_proxy(client, proxies) {
        let heard = said.next().and_then(|heard| std::str::from_utf8(heard).ok());
        let Some(before) = heard.and_then(parse) else { break };
        client = before.to_canonical();
    }
    client
}

/// Whether an address is one of `proxies`.
pub(crate) fn is_proxy(address: IpAddr, proxies: &[IpAddr]) -> bool {
    proxies.iter().any(|proxy| proxy.to_canonical() == address.to_canonical())
}

/// An address, which some proxies write with its port.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_a_known_proxy_is_believed() {
        let proxies: [IpAddr; 2] = ["127.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        let check = |from: &str, lines: &[&'static str], expected: &str| {
            let value = |line: &str| HeaderValue::from_bytes(line.as_bytes()).unwrap();
            let lines = lines.iter().map(|line| (FORWARDED_FOR, value(line)));
            let mut headers = HeaderMap::new();
            headers.extend(lines.map(|(name, value)| (Some(name), value)));
            let found = client(&headers, from.parse().unwrap(), &proxies);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{from} {headers:?}");
        };
        check("192.0.2.9", &["198.51.100.1"], "192.0.2.9");
        check("127.0.0.1", &[], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        // What stands before it the client has said itself.
        check("127.0.0.1", &["10.0.0.1, 198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["10.0.0.1", "198.51.100.1, 2001:db8::1"], "198.51.100.1");
        check("127.0.0.1", &["198.51.100.1:4711"], "198.51.100.1");
        check("127.0.0.1", &["[2001:db8::2]:4711"], "2001:db8::2");
        check("127.0.0.1", &["[2001:db8::2]"], "2001:db8::2");
        check("127.0.0.1", &["é, 198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["unknown"], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1");
    }
}
