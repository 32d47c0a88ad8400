//! The floor: a relay that does nothing but what no relay can avoid. It reads a
//! message and writes it to each other socket of its room once, in one thread, with
//! no document, no disk and no checks. It runs in a process of its own, as the
//! servers do; a room is whoever asked for the same path.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use cowrite::wire::frame::{self, Opcode};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket as Socket2, Type};

use super::line::{cut_frame, head_end};

const LISTENER: Token = Token(usize::MAX);
const SCRATCH: usize = 64 << 10;

/// So many may knock at once; whoever is one too many waits for a second.
const BACKLOG: i32 = 1024;

/// One connection. What it says is relayed once its room is known.
struct Socket {
    stream: TcpStream,
    room: Option<usize>,
    carry: Vec<u8>,
    waiting: Vec<u8>,
}

struct Floor {
    poll: Poll,
    sockets: Vec<Option<Socket>>,
    rooms: Vec<Vec<usize>>,
    names: HashMap<Vec<u8>, usize>,
}

/// Says where it listens, as the server does, and relays until it is killed.
pub fn relay() -> io::Result<()> {
    let socket = Socket2::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(socket.into());
    let poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    println!(
        "the floor is listening on http://{}",
        listener.local_addr()?
    );
    io::stdout().flush()?;
    let mut floor = Floor {
        poll,
        sockets: Vec::new(),
        rooms: Vec::new(),
        names: HashMap::new(),
    };
    let mut events = Events::with_capacity(1024);
    let mut scratch = vec![0; SCRATCH];
    loop {
        floor.poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                floor.welcome(&listener)?;
                continue;
            }
            let number = event.token().0;
            if event.is_writable()
                && let Some(socket) = &mut floor.sockets[number]
                && socket.flush().is_err()
            {
                floor.forget(number);
            }
            if event.is_readable() && !floor.read(number, &mut scratch) {
                floor.forget(number);
            }
        }
    }
}

impl Floor {
    fn welcome(&mut self, listener: &TcpListener) -> io::Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            let token = Token(self.sockets.len());
            self.poll.registry().register(&mut stream, token, both)?;
            self.sockets.push(Some(Socket {
                stream,
                room: None,
                carry: Vec::new(),
                waiting: Vec::new(),
            }));
        }
    }

    fn forget(&mut self, number: usize) {
        if let Some(room) = self.sockets[number].take().and_then(|socket| socket.room) {
            self.rooms[room].retain(|other| *other != number);
        }
    }

    /// Reads what is there and relays it. Says whether the socket goes on.
    fn read(&mut self, number: usize, scratch: &mut [u8]) -> bool {
        loop {
            let Some(socket) = &mut self.sockets[number] else {
                return true;
            };
            match socket.stream.read(scratch) {
                Ok(0) => return false,
                Ok(read) => {
                    if !self.take(number, &mut scratch[..read]) {
                        return false;
                    }
                    if read < scratch.len() {
                        return true;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn take(&mut self, number: usize, bytes: &mut [u8]) -> bool {
        let Some(socket) = &mut self.sockets[number] else {
            return false;
        };
        let mut carry = std::mem::take(&mut socket.carry);
        let mut rest = match carry.is_empty() {
            true => bytes,
            false => {
                carry.extend_from_slice(bytes);
                &mut carry
            }
        };
        let room = match socket.room {
            Some(room) => room,
            None => {
                let Some(end) = head_end(rest) else {
                    socket.carry = rest.to_vec();
                    return true;
                };
                let (head, behind) = rest.split_at_mut(end);
                let path = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
                let next = self.rooms.len();
                let room = *self.names.entry(path.to_vec()).or_insert(next);
                if room == next {
                    self.rooms.push(Vec::new());
                }
                self.rooms[room].push(number);
                socket.room = Some(room);
                let answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
                if socket.write(answer).is_err() {
                    return false;
                }
                rest = behind;
                room
            }
        };
        while let Some(frame) = cut_frame(rest) {
            let (mask, size, opcode) = (frame.mask, frame.size, frame.opcode);
            let from = size - frame.payload.len();
            let (whole, behind) = rest.split_at_mut(size);
            rest = behind;
            let payload = &mut whole[from..];
            if mask != [0; 4] {
                for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
                    *byte ^= mask;
                }
            }
            if opcode == Opcode::Binary as u8 {
                self.relay(room, number, payload);
            }
        }
        if let Some(socket) = &mut self.sockets[number] {
            socket.carry = rest.to_vec();
        }
        true
    }

    fn relay(&mut self, room: usize, author: usize, payload: &[u8]) {
        let frame = frame::encode(Opcode::Binary, payload);
        for number in &self.rooms[room] {
            if *number != author
                && let Some(socket) = &mut self.sockets[*number]
            {
                // Whoever left is noticed when its socket is read.
                let _ = socket.write(&frame);
            }
        }
    }
}

impl Socket {
    fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        let mut rest = frame;
        while self.waiting.is_empty() && !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.waiting.extend_from_slice(rest);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.write(&waiting)
    }
}
