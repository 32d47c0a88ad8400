//! The floor: a relay that does nothing but what no relay can avoid. It reads
//! a frame and writes it to every socket once, in one thread, with no document,
//! no disk and no queue. It runs in a process of its own, as the server does.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

use bytes::{Bytes, BytesMut};
use cowrite::wire::frame::{self, Opcode};

use crate::socket::{cut_frame, cut_head};

/// Announces its address as the server does, takes `connections`, and relays
/// what the first of them sends to all of them until it leaves.
pub fn relay(connections: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!(
        "the floor is listening on http://{}",
        listener.local_addr()?
    );
    io::stdout().flush()?;
    let mut sockets = Vec::with_capacity(connections);
    for _ in 0..connections {
        sockets.push(welcome(listener.accept()?.0)?);
    }
    let Some(mut author) = sockets.first().map(TcpStream::try_clone).transpose()? else {
        return Ok(());
    };
    let mut buffer = BytesMut::new();
    loop {
        while let Some((_, message)) = cut_frame(&mut buffer) {
            let frame: Bytes = frame::encode(Opcode::Binary, &message);
            for socket in &mut sockets {
                socket.write_all(&frame)?;
            }
        }
        if read_some(&mut author, &mut buffer)? == 0 {
            return Ok(());
        }
    }
}

fn welcome(mut socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_nodelay(true)?;
    let mut buffer = BytesMut::new();
    while cut_head(&mut buffer).is_none() {
        if read_some(&mut socket, &mut buffer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
    Ok(socket)
}

fn read_some(socket: &mut TcpStream, buffer: &mut BytesMut) -> io::Result<usize> {
    let mut chunk = [0; 4096];
    let read = socket.read(&mut chunk)?;
    buffer.extend_from_slice(&chunk[..read]);
    Ok(read)
}
