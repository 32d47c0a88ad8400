//! Who sent a request, where proxies stand between.
//!
//! `X-Forwarded-For` is what a proxy says; anybody can say it. So it counts only
//! on connections from a configured proxy, and of it only what configured proxies
//! have written: it is read from the right, past those that are proxies
//! themselves, to the first that is none. What stands left of that, or cannot be
//! read, is the visitor's own story and ignored.
//!
//! The header `Forwarded` is not read: a proxy that writes one of the two lets
//! the other pass as it came, so whoever believed both would believe strangers.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

use crate::live::Visitor;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Those in these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Reads one address or network.
    pub fn parse(text: &str) -> Option<IpNet> {
        let address = text.parse::<IpAddr>();
        text.parse()
            .or_else(|_| address.map(|address| address.to_canonical().into()))
            .ok()
    }

    /// Whether this is a proxy whose header counts.
    pub fn trust(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }

    /// Who sent what came from `peer` with these headers.
    pub fn visitor(&self, peer: IpAddr, headers: &HeaderMap) -> Visitor {
        let mut nearest = peer;
        let lines: Vec<_> = headers.get_all(X_FORWARDED_FOR).collect();
        let hops = lines
            .into_iter()
            .rev()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops {
            if !self.trust(nearest) {
                break;
            }
            match parse_hop(hop) {
                Some(address) => nearest = address,
                // Nobody knows whom the last proxy meant: it answers for them.
                None => break,
            }
        }
        Visitor::of(nearest)
    }
}

/// An address as proxies write it, some of them with a port.
fn parse_hop(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    bare.unwrap_or(hop)
        .parse()
        .ok()
        .or_else(|| hop.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn visitor(peer: &str, lines: &[&[u8]]) -> String {
        let networks = ["10.0.0.0/8", "192.0.2.1", "2001:db8:9::/48"];
        let proxies = TrustedProxies::new(
            networks
                .iter()
                .map(|text| TrustedProxies::parse(text).unwrap())
                .collect(),
        );
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                HeaderName::from_static(X_FORWARDED_FOR),
                HeaderValue::from_bytes(line).unwrap(),
            );
        }
        let peer = peer.parse().unwrap();
        proxies.visitor(peer, &headers).to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(visitor("203.0.113.5", &[b"198.51.100.1"]), "203.0.113.5");
        assert_eq!(
            visitor("::ffff:203.0.113.5", &[b"198.51.100.1"]),
            "203.0.113.5"
        );
    }

    #[test]
    fn a_proxy_is_believed_for_one_step_at_a_time() {
        assert_eq!(visitor("10.1.2.3", &[b"198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            visitor("::ffff:10.1.2.3", &[b"198.51.100.1"]),
            "198.51.100.1"
        );
        // What the visitor wrote itself stands left of what the proxy added.
        assert_eq!(
            visitor("10.1.2.3", &[b"1.1.1.1, 10.9.9.9, 198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            visitor("10.1.2.3", &[b"1.1.1.1, 198.51.100.1 , 192.0.2.1,10.4.4.4"]),
            "198.51.100.1"
        );
        assert_eq!(
            visitor("10.1.2.3", &[b"1.1.1.1", b"198.51.100.1", b"10.4.4.4"]),
            "198.51.100.1",
            "several lines are one list"
        );
        assert_eq!(visitor("10.1.2.3", &[b"10.5.5.5"]), "10.5.5.5");
    }

    #[test]
    fn ports_and_brackets_are_understood() {
        assert_eq!(visitor("10.1.2.3", &[b"198.51.100.1:4711"]), "198.51.100.1");
        for hop in [&b"2001:db8::7"[..], b"[2001:db8::7]", b"[2001:db8::7]:4711"] {
            assert_eq!(visitor("2001:db8:9::1", &[hop]), "2001:db8::/64");
        }
    }

    #[test]
    fn garbage_frees_nobody() {
        for garbage in [
            &b""[..],
            b",",
            b"unknown",
            b"_hidden",
            b"\xff\xfe",
            b"[::1",
            b"1.2.3",
            b"999.1.1.1",
            b"198.51.100.1:99999999",
            b"for=198.51.100.1",
        ] {
            assert_eq!(visitor("10.1.2.3", &[garbage]), "10.1.2.3");
            let behind = [garbage, b", 10.4.4.4"].concat();
            assert_eq!(visitor("10.1.2.3", &[&behind]), "10.4.4.4");
            let before = [b"1.1.1.1, ", garbage].concat();
            assert_eq!(visitor("10.1.2.3", &[&before]), "10.1.2.3");
        }
        assert_eq!(visitor("10.1.2.3", &[&b",".repeat(60_000)]), "10.1.2.3");
    }
}
