//! What happens to documents, told to receivers elsewhere.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::id::{DocumentId, Sender};
use cowrite::store::memory::MemoryStore;
use cowrite::store::sqlite::{Options, SqliteStore};
use cowrite::store::{Append, Store};
use cowrite::webhooks::Kind;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio_rustls::TlsAcceptor;
use yrs::{Text, Transact};

use support::binary::{Binary, Starting, cowrite};
use support::receiver::{Delivery, Receiver, Reply, SECRET};
use support::rest::{Rest, encoded};
use support::server::{TestServer, config};
use support::until;

/// A server that tells these, soon, wherever they are.
fn telling(receivers: &[&Receiver]) -> Config {
    let mut config = config();
    let webhooks = &mut config.webhooks;
    webhooks.hooks = receivers.iter().map(|it| it.hook(None, "")).collect();
    webhooks.private = true;
    webhooks.pause = Duration::from_millis(50);
    webhooks.longest = Duration::from_millis(200);
    webhooks.retry = Duration::from_millis(20);
    webhooks.retry_longest = Duration::from_millis(100);
    config
}

async fn starts(config: Config) -> TestServer {
    TestServer::with(config, Arc::new(MemoryStore::new())).await
}

/// Writes into a document until the receiver was told of it: what is written before the
/// server knows its receivers counts as told.
async fn is_known(rest: &Rest, receiver: &Receiver, document: &str) {
    until("the receiver is known", || async {
        creates(rest, document).await;
        appends(rest, document, "once more").await;
        let told = |came: &Delivery| came.document() == document;
        receiver.came().iter().any(told).then_some(())
    })
    .await;
}

async fn creates(rest: &Rest, document: &str) {
    let body = json!({ "name": document, "format": "text", "content": "Begun." });
    let made = rest.post("/api/documents", body.to_string()).await;
    assert!([201, 409].contains(&made.status), "{made:?}");
}

async fn appends(rest: &Rest, document: &str, text: &str) {
    let document = encoded(document);
    let path = format!("/api/documents/{document}/content/append?format=text");
    assert_eq!(rest.post(&path, text.to_owned()).await.status, 200);
}

async fn row(rest: &Rest, document: &str) -> u64 {
    let path = format!("/api/documents/{}/events", encoded(document));
    let request = rest
        .request(reqwest::Method::GET, &path)
        .header("Last-Event-ID", "0");
    let mut response = request.send().await.unwrap();
    let mut text = String::new();
    support::in_time("an event", async {
        loop {
            let chunk = response.chunk().await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            let id = text.lines().find_map(|line| line.strip_prefix("id: "));
            if let Some(id) = id {
                return id.parse().unwrap();
            }
        }
    })
    .await
}

/// The rows that a receiver was told of in changes of a document, each delivery once.
fn rows(came: &[Delivery], document: &str) -> u64 {
    let mut ids = BTreeSet::new();
    let news = came.iter().filter(|it| ids.insert(it.id().to_owned()));
    let of_it = news.filter(|it| it.document() == document && it.kind() == "document.change");
    of_it
        .map(|it| it.json()["data"]["rows"].as_u64().unwrap())
        .sum()
}

/// The last row that it was told of.
fn reached(came: &[Delivery], document: &str) -> u64 {
    let changes = came.iter().filter(|it| it.document() == document);
    let row = |it: &Delivery| it.json()["data"]["row"].as_u64();
    changes.filter_map(row).max().unwrap_or(0)
}

#[tokio::test]
async fn a_receiver_hears_of_changes_in_order_joined_and_signed() {
    let receiver = Receiver::listens().await;
    let server = starts(telling(&[&receiver])).await;
    let rest = server.rest();
    is_known(&rest, &receiver, "team/plan").await;
    let ada = server.welcomes("Ada", "team/plan").await;
    ada.shows("user", json!({ "name": "Ada" }));
    for _ in 0..200 {
        ada.types("x");
        ada.saved().await;
    }
    let last = row(&rest, "team/plan").await;
    let came = receiver
        .until("all of it is told", |came| {
            (reached(came, "team/plan") == last).then(|| came.to_vec())
        })
        .await;
    assert!(came.len() < 150, "{} deliveries", came.len());
    let mut row = 0;
    for delivery in &came {
        assert!(delivery.is_signed(), "{delivery:?}");
        assert!(delivery.head.starts_with("POST /hook?a=b HTTP/1.1\r\n"));
        assert_eq!(delivery.headers["content-type"], "application/json");
        assert_eq!(delivery.kind(), "document.change");
        let next = delivery.json()["data"]["row"].as_u64().unwrap();
        assert!(next > row, "out of order, or twice");
        row = next;
    }
    let ids: BTreeSet<&str> = came.iter().map(Delivery::id).collect();
    assert_eq!(ids.len(), came.len());
    assert!(rows(&came, "team/plan") >= 200);
    // A body that was changed on its way is found out.
    let mut forged = came[0].clone();
    forged.body.push(b' ');
    assert!(!forged.is_signed());
}

#[tokio::test]
async fn what_was_not_taken_is_delivered_again_as_it_was() {
    let receiver = Receiver::listens().await;
    let server = starts(telling(&[&receiver])).await;
    let rest = server.rest();
    is_known(&rest, &receiver, "plan").await;
    let last = row(&rest, "plan").await;
    let seen = receiver
        .until("it rests", |came| {
            (reached(came, "plan") == last).then_some(came.len())
        })
        .await;
    receiver.next(Reply::Says(500, String::new()));
    receiver.next(Reply::Says(429, "retry-after: 1\r\n".to_owned()));
    appends(&rest, "plan", "first").await;
    receiver.hears(seen + 1).await;
    // What is written meanwhile comes behind it.
    appends(&rest, "plan", "second").await;
    let came = receiver.hears(seen + 4).await;
    let [one, two, three, next] = &came[seen..] else {
        panic!("{came:?}");
    };
    assert_eq!((one.id(), &one.body), (two.id(), &two.body));
    assert_eq!((one.id(), &one.body), (three.id(), &three.body));
    assert!(three.is_signed());
    assert_ne!(three.id(), next.id());
    assert_eq!(next.json()["data"]["rows"], 1);
}

#[tokio::test]
async fn what_is_never_taken_is_given_up_and_the_next_is_told() {
    let receiver = Receiver::listens().await;
    let mut config = telling(&[&receiver]);
    config.webhooks.attempts = 3;
    config.webhooks.timeout = Duration::from_millis(300);
    let server = starts(config).await;
    let rest = server.rest();
    is_known(&rest, &receiver, "plan").await;
    let last = row(&rest, "plan").await;
    let seen = receiver
        .until("it rests", |came| {
            (reached(came, "plan") == last).then_some(came.len())
        })
        .await;
    receiver.next(Reply::Nothing);
    receiver.next(Reply::Says(
        301,
        format!("location: {}\r\n", receiver.url()),
    ));
    receiver.next(Reply::Says(400, String::new()));
    // Nobody reads an answer without end.
    receiver.next(Reply::Babbles);
    appends(&rest, "plan", "lost").await;
    receiver.hears(seen + 3).await;
    appends(&rest, "plan", "told").await;
    let came = receiver.hears(seen + 4).await;
    let [one, two, three, next] = &came[seen..seen + 4] else {
        panic!("{came:?}");
    };
    assert!(one.id() == two.id() && two.id() == three.id());
    assert_ne!(next.id(), three.id());
    appends(&rest, "plan", "and on").await;
    let last = row(&rest, "plan").await;
    receiver
        .until("the rest is told", |came| {
            (reached(came, "plan") == last).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (receiver, other) = (Receiver::listens().await, Receiver::listens().await);
    let server = starts(telling(&[&receiver])).await;
    let rest = server.rest();
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}\r\n", other.url());
        receiver.next(Reply::Says(status, location));
    }
    is_known(&rest, &receiver, "plan").await;
    let came = receiver.hears(6).await;
    assert!(came[..6].iter().all(|it| it.id() == came[0].id()));
    assert_eq!(other.knocked(), 0);
}

#[tokio::test]
async fn a_dead_receiver_does_not_delay_others() {
    let (dead, well) = (Receiver::listens().await, Receiver::listens().await);
    for _ in 0..1_000 {
        dead.next(Reply::Nothing);
    }
    let mut config = telling(&[&dead, &well]);
    config.webhooks.timeout = Duration::from_secs(3600);
    let server = starts(config).await;
    let rest = server.rest();
    is_known(&rest, &well, "plan").await;
    for number in 0..20 {
        creates(&rest, &format!("notes {number}")).await;
    }
    well.until("all of it is told", |came| {
        let documents: BTreeSet<String> = came.iter().map(Delivery::document).collect();
        (documents.len() == 21).then_some(())
    })
    .await;
    // Those that hang do not keep the server from stopping.
    server.stops().await;
}

#[tokio::test]
async fn deletions_and_versions_are_told_to_those_who_want_them() {
    let (all, some) = (Receiver::listens().await, Receiver::listens().await);
    let mut config = telling(&[&all]);
    let kinds = Some(vec![Kind::Deleted, Kind::Restored, Kind::Versioned]);
    config.webhooks.hooks.push(some.hook(kinds, "team/"));
    let server = starts(config).await;
    let rest = server.rest();
    is_known(&rest, &all, "other").await;
    creates(&rest, "team/plan").await;
    let all_hear = async |kind: &str| {
        all.until(kind, |came| {
            let is_it = |it: &&Delivery| it.kind() == kind && it.document() == "team/plan";
            came.iter().find(is_it).cloned()
        })
        .await
    };
    all_hear("document.change").await;
    let path = "/api/documents/team%2Fplan";
    let named = rest
        .post(&format!("{path}/versions"), r#"{"name":"first"}"#)
        .await;
    assert_eq!(named.status, 201);
    let version = all_hear("document.versioned").await;
    assert_eq!(version.json()["data"]["name"], "first");
    assert_eq!(version.json()["data"]["id"], named.json()["id"]);
    some.hears(1).await;
    for document in ["other", "team%2Fplan"] {
        let gone = rest.delete(&format!("/api/documents/{document}")).await;
        assert_eq!(gone.status, 204);
    }
    all_hear("document.deleted").await;
    some.hears(2).await;
    let restored = rest.post(&format!("{path}/restore"), "").await;
    assert_eq!(restored.status, 200);
    all_hear("document.restored").await;
    let came = some.hears(3).await;
    let kinds: Vec<String> = came.iter().map(Delivery::kind).collect();
    let wanted = [
        "document.versioned",
        "document.deleted",
        "document.restored",
    ];
    assert_eq!(kinds, wanted);
    assert!(
        came.iter()
            .all(|it| it.document() == "team/plan" && it.is_signed())
    );
}

/// A configuration file with a webhook for each address.
fn configures(folder: &Path, urls: &[String]) -> String {
    let table = |url: &String| format!("[[webhooks]]\nurl = '{url}'\nsecret = '{SECRET}'\n");
    let path = folder.join("cowrite.toml");
    std::fs::write(&path, urls.iter().map(table).collect::<String>()).unwrap();
    path.to_string_lossy().into_owned()
}

/// Between a commit and its delivery the process is killed: what happened is told by the
/// next one, all of it, and what was under way under the same id.
#[tokio::test]
async fn what_happened_before_a_kill_is_told_after_it() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let receiver = Receiver::listens().await;
    let file = configures(folder.path(), &[receiver.url()]);
    let with = |pause| {
        [
            "--config",
            &*file,
            "--webhook-private",
            "--webhook-pause",
            pause,
        ]
        .map(str::to_owned)
    };
    let serves = |pause| {
        let options = with(pause);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        Binary::serves_with(data.path(), &options)
    };
    let mut server = serves("0");
    let rest = server.rest();
    for document in ["gone", "plan"] {
        is_known(&rest, &receiver, document).await;
    }
    let (gone, plan) = (row(&rest, "gone").await, row(&rest, "plan").await);
    receiver
        .until("all of it is told", |came| {
            (reached(came, "gone") == gone && reached(came, "plan") == plan).then_some(())
        })
        .await;
    // This one is tried, and not answered.
    receiver.next(Reply::Nothing);
    let seen = receiver.came().len();
    appends(&rest, "plan", "under way").await;
    let under_way = receiver.hears(seen + 1).await[seen].clone();
    server.is_killed();
    // These are not even tried.
    let mut server = serves("3600");
    let rest = server.rest();
    appends(&rest, "plan", "one").await;
    appends(&rest, "plan", "two").await;
    creates(&rest, "new").await;
    let deleted = rest.delete("/api/documents/gone").await;
    assert_eq!(deleted.status, 204);
    server.is_killed();
    let seen = receiver.came().len();
    let server = serves("0");
    let came = receiver
        .until("everything is told", |came| {
            let came = &came[seen..];
            let enough = rows(came, "plan") >= 3
                && rows(came, "new") >= 1
                && came.iter().any(|it| it.kind() == "document.deleted");
            enough.then(|| came.to_vec())
        })
        .await;
    assert_eq!(rows(&came, "plan"), 3);
    assert_eq!(rows(&came, "new"), 1);
    let again = came.iter().find(|it| it.document() == "plan").unwrap();
    assert_eq!((again.id(), &again.body), (under_way.id(), &under_way.body));
    assert!(came.iter().all(Delivery::is_signed));
    let deleted = came.iter().find(|it| it.document() == "gone").unwrap();
    assert_eq!(deleted.kind(), "document.deleted");
    drop(server);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let queue = data.path().join("cowrite.webhooks.db");
        let mode = std::fs::metadata(queue).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// Who starts compared moments: a change at the moment of the one before it, by a clock that
/// was set back, and written before a kill, was told with the next change only.
#[tokio::test]
async fn a_clock_that_is_set_back_hides_no_change() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let receiver = Receiver::listens().await;
    let file = configures(folder.path(), &[receiver.url()]);
    let options = [
        "--config",
        &*file,
        "--webhook-private",
        "--webhook-pause",
        "0",
    ];
    let mut server = Binary::serves_with(data.path(), &options);
    let rest = server.rest();
    is_known(&rest, &receiver, "plan").await;
    server.is_asked_to_stop();
    server.ends().await;
    // All of it is told, and known to be.
    let mut server = Binary::serves_with(data.path(), &options);
    let last = row(&server.rest(), "plan").await;
    receiver
        .until("all of it is told", |came| {
            (reached(came, "plan") == last).then_some(())
        })
        .await;
    server.is_asked_to_stop();
    server.ends().await;

    let id = DocumentId::parse("plan").unwrap();
    let store = SqliteStore::open(data.path(), Options::default()).unwrap();
    let before = store.describe(&id).await.unwrap().unwrap();
    let doc = yrs::Doc::new();
    let words = doc.get_or_insert_text("elsewhere");
    let mut txn = doc.transact_mut();
    words.insert(&mut txn, 0, "written by a clock that was set back");
    let written = store.append(Append {
        document: id.clone(),
        update: txn.encode_update_v1().into(),
        at: before.updated,
        sender: Sender::Unsaid,
        title: None,
    });
    let written = written.await.unwrap();
    let after = store.describe(&id).await.unwrap().unwrap();
    assert_eq!((after.updated, after.row), (before.updated, written));
    store.close().await.unwrap();
    drop(store);

    let _server = Binary::serves_with(data.path(), &options);
    receiver
        .until("it is told", |came| {
            (reached(came, "plan") == written.0).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_private_address_is_refused_under_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::listens().await;
    let port = receiver.port();
    for host in ["127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let data = tempfile::tempdir().unwrap();
        let file = configures(folder.path(), &[format!("http://{host}:{port}/")]);
        let options = ["--config", &file, "--webhook-pause", "0"];
        let mut server = Binary::serves_with(data.path(), &options);
        let rest = server.rest();
        tokio::select! {
            () = writes_on(&rest) => unreachable!(),
            said = server.says("no address of the internet", support::PATIENCE) => assert!(said),
        }
        server.is_killed();
        let said = server.complaints();
        assert!(!said.contains("MfKQ"), "{said}");
    }
    assert_eq!(receiver.knocked(), 0);
}

/// Whatever is written before the server knows its receivers counts as told.
async fn writes_on(rest: &Rest) {
    loop {
        creates(rest, "plan").await;
        appends(rest, "plan", "word").await;
    }
}

/// A receiver behind TLS, whose certificate an authority of ours signed.
#[tokio::test]
async fn https_is_checked_against_the_certificates_of_the_system() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls");
    let certificate = CertificateDer::from_pem_file(fixtures.join("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixtures.join("localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let receiver = Receiver::listens_with(Some(TlsAcceptor::from(Arc::new(tls)))).await;
    let folder = tempfile::tempdir().unwrap();
    let port = receiver.port();
    // The certificate is for a name, not for the address.
    for (host, is_told) in [("127.0.0.1", false), ("localhost", true)] {
        let data = tempfile::tempdir().unwrap();
        let file = configures(folder.path(), &[format!("https://{host}:{port}/")]);
        let mut command = cowrite();
        command.env("SSL_CERT_FILE", fixtures.join("ca.pem"));
        let options = [
            "--config",
            &file,
            "--webhook-private",
            "--webhook-pause",
            "0",
        ];
        let mut server = Starting::by(command, data.path(), &options, "info").serves();
        let rest = server.rest();
        if is_told {
            is_known(&rest, &receiver, "plan").await;
            assert!(receiver.came()[0].is_signed());
        } else {
            tokio::select! {
                () = writes_on(&rest) => unreachable!(),
                said = server.says("TLS failed", support::PATIENCE) => assert!(said),
            }
            assert!(receiver.came().is_empty());
        }
    }
}
