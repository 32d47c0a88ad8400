//! What is played to the server: an author and readers, in a closed loop.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use cowrite::wire::lib0::Writer;
use cowrite::wire::ysync::{MESSAGE_SYNC, SYNC_STEP_1, SYNC_STEP_2, SYNC_UPDATE};
use tokio::time::timeout;

use super::server::Program;
use crate::socket::Socket;

/// A server under Valgrind is fifty times slower than it is; a session that takes
/// longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// How many type and read.
pub struct Session {
    /// What one of it is.
    name: &'static str,
    pub readers: usize,
    /// In the shorter one; the longer one has twice as many.
    pub edits: usize,
}

impl Session {
    /// The author alone.
    pub const INGEST: Self = Self {
        name: "ingested-edit",
        readers: 0,
        edits: 1_000,
    };
    /// So many readers that they, and not the edit, are most of the work.
    pub const DELIVERY: Self = Self {
        name: "delivery",
        readers: 400,
        edits: 1_000,
    };
    /// Just to see it work.
    pub const SMALL: Self = Self {
        name: "small",
        readers: 2,
        edits: 10,
    };

    /// Instructions of one edit, and of telling all who are there.
    pub fn count(&self, program: &Program, updates: &[Bytes]) -> Result<u64, Box<dyn Error>> {
        let short = self.play(program, &updates[..self.edits])?;
        let long = self.play(program, &updates[..2 * self.edits])?;
        Ok(long.saturating_sub(short) / self.edits as u64)
    }

    /// Plays it to a server of its own, from start to stop; says how many instructions
    /// that took, where they are counted.
    pub fn play(&self, program: &Program, updates: &[Bytes]) -> Result<u64, Box<dyn Error>> {
        let server = program.start()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let played = async { timeout(PATIENCE, self.type_to(server.address(), updates)).await };
        runtime
            .block_on(played)
            .map_err(|_| format!("the session is not over after {PATIENCE:?}"))??;
        server.stop(self.name)
    }

    async fn type_to(&self, address: SocketAddr, updates: &[Bytes]) -> Result<(), Box<dyn Error>> {
        let mut author = join(address).await?;
        let mut readers = Vec::with_capacity(self.readers);
        for _ in 0..self.readers {
            readers.push(join(address).await?);
        }
        for update in updates {
            author.send(&message(SYNC_UPDATE, update)).await?;
            for socket in std::iter::once(&mut author).chain(&mut readers) {
                hear(socket, SYNC_UPDATE).await?;
            }
        }
        Ok(())
    }
}

/// Opens the document and learns all of it.
async fn join(address: SocketAddr) -> std::io::Result<Socket> {
    let mut socket = Socket::open(address, "/ws/counted").await?;
    socket.send(&message(SYNC_STEP_1, &[0])).await?;
    hear(&mut socket, SYNC_STEP_2).await?;
    Ok(socket)
}

/// Waits for a message of this kind.
async fn hear(socket: &mut Socket, kind: u64) -> std::io::Result<()> {
    loop {
        match socket.receive().await?[..] {
            [sync, heard, ..] if (sync.into(), heard.into()) == (MESSAGE_SYNC, kind) => {
                return Ok(());
            }
            _ => {}
        }
    }
}

fn message(kind: u64, body: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(body.len() + 8);
    let mut message = Writer::new(&mut bytes);
    message.var_uint(MESSAGE_SYNC);
    message.var_uint(kind);
    message.buf(body);
    bytes.into()
}
