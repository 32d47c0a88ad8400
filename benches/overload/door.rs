//! How clients come to the server: from many addresses, by lines that are wide
//! or narrow.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cowrite::wire::ysync::{MESSAGE_SYNC, SYNC_STEP_1, SYNC_STEP_2, SYNC_UPDATE};
use socket2::SockRef;
use tokio::net::TcpSocket;

use super::Trouble;
use super::script::message;
use crate::socket::{Heard, Socket};

/// So many addresses of the loopback network are used in turn: a crowd does not
/// come from one address, and one address has only so many ports.
const ADDRESSES: u32 = 250;

/// What a narrow line takes while nobody reads.
const NARROW_BUFFER: u32 = 16 << 10;

/// The segments of Ethernet. Those of the loopback device are so large that the
/// kernel grants a connection megabytes to send into before the server learns
/// that nobody reads.
const NARROW_SEGMENT: u32 = 1448;

/// Whoever does not get in within this never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// The way to one server.
#[derive(Debug, Clone)]
pub struct Door {
    server: SocketAddr,
    opened: Arc<AtomicU32>,
}

/// How much the kernel hides of a reader that does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// As the kernel sees fit.
    Wide,
    /// Little.
    Narrow,
}

impl Door {
    /// To the server at this address.
    pub fn to(server: SocketAddr) -> Self {
        Self {
            server,
            opened: Arc::default(),
        }
    }

    /// A WebSocket to a document.
    pub async fn open(&self, document: &str, line: Line) -> io::Result<Socket> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed) % ADDRESSES;
        let here = Ipv4Addr::new(127, 1, 0, number as u8 + 1);
        let opened = async {
            let socket = TcpSocket::new_v4()?;
            if line == Line::Narrow {
                socket.set_recv_buffer_size(NARROW_BUFFER)?;
                SockRef::from(&socket).set_tcp_mss(NARROW_SEGMENT)?;
            }
            socket.bind(SocketAddr::from((here, 0)))?;
            let stream = socket.connect(self.server).await?;
            Socket::over(stream, &format!("/ws/{document}")).await
        };
        tokio::time::timeout(PATIENCE, opened).await?
    }

    /// A WebSocket to a document that said it knows nothing and has heard the
    /// whole of it.
    pub async fn join(&self, document: &str, line: Line) -> Result<Socket, Trouble> {
        let mut socket = self.open(document, line).await?;
        greet(&mut socket).await?;
        Ok(socket)
    }
}

/// Says that nothing is known here and waits for the answer.
pub async fn greet(socket: &mut Socket) -> Result<(), Trouble> {
    let greeted = async {
        socket.send(&message(SYNC_STEP_1, &[0])).await?;
        loop {
            match socket.next().await? {
                Heard::Message(message) if is_sync(&message, SYNC_STEP_2) => return Ok(()),
                Heard::Message(_) => {}
                Heard::Closed(code, reason) => {
                    return Err(Trouble::from(format!("refused with {code}: {reason}")));
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, greeted).await?
}

/// Whether a message carries an update on its own.
pub fn is_update(message: &[u8]) -> bool {
    is_sync(message, SYNC_UPDATE)
}

fn is_sync(message: &[u8], kind: u64) -> bool {
    matches!(message, [first, second, ..]
        if u64::from(*first) == MESSAGE_SYNC && u64::from(*second) == kind)
}
