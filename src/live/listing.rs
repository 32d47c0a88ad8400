//! Which documents there are, what is known of each, and who is in it now; no document is
//! loaded to tell that.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::id::DocumentId;
use crate::live::answer::{DocumentError, Summary};
use crate::live::document::Request;
use crate::live::documents::Documents;
use crate::live::registry::{CallIfThere, People};
use crate::store::{ListQuery, Page};
use crate::wire::awareness::Guise;

/// Who is where is told within so long or not at all.
const AT_ONCE: Duration = Duration::from_millis(200);

impl Documents {
    /// What is known about a document that is not deleted.
    pub async fn describe(&self, id: &DocumentId) -> Result<Summary, DocumentError> {
        let record = self.known(id).await?;
        let people = self.people(vec![id.clone()]).await;
        let people = people.get(id).copied().unwrap_or(0);
        Ok(Summary { record, people })
    }

    /// A page of the documents, and how many people each of them has.
    pub async fn list(
        &self,
        query: ListQuery,
    ) -> Result<(Page, HashMap<DocumentId, usize>), DocumentError> {
        let page = self.store().list(query).await?;
        let listed = page.records.iter().map(|record| record.document.clone());
        let people = self.people(listed.collect()).await;
        Ok((page, people))
    }

    /// Who is in some documents now and shows a name, so many of each at most. A document
    /// that is busy is not waited for, and one that is not in memory is not loaded: they are
    /// not among them then.
    pub async fn present(
        &self,
        of: impl Iterator<Item = &DocumentId>,
        most: usize,
    ) -> HashMap<DocumentId, Vec<Guise>> {
        let asked = of.map(|id| async move {
            let (reply, guises) = oneshot::channel();
            self.registry().do_send(CallIfThere {
                document: id.clone(),
                request: Request::Present(most, reply),
            });
            let guises = tokio::time::timeout(AT_ONCE, guises).await;
            Some((id.clone(), guises.ok()?.ok()?.ok()?))
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    async fn people(&self, of: Vec<DocumentId>) -> HashMap<DocumentId, usize> {
        self.registry()
            .send(People { of })
            .await
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::export::Format;
    use crate::live::LiveSettings;
    use crate::live::visitor::Visitor;
    use crate::store::memory::MemoryStore;
    use crate::store::{Sort, Store};

    /// A list asked documents who is in them that everybody had just left, and each of those
    /// was loaded for that.
    #[test]
    fn no_document_is_loaded_to_be_asked_who_is_in_it() {
        actix::System::new().block_on(async {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
            let documents = Documents::start(Arc::clone(&store), LiveSettings::default()).unwrap();
            let id = DocumentId::parse("plan").unwrap();
            store.create(&id, None).await.unwrap();
            let present = documents.present([&id].into_iter(), 5).await;
            assert_eq!(present, HashMap::new());
            let read = documents.read(&id, Format::Text, None, Visitor::UNKNOWN);
            read.await.unwrap();
            let present = documents.present([&id].into_iter(), 5).await;
            assert_eq!(
                present,
                HashMap::from([(id, Vec::new())]),
                "it is there now"
            );
            documents.stop().await.unwrap();
        });
    }

    /// Titles stand in the list's own table: what sorts by them opens no document.
    #[test]
    fn a_list_by_title_opens_no_document() {
        actix::System::new().block_on(async {
            let store = MemoryStore::default();
            let faults = store.faults();
            let store: Arc<dyn Store> = Arc::new(store);
            let documents = Documents::start(Arc::clone(&store), LiveSettings::default()).unwrap();
            for n in 0..2_500_u32 {
                let id = DocumentId::parse(&format!("plan-{n}")).unwrap();
                let title = format!("Title {:04}", 2_500 - n);
                store.create(&id, Some(title)).await.unwrap();
            }
            faults.hold_loads();
            let (mut titles, mut after) = (Vec::new(), None);
            loop {
                let query = ListQuery {
                    sort: Sort::Title,
                    limit: 1_000,
                    after,
                    ..ListQuery::default()
                };
                let (page, _) = documents.list(query).await.unwrap();
                titles.extend(page.records.into_iter().filter_map(|it| it.title));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!((titles.len(), faults.held()), (2_500, 0));
            assert!(titles.is_sorted());
            documents.stop().await.unwrap();
        });
    }
}
