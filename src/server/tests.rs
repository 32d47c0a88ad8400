//! Through real sockets, with the threads of the scribes in the story's own hands.

use std::net::Ipv4Addr;
use std::sync::mpsc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc as signals, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::export::{self, DEFAULT_ROOT, Format, encoding};
use crate::id::DocumentId;
use crate::live::Visitor;

/// Nobody waits longer for anything. Nothing here takes time.
const PATIENCE: Duration = Duration::from_secs(60);

/// As many scribes as there are.
const SCRIBES: usize = 2;

async fn asks(address: SocketAddr, path: &str) -> tokio::net::TcpStream {
    let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    line.write_all(head.as_bytes()).await.unwrap();
    line
}

async fn hears(mut line: tokio::net::TcpStream) -> String {
    let mut answer = String::new();
    let read = timeout(PATIENCE, line.read_to_string(&mut answer)).await;
    read.expect("an answer, or the end of the connection")
        .unwrap();
    answer
}

/// A server that listens until it is told to stop.
struct Served {
    address: SocketAddr,
    documents: Documents,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), ServerError>>,
}

impl Served {
    fn with(store: MemoryStore) -> Self {
        let config = Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            workers: 1,
            ..Config::default()
        };
        let server = Server::with_store(&config, Arc::new(store)).unwrap();
        let (address, documents) = (server.addresses()[0], server.documents().clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = actix_web::rt::spawn(server.run_until(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            documents,
            stop,
            running,
        }
    }

    async fn ends(self) {
        let _ = self.stop.send(());
        self.running.await.unwrap().unwrap();
    }
}

/// Who asked for a large document and hung up was answered all the same: the document and
/// the scribe worked for nobody, and everybody else who wanted to read the document waited.
#[actix_web::test]
async fn a_reader_who_has_gone_keeps_nobody_waiting() {
    let served = Served::with(MemoryStore::new());
    let (address, documents) = (served.address, served.documents.clone());
    let text = "word ".repeat(40_000);
    let read = export::format::read(text.as_bytes(), Format::Markdown);
    let update = encoding::update(&read.unwrap().unwrap().tree, DEFAULT_ROOT, None);
    let id = DocumentId::parse("plan").unwrap();
    let begun = documents.begin(&id, update.into(), None, Visitor::UNKNOWN);
    begun.await.unwrap();
    // All scribes are busy, until the end of the story.
    let (begins, mut at_work) = signals::unbounded_channel();
    let mut held = Vec::new();
    for _ in 0..SCRIBES {
        let (release, released) = mpsc::channel::<()>();
        let (documents, begins) = (documents.clone(), begins.clone());
        let holding = actix_web::rt::spawn(async move {
            let holds = move || {
                let _ = begins.send(());
                let _ = released.recv();
            };
            documents.scribe().does(holds).await
        });
        held.push((release, holding));
        at_work.recv().await.unwrap();
    }
    let path = "/api/documents/plan/content?format=html";
    let mut gone = asks(address, path).await;
    let known = hears(asks(address, "/api/documents/plan").await).await;
    assert!(known.starts_with("HTTP/1.1 200 "), "{known}");
    gone.shutdown().await.unwrap();
    assert_eq!(hears(gone).await, "", "nothing is made for who has gone");
    let comments = hears(asks(address, "/api/documents/plan/comments").await).await;
    assert!(comments.starts_with("HTTP/1.1 200 "), "{comments}");
    for (release, holding) in held {
        drop(release);
        assert_eq!(holding.await.unwrap(), Some(()));
    }
    let stays = hears(asks(address, path).await).await;
    assert!(stays.starts_with("HTTP/1.1 200 ") && stays.contains("word word"));
    served.ends().await;
}

/// What was sent to be written is written, also when nobody waits to hear of it.
#[actix_web::test]
async fn a_writer_who_has_gone_has_written() {
    let store = MemoryStore::new();
    let faults = store.faults();
    let served = Served::with(store);
    let address = served.address;
    faults.hold_appends();
    let mut writer = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = r#"{"name":"plan"}"#;
    let length = body.len();
    let request = format!(
        "POST /api/documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    writer.write_all(request.as_bytes()).await.unwrap();
    writer.shutdown().await.unwrap();
    let known = hears(asks(address, "/health/live").await).await;
    assert!(known.starts_with("HTTP/1.1 200 "), "{known}");
    faults.release();
    assert!(hears(writer).await.starts_with("HTTP/1.1 201 "));
    served.ends().await;
}
