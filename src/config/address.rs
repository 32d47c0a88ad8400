//! The address to listen on, as people write it, and what they left out.

use std::net::{IpAddr, SocketAddr};

use serde::de::{Deserialize, Deserializer, Error};

/// Reads an address and port.
///
/// # Errors
/// What to write instead.
pub(super) fn parse(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let port = text.rsplit(':').next().and_then(|port| port.parse().ok());
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let meant = match (bare.parse::<IpAddr>(), port) {
        // The last group of an IPv6 address is no port.
        (Ok(address), _) => SocketAddr::new(address, 8080),
        (Err(_), port) => SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(8080))),
    };
    Err(format!(
        "give an address and a port, such as {meant}; names are not looked up"
    ))
}

/// The same from a file.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said() {
        for (text, meant) in [
            ("8099", "127.0.0.1:8099"),
            (":8099", "127.0.0.1:8099"),
            ("localhost:8099", "127.0.0.1:8099"),
            ("10.1.2.3", "10.1.2.3:8080"),
            ("::1", "[::1]:8080"),
            ("[::1]", "[::1]:8080"),
            ("nowhere", "127.0.0.1:8080"),
            ("127.0.0.1:99999", "127.0.0.1:8080"),
            ("", "127.0.0.1:8080"),
        ] {
            let said = parse(text).unwrap_err();
            assert!(
                said.contains(&format!("such as {meant};")),
                "{text}: {said}"
            );
        }
        assert!(parse("[::1]:0").is_ok());
    }
}
