//! What is understood, and what is refused by name.

use clap::Parser;

use super::{Cli, Config};

fn config(arguments: &[&str]) -> Result<Config, String> {
    let arguments = [&["cowrite"], arguments].concat();
    let cli = Cli::try_parse_from(arguments).map_err(|error| error.to_string())?;
    cli.into_config().map_err(|error| error.to_string())
}

#[test]
fn serve_is_the_default_command() {
    let plain = config(&["--listen", "127.0.0.1:0"]).unwrap();
    let serve = config(&["serve", "--listen", "127.0.0.1:0"]).unwrap();
    assert_eq!(plain.listen, serve.listen);
    assert_eq!(config(&[]).unwrap().listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn wrong_values_are_named() {
    assert!(
        config(&["--listen", "nowhere"])
            .unwrap_err()
            .contains("--listen")
    );
    assert!(
        config(&["--max-message", "7"])
            .unwrap_err()
            .contains("--max-message")
    );
    assert!(
        config(&["--allow-origin", "*"])
            .unwrap_err()
            .contains("--allow-origin")
    );
    assert!(
        config(&["--volume", "11"])
            .unwrap_err()
            .contains("--volume")
    );
    assert!(
        config(&["--config", "/nonexistent"])
            .unwrap_err()
            .contains("/nonexistent")
    );
}

#[test]
fn beyond_loopback_only_when_told() {
    assert!(
        config(&["--listen", "0.0.0.0:80"])
            .unwrap_err()
            .contains("--insecure-no-auth")
    );
    assert!(config(&["--listen", "0.0.0.0:80", "--insecure-no-auth"]).is_ok());
    assert!(config(&["--listen", "[::1]:80"]).is_ok());
}

#[test]
fn the_command_line_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cowrite.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\nwindow = 2048\n").unwrap();
    let file = path.to_string_lossy();
    let config_ = config(&["--config", &file, "--listen", "127.0.0.1:2"]).unwrap();
    assert_eq!(config_.listen.port(), 2);
    assert_eq!(config_.live.window_bytes, 2048);
    std::fs::write(&path, "volume = 11\n").unwrap();
    assert!(config(&["--config", &file]).unwrap_err().contains("volume"));
}
