//! The `cowrite` command: reads the world, builds a server, waits for a signal.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use cowrite::config::{self, Cli};
use cowrite::server::{Server, stop_signal};
use cowrite::{logging, open_files};

/// Documents come and go; the allocator of glibc keeps what a crowd of them took.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What is logged unless `RUST_LOG` says otherwise. The HTTP library logs every
/// malformed request of every stranger as an error, and the library that reads HTML every
/// tag that stands where it should not.
const QUIET: &str = "info,actix_server=warn,actix_http=off,html5ever=off";

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let task = cli.maintenance();
    logging::start(if task.is_some() { "warn" } else { QUIET });
    for complaint in config::complaints(std::env::vars_os()) {
        log::warn!("{complaint}");
    }
    if let Some(task) = task {
        return task.run();
    }
    let mut config = match cli.into_config() {
        Ok(config) => config,
        Err(wrong) => return ends(2, wrong),
    };
    config.connections = open_files::make_room(config.connections, config.asked_connections);
    let server = match Server::build(&config) {
        Ok(server) => server,
        Err(error) => return ends(1, error),
    };
    log::info!("cowrite {}: {}", env!("CARGO_PKG_VERSION"), config.kept());
    // Heard from here on: whoever reads the address may ask it to stop at once. Not
    // before, because opening the documents may take long and nothing looks up then.
    let stop = actix_web::rt::spawn(stop_signal());
    tokio::task::yield_now().await;
    // Whoever does not listen is served all the same.
    let mut stdout = std::io::stdout();
    for address in server.addresses() {
        let _ = writeln!(stdout, "cowrite is listening on http://{address}");
    }
    let _ = stdout.flush();
    let stopped = async move {
        // A listener that broke would never say so again: that is a stop, too.
        let _ = stop.await;
    };
    match server.run_until(stopped).await {
        Ok(()) => {
            log::info!("stopped; everything that was taken is on disk");
            ExitCode::SUCCESS
        }
        Err(error) => ends(1, error),
    }
}

fn ends(code: u8, why: impl Display) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "cowrite: {why}");
    ExitCode::from(code)
}
