//! What follows when a document breaks, or takes the whole process with it.
//!
//! No update is known that passes the guard and breaks Yrs, so a trap stands in
//! for one: it is set through the library and reached by no option.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cowrite::config::Config;
use cowrite::id::{DocumentId, Seq};
use cowrite::replica::Trap;
use cowrite::server::Server;
use cowrite::store::memory::MemoryStore;
use cowrite::store::sqlite::SqliteStore;
use cowrite::store::{
    Append, Author, Bounds, Branches, Crash, CrashHistory, During, Health, ListQuery, Moment, Page,
    Past, Record, Row, Segment, Source, Store, StoreError, Stored, Ticket, Version,
};

use support::binary::{Binary, cowrite, runs};
use support::client::Client;
use support::rest::Rest;
use support::server::{TestServer, config};
use support::until;
use support::wire::Heard;

const UPDATES: &str = "/api/documents/notes/updates";

fn contains(update: &[u8], word: &str) -> bool {
    update
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

/// A configuration in which updates with "BAD" in them break Yrs, and how often
/// one got that far.
fn with_a_defect() -> (Config, Arc<AtomicUsize>) {
    let sprung = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sprung);
    let mut config = config();
    config.live.limits.trap = Some(Trap::new(move |update| {
        if contains(update, "BAD") {
            count.fetch_add(1, Ordering::Relaxed);
            panic!("a defect");
        }
    }));
    (config, sprung)
}

/// Somebody whose client breaks the document; their connection ends with it.
async fn breaks(address: SocketAddr, document: &str, words: &str) -> Client {
    let mut eve = Client::offline(address, "Eve", document);
    eve.gets_in().await;
    eve.types(words);
    assert_eq!(eve.is_ended().await, 1011);
    eve
}

#[tokio::test]
async fn an_update_that_breaks_a_document_is_kept_out_of_it_for_good() {
    let (config, sprung) = with_a_defect();
    let store = Arc::new(MemoryStore::new());
    let server = TestServer::with(config.clone(), Arc::clone(&store) as _).await;
    let mut ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "elsewhere").await;
    ada.types("fine");
    ada.saved().await;
    let mut eve = Client::joins(server.address(), "Eve", "notes").await;
    let bad = eve.types(" BAD");
    assert_eq!((eve.is_ended().await, ada.is_ended().await), (1011, 1011));
    // The document is back without it, and goes on.
    ada.gets_in().await;
    assert_eq!(ada.text(), "fine");
    ada.types(" and well");
    ada.saved().await;
    // What is offered again is refused before it is tried, in other company too.
    eve.types(" and more");
    eve.connects().await;
    assert_eq!(eve.is_ended().await, 4400);
    let refused = server.rest().post(UPDATES, bad.clone()).await;
    assert_eq!(refused.error(), (422, "update_refused".into()));
    // Others never noticed.
    ben.types("undisturbed");
    ben.saved().await;
    drop((ada, ben, eve));
    server.stops().await;

    let reopened = Arc::new(store.reopened());
    let server = TestServer::with(config, reopened).await;
    let refused = server.rest().post(UPDATES, bad).await;
    assert_eq!(refused.error(), (422, "update_refused".into()));
    let ada = server.welcomes("Ada", "notes").await;
    assert_eq!(ada.text(), "fine and well");
    ada.types("!");
    ada.saved().await;
    assert_eq!(sprung.load(Ordering::Relaxed), 1, "it was tried once");
}

#[tokio::test]
async fn a_program_may_break_a_document_too() {
    let (config, sprung) = with_a_defect();
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    rest.post("/api/documents", r#"{"name":"notes"}"#).await;
    let program = Client::offline(server.address(), "a program", "notes");
    let bad = program.types("BAD");
    let refused = rest.post(UPDATES, bad.clone()).await;
    assert_eq!(refused.error(), (503, "not_saved".into()));
    until("it is refused for what it is", || async {
        let refused = rest.post(UPDATES, bad.clone()).await;
        (refused.error() == (422, "update_refused".into())).then_some(())
    })
    .await;
    assert_eq!(sprung.load(Ordering::Relaxed), 1);
    assert_eq!(rest.content("notes", "text").await.text(), "");
}

#[tokio::test]
async fn a_document_that_breaks_twice_in_a_row_is_read_and_not_written() {
    let (config, sprung) = with_a_defect();
    let store = Arc::new(MemoryStore::new());
    let server = TestServer::with(config.clone(), Arc::clone(&store) as _).await;
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    let hello = ada.types("hello, world");
    ada.deletes(5, 1);
    ada.saved().await;
    breaks(server.address(), "notes", "BAD").await;
    breaks(server.address(), "notes", "also BAD").await;

    // Readers read, see each other, and are told.
    ada.gets_in().await;
    let ben = server.welcomes("Ben", "notes").await;
    for reader in [&ada, &ben] {
        reader
            .waits("to be told that writing is off", |seen| {
                let told = |heard: &Heard| {
                    matches!(heard, Heard::Denied(why) if why.contains("read-only") && why.contains("not saved"))
                };
                seen.heard.iter().any(told).then_some(())
            })
            .await;
        assert_eq!(reader.text(), "hello world");
    }
    ada.shows("user", "Ada");
    ben.sees_of(&ada, "user", "Ada").await;
    // Who has nothing that is not saved is told so; this client repeats its
    // deletions on joining, as every client does.
    ada.saved().await;

    // Who writes all the same is not told that it is saved, and nobody sees it.
    ada.types(" lost words");
    let barrier = ada.asks_whether_saved();
    ada.shows("cursor", 7);
    ben.sees_of(&ada, "cursor", 7).await;
    ben.saved().await;
    // What came before the cursor was answered before the cursor.
    ada.waits("for her own cursor", |seen| {
        let cursor = |heard: &Heard| matches!(heard, Heard::Awareness(shown)
            if shown.iter().any(|shown| shown.state.as_deref().is_some_and(|s| s.contains("cursor"))));
        seen.heard.iter().any(cursor).then_some(())
    })
    .await;
    assert!(!ada.looks(|seen| seen.is_saved(barrier)), "a lie");
    assert_eq!(
        ada.looks(|seen| seen.relayed().count()),
        0,
        "an echo is a lie"
    );
    let denied = |heard: &&Heard| matches!(heard, Heard::Denied(_));
    assert_eq!(
        ada.looks(|seen| seen.heard.iter().filter(denied).count()),
        2
    );
    assert!(ada.is_connected() && ben.is_connected());
    assert_eq!(ben.text(), "hello world");
    for format in ["text", "json", "yjs"] {
        let content = rest.content("notes", format).await;
        assert_eq!(content.status, 200);
        assert!(!contains(&content.body, "lost"), "{format}");
    }
    let words = Client::offline(server.address(), "a program", "notes").types("words");
    let refused = rest.post(UPDATES, words.clone()).await;
    assert_eq!(refused.error(), (423, "document_read_only".into()));
    assert!(
        refused.text().contains("cowrite release"),
        "{}",
        refused.text()
    );
    let known = rest.post(UPDATES, hello).await;
    assert_eq!(known.status, 204, "what is saved may be said to be");
    let path = "/api/documents/notes/content?format=text";
    let put = rest.request(reqwest::Method::PUT, path).body("words");
    let refused = support::rest::answer(put).await;
    assert_eq!(refused.error(), (423, "document_read_only".into()));
    drop((ada, ben));
    server.stops().await;

    // A restart changes nothing about that; somebody has to look at it.
    let store = Arc::new(store.reopened());
    let server = TestServer::with(config.clone(), Arc::clone(&store) as _).await;
    let refused = server.rest().post(UPDATES, words.clone()).await;
    assert_eq!(refused.error(), (423, "document_read_only".into()));
    server.stops().await;
    let store = Arc::new(store.reopened());
    let id = DocumentId::parse("notes").unwrap();
    assert_eq!(store.release(&id, None).await, Ok(2));
    let server = TestServer::with(config, Arc::clone(&store) as _).await;
    assert_eq!(server.rest().post(UPDATES, words).await.status, 204);
    let ada = server.welcomes("Ada", "notes").await;
    assert!(ada.text().contains("hello world") && ada.text().contains("words"));
    assert_eq!(sprung.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_document_that_saved_something_in_between_stays_writable() {
    let (config, _) = with_a_defect();
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let mut ada = server.welcomes("Ada", "notes").await;
    for word in ["one", "two", "three"] {
        ada.types(word);
        ada.saved().await;
        breaks(server.address(), "notes", &format!("BAD {word}")).await;
        ada.gets_in().await;
    }
    ada.types("!");
    ada.saved().await;
    assert_eq!(ada.text(), "onetwothree!");
}

/// A store under which an actor dies outside of every fence: it panics when it
/// is asked for what it is set for. Of another document it cannot read the crashes.
#[derive(Debug)]
struct Rotten(MemoryStore);

impl Store for Rotten {
    fn append(&self, append: Append) -> Ticket<Seq> {
        assert!(append.document.as_str() != "rotten", "a panic of our own");
        self.0.append(append)
    }

    fn load(&self, document: &DocumentId) -> Ticket<Option<Stored>> {
        self.0.load(document)
    }

    fn create(&self, document: &DocumentId, title: Option<String>) -> Ticket<Record> {
        assert!(document.as_str() != "rotten", "a panic of our own");
        self.0.create(document, title)
    }

    fn segment(&self, document: &DocumentId, through: Seq) -> Ticket<Option<Segment>> {
        self.0.segment(document, through)
    }

    fn compact(
        &self,
        document: &DocumentId,
        through: Seq,
        snapshot: Bytes,
        segment: Option<Segment>,
    ) -> Ticket<()> {
        self.0.compact(document, through, snapshot, segment)
    }

    fn history(&self, document: &DocumentId) -> Ticket<Vec<Bounds>> {
        self.0.history(document)
    }

    fn recall(&self, document: &DocumentId, moment: Moment) -> Ticket<Past> {
        self.0.recall(document, moment)
    }

    fn rows(&self, document: &DocumentId, after: Seq, through: Seq) -> Ticket<Vec<Row>> {
        self.0.rows(document, after, through)
    }

    fn version(&self, document: &DocumentId, name: Option<String>) -> Ticket<Version> {
        self.0.version(document, name)
    }

    fn rename(
        &self,
        document: &DocumentId,
        id: u64,
        name: Option<String>,
    ) -> Ticket<Option<Version>> {
        self.0.rename(document, id, name)
    }

    fn versions(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Ticket<Vec<Version>> {
        self.0.versions(document, before, limit)
    }

    fn attribute(&self, document: &DocumentId, author: Author, source: Source) -> Ticket<()> {
        self.0.attribute(document, author, source)
    }

    fn authors(&self, document: &DocumentId) -> Ticket<Vec<Author>> {
        self.0.authors(document)
    }

    fn delete(&self, document: &DocumentId) -> Ticket<()> {
        self.0.delete(document)
    }

    fn restore(&self, document: &DocumentId) -> Ticket<Record> {
        self.0.restore(document)
    }

    fn describe(&self, document: &DocumentId) -> Ticket<Option<Record>> {
        self.0.describe(document)
    }

    fn list(&self, query: ListQuery) -> Ticket<Page> {
        self.0.list(query)
    }

    fn crashed(&self, crash: Crash) -> Ticket<()> {
        self.0.crashed(crash)
    }

    fn crashes(&self, document: &DocumentId) -> Ticket<CrashHistory> {
        if document.as_str() == "of unknown past" {
            let unreadable = StoreError::Engine("a bad block".to_owned());
            return Ticket::ready(Err(unreadable));
        }
        self.0.crashes(document)
    }

    fn release(&self, document: &DocumentId, during: Option<During>) -> Ticket<usize> {
        self.0.release(document, during)
    }

    fn branches(&self) -> &dyn Branches {
        self.0.branches()
    }

    fn health(&self) -> Health {
        self.0.health()
    }

    fn close(&self) -> Ticket<()> {
        self.0.close()
    }
}

/// An actor that died of a panic of our own code, rather than of Yrs, left its
/// sessions behind: connected, to nothing, and told nothing.
#[tokio::test]
async fn a_document_that_dies_of_a_panic_leaves_nobody_behind() {
    let server = TestServer::over(Rotten(MemoryStore::new())).await;
    let ada = server.welcomes("Ada", "rotten").await;
    let mut ben = server.welcomes("Ben", "rotten").await;
    let carol = server.welcomes("Carol", "sound").await;
    let dan = server.welcomes("Dan", "also sound").await;
    ada.types("words");
    assert_eq!((ada.is_ended().await, ben.is_ended().await), (1011, 1011));
    for other in [&carol, &dan] {
        other.types("undisturbed");
        other.saved().await;
    }
    ben.gets_in().await;
    assert_eq!(ben.text(), "");
}

/// A document whose crashes could not be read was opened as if it had none: one
/// that was read-only became writable, and what broke it was let in again.
#[tokio::test]
async fn a_document_of_unknown_past_is_read_and_not_written() {
    let store = Arc::new(MemoryStore::new());
    let server = TestServer::with(config(), Arc::clone(&store) as _).await;
    let ada = server.welcomes("Ada", "of unknown past").await;
    ada.types("words");
    ada.saved().await;
    drop(ada);
    server.stops().await;

    let store = Arc::new(Rotten(store.reopened()));
    let server = TestServer::with(config(), Arc::clone(&store) as _).await;
    let ben = server.welcomes("Ben", "of unknown past").await;
    ben.waits("to be told that writing is off", |seen| {
        let told = |heard: &Heard| matches!(heard, Heard::Denied(_));
        seen.heard.iter().any(told).then_some(())
    })
    .await;
    assert_eq!(ben.text(), "words");
    let more = Client::offline(server.address(), "a program", "of unknown past").types("more");
    let rest = server.rest();
    let updates = "/api/documents/of%20unknown%20past/updates";
    let refused = rest.post(updates, more.clone()).await;
    assert_eq!(refused.error(), (423, "document_read_only".into()));
    let content = rest.content("of unknown past", "text").await;
    assert_eq!((content.status, content.text()), (200, "words"));
    drop(ben);
    server.stops().await;

    // Nothing was counted against it: it is written to as soon as they are known.
    let server = TestServer::over(store.0.reopened()).await;
    assert_eq!(server.rest().post(updates, more).await.status, 204);
}

#[tokio::test]
async fn whoever_waits_for_a_document_that_dies_is_answered() {
    let store = MemoryStore::new();
    let faults = store.faults();
    let server = TestServer::over(Rotten(store)).await;
    faults.hold_loads();
    let rest = server.rest();
    let create = || {
        let rest = rest.clone();
        let body = r#"{"name":"rotten"}"#;
        tokio::spawn(async move { rest.post("/api/documents", body).await.status })
    };
    let requests: Vec<_> = (0..8).map(|_| create()).collect();
    faults.until_held(1).await;
    // All of them wait in its mailbox, for all that can be seen from here.
    tokio::time::sleep(Duration::from_millis(300)).await;
    faults.release();
    for status in requests {
        assert_eq!(status.await.unwrap(), 503);
    }
    let carol = server.welcomes("Carol", "sound").await;
    carol.types("undisturbed");
    carol.saved().await;
}

#[tokio::test]
async fn a_stuck_thread_is_told_to_whoever_asks_whether_the_server_is_ready() {
    let gate = Arc::new((Mutex::new(true), Condvar::new()));
    let shut = Arc::clone(&gate);
    let mut config = config();
    config.live.stuck_after = Duration::from_secs(2);
    config.live.limits.trap = Some(Trap::new(move |update| {
        if contains(update, "STUCK") {
            let (stuck, opened) = &*shut;
            drop(
                opened
                    .wait_while(stuck.lock().unwrap(), |stuck| *stuck)
                    .unwrap(),
            );
        }
    }));
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "notes").await;
    assert_eq!(rest.get("/health/ready").await.status, 200);
    ada.types("STUCK");
    let reason = until("the server says that it is not ready", || async {
        let ready = rest.get("/health/ready").await;
        (ready.status == 503).then(|| ready.json()["reason"].as_str().unwrap().to_owned())
    })
    .await;
    assert!(reason.contains("stuck"), "{reason}");
    assert_eq!(rest.get("/health/live").await.status, 200);
    *gate.0.lock().unwrap() = false;
    gate.1.notify_all();
    ada.saved().await;
    until("it is ready again", || async {
        (rest.get("/health/ready").await.status == 200).then_some(())
    })
    .await;
}

// Whole processes.

const CHILD: &str = "COWRITE_TEST_CHILD_CRASHES";

/// Not a story of its own: a server that a "FATAL" update ends, whether it is
/// applied or loaded, as a defect in a dependency would.
#[test]
fn the_process_that_crashes() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let mut config = config();
    config.data = folder.into();
    config.live.limits.trap = Some(Trap::new(|update| {
        if contains(update, "FATAL") {
            std::process::abort();
        }
    }));
    actix::System::new().block_on(async {
        let server = Server::build(&config).unwrap();
        println!("\nserves on {}", server.addresses()[0]);
        server.run_until(std::future::pending()).await.unwrap();
    });
}

/// Such a process. Killed when it is dropped.
struct Fragile {
    child: Child,
    address: SocketAddr,
}

impl Fragile {
    fn serves(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_process_that_crashes", "--nocapture"])
            .env(CHILD, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("serves on ")?.parse().ok());
        let address = address.expect("the process serves");
        Self { child, address }
    }

    fn rest(&self) -> Rest {
        Rest::of(self.address)
    }

    /// Waits until it ended by itself, and not well.
    async fn crashes(mut self) {
        let child = std::cell::RefCell::new(&mut self.child);
        let status = until("the process ends", || async {
            child.borrow_mut().try_wait().unwrap()
        })
        .await;
        assert!(!status.success());
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn asks_and_gets_no_answer(server: &Fragile, document: &str) {
    let url = format!("http://{}/api/documents/{document}/content", server.address);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.expect_err("an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_ends_the_process_while_it_is_loaded_is_refused_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    for (name, words) in [("poison", "FATAL"), ("notes", "fine")] {
        let ada = server.welcomes("Ada", name).await;
        ada.types(words);
        ada.saved().await;
    }
    drop(server);
    for _ in 0..4 {
        let server = Fragile::serves(folder.path());
        assert_eq!(server.rest().content("notes", "text").await.text(), "fine");
        asks_and_gets_no_answer(&server, "poison").await;
        server.crashes().await;
    }
    let server = Fragile::serves(folder.path());
    let refused = server.rest().content("poison", "text").await;
    assert_eq!(refused.error(), (503, "document_unreadable".into()));
    assert!(
        refused.text().contains("cowrite release"),
        "{}",
        refused.text()
    );
    let mut ada = Client::offline(server.address, "Ada", "poison");
    ada.connects().await;
    assert_eq!(ada.is_ended().await, 1011);
    let ben = Client::joins(server.address, "Ben", "notes").await;
    assert_eq!(ben.text(), "fine");
    ben.types(" all along");
    ben.saved().await;
    drop(server);

    // Once somebody released it, it is tried again; here by a server without
    // the defect. That it loads is all it takes to be innocent.
    let released = releases(folder.path(), "poison");
    assert!(released.contains("4 crashes"), "{released}");
    let server = Binary::serves(folder.path());
    assert_eq!(
        server.rest().content("poison", "text").await.text(),
        "FATAL"
    );
}

/// A page that comes back sends its branch until that is kept. One that ended the process
/// was in nobody's hand, so it did so at each start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_that_ends_the_process_is_refused_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    for (name, words) in [("plan", "fine"), ("aside", "FATAL")] {
        let ada = server.welcomes("Ada", name).await;
        ada.types(words);
        ada.saved().await;
    }
    let state = server.rest().state("aside").await;
    drop(server);
    let keeps = |server: &Fragile| {
        let url = format!("http://{}/api/documents/plan/versions", server.address);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(url).body(state.clone());
        request.header("content-type", "application/octet-stream")
    };
    for _ in 0..4 {
        let server = Fragile::serves(folder.path());
        keeps(&server).send().await.expect_err("an answer");
        server.crashes().await;
    }
    let server = Fragile::serves(folder.path());
    let refused = keeps(&server).send().await.unwrap();
    let refused: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(refused["error"]["code"], "document_read_only");
    assert_eq!(server.rest().content("plan", "text").await.text(), "fine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_succeeds_forgives_the_one_that_did_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    let ada = server.welcomes("Ada", "poison").await;
    ada.types("FATAL");
    ada.saved().await;
    drop((ada, server));
    for _ in 0..2 {
        let server = Fragile::serves(folder.path());
        asks_and_gets_no_answer(&server, "poison").await;
        server.crashes().await;
        let server = Binary::serves(folder.path());
        assert_eq!(
            server.rest().content("poison", "text").await.text(),
            "FATAL"
        );
        until("that is on disk", || async {
            let id = DocumentId::parse("poison").unwrap();
            let copy = support::binary::copy_of(folder.path());
            let store = SqliteStore::open(copy.path(), Default::default()).unwrap();
            (store.crashes(&id).await.unwrap().loading == 0).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_in_which_the_process_ends_four_times_is_read_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let mut words = Vec::new();
    for round in 0..4 {
        let server = Fragile::serves(folder.path());
        let ada = Client::joins(server.address, "Ada", "notes").await;
        let ben = Client::joins(server.address, "Ben", "elsewhere").await;
        if round == 0 {
            ada.types("good");
            ada.saved().await;
        }
        ben.types("fine ");
        ben.saved().await;
        words = ada.types("FATAL");
        server.crashes().await;
    }
    let server = Fragile::serves(folder.path());
    let ada = Client::joins(server.address, "Ada", "notes").await;
    assert_eq!(ada.text(), "good");
    let refused = server.rest().post(UPDATES, words).await;
    assert_eq!(refused.error(), (423, "document_read_only".into()));
    let ben = Client::joins(server.address, "Ben", "elsewhere").await;
    assert_eq!(ben.text(), "fine ".repeat(4));
    ben.types("on");
    ben.saved().await;
    drop(server);
    let released = releases(folder.path(), "notes");
    assert!(released.contains("4 crashes"), "{released}");
    let server = Binary::serves(folder.path());
    let ada = server.welcomes("Ada", "notes").await;
    ada.types(" again");
    ada.saved().await;
}

/// `cowrite release`, and what it says.
fn releases(folder: &Path, document: &str) -> String {
    let output = runs(cowrite().args(["release", document, "--data"]).arg(folder));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
