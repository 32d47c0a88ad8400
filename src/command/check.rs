//! `cowrite check`: everything in a data directory, looked at and left as it is.

use clap::Args;
use serde_json::json;

use super::{Outcome, Place, counted, judge, shown, size};
use crate::attachments::{self, Counted};
use crate::store::branches;
use crate::store::sqlite::{Access, Examination, Examined, examine};

/// The options of `check`.
#[derive(Debug, Clone, Args)]
pub struct Check {
    #[command(flatten)]
    place: Place,
    /// Print one JSON object instead of lines for people
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(&self) -> Outcome {
        let examined = match examine(&self.place.data, &judge) {
            Ok(examined) => examined,
            Err(error) => return error.into(),
        };
        let is_served = examined.access == Access::Beside;
        let files = attachments::examine(&self.place.data, is_served);
        // An index that cannot be read is damage to all files.
        let files = files.unwrap_or_else(|error| Counted {
            problems: vec![error.to_string()],
            ..Counted::default()
        });
        let branches = branches::examine(&self.place.data, is_served, &judge);
        let branches = branches.unwrap_or_else(|error| branches::Counted {
            problems: vec![error.to_string()],
            ..branches::Counted::default()
        });
        let report = if self.json {
            as_json(&examined, &files, &branches).to_string()
        } else {
            in_words(&examined, &files, &branches)
        };
        if examined.is_clean() && files.problems.is_empty() && branches.problems.is_empty() {
            Outcome::Well(report)
        } else {
            Outcome::Damaged(report)
        }
    }
}

fn in_words(examined: &Examination, files: &Counted, branches: &branches::Counted) -> String {
    let how = match examined.access {
        Access::Beside => "while a server runs on it",
        Access::AsItIs => "no server runs on it",
        Access::Copied => "no server runs on it; with the log that the last one left",
    };
    let mut lines = vec![format!(
        "{}: schema version {}, {how}",
        shown(&examined.database),
        examined.schema_version
    )];
    for problem in &examined.problems {
        lines.push(format!("DAMAGED: {problem}"));
    }
    lines.extend(examined.documents.iter().map(line));
    for problem in files.problems.iter().chain(&branches.problems) {
        lines.push(format!("DAMAGED: {problem}"));
    }
    if files.files > 0 {
        let count = counted(files.files, "attached file");
        lines.push(format!("{count}, {}", size(files.bytes)));
    }
    if branches.branches > 0 {
        let count = match branches.branches {
            1 => "1 branch".to_owned(),
            count => format!("{count} branches"),
        };
        lines.push(format!("{count}, {}", size(branches.bytes)));
    }
    if examined.losses > 0 {
        lines.push(format!(
            "it was damaged before and built anew {}; what was there is kept beside it",
            counted(examined.losses as usize, "time")
        ));
    }
    if examined.quarantined > 0 {
        let updates = counted(examined.quarantined as usize, "update");
        lines.push(format!("{updates} in quarantine"));
    }
    let bytes = examined
        .documents
        .iter()
        .map(|document| document.bytes)
        .sum();
    let damaged = examined.damaged().count();
    lines.push(format!(
        "{}, {}; {}",
        counted(examined.documents.len(), "document"),
        size(bytes),
        match (damaged, examined.is_clean(), files.problems.is_empty()) {
            (0, true, true) if !branches.problems.is_empty() => "branches are damaged, and are \
                                 not served; documents are not concerned"
                .to_owned(),
            (0, true, true) => "all is well".to_owned(),
            (0, true, false) => "attached files are damaged, and are not served; send them again, \
                                 or take them from a backup"
                .to_owned(),
            (0, false, _) => "the database is damaged".to_owned(),
            (damaged, ..) => format!(
                "{damaged} damaged. A server does not serve these and leaves them as they are; \
                 restore a backup into another folder (cowrite restore) to get them back"
            ),
        }
    ));
    lines.join("\n")
}

fn line(document: &Examined) -> String {
    let snapshot = match document.snapshot_bytes {
        Some(bytes) => format!(" (snapshot {})", size(bytes)),
        None => String::new(),
    };
    format!(
        "{:?}: {}, {}{snapshot}{}: {}",
        document.name,
        counted(document.rows, "row"),
        size(document.bytes),
        if document.deleted { ", deleted" } else { "" },
        match &document.problem {
            Some(problem) => format!("DAMAGED: {problem}"),
            None => "ok".to_owned(),
        }
    )
}

fn as_json(
    examined: &Examination,
    files: &Counted,
    branches: &branches::Counted,
) -> serde_json::Value {
    let documents: Vec<_> = examined
        .documents
        .iter()
        .map(|document| {
            json!({
                "name": document.name,
                "rows": document.rows,
                "bytes": document.bytes,
                "snapshot_bytes": document.snapshot_bytes,
                "deleted": document.deleted,
                "problem": document.problem,
            })
        })
        .collect();
    json!({
        "clean": examined.is_clean()
            && files.problems.is_empty()
            && branches.problems.is_empty(),
        "database": examined.database.to_string_lossy(),
        "schema_version": examined.schema_version,
        "served": examined.access == Access::Beside,
        "problems": examined.problems,
        "times_built_anew": examined.losses,
        "quarantined_updates": examined.quarantined,
        "documents": documents,
        "files": {
            "count": files.files,
            "bytes": files.bytes,
            "problems": files.problems,
        },
        "branches": {
            "count": branches.branches,
            "bytes": branches.bytes,
            "problems": branches.problems,
        },
    })
}
