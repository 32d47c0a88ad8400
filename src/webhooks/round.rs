//! One receiver: what happened is looked at in turn, and told.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::WebhookSettings;
use super::hook::{Hook, Kind};
use super::news::{News, micros, news, seconds};
use super::post::{Delivery, Post, PostError};
use super::queue::{Listed, Message, Queue, QueueError};
use super::signature::sign;
use crate::id::DocumentId;
use crate::live::{Agenda, Cursor, DocumentError, Documents, Every, ListQuery, Sort};

/// So many deliveries to one receiver are under way at once.
const AT_ONCE: usize = 4;

/// What cannot be tried is looked at after so many times the first wait.
const TROUBLE: u32 = 60;

/// So many documents are compared at once.
const PAGE: usize = 1_000;

/// One receiver, and who tells it.
pub(super) struct Round {
    hook: Hook,
    key: String,
    settings: Rc<WebhookSettings>,
    documents: Documents,
    queue: Rc<RefCell<Queue>>,
    post: Post,
}

/// How it went with a document.
enum Outcome {
    /// There was nothing to tell.
    Nothing,
    /// Something was told, or given up: there may be more.
    More,
    /// It was tried so often, in vain.
    Failed(u32, PostError),
    /// It could not even be tried.
    Trouble(Trouble),
}

/// What is wrong on this side.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Document(#[from] DocumentError),
    #[error("{0}")]
    Queue(#[from] QueueError),
}

type Attempt<'a> = Pin<Box<dyn Future<Output = (DocumentId, Outcome)> + 'a>>;

impl Round {
    pub fn new(
        hook: Hook,
        settings: Rc<WebhookSettings>,
        documents: Documents,
        queue: Rc<RefCell<Queue>>,
        post: Post,
    ) -> Self {
        Self {
            key: hook.key(),
            hook,
            settings,
            documents,
            queue,
            post,
        }
    }

    /// Tells until the server stops.
    pub async fn goes_on(self, every: Every) {
        let mut agenda = Agenda::new(self.settings.pause, self.settings.longest);
        let mut attempts: FuturesUnordered<Attempt<'_>> = FuturesUnordered::new();
        // What happened while nobody looked.
        let mut compare_at = Some(Instant::now());
        let mut is_well = true;
        loop {
            if agenda.overlooked() {
                compare_at.get_or_insert_with(Instant::now);
            }
            let now = Instant::now();
            while attempts.len() < AT_ONCE
                && let Some(document) = agenda.takes(now)
            {
                attempts.push(Box::pin(async {
                    let outcome = self.attempt(&document).await;
                    (document, outcome)
                }));
            }
            let next = match attempts.len() < AT_ONCE {
                true => agenda.next(),
                false => None,
            };
            tokio::select! {
                stirrings = every.stirs() => {
                    for document in stirrings.documents {
                        agenda.stirs(document, Instant::now());
                    }
                    if stirrings.closed {
                        return;
                    }
                    if stirrings.too_many {
                        compare_at.get_or_insert_with(Instant::now);
                    }
                }
                Some((document, outcome)) = attempts.next() => {
                    self.follows_up(&mut agenda, document, outcome, &mut is_well);
                }
                () = at(compare_at) => {
                    compare_at = None;
                    if let Err(trouble) = self.compares(&mut agenda).await {
                        log::warn!("what webhook {} was not told is not known: {trouble}", self.hook.target);
                        compare_at = Some(Instant::now() + self.settings.retry);
                    }
                }
                () = at(next) => {}
            }
        }
    }

    fn follows_up(
        &self,
        agenda: &mut Agenda,
        document: DocumentId,
        outcome: Outcome,
        is_well: &mut bool,
    ) {
        let now = Instant::now();
        let target = &self.hook.target;
        match outcome {
            Outcome::Nothing => agenda.is_done(document, now),
            Outcome::More => {
                if !std::mem::replace(is_well, true) {
                    log::info!("webhook {target} takes deliveries again");
                }
                agenda.goes_on(document, now);
            }
            Outcome::Failed(attempts, error) => {
                if std::mem::replace(is_well, false) {
                    log::warn!("webhook {target} takes no delivery, which is tried again: {error}");
                } else {
                    log::debug!("webhook {target}, attempt {attempts} for {document:?}: {error}");
                }
                let wait = wait(&self.settings, attempts);
                agenda.tries_again(document, now, now + wait);
            }
            Outcome::Trouble(Trouble::Document(DocumentError::Stopping)) => {
                agenda.tries_again(document, now, now + self.settings.retry);
            }
            Outcome::Trouble(trouble) => {
                log::warn!("what webhook {target} is to be told of {document:?} waits: {trouble}");
                // It is not the receiver, and may be so until somebody looks.
                let wait = self.settings.retry * TROUBLE;
                let wait = wait.min(self.settings.retry_longest);
                agenda.tries_again(document, now, now + wait);
            }
        }
    }

    async fn attempt(&self, document: &DocumentId) -> Outcome {
        let message = match self.message(document).await {
            Ok(Some(message)) => message,
            Ok(None) => return Outcome::Nothing,
            Err(trouble) => return Outcome::Trouble(trouble),
        };
        let (id, body) = (message.id.clone(), Bytes::from(message.body.clone()));
        let seconds = seconds();
        let delivery = Delivery {
            signature: sign(&self.hook.secret, &id, seconds, &body),
            id,
            seconds,
            body,
        };
        let delivered = self.post.deliver(&self.hook.target, delivery).await;
        match self.noted(document, message, delivered) {
            Ok(outcome) => outcome,
            Err(trouble) => Outcome::Trouble(trouble),
        }
    }

    /// What is on its way, or the next thing to tell, which is on its way then.
    async fn message(&self, document: &DocumentId) -> Result<Option<Message>, Trouble> {
        if let Some(message) = self.queue.borrow().message(&self.key, document)? {
            return Ok(Some(message));
        }
        loop {
            let told = self.queue.borrow().told(&self.key, document)?;
            let known = told.clone();
            match news(&self.documents, &self.hook, document, told).await? {
                Some(News::Message(message)) => {
                    self.queue.borrow().put(&self.key, document, &message)?;
                    return Ok(Some(message));
                }
                Some(News::Unwanted(told)) => {
                    self.queue.borrow_mut().settle(&self.key, document, &told)?;
                }
                Some(News::Nothing(told)) if known.as_ref() != Some(&told) => {
                    self.queue.borrow_mut().settle(&self.key, document, &told)?;
                    return Ok(None);
                }
                Some(News::Nothing(_)) | None => return Ok(None),
            }
        }
    }

    fn noted(
        &self,
        document: &DocumentId,
        mut message: Message,
        delivered: Result<(), PostError>,
    ) -> Result<Outcome, Trouble> {
        let mut queue = self.queue.borrow_mut();
        let Err(error) = delivered else {
            queue.settle(&self.key, document, &message.told)?;
            return Ok(Outcome::More);
        };
        message.attempts += 1;
        if message.attempts < self.settings.attempts {
            queue.put(&self.key, document, &message)?;
            return Ok(Outcome::Failed(message.attempts, error));
        }
        log::warn!(
            "webhook {} is not told of a {} of document {document:?}, given up after {} attempts: {error}",
            self.hook.target,
            message.kind,
            message.attempts,
        );
        queue.settle(&self.key, document, &message.told)?;
        Ok(Outcome::More)
    }

    /// Finds what the receiver was not told, in all documents. One that is new knows
    /// everything that was before.
    async fn compares(&self, agenda: &mut Agenda) -> Result<(), Trouble> {
        let is_known = self.queue.borrow().knows(&self.key)?;
        for document in self.queue.borrow().under_way(&self.key, PAGE)? {
            agenda.stirs(document, Instant::now());
        }
        let mut after: Option<Cursor> = None;
        loop {
            let query = ListQuery {
                prefix: Some(self.hook.prefix.clone()).filter(|prefix| !prefix.is_empty()),
                sort: Sort::Name,
                limit: PAGE,
                after: after.clone(),
                ..ListQuery::default()
            };
            let (page, _) = self.documents.list(query).await?;
            let listed = page.records.iter();
            let listed: Vec<_> = listed
                .map(|record| Listed {
                    document: record.document.clone(),
                    row: record.row.0,
                    updated: micros(record.updated),
                })
                .collect();
            if is_known {
                let begins = after.as_ref().map_or("", |cursor| &cursor.name);
                let ends = page.next.as_ref().map(|cursor| &*cursor.name);
                self.compares_page(agenda, listed, begins, ends).await?;
            } else {
                self.queue.borrow_mut().counts_as_told(&self.key, &listed)?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(self.queue.borrow().begins(&self.key)?)
    }

    async fn compares_page(
        &self,
        agenda: &mut Agenda,
        listed: Vec<Listed>,
        begins: &str,
        ends: Option<&str>,
    ) -> Result<(), Trouble> {
        let mut known = self.queue.borrow().told_between(&self.key, begins, ends)?;
        for listed in listed {
            let document = &listed.document;
            let is_told = match known.remove(document.as_str()) {
                None => false,
                Some(told) if told.deleted || !listed.is_what(&told) => false,
                Some(told) if self.hook.wants(Kind::Versioned) => {
                    let stand = self.documents.stand(document).await?;
                    let version = stand.and_then(|stand| stand.version);
                    let known = told.version.unwrap_or(u64::MAX);
                    version.is_none_or(|version| version.id <= known)
                }
                Some(_) => true,
            };
            if !is_told {
                agenda.stirs(listed.document, Instant::now());
            }
        }
        // Those that are not listed any more were deleted.
        for (name, told) in known {
            if let (false, Ok(document)) = (told.deleted, DocumentId::parse(&name)) {
                agenda.stirs(document, Instant::now());
            }
        }
        Ok(())
    }
}

/// How long to wait after so many attempts: twice as long each time, and never all at
/// once.
fn wait(settings: &WebhookSettings, attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let wait = settings.retry.saturating_mul(doubled);
    wait.min(settings.retry_longest)
        .mul_f64(0.75 + fastrand::f64() / 2.0)
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_for_about_two_days() {
        let settings = WebhookSettings::default();
        let waits: Vec<_> = (1..settings.attempts)
            .map(|attempts| wait(&settings, attempts))
            .collect();
        assert!(waits[0] < Duration::from_secs(7));
        let total: Duration = waits.iter().sum();
        let days = total.as_secs_f64() / (24.0 * 60.0 * 60.0);
        assert!((1.2..3.0).contains(&days), "{days} days");
        assert!(wait(&settings, u32::MAX) <= settings.retry_longest.mul_f64(1.25));
    }
}
