//! What a document says and where it leads, for who keeps an index of documents: its text
//! and the addresses of its links, both of one state that is on disk, read off the threads
//! of those who write.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::export::tree::Part;
use crate::export::{Content, Format, roots};
use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::live::documents::Documents;
use crate::live::past::At;
use crate::live::scribe::{self, Source};
use crate::live::visitor::Visitor;

/// Of a document with more links that are asked for than this the rest is left out.
const MOST_LINKS: usize = 10_000;

/// What a document says, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gist {
    /// Its text, as an export would have it.
    pub text: Bytes,
    /// The addresses that its links have, as they stand there: of those that were asked for.
    pub links: BTreeSet<String>,
}

impl Documents {
    /// The gist of a document as it is on disk, with those of its links of which the
    /// address is `wanted`.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    pub async fn gist(
        &self,
        id: &DocumentId,
        wanted: fn(&str) -> bool,
    ) -> Result<Gist, DocumentError> {
        let read = move |replicas: &mut [crate::replica::Replica]| {
            let replica = replicas.first_mut()?;
            let found = roots::read(replica.doc(), None);
            let links = links_of(&found.content, wanted);
            let title = replica.title().unwrap_or_default().to_owned();
            let written = scribe::write(Source::Content(found.content, title), Format::Text)?;
            let text = written.body;
            Some(Gist { text, links })
        };
        let (_share, gist) = self
            .remember(id, vec![At::Now], Visitor::UNKNOWN, read)
            .await?;
        let unreadable = || DocumentError::Unreadable("its text cannot be written".to_owned());
        gist.ok_or_else(unreadable)
    }
}

/// The addresses of links on text, and of whatever else leads somewhere, if they are
/// wanted: only those count.
fn links_of(content: &Content, wanted: fn(&str) -> bool) -> BTreeSet<String> {
    let mut links = BTreeSet::new();
    let Content::Document(tree) = content else {
        return links;
    };
    for node in tree.nodes() {
        let address = match &node.part {
            Part::Run(run) => run.mark("link").and_then(|link| link.text("href")),
            Part::Element(element) => element.text("href"),
        };
        if links.len() < MOST_LINKS {
            links.extend(address.filter(|it| wanted(it)).map(str::to_owned));
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::markdown;

    /// A list of ten thousand addresses elsewhere came first, and the one link to a document
    /// behind it was not in the index: links were counted before they were looked at.
    #[test]
    fn links_that_nobody_asks_for_do_not_count() {
        let mut text: String = (0..=MOST_LINKS)
            .map(|number| format!("[there](https://example.org/{number})\n\n"))
            .collect();
        text.push_str("[here](/d/plan)\n");
        let read = markdown::read::read(text.as_bytes()).unwrap();
        let content = Content::Document(read.tree);
        let links = links_of(&content, |address| address.starts_with("/d/"));
        assert_eq!(links.into_iter().collect::<Vec<_>>(), ["/d/plan"]);
        let all = links_of(&content, |_| true);
        assert_eq!(all.len(), MOST_LINKS);
    }
}
