//! Who is measured: cowrite, the floor, and the peers, each as its own documentation
//! recommends it for production.

use std::path::Path;
use std::process::Command;

use super::Trouble;
use super::dialect::Dialect;
use super::server::{self, Server};

/// Where `cargo bench` puts the server.
pub const COWRITE: &str = env!("CARGO_BIN_EXE_cowrite");

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Contestant {
    /// This project's server
    Cowrite,
    /// A relay without documents and disk
    Floor,
    /// y-sweet 0.9
    Sweet,
    /// @y/websocket-server 0.1
    YWebsocket,
    /// Hocuspocus 4.7
    Hocuspocus,
}

impl Contestant {
    /// Those that need nothing installed.
    pub const OWN: [Self; 2] = [Self::Cowrite, Self::Floor];

    /// As it stands above a column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cowrite => "cowrite",
            Self::Floor => "floor",
            Self::Sweet => "y-sweet",
            Self::YWebsocket => "y-websocket",
            Self::Hocuspocus => "Hocuspocus",
        }
    }

    /// Whether it has documents.
    pub fn has_documents(self) -> bool {
        self != Self::Floor
    }

    /// Starts one on a folder. `peers` is where peers are installed; `program` and
    /// `options` are cowrite's.
    pub fn start(
        self,
        data: &Path,
        program: &Path,
        peers: &Path,
        options: &[String],
    ) -> Result<Server, Trouble> {
        match self {
            Self::Cowrite => {
                let mut command = Command::new(program);
                command
                    .args(["serve", "--listen", "127.0.0.1:0"])
                    // Everybody comes from one address here.
                    .args(["--max-connections-per-address", "1000000"])
                    .args(["--max-new-documents", "0"])
                    .args(options)
                    .arg("--data")
                    .arg(data)
                    .env("RUST_LOG", "error");
                Server::start(&mut command, Dialect::Cowrite)
            }
            Self::Floor => {
                let mut command = Command::new(std::env::current_exe()?);
                Server::start(command.arg("--be-the-floor"), Dialect::Floor)
            }
            // As its README starts it: files in a folder, saved every ten seconds.
            Self::Sweet => {
                let address = server::free_address()?;
                let mut command = Command::new(peers.join("bin/y-sweet"));
                command
                    .args(["serve", "--host", "127.0.0.1", "--port"])
                    .arg(address.port().to_string())
                    .arg(data)
                    .env("RUST_LOG", "warn");
                Server::start_at(&mut command, Dialect::Sweet, address)
            }
            Self::YWebsocket => node("y-websocket", peers, data, Dialect::YWebsocket),
            Self::Hocuspocus => node("hocuspocus", peers, data, Dialect::Hocuspocus),
        }
    }
}

/// Starts a script of `benches/peers`, of which a copy lies beside what it needs.
fn node(peer: &str, peers: &Path, data: &Path, dialect: Dialect) -> Result<Server, Trouble> {
    let address = server::free_address()?;
    let mut command = Command::new("node");
    command
        .arg(peers.join(peer).join("start.mjs"))
        .arg(address.port().to_string())
        .arg(data)
        .env("NODE_ENV", "production");
    Server::start_at(&mut command, dialect, address)
}
