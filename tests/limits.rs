//! How many may come, who counts as one, and what happens to those for whom
//! there is no room.

#![allow(clippy::unwrap_used)]

mod support;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cowrite::config::Config;
use cowrite::http::TrustedProxies;
use cowrite::store::memory::MemoryStore;
use cowrite::store::{ListQuery, Store};
use futures_util::future::join_all;
use serde_json::{Value, json};

use support::client::Client;
use support::raw::{self, Raw};
use support::rest::answer;
use support::server::{TestServer, config};
use support::{in_time, until};

async fn serves(change: impl FnOnce(&mut Config)) -> TestServer {
    let mut config = config();
    change(&mut config);
    TestServer::with(config, Arc::new(MemoryStore::new())).await
}

/// A machine on this machine.
fn host(number: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, number).into()
}

/// What somebody reads who is not let in: status, code, and when to come again.
async fn refused(knock: (raw::Head, Raw)) -> (u16, String, bool) {
    let (head, mut line) = knock;
    let body = line.reads_to_the_end().await;
    let error: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{head:?} {body}"));
    let code = error["error"]["code"].as_str().unwrap().to_owned();
    let retry = head.0.to_lowercase().contains("\r\nretry-after: ");
    (head.status(), code, retry)
}

/// Opens documents until there is no room, and keeps them open.
async fn fills(address: SocketAddr, most: usize) -> Vec<Raw> {
    let mut inside = Vec::new();
    while inside.len() <= most {
        let (head, line) = Raw::knocks(address, "/ws/notes", &[]).await;
        if head.status() != 101 {
            break;
        }
        inside.push(line);
    }
    inside
}

#[tokio::test]
async fn a_full_server_says_so_and_still_says_how_it_is() {
    let server = serves(|config| config.connections.total = 4).await;
    let mut inside = fills(server.address(), 10).await;
    assert_eq!(inside.len(), 4);
    let knock = Raw::knocks(server.address(), "/ws/notes", &[]).await;
    assert_eq!(refused(knock).await, (503, "server_crowded".into(), true));
    let rest = server.rest();
    let listed = rest.get("/api/documents").await;
    assert_eq!(listed.error(), (503, "server_crowded".into()));
    let policy = listed.header("content-security-policy");
    assert!(policy.is_some(), "{listed:?}");
    // A server that is full is not dead.
    assert_eq!(rest.get("/health/live").await.status, 200);
    // Those inside are not concerned, and one who leaves makes room.
    let mut last = inside.pop().unwrap();
    last.sends_frame(raw::FIN | raw::PING, b"still here").await;
    assert_eq!(last.hears_only(raw::PONG).await, b"still here");
    drop(last);
    until("there is room for one", || async {
        let (head, line) = Raw::knocks(server.address(), "/ws/notes", &[]).await;
        (head.status() == 101).then_some(line)
    })
    .await;
}

/// A connection that is hung up on had its request answered all the same: what
/// was in the receive queue is read after the shutdown, and nothing was known
/// of the connection that would have refused it. The answer got lost, but not
/// what was done.
#[tokio::test]
async fn what_somebody_sent_who_is_hung_up_on_is_not_done() {
    let mut config = config();
    config.connections.total = 1;
    config.connections.refused = 1;
    config.request_timeout = Duration::from_secs(600);
    let store = Arc::new(MemoryStore::new());
    let server = TestServer::with(config, Arc::clone(&store) as _).await;
    let address = server.address();
    let inside = Raw::opens(address, "notes").await;
    let mut doorstep = Raw::connects(address).await;
    let alive = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    doorstep.sends(alive).await;
    assert!(doorstep.reads_head().await.starts_with("HTTP/1.1 200"));
    // In the middle of a request it may rest for the ten minutes.
    doorstep.sends(b"G").await;
    let strangers = (0..50).map(|number| async move {
        let mut line = Raw::connects(address).await;
        let body = json!({ "name": format!("made by {number}") }).to_string();
        let head = format!(
            "POST /api/documents HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        line.sends((head + &body).as_bytes()).await;
        line.reads_to_the_end().await
    });
    assert!(join_all(strangers).await.iter().all(String::is_empty));
    drop((inside, doorstep));
    server.stops().await;
    let all = ListQuery {
        limit: 100,
        ..ListQuery::default()
    };
    let documents = store.reopened().list(all).await.unwrap();
    assert_eq!(documents.records, []);
}

/// Of those that are told that there is no room nobody was ended who rested in
/// the middle of a second request; a few of them kept the doorstep full for ever.
#[tokio::test]
async fn nobody_stays_on_the_doorstep() {
    let server = serves(|config| {
        config.connections.total = 1;
        config.connections.refused = 1;
        config.request_timeout = Duration::from_secs(1);
    })
    .await;
    let _inside = Raw::opens(server.address(), "notes").await;
    let mut stranger = Raw::connects(server.address()).await;
    let alive = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stranger.sends(alive).await;
    assert!(stranger.reads_head().await.starts_with("HTTP/1.1 200"));
    stranger.sends(b"G").await;
    stranger.reads_to_the_end().await;
}

#[tokio::test]
async fn one_address_cannot_take_all_the_room() {
    let server = serves(|config| config.connections.per_address = 3).await;
    let inside = fills(server.address(), 10).await;
    assert_eq!(inside.len(), 3);
    let knock = Raw::knocks(server.address(), "/ws/elsewhere", &[]).await;
    assert_eq!(
        refused(knock).await,
        (429, "too_many_connections".into(), true)
    );
    // Nobody asked for the header to be believed.
    let claims = [("X-Forwarded-For", "198.51.100.1")];
    let knock = Raw::knocks(server.address(), "/ws/notes", &claims).await;
    assert_eq!(refused(knock).await.0, 429);
    let (head, _other) = Raw::knocks_from(host(2), server.address(), "/ws/notes", &[]).await;
    assert_eq!(head.status(), 101, "somebody else");
}

#[tokio::test]
async fn a_crowded_document_leaves_room_for_others() {
    let server = serves(|config| config.connections.per_document = 2).await;
    let mut inside = fills(server.address(), 10).await;
    assert_eq!(inside.len(), 2);
    let knock = Raw::knocks(server.address(), "/ws/notes", &[]).await;
    assert_eq!(refused(knock).await, (503, "document_crowded".into(), true));
    // By another spelling it is the same document.
    let knock = Raw::knocks(server.address(), "/ws/n%6ftes", &[]).await;
    assert_eq!(refused(knock).await.0, 503);
    server.welcomes("Ada", "elsewhere").await;
    inside.pop();
    until("there is room for one", || async {
        let (head, line) = Raw::knocks(server.address(), "/ws/notes", &[]).await;
        (head.status() == 101).then_some(line)
    })
    .await;
}

/// Every way out of a server gives the place back, and none gives it back twice.
#[tokio::test]
async fn whoever_goes_however_leaves_one_place() {
    const ROOM: usize = 20;
    let server = serves(|config| {
        config.connections.per_address = ROOM;
        config.connections.total = 2 * ROOM;
        config.connections.per_document = ROOM;
        config.request_timeout = Duration::from_secs(1);
    })
    .await;
    let address = server.address();
    for round in 0..6 {
        let comings = (0..3 * ROOM).map(|number| async move {
            let ways = 8;
            let mut line = match (number + round) % ways {
                // Half a handshake, and none at all.
                0 => {
                    let mut line = Raw::connects(address).await;
                    line.sends(b"GET /ws/notes HTTP/1.1\r\nHost: loc").await;
                    return;
                }
                1 => return drop(Raw::connects(address).await),
                // A request whose answer nobody reads.
                2 => {
                    let mut line = Raw::connects(address).await;
                    line.sends(b"GET /api/documents HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .await;
                    return;
                }
                _ => Raw::connects(address).await,
            };
            line.sends(
                b"GET /ws/notes HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
                  Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            )
            .await;
            match (number + round) % ways {
                // Gone before the answer.
                3 => {}
                4 => {
                    line.sends_frame(raw::FIN | raw::CLOSE, &1000u16.to_be_bytes())
                        .await;
                    line.reads_to_the_end().await;
                }
                // Thrown out.
                5 => {
                    line.sends(&[0xff; 64]).await;
                    line.reads_to_the_end().await;
                }
                // Gone in the middle of a frame.
                6 => {
                    line.sends(&raw::frame(raw::FIN | raw::BINARY, &[0; 4000])[..999])
                        .await
                }
                _ => {
                    line.sends_frame(raw::FIN | raw::TEXT, b"hello").await;
                    line.reads_to_the_end().await;
                }
            }
        });
        in_time("the crowd has gone", join_all(comings)).await;
    }
    // All of them are gone when exactly as many as may be get in again.
    until("every place is free again", || async {
        let inside = fills(address, ROOM + 1).await;
        assert!(inside.len() <= ROOM, "{} are in", inside.len());
        (inside.len() == ROOM).then_some(())
    })
    .await;
}

#[tokio::test]
async fn behind_a_proxy_visitors_are_told_apart() {
    let server = serves(|config| {
        config.connections.per_address = 2;
        let networks = ["127.0.0.1", "127.0.0.16/28"];
        let networks = networks.map(|text| TrustedProxies::parse(text).unwrap());
        config.trusted_proxies = TrustedProxies::new(networks.to_vec());
    })
    .await;
    let address = server.address();
    let asks = async |from: u8, story: &str| {
        let headers = [("X-Forwarded-For", story)];
        Raw::knocks_from(host(from), address, "/ws/notes", &headers).await
    };
    let mut inside = Vec::new();
    // Many come by way of one proxy; each has its own room.
    for visitor in 1..=5 {
        for _ in 0..2 {
            let (head, line) = asks(1, &format!("198.51.100.{visitor}")).await;
            assert_eq!(head.status(), 101);
            inside.push(line);
        }
    }
    let knock = asks(1, "198.51.100.3").await;
    assert_eq!(
        refused(knock).await,
        (429, "too_many_connections".into(), true)
    );
    // What a visitor claims of itself does not help, nor does a second proxy.
    assert_eq!(asks(1, "1.1.1.1, 198.51.100.3").await.0.status(), 429);
    let through_two = asks(17, "1.1.1.1, 198.51.100.3, 127.0.0.20").await;
    assert_eq!(through_two.0.status(), 429);
    // A network of IPv6 is one visitor.
    for host in 1..=2 {
        let (head, line) = asks(1, &format!("2001:db8::{host}")).await;
        assert_eq!(head.status(), 101);
        inside.push(line);
    }
    assert_eq!(asks(1, "[2001:db8::ffff]:4711").await.0.status(), 429);
    // What cannot be read is on the proxy's own account.
    for garbage in ["", "unknown"] {
        let (head, line) = asks(1, garbage).await;
        assert_eq!(head.status(), 101, "{garbage:?}");
        inside.push(line);
    }
    for garbage in ["", ",,,", "unknown", "1.1.1.1, ::::", "\u{ff}"] {
        assert_eq!(asks(1, garbage).await.0.status(), 429, "{garbage:?}");
    }
    // Who is no proxy is not believed, whatever it says.
    for story in ["198.51.100.77", "198.51.100.78"] {
        let (head, line) = asks(2, story).await;
        assert_eq!(head.status(), 101);
        inside.push(line);
    }
    assert_eq!(asks(2, "198.51.100.79").await.0.status(), 429);
    // Those that leave make room for their own kind.
    inside.drain(4..6);
    until("the third visitor has room again", || async {
        let (head, line) = asks(1, "198.51.100.3").await;
        (head.status() == 101).then_some(line)
    })
    .await;
}

#[tokio::test]
async fn one_address_cannot_fill_the_disk_with_new_names() {
    let server = serves(|config| config.live.documents_a_minute = 3).await;
    let rest = server.rest();
    for name in ["one", "two"] {
        let body = json!({ "name": name }).to_string();
        assert_eq!(rest.post("/api/documents", body).await.status, 201);
    }
    // What makes nothing is not counted: names that are taken, looking, listening.
    for _ in 0..10 {
        let taken = rest.post("/api/documents", r#"{"name":"one"}"#).await;
        assert_eq!(taken.status, 409);
        assert_eq!(rest.get("/api/documents/nothing").await.status, 404);
    }
    let listeners: Vec<_> = (0..10).map(|n| format!("only looked at {n}")).collect();
    for name in &listeners {
        server.welcomes("a listener", name).await;
    }
    // The third comes into being by being written in.
    let ada = server.welcomes("Ada", "three").await;
    ada.types("hello");
    ada.saved().await;
    let refused = rest.post("/api/documents", "").await;
    assert_eq!(refused.error(), (429, "too_many_documents".into()));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let ben = server.welcomes("Ben", "four").await;
    ben.types("hello");
    assert_eq!(ben.is_ended().await, 1013);
    assert_eq!(rest.get("/api/documents/four").await.status, 404);
    // What exists is written in by anybody.
    let carol = server.welcomes("Carol", "three").await;
    carol.types(" there");
    carol.saved().await;
    ada.types("!");
    ada.saved().await;
    let program = Client::offline(server.address(), "a program", "one");
    let update = program.types("by REST");
    let taken = rest.post("/api/documents/one/updates", update).await;
    assert_eq!(taken.status, 204);
    // Others are not concerned.
    let client = reqwest::Client::builder()
        .local_address(host(2))
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("http://{}/api/documents", server.address());
    let created = answer(client.post(url).body(r#"{"name":"five"}"#)).await;
    assert_eq!(created.status, 201);
}

#[tokio::test]
async fn what_did_not_come_into_being_was_not_counted() {
    let server = serves(|config| config.live.documents_a_minute = 1).await;
    let stranger = server.welcomes("a stranger", "first").await;
    stranger.says(support::wire::update(b"nonsense"));
    assert_eq!(stranger.is_ended().await, 4400);
    let ada = server.welcomes("Ada", "second").await;
    ada.types("hello");
    ada.saved().await;
    let ben = server.welcomes("Ben", "third").await;
    ben.types("hello");
    assert_eq!(ben.is_ended().await, 1013);
}

#[tokio::test]
async fn who_sends_more_than_its_budget_is_slowed_down_and_loses_nothing() {
    const EDITS: usize = 110;
    let server = serves(|config| {
        config.live.budget.messages = 10;
        config.live.budget.patience = Duration::from_secs(600);
    })
    .await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    let begun = Instant::now();
    for _ in 0..EDITS {
        ada.types("x");
    }
    // Twenty are a burst. What was on its way passes, what follows waits.
    ada.saved().await;
    ada.types("y");
    ada.saved().await;
    let text = "x".repeat(EDITS) + "y";
    ben.waits("for every letter", |seen| {
        (support::reading::text(&seen.doc) == text).then_some(())
    })
    .await;
    assert!(
        begun.elapsed() > Duration::from_secs(3),
        "it was not slowed"
    );
    assert!(ada.is_connected());
}

/// The bug: each new connection had a burst of its own, so that somebody who hung up
/// and came back was never slowed down: eighteen bursts in eight seconds.
#[tokio::test]
async fn who_comes_back_again_and_again_is_slowed_down_all_the_same() {
    const A_CONNECTION: usize = 30;
    let server = serves(|config| {
        config.live.budget.messages = 20;
        config.live.budget.patience = Duration::from_secs(600);
    })
    .await;
    let mut writing = Duration::ZERO;
    // Forty are a burst, and each connection stays below it.
    for number in 0..4 {
        let mut ada = server.welcomes(&format!("Ada {number}"), "notes").await;
        // Coming and leaving take their time too, which is not what is slowed down.
        let begun = Instant::now();
        for _ in 0..A_CONNECTION {
            ada.types("x");
        }
        // What was on its way passes, what follows waits.
        ada.saved().await;
        ada.types("y");
        ada.saved().await;
        writing += begun.elapsed();
        ada.leaves().await;
    }
    assert!(
        writing > Duration::from_secs(1),
        "it was not slowed: {writing:?}"
    );
}

#[tokio::test]
async fn who_floods_for_too_long_is_ended() {
    let server = serves(|config| {
        config.live.budget.messages = 100;
        config.live.budget.patience = Duration::from_secs(2);
    })
    .await;
    let ada = server.welcomes("Ada", "notes").await;
    let mut flooder = Raw::opens(server.address(), "notes").await;
    // Ten thousand times the question who is here: a hundred seconds' worth.
    let flood = raw::frame(raw::FIN | raw::BINARY, &[3]).repeat(10_000);
    flooder.sends(&flood).await;
    assert_eq!(flooder.is_ended().await, 1008);
    ada.types("undisturbed");
    ada.saved().await;
}

/// Each name that somebody asked to create, and was refused, stayed in memory for as
/// long as a document that people had just left.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_that_came_to_nothing_are_forgotten() {
    use support::binary::Binary;
    let folder = tempfile::tempdir().unwrap();
    let options = ["--max-new-documents", "1", "--idle-timeout", "1000"];
    let server = Binary::serves_with(folder.path(), &options);
    let rest = server.rest();
    let create = async |number: usize| {
        let body = format!(r#"{{"name": "name {number}"}}"#);
        rest.post("/api/documents", body).await.status
    };
    // What is there once is not counted.
    for number in 0..500 {
        create(number).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = server.memory();
    for number in 500..4_500 {
        assert_eq!(create(number).await, 429);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 4_000 * 1_000, "{} KiB for 4000 names", grown >> 10);
}
