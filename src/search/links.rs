//! Which documents link to which: what a link's address says, and where that is kept.
//!
//! The address of a document's page is `/d/` and its name, each part of it between slashes
//! percent-encoded; alone, or behind the origin of a server. Which origins are this
//! server's own, only who asks knows: so the origin is kept beside the name.

use percent_encoding::percent_decode_str;
use rusqlite::{Connection, Transaction, params};

use crate::id::DocumentId;

/// Where pages of documents begin.
const PAGES: &str = "/d/";

pub(super) const TABLE: &str = "
    -- The document `source` has a link to the document named `target`; with the host and
    -- port that stand in the link, in small letters, or '' where none do.
    CREATE TABLE links (
        source INTEGER NOT NULL, target TEXT NOT NULL, host TEXT NOT NULL,
        PRIMARY KEY (source, target, host)
    ) WITHOUT ROWID;
    CREATE INDEX links_to ON links (target, host);";

/// A document that links to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The name of the other.
    pub name: String,
    /// The host that the address names, with its port if that is no usual one; empty where it names none.
    pub host: String,
}

/// The document that an address leads to, if it is one of a document's page.
pub(super) fn target(address: &str) -> Option<Target> {
    let address = address.trim();
    let (host, path) = match address.split_once("://") {
        Some((scheme, rest)) if is_web(scheme) => {
            let (host, path) = rest.split_at(rest.find('/')?);
            let host = host.to_ascii_lowercase();
            let bare = host
                .strip_suffix(":80")
                .or_else(|| host.strip_suffix(":443"));
            (bare.unwrap_or(&host).to_owned(), path)
        }
        _ => (String::new(), address),
    };
    let name = path.strip_prefix(PAGES)?;
    let end = name.find(['?', '#']).unwrap_or(name.len());
    let decoded = percent_decode_str(&name[..end]).decode_utf8().ok()?;
    let name = DocumentId::parse(&decoded).ok()?.as_str().to_owned();
    Some(Target { name, host })
}

fn is_web(scheme: &str) -> bool {
    ["http", "https"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(scheme))
}

/// Puts down where a document leads, in the place of what was put down before. A link to
/// itself is none.
pub(super) fn put(
    change: &Transaction<'_>,
    source: i64,
    own_name: &str,
    targets: &[Target],
) -> rusqlite::Result<()> {
    remove(change, source)?;
    let mut put = change
        .prepare_cached("INSERT OR IGNORE INTO links (source, target, host) VALUES (?1, ?2, ?3)")?;
    for target in targets.iter().filter(|target| target.name != own_name) {
        put.execute(params![source, target.name, target.host])?;
    }
    Ok(())
}

/// Forgets where a document leads.
pub(super) fn remove(change: &Transaction<'_>, source: i64) -> rusqlite::Result<()> {
    change
        .prepare_cached("DELETE FROM links WHERE source = ?1")?
        .execute([source])?;
    Ok(())
}

/// The names of documents that link to one, those that follow `after`, in order: links
/// without a host, and those with one of these.
pub(super) fn to(
    database: &Connection,
    name: &str,
    hosts: &[String],
    after: &str,
    limit: usize,
) -> rusqlite::Result<Vec<String>> {
    let hosts = serde_json::json!(hosts).to_string();
    database
        .prepare_cached(
            "SELECT DISTINCT d.name FROM links l JOIN documents d ON d.id = l.source
              WHERE l.target = ?1 AND d.name > ?3
                AND (l.host = '' OR l.host IN (SELECT value FROM json_each(?2)))
              ORDER BY d.name LIMIT ?4",
        )?
        .query_map(params![name, hosts, after, limit as i64], |row| row.get(0))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_page_is_the_name_of_its_document() {
        let leads = |address: &str| target(address).map(|target| (target.host, target.name));
        let to = |host: &str, name: &str| Some((host.to_owned(), name.to_owned()));
        assert_eq!(leads("/d/plan"), to("", "plan"));
        assert_eq!(
            leads(" /d/team/2026%20plan?x=1#end "),
            to("", "team/2026 plan")
        );
        assert_eq!(leads("/d/a%2Fb"), to("", "a/b"));
        assert_eq!(leads("/d/50%25"), to("", "50%"));
        assert_eq!(
            leads("HTTPS://Docs.Example.org:8080/d/plan"),
            to("docs.example.org:8080", "plan")
        );
        for none in [
            "",
            "/",
            "/d/",
            "/d/?a",
            "/d/%ff",
            "/d/a%00b",
            "/api/documents/plan",
            "//e.org/d/plan",
            "ftp://e.org/d/plan",
            "https://e.org",
            "d/plan",
            "mailto:a@e.org",
        ] {
            assert_eq!(leads(none), None, "{none}");
        }
    }
}
