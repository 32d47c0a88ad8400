//! A socket that says what no library would: bytes, frame by frame.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{in_time, wire};

/// A WebSocket whose frames are written by hand.
pub struct Raw {
    stream: TcpStream,
}

/// What a handshake was answered: status line and headers.
#[derive(Debug)]
pub struct Head(pub String);

impl Head {
    pub fn status(&self) -> u16 {
        let code = self.0.split(' ').nth(1).unwrap_or_default();
        code.parse()
            .unwrap_or_else(|_| panic!("no status: {self:?}"))
    }
}

/// A frame of the server.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub opcode: u8,
    pub payload: Vec<u8>,
}

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;
/// The last frame of a message.
pub const FIN: u8 = 0x80;

impl Raw {
    /// Asks for an upgrade with `headers` beside the usual ones.
    pub async fn knocks(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> (Head, Self) {
        Self::knocks_over(
            TcpStream::connect(address).await.unwrap(),
            address,
            path,
            headers,
        )
        .await
    }

    /// The same from an address of one's own: all of 127.0.0.0/8 is this machine.
    pub async fn knocks_from(
        source: IpAddr,
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (Head, Self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(source, 0)).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self::knocks_over(stream, address, path, headers).await
    }

    async fn knocks_over(
        mut stream: TcpStream,
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (Head, Self) {
        let mut all = vec![
            ("Host", address.to_string()),
            ("Upgrade", "websocket".to_owned()),
            ("Connection", "Upgrade".to_owned()),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
            ("Sec-WebSocket-Version", "13".to_owned()),
        ];
        for (name, value) in headers {
            all.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            all.push((name, (*value).to_owned()));
        }
        let mut request = format!("GET {path} HTTP/1.1\r\n");
        for (name, value) in all {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        in_time("the handshake is answered", async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
        })
        .await;
        (Head(String::from_utf8(head).unwrap()), Self { stream })
    }

    /// A connection that has said nothing yet.
    pub async fn connects(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream }
    }

    /// A connection of which the kernel keeps little that is not read.
    pub async fn connects_narrowly(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 << 10).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self { stream }
    }

    /// The body of an answer that tells its length.
    pub async fn reads_answer(&mut self) -> Vec<u8> {
        self.reads_head_and_body().await.1
    }

    /// The head of an answer, and with it a body whose length it tells.
    pub async fn reads_head(&mut self) -> String {
        self.reads_head_and_body().await.0
    }

    async fn reads_head_and_body(&mut self) -> (String, Vec<u8>) {
        self.reads_an_answer(true).await
    }

    /// The head of an answer, and its body unless it was asked for without.
    pub async fn reads_an_answer(&mut self, has_body: bool) -> (String, Vec<u8>) {
        let mut head = Vec::new();
        in_time("a request is answered", async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.stream.read_u8().await.unwrap());
            }
        })
        .await;
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| {
            let line = line.to_lowercase();
            line.strip_prefix("content-length: ")?.parse::<usize>().ok()
        });
        let length = length.filter(|_| has_body);
        let mut body = vec![0; length.unwrap_or(0)];
        in_time("the body comes", self.stream.read_exact(&mut body))
            .await
            .unwrap();
        (head, body)
    }

    /// Whether the server has hung up or said something.
    pub async fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        let peek = self.stream.peek(&mut byte);
        tokio::time::timeout(Duration::from_millis(1), peek)
            .await
            .is_ok()
    }

    /// Everything that comes until the connection ends, however it ends.
    pub async fn reads_to_the_end(&mut self) -> String {
        let mut text = Vec::new();
        let read = self.stream.read_to_end(&mut text);
        let _ = in_time("the connection ends", read).await;
        String::from_utf8_lossy(&text).into_owned()
    }

    /// A WebSocket to a document.
    pub async fn opens(address: SocketAddr, document: &str) -> Self {
        let (head, raw) = Self::knocks(address, &format!("/ws/{document}"), &[]).await;
        assert_eq!(head.status(), 101, "{head:?}");
        raw
    }

    /// A WebSocket to a document, over a connection of which the kernel keeps little
    /// that is not read.
    pub async fn opens_narrowly(address: SocketAddr, document: &str) -> Self {
        let mut raw = Self::connects_narrowly(address).await;
        let head = format!(
            "GET /ws/{document} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        raw.sends(head.as_bytes()).await;
        let answer = raw.reads_head().await;
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
        raw
    }

    /// Takes up to so many bytes of what comes, whatever they are.
    pub async fn takes(&mut self, bytes: usize) {
        let mut taken = vec![0; bytes];
        let read = self.stream.read(&mut taken);
        let _ = tokio::time::timeout(Duration::from_millis(100), read).await;
    }

    /// Sends bytes as they are.
    pub async fn sends(&mut self, bytes: &[u8]) {
        // Whoever was refused may find the door shut.
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends bytes, if the server still takes any.
    pub async fn tries_to_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Sends one sound frame: `first` holds its flags and opcode.
    pub async fn sends_frame(&mut self, first: u8, payload: &[u8]) {
        self.sends(&frame(first, payload)).await;
    }

    /// Takes `bytes` at a time with pauses between, as long as the server lets it.
    pub async fn sips(&mut self, bytes: usize, pause: Duration) {
        let mut sip = vec![0; bytes];
        in_time("the connection ends", async {
            while self.stream.read(&mut sip).await.is_ok_and(|read| read > 0) {
                tokio::time::sleep(pause).await;
            }
        })
        .await;
    }

    /// Says nothing more; what the server says is still heard.
    pub async fn falls_silent(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The next frame; `None` when the connection ended.
    pub async fn hears(&mut self) -> Option<Frame> {
        self.hears_slowly(Duration::ZERO).await
    }

    /// The same, with a pause for every 64 KiB of it.
    pub async fn hears_slowly(&mut self, pause: Duration) -> Option<Frame> {
        in_time("the server says something", async {
            let first = self.stream.read_u8().await.ok()?;
            assert_eq!(first & 0xf0, FIN, "the server sends whole frames");
            let length = match self.stream.read_u8().await.ok()? {
                126 => usize::from(self.stream.read_u16().await.ok()?),
                127 => self.stream.read_u64().await.ok()? as usize,
                short => {
                    assert!(short < 126, "the server does not mask");
                    usize::from(short)
                }
            };
            let mut payload = vec![0; length];
            for piece in payload.chunks_mut(64 << 10) {
                self.stream.read_exact(piece).await.ok()?;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            Some(Frame {
                opcode: first & 0x0f,
                payload,
            })
        })
        .await
    }

    /// The next frame of one kind; others are passed over.
    pub async fn hears_only(&mut self, opcode: u8) -> Vec<u8> {
        loop {
            match self.hears().await {
                Some(frame) if frame.opcode == opcode => return frame.payload,
                Some(_) => {}
                None => panic!("the connection ended without a frame of kind {opcode}"),
            }
        }
    }

    /// The token of the next barrier that the server answers.
    pub async fn hears_barrier(&mut self) -> Vec<u8> {
        loop {
            let message = self.hears_only(BINARY).await;
            for heard in wire::read(&message) {
                if let wire::Heard::Barrier(token) = heard {
                    return token;
                }
            }
        }
    }

    /// The code with which the server ends the connection.
    pub async fn is_ended(&mut self) -> u16 {
        let payload = self.hears_only(CLOSE).await;
        let code = payload.first_chunk::<2>().expect("a close code");
        assert!(
            std::str::from_utf8(&payload[2..]).is_ok_and(|reason| !reason.is_empty()),
            "a reason a person can read"
        );
        u16::from_be_bytes(*code)
    }
}

/// One masked frame.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(length as u8 | 0x80),
        length @ 126..=0xffff => {
            bytes.push(126 | 0x80);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(127 | 0x80);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [0x12, 0x34, 0x56, 0x78];
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    bytes
}
