//! Reads for those who are no sessions: exports, and what somebody lacks.
//!
//! A read may take as long and as much memory as the document is large, and anybody
//! may want many. So they are made one after the other, each once there is memory
//! for it; after what took long the document does other things for as long. What
//! was made is kept for a moment: who wants the same of the same state shares it.
//!
//! Of a large document only the tree is made here: what can be made of that without
//! the document is left to a [scribe](crate::live::scribe), and the thread goes on.
//!
//! Nothing is made of an update that is half taken, and what was asked of a document
//! that failed or was deleted meanwhile is answered with that.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use futures_util::FutureExt;

use super::message::{Reply, Sought};
use super::{Document, Stage};
use crate::export::{Content, Format, comments, roots};
use crate::live::answer::{self, DocumentError};
use crate::live::intake::FREE_BYTES;
use crate::live::memory_budget::{Question, Share};
use crate::live::scribe::{self, Source, Written};
use crate::live::visitor::Visitor;
use crate::replica::Replica;

/// Reads that together took less need not be followed by a rest.
const SHORT: Duration = Duration::from_millis(1);

/// What weighs more is written by a scribe, not on the document's thread.
const HEAVY: usize = 64 << 10;

/// So many different reads of one state are kept.
const KEPT: usize = 4;

/// What somebody wants.
pub(super) struct Wish {
    sought: Sought,
    by: Visitor,
    reply: Reply<answer::Content>,
    /// How large it was, if it was made already and there was not enough memory.
    bytes: Option<usize>,
}

/// The readers of a document.
#[derive(Default)]
pub(super) struct Reading {
    waiting: VecDeque<Wish>,
    /// The document waits for memory for the first of them, or for a scribe, or rests.
    busy: bool,
    /// A scribe writes for one who is not among those who wait.
    writing: bool,
    made: Vec<Made>,
    /// What was spent on reads since the last rest.
    spent: Duration,
}

/// What a read gave, and of what state.
struct Read {
    written: Written,
    root: Option<String>,
    fingerprint: String,
    version: u64,
}

struct Made {
    sought: Sought,
    version: u64,
    content: answer::Content,
}

impl Wish {
    pub fn new(sought: Sought, by: Visitor, reply: Reply<answer::Content>) -> Self {
        Self {
            sought,
            by,
            reply,
            bytes: None,
        }
    }
}

impl Reading {
    /// Whether somebody waits.
    pub fn is_wanted(&self) -> bool {
        self.writing || !self.waiting.is_empty()
    }

    /// Lets go of what was made.
    pub fn clear(&mut self) {
        self.made.clear();
    }

    /// Answers everybody who waits with an error.
    pub fn refuse(&mut self, error: &DocumentError) {
        for wish in self.waiting.drain(..) {
            drop(wish.reply.send(Err(error.clone())));
        }
    }

    fn find(&self, sought: &Sought, version: u64) -> Option<answer::Content> {
        let is_it = |made: &&Made| made.version == version && made.sought == *sought;
        let made = self.made.iter().find(is_it);
        made.map(|made| made.content.clone())
    }

    fn keep(&mut self, made: Made) {
        self.made.retain(|kept| kept.version == made.version);
        if self.made.len() == KEPT {
            self.made.remove(0);
        }
        self.made.push(made);
    }
}

/// What is read of a document, and the root that it was read from. What needs no more
/// than the reading is given as the last.
pub(in crate::live) fn look(
    sought: &Sought,
    replica: &mut Replica,
) -> (Source, Option<String>, Format) {
    match sought {
        Sought::Export(format, _) if format.is_state() => {
            (Source::State(replica.state()), None, *format)
        }
        Sought::Export(format, root) => {
            let found = roots::read(replica.doc(), root.as_deref());
            let title = replica.title().unwrap_or_default().to_owned();
            let source = Source::Content(found.content, title);
            (source, Some(found.root), *format)
        }
        Sought::Commented(format, root) => {
            let found = roots::read(replica.doc(), root.as_deref());
            let title = replica.title().unwrap_or_default().to_owned();
            let source = match found.content {
                Content::Document(tree) => {
                    let threads = comments::read(replica.doc(), Some(&tree));
                    Source::Commented(tree, threads, title)
                }
                // Nothing can be said about parts of these.
                content => Source::Content(content, title),
            };
            (source, Some(found.root), *format)
        }
        Sought::Comments(resolved) => {
            let found = roots::read(replica.doc(), None);
            let tree = match &found.content {
                Content::Document(tree) => Some(tree),
                Content::Text(_) | Content::Data(_) => None,
            };
            let mut threads = comments::read(replica.doc(), tree);
            threads
                .retain(|thread| resolved.is_none_or(|wanted| thread.resolved.is_some() == wanted));
            (Source::Comments(threads), None, Format::Json)
        }
        Sought::Lacks(theirs) => (Source::State(replica.diff(theirs)), None, Format::Yjs),
    }
}

/// Whether to write it takes longer than one may hold a document's thread.
fn is_heavy(source: &Source, format: Format) -> bool {
    match source {
        Source::Content(content, _) => content.weight() > HEAVY,
        Source::Commented(tree, threads, _) => tree.weight() + comments::weight(threads) > HEAVY,
        Source::Comments(threads) => comments::weight(threads) > HEAVY,
        Source::State(state) => format == Format::YjsV2 && state.len() > HEAVY,
    }
}

impl Document {
    pub(super) fn read(&mut self, wish: Wish, ctx: &mut Context<Self>) {
        self.reading.waiting.push_back(wish);
        self.read_on(ctx);
    }

    /// Serves those who wait, as far as there is memory. To be called again when
    /// an update was taken whole.
    pub(super) fn read_on(&mut self, ctx: &mut Context<Self>) {
        while !self.reading.busy {
            if self.reading.spent > SHORT {
                return self.rest(ctx);
            }
            let Some(wish) = self.reading.waiting.front() else {
                return;
            };
            if let Some(error) = self.why_not_live() {
                return self.reading.refuse(&error);
            }
            let Stage::Live(replica) = &self.stage else {
                return;
            };
            if replica.is_working() {
                return;
            }
            let about = wish.bytes.unwrap_or_else(|| replica.bytes());
            let known = self.reading.find(&wish.sought, replica.version());
            if wish.reply.is_closed() {
                self.reading.waiting.pop_front();
            } else if let Some(content) = known {
                if let Some(wish) = self.reading.waiting.pop_front() {
                    self.tell(content, wish.reply);
                }
            } else if about <= FREE_BYTES {
                self.make(None, ctx);
            } else {
                self.wait_for_memory(about, wish.by, ctx);
            }
        }
    }

    fn wait_for_memory(&mut self, bytes: usize, by: Visitor, ctx: &mut Context<Self>) {
        let portion = self.surroundings.exports.of(by);
        let share = async move { portion.share(bytes, Question::new().0).await };
        let mut share = Box::pin(share);
        if let Some(share) = (&mut share).now_or_never() {
            return self.make(share, ctx);
        }
        // Perhaps it waits for what is kept here.
        self.reading.clear();
        self.reading.busy = true;
        ctx.spawn(share.into_actor(self).map(|share, this, ctx| {
            this.reading.busy = false;
            // An update may have begun meanwhile; then it is asked for once more.
            if matches!(&this.stage, Stage::Live(replica) if !replica.is_working()) {
                this.make(share, ctx);
            }
            this.read_on(ctx);
        }));
    }

    /// Serves the first one who waits, in memory for about so much.
    fn make(&mut self, share: Option<Share>, ctx: &mut Context<Self>) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let Some(mut wish) = self.reading.waiting.pop_front() else {
            return;
        };
        if wish.reply.is_closed() {
            return;
        }
        let began = Instant::now();
        let (source, root, format) = look(&wish.sought, replica);
        let (fingerprint, version) = (replica.fingerprint(), replica.version());
        self.keep_state(&fingerprint);
        let read = move |written| Read {
            written,
            root,
            fingerprint,
            version,
        };
        if !is_heavy(&source, format) {
            let written = scribe::write(source, format);
            self.reading.spent += began.elapsed();
            return self.made(wish, share, written.map(read));
        }
        self.reading.spent += began.elapsed();
        self.reading.busy = true;
        self.reading.writing = true;
        let (scribe, era) = (self.surroundings.scribe.clone(), self.era);
        // Others need not wait for what nobody waits for any more.
        let writing = async move {
            let written = tokio::select! {
                written = scribe.write(source, format) => Some(written),
                () = wish.reply.closed() => None,
            };
            (wish, written)
        };
        let told = move |(wish, written): (Wish, Option<Option<Written>>), this: &mut Self| {
            let Some(written) = written else { return };
            match this.era == era {
                true => this.made(wish, share, written.map(read)),
                // It was loaded anew meanwhile, perhaps without what was read.
                false => this.reading.waiting.push_front(wish),
            }
        };
        ctx.spawn(writing.into_actor(self).map(move |written, this, ctx| {
            this.reading.busy = false;
            this.reading.writing = false;
            told(written, this);
            this.read_on(ctx);
        }));
    }

    /// Tells what was made, if there is memory for it.
    fn made(&mut self, mut wish: Wish, share: Option<Share>, read: Option<Read>) {
        let Some(read) = read else {
            let reason = "the content cannot be written in this format".to_owned();
            return drop(wish.reply.send(Err(DocumentError::Unreadable(reason))));
        };
        let Written { body, simplified } = read.written;
        let bytes = body.len();
        let budget = &self.surroundings.exports;
        let share = match share {
            _ if bytes <= FREE_BYTES => None,
            Some(share) if budget.covers(&share, bytes) => Some(share.shrunk_to(bytes)),
            _ => {
                // It is larger than was thought, and is not held uncounted.
                wish.bytes = Some(bytes);
                return self.reading.waiting.push_front(wish);
            }
        };
        let content = answer::Content {
            body,
            root: read.root,
            simplified,
            fingerprint: read.fingerprint,
            share: share.map(Arc::new),
        };
        self.reading.keep(Made {
            sought: wish.sought,
            version: read.version,
            content: content.clone(),
        });
        self.tell(content, wish.reply);
    }

    /// Others get their turn, for as long as was read.
    fn rest(&mut self, ctx: &mut Context<Self>) {
        self.reading.busy = true;
        let spent = std::mem::take(&mut self.reading.spent);
        ctx.run_later(spent, |this, ctx| {
            this.reading.busy = false;
            this.read_on(ctx);
        });
    }
}
