//! One WebSocket of the load generator: bytes come in, messages come out.
//!
//! A message that comes whole costs no allocation and no copy. Pings are answered.
//! Nothing here knows what the messages say.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

const CONTINUATION: u8 = 0;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

const FINAL: u8 = 0x80;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;

/// What lies between the head of an HTTP message and what follows.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// One connection, and what is under way on it.
pub struct Line {
    stream: TcpStream,
    /// What is said as soon as the other side has picked up; `None` afterwards.
    hello: Option<Vec<u8>>,
    /// The beginning of something that has not come whole.
    carry: Vec<u8>,
    /// The message that comes in fragments, so far.
    fragments: Vec<u8>,
    /// What the socket has not taken yet.
    waiting: Vec<u8>,
}

impl Line {
    /// Connects, asks for a WebSocket, and says hello once it is one.
    pub fn knock(server: SocketAddr, path: &str, hello: Vec<u8>) -> io::Result<Self> {
        let stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let mut line = Self {
            stream: TcpStream::from_std(stream),
            hello: Some(hello),
            carry: Vec::new(),
            fragments: Vec::new(),
            waiting: Vec::new(),
        };
        line.write(request.as_bytes())?;
        Ok(line)
    }

    /// Has the poll watch it.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(
            &mut self.stream,
            token,
            Interest::READABLE | Interest::WRITABLE,
        )
    }

    /// Whether the other side has picked up.
    pub fn is_open(&self) -> bool {
        self.hello.is_none()
    }

    /// Sends frames, now or as soon as the socket takes them.
    pub fn write(&mut self, frames: &[u8]) -> io::Result<()> {
        let mut rest = frames;
        while self.waiting.is_empty() && !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.waiting.extend_from_slice(rest);
        Ok(())
    }

    /// The socket takes something again.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.write(&waiting)
    }

    /// Reads what is there and hands out each message. `scratch` is for reading.
    pub fn hear(&mut self, scratch: &mut [u8], each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        loop {
            match self.stream.read(scratch) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.take(&scratch[..read], each)?;
                    // Less than there was room for is all there was.
                    if read < scratch.len() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let whole;
        let mut rest = bytes;
        if !self.carry.is_empty() {
            self.carry.extend_from_slice(bytes);
            // Long messages come in many pieces, which are not looked at each time.
            if self.is_open() && cut_frame(&self.carry).is_none() {
                return Ok(());
            }
            whole = std::mem::take(&mut self.carry);
            rest = &whole;
        }
        if let Some(hello) = self.hello.take() {
            let Some(end) = head_end(rest) else {
                self.hello = Some(hello);
                self.carry = rest.to_vec();
                return Ok(());
            };
            if !rest.starts_with(b"HTTP/1.1 101") {
                let head = String::from_utf8_lossy(rest).into_owned();
                return Err(io::Error::other(format!("refused: {head}")));
            }
            rest = &rest[end..];
            self.write(&hello)?;
        }
        while let Some(frame) = cut_frame(rest) {
            self.frame(&frame, each)?;
            rest = &rest[frame.size..];
        }
        self.carry.extend_from_slice(rest);
        Ok(())
    }

    fn frame(&mut self, frame: &Frame<'_>, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        match frame.opcode {
            BINARY if frame.is_final => each(frame.payload),
            BINARY | CONTINUATION => {
                self.fragments.extend_from_slice(frame.payload);
                if frame.is_final {
                    each(&std::mem::take(&mut self.fragments));
                }
            }
            PING => {
                let mut pong = Vec::with_capacity(frame.payload.len() + 6);
                put_frame(&mut pong, PONG, frame.payload);
                self.write(&pong)?;
            }
            CLOSE => {
                let (code, reason) = frame.payload.split_at_checked(2).unwrap_or_default();
                let code = code.try_into().map(u16::from_be_bytes).unwrap_or(1005);
                let reason = String::from_utf8_lossy(reason);
                return Err(io::Error::other(format!("closed with {code}: {reason}")));
            }
            _ => {}
        }
        Ok(())
    }
}

/// A whole frame at the beginning of some bytes.
pub struct Frame<'a> {
    pub opcode: u8,
    pub is_final: bool,
    pub mask: [u8; 4],
    pub payload: &'a [u8],
    /// Of all of it, the head included.
    pub size: usize,
}

/// The frame that the bytes begin with, if it is whole. The payload is as it
/// came; a mask of zero leaves it as it is.
pub fn cut_frame(bytes: &[u8]) -> Option<Frame<'_>> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    let (mut head, length) = match second & !MASKED {
        126 => (4, u64::from(u16::from_be_bytes(array(bytes, 2)?))),
        127 => (10, u64::from_be_bytes(array(bytes, 2)?)),
        short => (2, u64::from(short)),
    };
    let mut mask = [0; 4];
    if second & MASKED != 0 {
        mask = array(bytes, head)?;
        head += 4;
    }
    let size = head + usize::try_from(length).ok()?;
    Some(Frame {
        opcode: first & OPCODE,
        is_final: first & FINAL != 0,
        mask,
        payload: bytes.get(head..size)?,
        size,
    })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// Where the head of an HTTP message ends.
pub fn head_end(bytes: &[u8]) -> Option<usize> {
    let at = bytes
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END)?;
    Some(at + HEAD_END.len())
}

/// Appends a frame with a binary message, as a client sends it.
pub fn put_message(frames: &mut Vec<u8>, message: &[u8]) {
    put_frame(frames, BINARY, message);
}

/// The mask is zero: no proxy is in the way that it would protect.
fn put_frame(frames: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    frames.push(FINAL | opcode);
    match payload.len() {
        short @ 0..126 => frames.push(MASKED | short as u8),
        medium @ 126..65_536 => {
            frames.push(MASKED | 126);
            frames.extend_from_slice(&(medium as u16).to_be_bytes());
        }
        long => {
            frames.push(MASKED | 127);
            frames.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frames.extend_from_slice(&[0; 4]);
    frames.extend_from_slice(payload);
}
