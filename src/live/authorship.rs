//! Who wrote what: whose clients wrote which rows, and whose names those are.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::id::{DocumentId, Sender, Seq};
use crate::live::answer::DocumentError;
use crate::live::documents::Documents;
use crate::live::past::{At, lost};
use crate::live::visitor::Visitor;
use crate::store::{Author, Bounds, Row, Source};
use crate::wire::guard;

/// Of an update of more clients than this nobody is the author: it is a copy of what
/// many wrote.
const CLIENTS_OF_AN_AUTHOR: usize = 16;

/// So many bytes of updates are looked through at once for who wrote them.
const AT_ONCE: u64 = 4 << 20;

/// Who wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writers {
    /// Names, in order.
    pub names: BTreeSet<String>,
    /// Clients without a name, in order.
    pub unnamed: BTreeSet<u64>,
}

/// A row of the journal, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrote {
    /// Its position.
    pub seq: Seq,
    /// When.
    pub at: SystemTime,
    /// The bytes of its update.
    pub bytes: usize,
    /// The clients that wrote it, as far as that is known.
    pub clients: Vec<u64>,
}

impl Documents {
    /// The rows between two moments, the first exclusive, and who wrote them.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    pub async fn written_between(
        &self,
        id: &DocumentId,
        from: At,
        to: At,
        by: Visitor,
    ) -> Result<Vec<Wrote>, DocumentError> {
        self.known(id).await?;
        let (from, to) = (self.row(id, from).await?, self.row(id, to).await?);
        self.wrote(id, from, to, by).await
    }

    /// Whose names are known of those who wrote in a document.
    pub async fn authors(&self, id: &DocumentId) -> Result<Vec<Author>, DocumentError> {
        self.known(id).await?;
        Ok(self.store().authors(id).await?)
    }

    /// Notes that an update, which was taken, was written by somebody of this name, as
    /// `client` if that is known.
    /// Clients that are known by a name keep it, since an update may hold what others
    /// wrote.
    pub async fn attribute(
        &self,
        id: &DocumentId,
        update: &Bytes,
        client: Option<u64>,
        name: &str,
    ) -> Result<(), DocumentError> {
        let mut clients = clients_of(update);
        clients.extend(client.filter(|client| !clients.contains(client)));
        if clients.len() > CLIENTS_OF_AN_AUTHOR {
            return Ok(());
        }
        let since = SystemTime::now();
        let noted: Vec<_> = clients
            .into_iter()
            .map(|client| Author {
                client,
                name: name.to_owned(),
                since,
            })
            .map(|author| self.store().attribute(id, author, Source::Messenger))
            .collect();
        for ticket in noted {
            ticket.await?;
        }
        Ok(())
    }

    /// Looks up who wrote in spans that follow each other, the last first, many at
    /// once: a segment is unpacked as a whole, and may hold many versions.
    pub(super) async fn look_up_writers(
        &self,
        id: &DocumentId,
        parts: &[Bounds],
        spans: &[(Seq, Seq)],
        by: Visitor,
    ) {
        let unknown: Vec<(Seq, Seq)> = spans
            .iter()
            .copied()
            .filter(|(after, through)| after < through)
            .filter(|(after, through)| self.writers().find(id, *after, *through).is_none())
            .collect();
        let mut rest = &unknown[..];
        while let [(_, through), ..] = rest {
            let fits = |(after, _): &&(Seq, Seq)| bytes_between(parts, *after, *through) <= AT_ONCE;
            let many = rest.iter().take_while(fits).count().max(1);
            let (group, behind) = rest.split_at(many);
            rest = behind;
            let after = group.last().map_or(*through, |(after, _)| *after);
            // Where something is missing, each is asked for by itself.
            let Ok(rows) = self.wrote(id, after, *through, by).await else {
                continue;
            };
            for (after, through) in group {
                let inside = |row: &&Wrote| row.seq > *after && row.seq <= *through;
                let of_them = rows.iter().filter(inside).flat_map(|row| &row.clients);
                let clients: BTreeSet<u64> = of_them.copied().collect();
                let clients: Arc<[u64]> = clients.into_iter().collect();
                self.writers().keep(id, *after, *through, &clients);
            }
        }
    }

    /// The clients that wrote the rows after one row, up to another. Rows never
    /// change, so what was found is kept for a while.
    pub(super) async fn clients_between(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Arc<[u64]>, DocumentError> {
        if let Some(known) = self.writers().find(id, after, through) {
            return Ok(known);
        }
        let rows = self.wrote(id, after, through, by).await?;
        let clients: BTreeSet<u64> = rows.into_iter().flat_map(|row| row.clients).collect();
        let clients: Arc<[u64]> = clients.into_iter().collect();
        self.writers().keep(id, after, through, &clients);
        Ok(clients)
    }

    async fn wrote(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Vec<Wrote>, DocumentError> {
        let look = |row: Row| Wrote {
            seq: row.seq,
            at: row.at,
            bytes: row.update.len(),
            clients: writers_of(&row),
        };
        let look = move |rows: Vec<Row>| rows.into_iter().map(look).collect();
        self.look_through(id, after, through, by, look).await
    }

    /// Looks through the rows after one row, up to another, off the threads of those
    /// who write.
    pub(super) async fn look_through<T: Default + Send + 'static>(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
        look: impl FnOnce(Vec<Row>) -> T + Send + 'static,
    ) -> Result<T, DocumentError> {
        if after >= through {
            return Ok(T::default());
        }
        let parts = self.store().history(id).await.map_err(lost)?;
        let about = bytes_between(&parts, after, through);
        let _share = self.share(about as usize, by).await;
        let rows = self.store().rows(id, after, through).await.map_err(lost)?;
        self.historian().think(move || Ok(look(rows))).await
    }
}

/// Bytes of the parts that hold the rows after one row, up to another.
fn bytes_between(parts: &[Bounds], after: Seq, through: Seq) -> u64 {
    let between = |part: &&Bounds| part.last > after && part.after < through;
    parts.iter().filter(between).map(|part| part.bytes).sum()
}

/// The client that deleted what a row deletes, if it was one.
pub(super) fn author_of(row: &Row) -> Option<u64> {
    match (row.sender, &clients_of(&row.update)[..]) {
        (Sender::Client(client), _) | (Sender::Unsaid, &[client]) => Some(client),
        _ => None,
    }
}

/// The clients that wrote a row: those of whom it has insertions, and who only deleted.
fn writers_of(row: &Row) -> Vec<u64> {
    let mut clients = clients_of(&row.update);
    if let Sender::Client(client) = row.sender
        && !clients.contains(&client)
    {
        clients.push(client);
    }
    clients
}

/// The clients of whom an update has insertions. It was taken before, so what is not
/// sound in it is nobody's.
fn clients_of(update: &Bytes) -> Vec<u64> {
    match guard::inspect(update, &guard::Limits::any_size()) {
        Ok(survey) => survey.sections().map(|(client, _)| client).collect(),
        Err(_) => Vec::new(),
    }
}
