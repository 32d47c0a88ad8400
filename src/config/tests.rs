//! What is understood, and what is refused by name.

use clap::{CommandFactory, Parser};

use super::{Cli, Config, Durability};
use crate::live::Promptness;

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

#[test]
fn limits_are_checked_and_come_from_anywhere() {
    for wrong in [
        ["--max-connections", "0"],
        ["--max-connections-per-address", "0"],
        ["--max-connections-per-document", "0.5"],
        ["--max-new-documents", "many"],
        ["--messages-per-second", "1e9"],
        ["--bytes-per-second", "99999999999"],
        ["--request-timeout", "0"],
        ["--trusted-proxy", "proxy.example.org"],
        ["--trusted-proxy", "10.0.0.0/33"],
    ] {
        assert!(config(&wrong).unwrap_err().contains(wrong[0]), "{wrong:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cowrite.toml");
    let text = "max_connections = 7\nmessages_per_second = 0\n\
                trusted_proxy = [\"10.0.0.0/8\", \"::1\"]\n";
    std::fs::write(&path, text).unwrap();
    let file = path.to_string_lossy();
    let found = config(&["--config", &file, "--max-new-documents", "3"]).unwrap();
    assert_eq!(found.connections.total, 7);
    assert_eq!(found.live.budget.messages, 0);
    assert_eq!(found.live.documents_a_minute, 3);
    for (peer, trusted) in [("10.9.8.7", true), ("::1", true), ("11.0.0.1", false)] {
        assert_eq!(found.trusted_proxies.trust(peer.parse().unwrap()), trusted);
    }
}

#[test]
fn sizes_have_units_wherever_they_come_from() {
    let found = config(&["--max-message", "2MiB", "--bytes-per-second", "5 MB"]).unwrap();
    assert_eq!(found.live.message_bytes, 2 << 20);
    assert_eq!(found.live.budget.bytes, 5_000_000);
    for wrong in ["16M", "many", "-1"] {
        let said = config(&[&format!("--window={wrong}")]).unwrap_err();
        assert!(
            said.contains("--window") && said.contains("16MiB"),
            "{said}"
        );
    }
    let said = config(&["--window", "2GiB"]).unwrap_err();
    assert!(said.contains("1KiB to 1GiB, not 2GiB"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cowrite.toml");
    let file = path.to_string_lossy().into_owned();
    let of_file = |text: &str| {
        std::fs::write(&path, text).unwrap();
        config(&["--config", &file])
    };
    let found = of_file("window = \"64 KiB\"\nmax_document = 2048\n").unwrap();
    assert_eq!(found.live.window_bytes, 64 << 10);
    assert_eq!(found.live.limits.document_bytes, 2048);
    for wrong in ["window = \"64 K\"", "window = -1", "window = true"] {
        let said = of_file(wrong).unwrap_err();
        assert!(said.contains("16MiB") && said.contains("window"), "{said}");
    }
    let said = of_file("listen = \"8099\"").unwrap_err();
    assert!(said.contains("127.0.0.1:8099"), "{said}");
    assert_eq!(
        of_file("listen = \"127.0.0.1:7\"").unwrap().listen.port(),
        7
    );
}

#[test]
fn durability_is_chosen_anywhere_and_told_to_whom_it_concerns() {
    let told = |config: Config| (config.durability, config.live.promptness);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cowrite.toml");
    let file = path.to_string_lossy();
    for (word, durability, promptness) in [
        ("fsync", Durability::Fsync, Promptness::AfterDisk),
        ("relay-first", Durability::RelayFirst, Promptness::AtOnce),
        ("os", Durability::Os, Promptness::AfterDisk),
    ] {
        let given = config(&["--durability", word]).unwrap();
        assert_eq!(told(given), (durability, promptness));
        std::fs::write(&path, format!("durability = {word:?}\n")).unwrap();
        let given = config(&["--config", &file]).unwrap();
        assert_eq!(told(given), (durability, promptness));
    }
    let said = config(&["--durability", "none"]).unwrap_err();
    for word in ["--durability", "fsync", "relay-first", "os"] {
        assert!(said.contains(word), "{said}");
    }
}

/// `--listen 8099` was answered with "invalid socket address syntax".
#[test]
fn a_port_alone_is_answered_with_an_address() {
    let said = config(&["--listen", "8099"]).unwrap_err();
    assert!(said.contains("such as 127.0.0.1:8099"), "{said}");
}

/// The help named 8 MiB a second as the default of a limit that is 2 MiB.
#[test]
fn the_defaults_that_the_help_names_are_the_defaults() {
    let plain = format!("{:?}", config(&[]).unwrap());
    let mut named = 0;
    for argument in Cli::command().get_arguments() {
        let help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let Some((_, default)) = help.split_once("[default: ") else {
            continue;
        };
        let default = default.trim_end_matches(']').trim_start_matches("./");
        if default == "one per core" {
            continue;
        }
        let option = format!("--{}={default}", argument.get_long().unwrap());
        let mut given = config(&[&option]).unwrap();
        given.asked_connections = None;
        assert_eq!(format!("{given:?}"), plain, "{option}");
        named += 1;
    }
    assert!(named > 15, "{named}");
}

#[test]
fn webhooks_are_read_and_their_secrets_shown_nowhere() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cowrite.toml");
    let file = path.to_string_lossy().into_owned();
    let secret_file = folder.path().join("secret");
    std::fs::write(&secret_file, format!("{SECRET}\n")).unwrap();
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        config(&["--config", &file])
    };
    let good = read(&format!(
        "webhook_pause = 0\n[[webhooks]]\nurl = 'https://example.org/a?t0ken'\n\
         secret = '{SECRET}'\nevents = ['change']\n[[webhooks]]\nprefix = 'team/'\n\
         url = 'https://example.org/a?t0ken'\nsecret_file = '{}'\n",
        secret_file.display()
    ));
    let good = good.unwrap();
    assert_eq!(good.webhooks.hooks.len(), 2);
    assert!(good.webhooks.pause.is_zero());
    let shown = format!("{good:?}");
    assert!(
        !shown.contains("t0ken") && !shown.contains("MfKQ"),
        "{shown}"
    );
    for (wrong, said) in [
        (format!("secret = '{SECRET}'"), "missing field `url`"),
        (
            "url = 'https://example.org'".to_owned(),
            "one of secret and secret_file",
        ),
        (
            format!("url = 'mailto:me'\nsecret = '{SECRET}'"),
            "https://example.org/hook",
        ),
        (
            format!("url = 'https://a'\nsecret = '{SECRET}0'"),
            "openssl rand",
        ),
        (
            format!("url = 'https://a'\nsecret = '{SECRET}'\nevents = ['love']"),
            "\"love\"",
        ),
        (format!("url = 'https://a'\nsecret = '{SECRET}"), ""),
        (
            format!("url = 'https://a'\nsecrets = '{SECRET}'"),
            "unknown field",
        ),
        (
            format!("url = 'https://a'\nevents = '{SECRET}'"),
            "a secret stands",
        ),
        (
            "url = 'https://a'\nsecret_file = '/nonexistent'".to_owned(),
            "/nonexistent",
        ),
        (
            format!("url = 'https://a'\nsecret = '{SECRET}'\n")
                .repeat(2)
                .replacen("url", "[[webhooks]]\nurl", 2),
            "",
        ),
    ] {
        let error = read(&format!("[[webhooks]]\n{wrong}\n")).unwrap_err();
        assert!(error.contains(said), "{wrong}: {error}");
        assert!(!error.contains("MfKQ"), "{error}");
    }
}
