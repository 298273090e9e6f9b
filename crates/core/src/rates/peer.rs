//! From where somebody asks, as far as limits tell places apart.

use std::net::IpAddr;

/// A place in the net that limits count as one: an IPv4 address, or the /64 of an IPv6 address, since one machine has all of those.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Peer {
    /// An address.
    V4([u8; 4]),
    /// The first half of an address.
    V6([u8; 8]),
}

impl Peer {
    /// This machine.
    pub const LOCAL: Self = Self::V4([127, 0, 0, 1]);

    /// The place of an address. An IPv4 address stays one, also where it is written as IPv6.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_one_place() {
        let check = |one: &str, other: &str, same: bool| {
            let [one, other] = [one, other].map(|address| Peer::of(address.parse().unwrap()));
            assert_eq!(one == other, same, "{one:?} {other:?}");
        };
        check("192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
        check("::ffff:192.0.2.1", "192.0.2.1", true);
        check("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true);
        check("2001:db8::1", "2001:db8:0:1::1", false);
        check("127.0.0.1", "::1", false);
        assert_eq!(Peer::of("127.0.0.1".parse().unwrap()), Peer::LOCAL);
    }
}
