//! Where a listener listens: one address and port, several, or nowhere.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Any number of addresses. Read from a list, or from one string in which commas may separate them, as
/// variables and flags know no lists.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Addresses(Vec<SocketAddr>);

impl Addresses {
    pub(super) fn one(address: IpAddr, port: u16) -> Self {
        Self(vec![SocketAddr::new(address, port)])
    }

    pub(super) fn into_vec(self) -> Vec<SocketAddr> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AddressesVisitor)
    }
}

struct AddressesVisitor;

impl<'de> Visitor<'de> for AddressesVisitor {
    type Value = Addresses;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an address and port (such as \"127.0.0.1:8080\") or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Addresses, E> {
        text.split(',').map(|part| one(part.trim())).collect::<Result<_, E>>().map(Addresses)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Addresses, A::Error> {
        let mut addresses = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            addresses.push(one(&text)?);
        }
        Ok(Addresses(addresses))
    }
}

fn one<E: Error>(text: &str) -> Result<SocketAddr, E> {
    text.parse().map_err(|_| {
        E::custom(format_args!("{text:?} is not an address and port (such as \"127.0.0.1:8080\")"))
    })
}
