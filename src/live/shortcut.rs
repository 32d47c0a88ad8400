//! The short way to a socket: past the task of its connection, while that has nothing
//! to write.
//!
//! Handing a frame to a connection's task costs waking it and a walk through its state,
//! once for each reader: about as much as the socket itself. So a hub writes small
//! frames straight to the socket. That is sound only while nothing that was handed to
//! the task before waits there; so the task frees the way when it has written all that
//! it was given, and the outbox blocks it whenever it gives the task something.
//!
//! What the socket does not take goes the long way, and so does everything after it.

use std::cell::Cell;
use std::net::Shutdown;
use std::rc::{Rc, Weak};

use socket2::SockRef;
use tokio::net::TcpStream;

/// The short way to one socket; clones are the same. It does not keep the socket open.
#[derive(Debug, Clone)]
pub struct Shortcut {
    socket: Weak<TcpStream>,
    free: Rc<Cell<bool>>,
}

impl Shortcut {
    /// The way to `socket`, which is not free yet.
    pub fn to(socket: &Rc<TcpStream>) -> Self {
        Self {
            socket: Rc::downgrade(socket),
            free: Rc::default(),
        }
    }

    /// The connection's task has written all that it was given.
    pub fn frees(&self) {
        self.free.set(true);
    }

    /// The task has something to write, or may have.
    pub fn blocks(&self) {
        self.free.set(false);
    }

    /// Writes what the socket takes at once. How many bytes of `frame` these are; none
    /// where the way is not free. Of an error the task will learn for itself.
    pub fn write(&self, frame: &[u8]) -> usize {
        if !self.free.get() {
            return 0;
        }
        let Some(socket) = self.socket.upgrade() else {
            return 0;
        };
        SockRef::from(&*socket).send(frame).unwrap_or(0)
    }

    /// Cuts the connection; its task, which may wait for the socket to take more,
    /// learns of it.
    pub fn cut(&self) {
        if let Some(socket) = self.socket.upgrade() {
            // Where that fails it is cut already.
            let _ = SockRef::from(&*socket).shutdown(Shutdown::Both);
        }
    }
}
