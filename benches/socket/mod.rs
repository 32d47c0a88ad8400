//! A WebSocket client that costs next to nothing, so that what is measured is
//! the server: it reads frames, sends binary ones, and answers nothing.

use std::io;
use std::net::SocketAddr;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BINARY: u8 = 2;
const CLOSE: u8 = 8;

/// What lies between the head of an HTTP message and what follows.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// One connection.
pub struct Socket {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Socket {
    /// Connects and shakes hands.
    pub async fn open(address: SocketAddr, path: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = BytesMut::new();
        let head = loop {
            if let Some(head) = cut_head(&mut buffer) {
                break head;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        if !head.starts_with(b"HTTP/1.1 101") {
            return Err(io::Error::other(
                String::from_utf8_lossy(&head).into_owned(),
            ));
        }
        Ok(Self { stream, buffer })
    }

    /// Sends one binary message. The mask is zero: no proxy is in the way that
    /// it would protect.
    pub async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let mut frame = BytesMut::with_capacity(message.len() + 14);
        frame.put_u8(0x80 | BINARY);
        match message.len() {
            short @ 0..126 => frame.put_u8(0x80 | short as u8),
            medium @ 126..65_536 => {
                frame.put_u8(0x80 | 126);
                frame.put_u16(medium as u16);
            }
            long => {
                frame.put_u8(0x80 | 127);
                frame.put_u64(long as u64);
            }
        }
        frame.put_u32(0);
        frame.put_slice(message);
        self.stream.write_all(&frame).await
    }

    /// The next binary message.
    pub async fn receive(&mut self) -> io::Result<Bytes> {
        loop {
            match cut_frame(&mut self.buffer) {
                Some((BINARY, message)) => return Ok(message),
                Some((CLOSE, reason)) => {
                    let reason = String::from_utf8_lossy(reason.get(2..).unwrap_or_default());
                    return Err(io::Error::other(format!("closed: {reason}")));
                }
                Some(_) => {}
                None if self.stream.read_buf(&mut self.buffer).await? == 0 => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                None => {}
            }
        }
    }
}

/// Takes the head of an HTTP message off the buffer, once it is there.
pub fn cut_head(buffer: &mut BytesMut) -> Option<Bytes> {
    let end = buffer
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END)?;
    Some(buffer.split_to(end + HEAD_END.len()).freeze())
}

/// Takes one whole frame off the buffer: its opcode and its payload. Masks are
/// taken to be zero, as [`Socket::send`] makes them.
pub fn cut_frame(buffer: &mut BytesMut) -> Option<(u8, Bytes)> {
    let (&first, &second) = (buffer.first()?, buffer.get(1)?);
    let (size, length) = match second & 0x7f {
        126 => (4, usize::from(buffer.get(2..4)?.get_u16())),
        127 => (10, buffer.get(2..10)?.get_u64() as usize),
        short => (2, usize::from(short)),
    };
    let head = size + if second & 0x80 == 0 { 0 } else { 4 };
    if buffer.len() < head + length {
        return None;
    }
    buffer.advance(head);
    Some((first & 0x0f, buffer.split_to(length).freeze()))
}
