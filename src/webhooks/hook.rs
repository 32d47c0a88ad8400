//! Who is told, of what, and what they are known by.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use hyper::Uri;
use hyper::http::uri::{InvalidUri, Scheme};
use sha2::{Digest, Sha256};

/// How many bytes a secret may have.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What secrets begin with.
const SECRET_PREFIX: &str = "whsec_";

/// What a receiver can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something was written.
    Change,
    /// A version was made.
    Versioned,
    /// The document was deleted.
    Deleted,
    /// The deletion was undone.
    Restored,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Change, Self::Versioned, Self::Deleted, Self::Restored];

    /// The one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Versioned => "versioned",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }
}

/// What deliveries are signed with. Nothing shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// [`HookError::Secret`].
    pub fn parse(text: &str) -> Result<Self, HookError> {
        let encoded = text.trim().strip_prefix(SECRET_PREFIX);
        let bytes = encoded.and_then(|encoded| BASE64.decode(encoded).ok());
        let fits = bytes.filter(|bytes| SECRET_BYTES.contains(&bytes.len()));
        fits.map(Self).ok_or(HookError::Secret)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One receiver.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    pub(super) target: Target,
    pub(super) secret: Secret,
    kinds: Vec<Kind>,
    pub(super) prefix: String,
}

/// Where deliveries go.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub uri: Uri,
    pub host: String,
    pub port: u16,
    pub is_https: bool,
}

/// Why a webhook is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// The address is none.
    #[error(
        "its url must be one such as https://example.org/hook, with http or https and without a \
         user: {0}"
    )]
    Url(String),
    /// The secret is none.
    #[error(
        "its secret must be whsec_ and 24 to 64 bytes in base64; `echo whsec_$(openssl rand \
         -base64 32)` makes one"
    )]
    Secret,
    /// An event that nobody knows.
    #[error("there is no event {0:?}; there are change, versioned, deleted, restored")]
    Kind(String),
    /// None of both, or both.
    #[error("it needs one of secret and secret_file")]
    NoSecret,
    /// There is another one like it.
    #[error("one before it has the same url and prefix")]
    Twice,
    /// The file with the secret.
    #[error("its secret_file cannot be read: {0}")]
    SecretFile(String),
}

impl Hook {
    /// A receiver at `url` of all events, or of `kinds`, of the documents whose names begin
    /// with `prefix`.
    ///
    /// # Errors
    /// [`HookError::Url`].
    pub fn new(
        url: &str,
        secret: Secret,
        kinds: Option<Vec<Kind>>,
        prefix: String,
    ) -> Result<Self, HookError> {
        Ok(Self {
            target: Target::parse(url)?,
            secret,
            kinds: kinds.unwrap_or_else(|| Kind::ALL.to_vec()),
            prefix,
        })
    }

    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether deliveries to both go to the same place for the same documents.
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    /// What it is known by in the queue: the same as long as it goes to the same place
    /// for the same documents. An address may hold a secret, so it is not kept.
    pub(super) fn key(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.target.uri.to_string());
        hash.update([0]);
        hash.update(&self.prefix);
        BASE64.encode(&hash.finalize()[..15])
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({})", self.target)
    }
}

/// For people: without what may be a secret.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}/…", self.host, self.port)
    }
}

impl Target {
    fn parse(url: &str) -> Result<Self, HookError> {
        let wrong = |what: &str| HookError::Url(what.to_owned());
        let uri: Uri = (url.parse()).map_err(|error: InvalidUri| wrong(&error.to_string()))?;
        let is_https = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(wrong("its scheme is another")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it names a user"));
        }
        let host = authority.host();
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let port = authority.port_u16();
        // What stands behind the host and is no port is not to be another one.
        if port.is_none() && authority.as_str() != host {
            return Err(wrong("its port is none"));
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            host: host.to_owned(),
            port: port.unwrap_or(if is_https { 443 } else { 80 }),
            is_https,
            uri,
        })
    }
}

/// Whether an address is one of the internet: no machine's own, no local network's, none
/// that is set aside for something else.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_documentation()
                || address.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(address) => match embedded(address) {
            Some(inside) => is_public(inside),
            // What is given out so far, without what is for documents and protocols.
            None => {
                let [a, b, ..] = address.segments();
                (a & 0xe000) == 0x2000
                    && !(a == 0x2001 && (b < 0x200 || b == 0x0db8))
                    && !(a == 0x3fff && b < 0x1000)
            }
        },
    }
}

/// The older address that is meant by a newer one.
fn embedded(address: Ipv6Addr) -> Option<IpAddr> {
    let segments = address.segments();
    let inside = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        Some(IpAddr::from([a, b, c, d]))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            inside(high, low)
        }
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => inside(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for public in ["1.1.1.1", "100.63.0.1", "172.32.0.1", "2606:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.31.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2001:db8::1",
            "2001::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        assert!(is_public("64:ff9b::1.1.1.1".parse().unwrap()));
    }

    #[test]
    fn nothing_shows_a_secret_or_what_may_be_one() {
        let text = format!("whsec_{}", BASE64.encode([7; 32]));
        let secret = Secret::parse(&text).unwrap();
        let hook = Hook::new(
            "https://example.org/hooks/T0KEN?key=k",
            secret,
            None,
            "a".into(),
        );
        let shown = format!("{:?}", hook.unwrap());
        assert_eq!(shown, "Hook(https://example.org:443/…)");
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "secret", &text[6..]] {
            let error = Secret::parse(wrong).unwrap_err().to_string();
            assert!(wrong.len() < 20 || !error.contains(wrong), "{error}");
        }
        for wrong in [
            "example.org",
            "ftp://example.org",
            "https://",
            "http://me:pw@host/",
            "http://host:65536/",
            "https://[::1]:99999/",
            "http://host:/",
        ] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Target::parse("http://[::1]:8080/").unwrap().host, "::1");
    }
}
