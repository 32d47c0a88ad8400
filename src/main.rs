//! The `cowrite` command: reads the world, builds a server, waits for a signal.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use cowrite::config::Cli;
use cowrite::server::{Server, stop_signal};

#[actix_web::main]
async fn main() -> ExitCode {
    let config = match Cli::parse().into_config() {
        Ok(config) => config,
        Err(wrong) => {
            eprintln!("cowrite: {wrong}");
            return ExitCode::from(2);
        }
    };
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
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
