//! Somebody who receives webhooks, and does as a story says.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use cowrite::webhooks::{Hook, Kind, Secret};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::in_time;

/// What stories sign with.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A delivery as it came.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub head: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What is done with a delivery.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It is answered with this status, and more lines of the head.
    Says(u16, String),
    /// It is answered with more than anybody can read.
    Babbles,
    /// It is never answered.
    Nothing,
}

/// A receiver that listens on a port of its own.
pub struct Receiver {
    address: SocketAddr,
    came: watch::Receiver<Vec<Delivery>>,
    knocked: watch::Receiver<usize>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    listening: JoinHandle<()>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn listens() -> Self {
        Self::listens_with(None).await
    }

    /// The same behind TLS.
    pub async fn listens_with(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (coming, came) = watch::channel(Vec::new());
        let (knocks, knocked) = watch::channel(0);
        let replies = Arc::new(Mutex::new(VecDeque::new()));
        let coming = Arc::new(coming);
        let next = Arc::clone(&replies);
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                knocks.send_modify(|count| *count += 1);
                let (coming, next, tls) = (Arc::clone(&coming), Arc::clone(&next), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serves(stream, &coming, &next).await;
                            }
                        }
                        None => drop(serves(stream, &coming, &next).await),
                    }
                });
            }
        });
        Self {
            address,
            came,
            knocked,
            replies,
            listening,
        }
    }

    /// What it does with the next delivery that has nothing said of it.
    pub fn next(&self, reply: Reply) {
        self.replies.lock().unwrap().push_back(reply);
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    /// A webhook that goes here.
    pub fn hook(&self, kinds: Option<Vec<Kind>>, prefix: &str) -> Hook {
        let secret = Secret::parse(SECRET).unwrap();
        Hook::new(&self.url(), secret, kinds, prefix.to_owned()).unwrap()
    }

    /// Connections so far.
    pub fn knocked(&self) -> usize {
        *self.knocked.borrow()
    }

    /// What came so far.
    pub fn came(&self) -> Vec<Delivery> {
        self.came.borrow().clone()
    }

    /// Waits until there is something in what came.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&[Delivery]) -> Option<T>) -> T {
        let mut came = self.came.clone();
        in_time(what, async {
            loop {
                if let Some(found) = look(&came.borrow_and_update()) {
                    return found;
                }
                came.changed().await.unwrap();
            }
        })
        .await
    }

    /// Waits for so many deliveries.
    pub async fn hears(&self, count: usize) -> Vec<Delivery> {
        self.until("so many deliveries", |came| {
            (came.len() >= count).then(|| came.to_vec())
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serves(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    coming: &watch::Sender<Vec<Delivery>>,
    replies: &Mutex<VecDeque<Reply>>,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let headers: BTreeMap<String, String> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    let reply = replies.lock().unwrap().pop_front();
    let delivery = Delivery {
        head,
        headers,
        body,
    };
    coming.send_modify(|came| came.push(delivery));
    let (status, lines) = match reply {
        None => (204, String::new()),
        Some(Reply::Says(status, lines)) => (status, lines),
        Some(Reply::Babbles) => {
            let head = "HTTP/1.1 200 Fine\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.ok()?;
            loop {
                stream.write_all(b"5\r\nblah \r\n").await.ok()?;
            }
        }
        Some(Reply::Nothing) => {
            let _ = stream.read_u8().await;
            return None;
        }
    };
    let answer = format!("HTTP/1.1 {status} So\r\n{lines}content-length: 0\r\n\r\n");
    if status == 204 {
        let answer = format!("HTTP/1.1 204 So\r\n{lines}\r\n");
        return stream.write_all(answer.as_bytes()).await.ok();
    }
    stream.write_all(answer.as_bytes()).await.ok()
}

impl Delivery {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub fn document(&self) -> String {
        let document = &self.json()["data"]["document"];
        document.as_str().unwrap().to_owned()
    }

    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether it is signed by who has the secret: HMAC (RFC 2104) by hand.
    pub fn is_signed(&self) -> bool {
        let secret = SECRET.strip_prefix("whsec_").unwrap();
        let mut key = BASE64.decode(secret).unwrap();
        assert!(key.len() <= 64);
        key.resize(64, 0);
        let with = |pad: u8| key.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
        let time = &self.headers["webhook-timestamp"];
        let mut inner = with(0x36);
        inner.extend(format!("{}.{time}.", self.id()).bytes());
        inner.extend(&self.body);
        let mut outer = with(0x5c);
        outer.extend(Sha256::digest(&inner));
        let signature = BASE64.encode(Sha256::digest(&outer));
        self.headers["webhook-signature"] == format!("v1,{signature}")
    }
}
