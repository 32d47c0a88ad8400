//! A WebSocket client that costs next to nothing, so that what is measured is
//! the server: it reads frames, sends binary ones, and answers nothing.

// Every bench is a program of its own that uses a part of this.
#![allow(dead_code)]

use std::io;
use std::net::SocketAddr;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// What lies between the head of an HTTP message and what follows.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// One connection.
pub struct Socket {
    reading: Reading,
    writing: Writing,
}

/// The half that hears.
pub struct Reading {
    stream: OwnedReadHalf,
    buffer: BytesMut,
}

/// The half that speaks.
pub struct Writing {
    stream: OwnedWriteHalf,
}

/// What the server said.
pub enum Heard {
    /// A binary message.
    Message(Bytes),
    /// Goodbye: a code, and a reason in words. 1005 when it gave none.
    Closed(u16, String),
}

impl Socket {
    /// Connects and shakes hands.
    pub async fn open(address: SocketAddr, path: &str) -> io::Result<Self> {
        Self::over(TcpStream::connect(address).await?, path).await
    }

    /// Shakes hands on a connection.
    pub async fn over(mut stream: TcpStream, path: &str) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            stream.peer_addr()?
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
        let (reading, writing) = stream.into_split();
        Ok(Self {
            reading: Reading {
                stream: reading,
                buffer,
            },
            writing: Writing { stream: writing },
        })
    }

    /// Sends one binary message.
    pub async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.writing.send(message).await
    }

    /// The next binary message.
    pub async fn receive(&mut self) -> io::Result<Bytes> {
        match self.reading.next().await? {
            Heard::Message(message) => Ok(message),
            Heard::Closed(_, reason) => Err(io::Error::other(format!("closed: {reason}"))),
        }
    }

    /// The next thing that the server says.
    pub async fn next(&mut self) -> io::Result<Heard> {
        self.reading.next().await
    }

    /// Both halves, for tasks of their own.
    pub fn split(self) -> (Reading, Writing) {
        (self.reading, self.writing)
    }

    /// The connection below, for its settings.
    pub fn stream(&self) -> &TcpStream {
        self.writing.stream.as_ref()
    }

    /// Says goodbye and waits until the server did too.
    pub async fn close(mut self) -> io::Result<()> {
        let mut frame = BytesMut::new();
        put_frame(&mut frame, CLOSE, &1000_u16.to_be_bytes());
        self.writing.write(&frame).await?;
        while let Heard::Message(_) = self.next().await? {}
        Ok(())
    }
}

impl Reading {
    /// The next thing that the server says. Nothing is lost when the future is
    /// dropped.
    pub async fn next(&mut self) -> io::Result<Heard> {
        loop {
            match cut_frame(&mut self.buffer) {
                Some((BINARY, message)) => return Ok(Heard::Message(message)),
                Some((CLOSE, mut reason)) => {
                    let code = reason.try_get_u16().unwrap_or(1005);
                    let reason = String::from_utf8_lossy(&reason).into_owned();
                    return Ok(Heard::Closed(code, reason));
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

impl Writing {
    /// Sends one binary message.
    pub async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let mut frame = BytesMut::with_capacity(message.len() + 14);
        put_frame(&mut frame, BINARY, message);
        self.write(&frame).await
    }

    /// Sends frames that were put together before.
    pub async fn write(&mut self, frames: &[u8]) -> io::Result<()> {
        self.stream.write_all(frames).await
    }
}

/// Appends a frame with a binary message.
pub fn put_message(frames: &mut BytesMut, message: &[u8]) {
    put_frame(frames, BINARY, message);
}

/// Appends a ping.
pub fn put_ping(frames: &mut BytesMut, payload: &[u8]) {
    put_frame(frames, PING, payload);
}

/// Appends a frame. The mask is zero: no proxy is in the way that it would
/// protect.
fn put_frame(frames: &mut BytesMut, opcode: u8, payload: &[u8]) {
    frames.put_u8(0x80 | opcode);
    match payload.len() {
        short @ 0..126 => frames.put_u8(0x80 | short as u8),
        medium @ 126..65_536 => {
            frames.put_u8(0x80 | 126);
            frames.put_u16(medium as u16);
        }
        long => {
            frames.put_u8(0x80 | 127);
            frames.put_u64(long as u64);
        }
    }
    frames.put_u32(0);
    frames.put_slice(payload);
}

/// Takes the head of an HTTP message off the buffer, once it is there.
pub fn cut_head(buffer: &mut BytesMut) -> Option<Bytes> {
    let end = buffer
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END)?;
    Some(buffer.split_to(end + HEAD_END.len()).freeze())
}

/// Takes one whole frame off the buffer: its opcode and its payload. Masks are
/// taken to be zero, as [`Writing::send`] makes them.
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
