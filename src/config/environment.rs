//! The environment variables that somebody meant for this program and that it does
//! not know.
//!
//! An option or a line of the file that is not known is refused. A variable is not:
//! the environment belongs to others, too. Kubernetes, for one, gives every
//! container variables that are named after each service, and a service may well be
//! called cowrite; those are not even mentioned.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::CommandFactory;

use super::Cli;

const PREFIX: &str = "COWRITE_";

/// What to say about each of `variables` that looks like one of ours and is none.
pub fn complaints(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let known = known();
    let mut complaints: Vec<String> = variables
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, _)| name.to_ascii_uppercase().starts_with(PREFIX))
        .filter(|(name, value)| !known.contains(name) && !is_of_a_service(name, value))
        .map(|(name, _)| {
            let hint = match closest(&name.to_ascii_uppercase(), &known) {
                Some(meant) => format!("did you mean {meant}?"),
                None => "`cowrite serve --help` names those that are".to_owned(),
            };
            format!("the environment variable {name} is not known and does nothing; {hint}")
        })
        .collect();
    complaints.sort();
    complaints
}

/// Every variable that some command reads.
fn known() -> BTreeSet<String> {
    let cli = Cli::command();
    std::iter::once(&cli)
        .chain(cli.get_subcommands())
        .flat_map(clap::Command::get_arguments)
        .filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned))
        .collect()
}

/// Whether it is one of those that Kubernetes derives from a service's name.
fn is_of_a_service(name: &str, value: &OsString) -> bool {
    let value = value.to_string_lossy();
    let of_a_port =
        |(_, port): (&str, &str)| port.starts_with(|first: char| first.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.split_once("_PORT_").is_some_and(of_a_port)
        || (name.ends_with("_PORT") && value.contains("://"))
}

/// The known name that differs in a third of its letters at most.
fn closest<'a>(name: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let name = name.strip_prefix(PREFIX)?;
    let close = |known: &&'a String| {
        let distance = distance(name, known.strip_prefix(PREFIX)?);
        (distance <= name.len().div_ceil(3).min(4)).then_some(distance)
    };
    known
        .iter()
        .filter_map(|known| Some((close(&known)?, known)))
        .min()
        .map(|(_, known)| known.as_str())
}

/// How many letters have to be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, one) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.bytes().enumerate() {
            let change = diagonal + usize::from(one != other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints_about(variables: &[(&str, &str)]) -> Vec<String> {
        let owned = |(name, value): &(&str, &str)| (name.into(), value.into());
        complaints(variables.iter().map(owned))
    }

    /// A misspelt variable did nothing, and nobody said so: a limit that an operator
    /// believed to have set was not there.
    #[test]
    fn a_misspelt_variable_is_named_with_the_one_that_was_meant() {
        for (wrong, meant) in [
            ("COWRITE_MAX_MESAGE", "COWRITE_MAX_MESSAGE"),
            ("COWRITE_LISTN", "COWRITE_LISTEN"),
            ("COWRITE_INSECURE_NOAUTH", "COWRITE_INSECURE_NO_AUTH"),
            ("COWRITE_ALLOWED_ORIGIN", "COWRITE_ALLOW_ORIGIN"),
            ("COWRITE_MAX_CONNECTION", "COWRITE_MAX_CONNECTIONS"),
            ("COWRITE_DATABASE", "`cowrite serve --help`"),
            ("COWRITE_DIR", "`cowrite serve --help`"),
            ("COWRITE_PORT", "`cowrite serve --help`"),
            ("cowrite_listen", "COWRITE_LISTEN"),
        ] {
            let said = complaints_about(&[(wrong, "x")]).join("\n");
            assert!(said.contains(wrong) && said.contains(meant), "{said}");
        }
    }

    #[test]
    fn what_is_known_or_of_others_is_no_trouble() {
        let mut variables: Vec<String> = known().into_iter().collect();
        assert!(variables.contains(&"COWRITE_LISTEN".to_owned()) && variables.len() > 20);
        variables.extend(["PATH", "COWRITER_X", "MY_COWRITE_LISTEN"].map(str::to_owned));
        let of_a_service = [
            "COWRITE_SERVICE_HOST",
            "COWRITE_SERVICE_PORT_HTTP",
            "COWRITE_WEB_SERVICE_PORT",
            "COWRITE_PORT",
            "COWRITE_PORT_8080_TCP_ADDR",
        ];
        variables.extend(of_a_service.map(str::to_owned));
        for name in &variables {
            let said = complaints_about(&[(name, "tcp://10.0.0.1:8080")]);
            assert!(said.is_empty(), "{said:?}");
        }
    }

    #[test]
    fn distances_are_counted_in_letters() {
        for (a, b, letters) in [
            ("", "", 0),
            ("", "ab", 2),
            ("data", "date", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), letters);
        }
    }
}
