//! WebSocket as it is not meant: every way of breaking the protocol is answered
//! with the close code it has earned, costs its author the connection and nobody
//! else anything.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::store::memory::MemoryStore;

use support::binary::Binary;
use support::client::Client;
use support::raw::{BINARY, CLOSE, CONTINUATION, FIN, Frame, PING, PONG, Raw, TEXT, frame};
use support::server::{TestServer, config};
use support::wire;

/// A document with Ada in it, and whoever else comes.
struct Scene {
    server: TestServer,
    ada: Client,
}

impl Scene {
    async fn begins() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        change(&mut config);
        let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
        let ada = server.welcomes("Ada", "notes").await;
        Self { server, ada }
    }

    async fn stranger(&self) -> Raw {
        Raw::opens(self.server.address(), "notes").await
    }

    /// A stranger who says this is ended with `code`, and Ada writes on.
    async fn ends(&self, what: &str, bytes: &[u8], code: u16) {
        let mut stranger = self.stranger().await;
        stranger.sends(bytes).await;
        assert_eq!(stranger.is_ended().await, code, "{what}");
        // The same, after the connection was in use, in two pieces, and with more
        // behind it.
        let mut stranger = self.stranger().await;
        stranger
            .sends_frame(FIN | BINARY, &wire::query_awareness())
            .await;
        stranger.sends(&bytes[..bytes.len() / 2]).await;
        tokio::task::yield_now().await;
        stranger.sends(&bytes[bytes.len() / 2..]).await;
        stranger.sends(&frame(FIN | BINARY, &[3]).repeat(100)).await;
        assert_eq!(stranger.is_ended().await, code, "{what}, later");
        stranger.falls_silent().await;
        assert_eq!(stranger.hears().await, None, "{what}: nothing follows");
        self.ada.types("undisturbed ");
        self.ada.saved().await;
    }

    /// Ada writes on, and whoever comes now gets all of it.
    async fn goes_on(&self) {
        self.ada.types("undisturbed ");
        self.ada.saved().await;
        let mut newcomer = self.server.welcomes("a newcomer", "notes").await;
        assert_eq!(newcomer.text(), self.ada.text());
        newcomer.leaves().await;
    }
}

fn goodbye(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes()[..], reason].concat())
}

#[tokio::test]
async fn frames_that_are_none() {
    let scene = Scene::begins().await;
    scene.ends("unmasked", &[FIN | BINARY, 1, 3, 0], 1002).await;
    for bit in [0x40, 0x20, 0x10, 0x70] {
        let bytes = frame(FIN | bit | BINARY, &[3]);
        scene.ends("a reserved bit", &bytes, 1002).await;
    }
    for opcode in (3..8).chain(11..16) {
        let bytes = frame(FIN | opcode, &[3]);
        scene.ends("a reserved opcode", &bytes, 1002).await;
    }
    let bytes = frame(FIN | PING | 0x40, b"");
    scene.ends("a reserved bit on a ping", &bytes, 1002).await;
    scene.goes_on().await;
}

#[tokio::test]
async fn control_frames_that_are_none() {
    let scene = Scene::begins().await;
    for opcode in [CLOSE, PING, PONG] {
        let bytes = frame(FIN | opcode, &[0; 126]);
        scene.ends("a long control frame", &bytes, 1002).await;
        let bytes = frame(opcode, &1000u16.to_be_bytes());
        scene.ends("a fragmented control frame", &bytes, 1002).await;
    }
    scene.goes_on().await;
}

#[tokio::test]
async fn fragments_out_of_order() {
    let scene = Scene::begins().await;
    let orphan = frame(FIN | CONTINUATION, &[3]);
    scene.ends("the end of nothing", &orphan, 1002).await;
    let orphan = frame(CONTINUATION, &[3]);
    scene.ends("the middle of nothing", &orphan, 1002).await;
    let twice = [frame(BINARY, &[3]), frame(BINARY, &[3])].concat();
    scene.ends("two beginnings", &twice, 1002).await;
    let whole = [frame(BINARY, &[3]), frame(FIN | BINARY, &[3])].concat();
    scene.ends("a message within a message", &whole, 1002).await;
    scene.goes_on().await;
}

#[tokio::test]
async fn goodbyes_that_are_none() {
    let scene = Scene::begins().await;
    scene
        .ends("half a code", &frame(FIN | CLOSE, &[3]), 1002)
        .await;
    for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535] {
        scene
            .ends(&code.to_string(), &goodbye(code, b"bye"), 1002)
            .await;
    }
    for reason in [&b"\xff"[..], b"caf\xc3", b"\xed\xa0\x80"] {
        scene
            .ends("a reason in no language", &goodbye(1000, reason), 1007)
            .await;
    }
    for sound in [
        vec![],
        goodbye(1000, b"done"),
        goodbye(1001, b""),
        goodbye(4999, &[b'x'; 123]),
    ] {
        let sound = if sound.is_empty() {
            frame(FIN | CLOSE, b"")
        } else {
            sound
        };
        let mut ada = scene.stranger().await;
        ada.sends(&sound).await;
        assert_eq!(ada.hears_only(CLOSE).await[..2], 1000u16.to_be_bytes());
        assert_eq!(ada.hears().await, None, "and then the line is closed");
    }
    scene.goes_on().await;
}

#[tokio::test]
async fn text_of_any_kind() {
    let scene = Scene::begins().await;
    scene.ends("text", &frame(FIN | TEXT, b"hello"), 1003).await;
    scene
        .ends("no text", &frame(FIN | TEXT, b"\xff\xfe"), 1003)
        .await;
    scene.ends("nothing", &frame(FIN | TEXT, b""), 1003).await;
    scene.ends("a part", &frame(TEXT, b"hel"), 1003).await;
    scene.goes_on().await;
}

#[tokio::test]
async fn messages_that_are_none() {
    let scene = Scene::begins().await;
    for message in [
        &[0][..],
        &[0, 9, 0],
        &[0, 2, 200],
        &[0, 2, 2, 9, 9],
        &[1, 1],
        &[0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x0f],
    ] {
        let bytes = frame(FIN | BINARY, message);
        scene.ends(&format!("{message:?}"), &bytes, 4400).await;
    }
    scene.goes_on().await;
}

#[tokio::test]
async fn more_people_than_one_can_be() {
    let scene = Scene::begins().await;
    let people: Vec<_> = (1000..1017)
        .map(|client| wire::Shown {
            client,
            clock: 1,
            state: Some("{}".to_owned()),
        })
        .collect();
    let mut stranger = scene.stranger().await;
    stranger
        .sends_frame(FIN | BINARY, &wire::awareness(&people))
        .await;
    assert_eq!(stranger.is_ended().await, 1008);
    scene.goes_on().await;
}

#[tokio::test]
async fn a_huge_frame_is_refused_when_it_is_announced() {
    let scene = Scene::begins().await;
    for length in [
        1u64 << 30,
        1 << 40,
        1 << 62,
        1 << 63,
        u64::MAX,
        (16 << 20) + 1,
    ] {
        let mut header = vec![FIN | BINARY, 0xff];
        header.extend(length.to_be_bytes());
        header.extend([1, 2, 3, 4]);
        // Not a byte of it has come, and none is waited for.
        let mut stranger = scene.stranger().await;
        stranger.sends(&header).await;
        assert_eq!(stranger.is_ended().await, 1009, "{length}");
        scene.ends(&length.to_string(), &header, 1009).await;
    }
    scene.goes_on().await;
}

#[tokio::test]
async fn a_message_without_end_is_ended() {
    let scene = Scene::with(|config| {
        config.live.message_bytes = 1 << 20;
        config.live.protocol.frame_bytes = 1 << 20;
    })
    .await;
    let mut endless = scene.stranger().await;
    endless.sends(&frame(BINARY, &[0; 1000])).await;
    let more = frame(CONTINUATION, &[0; 1000]);
    for _ in 0..1_100 {
        endless.sends(&more).await;
    }
    assert_eq!(endless.is_ended().await, 1009);
    scene.goes_on().await;
    // Fragments of nothing are nothing, however many there are.
    let mut patient = scene.stranger().await;
    patient.sends(&frame(BINARY, &[])).await;
    patient
        .sends(&frame(CONTINUATION, &[]).repeat(100_000))
        .await;
    patient
        .sends(&frame(FIN | CONTINUATION, &wire::barrier(b"there")))
        .await;
    assert_eq!(patient.hears_barrier().await, b"there");
    scene.goes_on().await;
}

#[tokio::test]
async fn control_frames_may_come_between_fragments() {
    let scene = Scene::begins().await;
    let mut stranger = scene.stranger().await;
    let message = wire::barrier(b"in many pieces");
    let (last, begun) = message.split_last().unwrap();
    for (number, byte) in begun.iter().enumerate() {
        let opcode = if number == 0 { BINARY } else { CONTINUATION };
        stranger.sends_frame(opcode, &[*byte]).await;
        let ping = format!("ping {number}");
        stranger.sends_frame(FIN | PING, ping.as_bytes()).await;
        assert_eq!(stranger.hears_only(PONG).await, ping.as_bytes());
        stranger.sends_frame(FIN | PONG, b"unasked").await;
    }
    stranger.sends_frame(FIN | CONTINUATION, &[*last]).await;
    assert_eq!(stranger.hears_barrier().await, b"in many pieces");
    // And a goodbye may.
    stranger.sends_frame(BINARY, &[0]).await;
    stranger.sends(&goodbye(1000, b"enough")).await;
    assert_eq!(stranger.hears_only(CLOSE).await[..2], 1000u16.to_be_bytes());
    scene.goes_on().await;
}

#[tokio::test]
async fn of_a_flood_of_pings_the_last_is_answered() {
    const PINGS: usize = 50_000;
    let scene = Scene::begins().await;
    let mut flooder = scene.stranger().await;
    for number in 0..PINGS / 100 {
        let mut pings = Vec::new();
        for number in number * 100..(number + 1) * 100 {
            pings.extend(frame(FIN | PING, format!("{number:0>120}").as_bytes()));
        }
        flooder.sends(&pings).await;
    }
    flooder
        .sends_frame(FIN | BINARY, &wire::barrier(b"all of them"))
        .await;
    let mut pongs = Vec::new();
    loop {
        match flooder.hears().await.expect("an answer") {
            Frame {
                opcode: PONG,
                payload,
            } => pongs.push(payload),
            Frame { payload, .. } if payload.ends_with(b"all of them") => break,
            _ => {}
        }
    }
    assert_eq!(
        pongs.last().unwrap(),
        format!("{:0>120}", PINGS - 1).as_bytes()
    );
    assert!(pongs.len() < PINGS / 10, "{} pongs", pongs.len());
    scene.goes_on().await;
}

/// Whoever sends as fast as it can, whatever it is, must not make the server
/// grow: what is not handled yet waits in TCP.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn floods_cost_next_to_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("here first");
    ada.saved().await;
    let before = server.memory();
    let floods = [
        frame(FIN | PING, &[0; 125]).repeat(2_000),
        frame(FIN | PONG, b"").repeat(40_000),
        frame(FIN | BINARY, &wire::query_awareness()).repeat(40_000),
        frame(FIN | BINARY, &wire::step1(wire::KNOWS_NOTHING)).repeat(20_000),
        frame(FIN | BINARY, &wire::update(&[0, 0])).repeat(30_000),
        frame(FIN | BINARY, &wire::barrier(b"?")).repeat(30_000),
        frame(FIN | BINARY, &[77; 1000]).repeat(300),
        vec![0; 300_000],
    ];
    let mut peak = 0;
    for flood in floods {
        let mut flooder = Raw::opens(server.address(), "notes").await;
        // It reads nothing, and sends until nobody takes any more.
        for _ in 0..10 {
            let sent = tokio::time::timeout(Duration::from_millis(300), flooder.sends(&flood));
            let _ = sent.await;
            peak = peak.max(server.memory());
        }
        drop(flooder);
        ada.types(".");
        ada.saved().await;
    }
    let grown = peak.saturating_sub(before) >> 20;
    println!("the floods cost {grown} MiB at most");
    assert!(grown <= 16, "it grew by {grown} MiB");
}
