//! The short way to a socket: past the HTTP library, while that has nothing to write.
//!
//! Handing a frame to the library costs a woken task, a copy into its buffer and a walk
//! through its state, once for each reader: about as much as the socket itself. So a
//! hub writes small frames straight to the socket. That is sound only while nothing
//! that was handed over before lies in the library's buffer. The library flushes its
//! connection exactly when its buffer has been written whole, and not before; so the
//! way is free from a flush on, until it is given something again.
//!
//! What the socket does not take goes the long way, and so does everything after it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use socket2::SockRef;
use tokio::net::tcp::OwnedWriteHalf;

/// The short way to one socket; clones are the same. It does not keep the socket open.
#[derive(Debug, Clone)]
pub struct Shortcut {
    socket: Weak<RefCell<OwnedWriteHalf>>,
    free: Rc<Cell<bool>>,
}

impl Shortcut {
    /// The way to `socket`, which is not free yet.
    pub fn to(socket: &Rc<RefCell<OwnedWriteHalf>>) -> Self {
        Self {
            socket: Rc::downgrade(socket),
            free: Rc::default(),
        }
    }

    /// The library has written all that it was given.
    pub fn flushed(&self) {
        self.free.set(true);
    }

    /// The library has something to write, or may have.
    pub fn blocks(&self) {
        self.free.set(false);
    }

    /// Writes what the socket takes at once. How many bytes of `frame` these are; none
    /// where the way is not free. Of an error the library will learn for itself.
    pub fn write(&self, frame: &[u8]) -> usize {
        if !self.free.get() {
            return 0;
        }
        let Some(socket) = self.socket.upgrade() else {
            return 0;
        };
        let socket = socket.borrow();
        SockRef::from(socket.as_ref()).send(frame).unwrap_or(0)
    }
}
