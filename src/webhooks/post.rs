//! One delivery: a request to the address that was looked at, and nowhere else.
//!
//! The name is resolved here, each address is judged, and the connection is made to one
//! that was found fit: a name that means something else a moment later changes nothing.
//! No proxy is asked, no redirect followed, no connection kept. Of the answer only the
//! status counts; the rest is not read.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::hook::{Target, is_public};

/// The head of an answer may have so many bytes.
const HEAD_BYTES: usize = 16 << 10;

/// What is delivered.
pub(super) struct Delivery {
    pub id: String,
    pub seconds: i64,
    pub signature: String,
    pub body: Bytes,
}

/// Why something was not delivered.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    #[error("its name cannot be resolved: {0}")]
    Name(io::Error),
    #[error("it is at {0}, which is no address of the internet; --webhook-private allows that")]
    Private(IpAddr),
    #[error("its name has no address")]
    Nowhere,
    #[error("it cannot be reached: {0}")]
    Connect(io::Error),
    #[error("TLS failed: {0}")]
    Tls(io::Error),
    #[error("HTTP failed: {0}")]
    Http(#[from] hyper::Error),
    #[error("the request cannot be made: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("it answered {0}, and redirects are not followed")]
    Redirect(StatusCode),
    #[error("it answered {0}")]
    Refused(StatusCode),
    #[error("it did not answer within {0:?}")]
    TooSlow(Duration),
}

/// Who delivers.
#[derive(Clone)]
pub(super) struct Post {
    tls: TlsConnector,
    timeout: Duration,
    /// Whether addresses that are not of the internet will do.
    private: bool,
}

impl Post {
    /// With the certificates that the system trusts.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(timeout: Duration, private: bool) -> io::Result<Self> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (trusted, _) = roots.add_parsable_certificates(found.certs);
        if trusted == 0 {
            log::warn!("no certificates are trusted here, so webhooks cannot use https");
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            timeout,
            private,
        })
    }

    /// Delivers; returns when it was taken.
    pub async fn deliver(&self, target: &Target, delivery: Delivery) -> Result<(), PostError> {
        let delivered = self.try_to_deliver(target, delivery);
        let in_time = tokio::time::timeout(self.timeout, delivered);
        in_time
            .await
            .unwrap_or(Err(PostError::TooSlow(self.timeout)))
    }

    async fn try_to_deliver(&self, target: &Target, delivery: Delivery) -> Result<(), PostError> {
        let stream = self.connect(target).await?;
        let status = if target.is_https {
            let name = ServerName::try_from(target.host.clone());
            let name = name.map_err(|error| PostError::Tls(io::Error::other(error)))?;
            let stream = self.tls.connect(name, stream).await;
            request(target, stream.map_err(PostError::Tls)?, delivery).await?
        } else {
            request(target, stream, delivery).await?
        };
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(PostError::Redirect(status)),
            status => Err(PostError::Refused(status)),
        }
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, PostError> {
        let place = (target.host.as_str(), target.port);
        let addresses: Vec<SocketAddr> =
            lookup_host(place).await.map_err(PostError::Name)?.collect();
        let mut problem = PostError::Nowhere;
        for address in addresses {
            if !self.private && !is_public(address.ip()) {
                problem = PostError::Private(address.ip());
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => problem = PostError::Connect(error),
            }
        }
        Err(problem)
    }
}

async fn request(
    target: &Target,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    delivery: Delivery,
) -> Result<StatusCode, PostError> {
    let path = target
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let host = target.uri.authority().map_or("", |place| place.as_str());
    let request = Request::post(path)
        .header(HOST, host)
        .header(CONNECTION, "close")
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("cowrite/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", delivery.id)
        .header("webhook-timestamp", delivery.seconds.to_string())
        .header("webhook-signature", delivery.signature)
        .body(Full::new(delivery.body))?;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(HEAD_BYTES)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await?;
    // Both are driven here, so that both are gone when this is.
    let answered = sender.send_request(request);
    tokio::pin!(answered, connection);
    tokio::select! {
        answer = &mut answered => Ok(answer?.status()),
        ended = &mut connection => {
            ended?;
            Ok(answered.await?.status())
        }
    }
}
