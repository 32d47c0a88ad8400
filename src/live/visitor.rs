//! Who somebody is, as far as limits are concerned.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The bits of an IPv6 address that tell who it is. Whoever gets an address gets
/// a whole network of this size, so the rest is the visitor's own choice.
const IPV6_PREFIX: u32 = 64;

/// One who comes, by network address: an IPv4 address or an IPv6 /64. An IPv4
/// address in IPv6 clothes is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Visitor(IpAddr);

impl Visitor {
    /// All those whose address is not known, taken together.
    pub const UNKNOWN: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// Who comes from this address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = u128::from(address) & (u128::MAX << (128 - IPV6_PREFIX));
                IpAddr::V6(Ipv6Addr::from(network))
            }
        })
    }
}

impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/{IPV6_PREFIX}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(address: &str) -> String {
        Visitor::of(address.parse().unwrap()).to_string()
    }

    #[test]
    fn a_network_of_ipv6_is_one_visitor() {
        assert_eq!(visitor("192.0.2.7"), "192.0.2.7");
        assert_eq!(visitor("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(visitor("2001:db8:1:2:ffff::"), "2001:db8:1:2::/64");
        assert_ne!(visitor("2001:db8:1:3::1"), visitor("2001:db8:1:2::1"));
        assert_eq!(visitor("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
