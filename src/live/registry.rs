//! The only way to a living document.
//!
//! One actor decides which documents are in memory, so that two first joiners
//! cannot get two copies of one document. It forwards whoever comes and counts
//! them; a document that wants to retire says how many arrived, and goes only if
//! nobody is on the way. The registry waits for nobody.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, MessageResult, ResponseFuture};
use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::id::DocumentId;
use crate::live::document::{Document, Inbound, Join, Leave, Request, Retire, Stop, Visit};
use crate::live::hub::{DocumentKey, Order};
use crate::live::pool::Pool;
use crate::live::surroundings::Surroundings;
use crate::wire::close::{CloseCode, Refusal};

/// The registry actor.
pub struct Registry {
    surroundings: Surroundings,
    pool: Pool,
    living: HashMap<DocumentId, Entry>,
    next_key: u64,
    stopping: bool,
}

struct Entry {
    key: DocumentKey,
    addr: Addr<Document>,
    forwarded: u64,
    people: Arc<AtomicUsize>,
}

impl Registry {
    /// A registry with no document in memory.
    pub fn new(surroundings: Surroundings, pool: Pool) -> Self {
        Self {
            surroundings,
            pool,
            living: HashMap::new(),
            next_key: 1,
            stopping: false,
        }
    }

    /// The document's entry, started if need be; one more is on the way to it.
    fn forward_to(&mut self, id: &DocumentId, registry: Addr<Self>) -> &Entry {
        let Self {
            surroundings,
            pool,
            living,
            next_key,
            ..
        } = self;
        // A document that died of a panic is not waited for.
        if living.get(id).is_some_and(|entry| !entry.addr.connected()) {
            log::error!("document {id:?} died and is started anew");
            living.remove(id);
        }
        let entry = living.entry(id.clone()).or_insert_with(|| {
            let key = DocumentKey(*next_key);
            *next_key += 1;
            let people = Arc::new(AtomicUsize::new(0));
            let (id, surroundings) = (id.clone(), surroundings.clone());
            let census = Arc::clone(&people);
            let addr = Document::start_in_arbiter(pool.arbiter(), move |_| {
                Document::new(id, key, surroundings, registry.recipient(), census)
            });
            Entry {
                key,
                addr,
                forwarded: 0,
                people,
            }
        });
        entry.forwarded += 1;
        entry
    }
}

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // Arrivals must not be lost to a small mailbox; each holds little.
        ctx.set_mailbox_capacity(1 << 16);
    }
}

/// A session wants to join a document.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Enter {
    pub document: DocumentId,
    pub join: Join,
}

impl Handler<Enter> for Registry {
    type Result = ();

    fn handle(&mut self, Enter { document, join }: Enter, ctx: &mut Self::Context) {
        if self.stopping {
            let refusal = Refusal::new(CloseCode::GoingAway, "the server is shutting down");
            let orders = vec![Order::Dismiss(join.session, refusal)];
            return join.hub.order(DocumentKey(0), orders);
        }
        self.forward_to(&document, ctx.address()).addr.do_send(join);
    }
}

/// A session left before its document answered.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Exit {
    pub document: DocumentId,
    /// What it said before.
    pub said: Vec<Inbound>,
    pub leave: Leave,
}

impl Handler<Exit> for Registry {
    type Result = ();

    fn handle(&mut self, exit: Exit, _: &mut Self::Context) {
        if let Some(entry) = self.living.get(&exit.document) {
            for inbound in exit.said {
                entry.addr.do_send(inbound);
            }
            entry.addr.do_send(exit.leave);
        }
    }
}

/// Somebody other than a session wants something of a document.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Call {
    pub document: DocumentId,
    pub request: Request,
}

impl Handler<Call> for Registry {
    type Result = ();

    fn handle(&mut self, Call { document, request }: Call, ctx: &mut Self::Context) {
        if !self.stopping {
            self.forward_to(&document, ctx.address())
                .addr
                .do_send(Visit(request));
        }
        // Dropping the request tells the caller that the server is stopping.
    }
}

/// The same, if the document is in memory: what is asked is nothing that it would be
/// loaded for.
#[derive(Message)]
#[rtype(result = "()")]
pub struct CallIfThere {
    pub document: DocumentId,
    pub request: Request,
}

impl Handler<CallIfThere> for Registry {
    type Result = ();

    fn handle(&mut self, CallIfThere { document, request }: CallIfThere, _: &mut Self::Context) {
        let entry = self.living.get_mut(&document);
        if let Some(entry) = entry.filter(|entry| entry.addr.connected()) {
            entry.forwarded += 1;
            entry.addr.do_send(Visit(request));
        }
        // Dropping the request tells the caller that there is none.
    }
}

impl Handler<Retire> for Registry {
    type Result = MessageResult<Retire>;

    fn handle(&mut self, retire: Retire, _: &mut Self::Context) -> Self::Result {
        match self.living.get(&retire.document) {
            Some(entry) if entry.key == retire.key => {
                let nobody_on_the_way = entry.forwarded == retire.arrived;
                if nobody_on_the_way {
                    self.living.remove(&retire.document);
                    if self.living.len() < self.living.capacity() / 8 {
                        self.living.shrink_to(2 * self.living.len());
                    }
                }
                MessageResult(nobody_on_the_way)
            }
            _ => MessageResult(true),
        }
    }
}

/// How many sessions documents have; those without any are left out.
#[derive(Message)]
#[rtype(result = "HashMap<DocumentId, usize>")]
pub struct People {
    /// Of these documents.
    pub of: Vec<DocumentId>,
}

impl Handler<People> for Registry {
    type Result = MessageResult<People>;

    fn handle(&mut self, People { of }: People, _: &mut Self::Context) -> Self::Result {
        let people = |id: DocumentId| {
            let people = self.living.get(&id)?.people.load(Ordering::Relaxed);
            (people > 0).then_some((id, people))
        };
        MessageResult(of.into_iter().filter_map(people).collect())
    }
}

/// Ends every document: what was taken is on disk and every session was told
/// 1001 when this is answered.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StopAll;

impl Handler<StopAll> for Registry {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: StopAll, _: &mut Self::Context) -> Self::Result {
        self.stopping = true;
        // Documents hear of it behind what waits in their mailboxes; that is not
        // taken any more.
        self.surroundings.stopping.store(true, Ordering::Release);
        let pool = self.pool.clone();
        let stopped: Vec<_> = self
            .living
            .drain()
            .map(|(_, entry)| {
                let (done, stopped) = oneshot::channel();
                entry.addr.do_send(Stop(done));
                stopped
            })
            .collect();
        Box::pin(async move {
            join_all(stopped).await;
            pool.stop();
        })
    }
}
