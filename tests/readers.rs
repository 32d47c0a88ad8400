//! Readers over REST: what they ask for is made once, waits for them in pieces, and
//! holds up nobody.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::store::memory::MemoryStore;
use futures_util::future::join_all;
use support::raw::Raw;
use support::reading;
use support::rest::{Rest, encoded};
use support::server::{TestServer, config};

/// Megabytes of text in the large document.
const MEGABYTES: usize = 8;

/// Makes a large document and returns its text.
async fn writes_much(rest: &Rest, name: &str) -> String {
    rest.post("/api/documents", format!(r#"{{"name": "{name}"}}"#))
        .await;
    let doc = reading::new_doc(7);
    let path = format!("/api/documents/{name}/updates");
    for _ in 0..MEGABYTES {
        let update = reading::types(&doc, &"x".repeat(1 << 20));
        assert_eq!(rest.post(&path, update).await.status, 204);
    }
    reading::text(&doc)
}

/// Asks for something and reads no answer.
async fn asks(address: std::net::SocketAddr, path: &str) -> Raw {
    let mut reader = Raw::connects_narrowly(address).await;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    reader.sends(head.as_bytes()).await;
    reader
}

async fn server(settings: impl FnOnce(&mut Config)) -> TestServer {
    let mut config = config();
    config.live.budget.bytes = 0;
    settings(&mut config);
    TestServer::with(config, Arc::new(MemoryStore::new())).await
}

/// Every reader who had not read yet cost a copy of the whole answer: a hundred of a
/// large document took gigabytes, and with a limit to its memory the server ended.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_do_not_read_cost_little() {
    use support::binary::Binary;
    const MANY: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves_with(
        folder.path(),
        &["--bytes-per-second", "0", "--catch-up", "64MiB"],
    );
    let text = writes_much(&server.rest(), "notes").await;
    let base = "/api/documents/notes";
    // Made once, so that what is measured is what readers cost.
    let whole = server
        .rest()
        .get(&format!("{base}/content?format=json"))
        .await;
    assert!(whole.body.len() > MEGABYTES << 20);
    let before = server.memory();
    let paths = ["content?format=json", "content?format=text", "updates"];
    let asked = (0..MANY).map(|number| {
        let path = format!("{base}/{}", paths[number % paths.len()]);
        let address = server.address();
        async move { asks(address, &path).await }
    });
    let mut readers = join_all(asked).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let grown = server.memory().saturating_sub(before);
    assert!(
        grown < 100 << 20,
        "{} MiB for {MANY} readers of {MEGABYTES}",
        grown >> 20
    );
    // And whoever reads in the end has it whole.
    let answer = readers[1].reads_answer().await;
    assert_eq!(String::from_utf8(answer).unwrap().trim_end(), text);
}

/// Others wait for the memory that an answer holds, so it has to be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hardly_reads_is_ended() {
    let server = server(|config| config.live.slow_client_timeout = Duration::from_secs(1)).await;
    writes_much(&server.rest(), "notes").await;
    let mut reader = asks(server.address(), "/api/documents/notes/updates").await;
    // It would take a minute. TCP sees no reason to end it.
    reader.sips(16 << 10, Duration::from_millis(100)).await;
    let mut brisk = asks(server.address(), "/api/documents/notes/updates").await;
    let answer = brisk.reads_answer().await;
    assert!(answer.len() > MEGABYTES << 20);
    server.stops().await;
}

/// Different reads do not share their bytes. There is memory for a part of them at a
/// time; the others wait, and do not wait in vain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_reads_take_turns_and_writers_do_not_wait_for_them() {
    let server = server(|config| config.live.catch_up_bytes = 1 << 10).await;
    let text = writes_much(&server.rest(), "notes").await;
    let rest = server.rest();
    let reads = (0..6).map(|number| {
        let rest = &rest;
        async move {
            match number % 2 {
                0 => rest.content("notes", "text").await,
                _ => rest.get("/api/documents/notes/updates").await,
            }
        }
    });
    let writes = async {
        let ada = server.welcomes("Ada", "notes").await;
        for _ in 0..20 {
            ada.types_at(0, "y");
            ada.saved().await;
        }
    };
    let (answers, ()) = futures_util::future::join(join_all(reads), writes).await;
    for answer in answers {
        assert_eq!(answer.status, 200);
        assert!(answer.body.len() >= text.len());
    }
    server.stops().await;
}

/// What was made of one state is not what another one is answered with.
#[tokio::test]
async fn a_read_after_a_write_tells_of_it() {
    let server = server(|_| {}).await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("one");
    for number in 0..50 {
        ada.saved().await;
        let text = server.rest().content("notes", "text").await;
        assert_eq!(text.text().trim_end(), ada.text());
        let json = server.rest().content("notes", "json").await;
        assert!(json.text().contains(&ada.text()), "{number}");
        ada.types(&format!(" {number}"));
    }
    server.stops().await;
}

/// A read that waited for memory could be made while an update was half taken: what it
/// told was on no disk, and was never so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_half_of_an_update() {
    use yrs::{ReadTxn, Transact};
    // Large enough to wait for memory; each update takes more than a turn.
    const LETTERS: usize = 70_000;
    const UPDATES: usize = 5;
    const GONE: usize = 3_000;
    let server = server(|_| {}).await;
    let rest = server.rest();
    for round in 0..5 {
        let name = format!("notes {round}");
        let body = format!(r#"{{"name": "{name}"}}"#);
        rest.post("/api/documents", body).await;
        let path = format!("/api/documents/{}/updates", encoded(&name));
        let doc = reading::new_doc(7);
        let whole = reading::types(&doc, &"xyz123".repeat(LETTERS)[..LETTERS]);
        assert_eq!(rest.post(&path, whole).await.status, 204);
        let mut updates = Vec::new();
        for number in 0..UPDATES {
            let before = doc.transact().state_vector();
            // What one leaves of its letters is where the next begins.
            reading::deletes_every_second(&doc, (number * GONE) as u32, GONE as u32);
            updates.push(doc.transact().encode_state_as_update_v1(&before));
        }
        // They come at once, and with them the reads: between two updates the
        // document finds both.
        let writes = join_all((0_u64..).zip(updates).map(|(number, update)| {
            let (rest, path) = (&rest, &path);
            async move {
                tokio::time::sleep(Duration::from_millis(2 * number)).await;
                rest.post(path, update).await
            }
        }));
        let reads = join_all((0..80).map(|number| {
            let (rest, name) = (&rest, &name);
            async move {
                tokio::time::sleep(Duration::from_micros(250 * number)).await;
                rest.content(name, "text").await.text().trim_end().len()
            }
        }));
        let (lengths, written) = futures_util::future::join(reads, writes).await;
        assert!(written.iter().all(|answer| answer.status == 204));
        for length in lengths {
            let gone = LETTERS - length;
            assert!(
                gone.is_multiple_of(GONE) && gone <= UPDATES * GONE,
                "{gone} are gone"
            );
        }
        assert_eq!(
            rest.content(&name, "text").await.text().trim_end().len(),
            LETTERS - UPDATES * GONE
        );
    }
    server.stops().await;
}
