//! The `cowrite` command: reads the world, builds a server, waits for a signal.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use cowrite::config::Cli;
use cowrite::open_files;
use cowrite::server::{Server, stop_signal};

/// Documents come and go; the allocator of glibc keeps what a crowd of them took.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What is logged unless `RUST_LOG` says otherwise. The HTTP library logs every
/// malformed request of every stranger as an error.
const QUIET: &str = "info,actix_server=warn,actix_http=off";

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(task) = cli.maintenance() {
        return task.run();
    }
    let mut config = match cli.into_config() {
        Ok(config) => config,
        Err(wrong) => {
            eprintln!("cowrite: {wrong}");
            return ExitCode::from(2);
        }
    };
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(QUIET)).init();
    config.connections = open_files::make_room(config.connections);
    let server = match Server::build(&config) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("cowrite: {error}");
            return ExitCode::FAILURE;
        }
    };
    for address in server.addresses() {
        println!("cowrite is listening on http://{address}");
    }
    let _ = std::io::stdout().flush();
    match server.run_until(stop_signal()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cowrite: {error}");
            ExitCode::FAILURE
        }
    }
}
