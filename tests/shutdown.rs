//! Stopping: everybody is told, and nothing that was taken is lost.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use support::binary::Binary;
use support::server::TestServer;

#[tokio::test]
async fn a_stopping_server_says_so_and_comes_back_with_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Binary::serves(folder.path());
    let mut people = Vec::new();
    for number in 0..6 {
        let document = format!("document {}", number % 3);
        let person = server
            .welcomes(&format!("person {number}"), &document)
            .await;
        person.types(&format!("line {number}\n"));
        person.saved().await;
        people.push((document, person));
    }
    // The last words are not acknowledged yet when the signal comes.
    for (number, (_, person)) in people.iter().enumerate() {
        person.types(&format!("last words {number}\n"));
    }
    let begun = Instant::now();
    server.is_asked_to_stop();
    let codes = join_all(people.iter().map(|(_, person)| person.is_ended())).await;
    assert_eq!(codes, [1001; 6]);
    let status = server.ends().await;
    assert!(status.success(), "{status:?}: {}", server.complaints());
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );

    let server = Binary::serves(folder.path());
    for (number, (document, person)) in people.iter().enumerate() {
        let newcomer = server.welcomes("a newcomer", document).await;
        let text = newcomer.text();
        assert!(text.contains(&format!("line {number}\n")), "{text:?}");
        // What was relayed before the end was on disk before.
        let told = person.looks(|seen| support::reading::state(&seen.told));
        assert!(support::reading::holds(&newcomer.state(), &told));
    }
}

#[tokio::test]
async fn a_server_stops_at_once_when_nobody_is_there() {
    let server = TestServer::start().await;
    let begun = Instant::now();
    server.stops().await;
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn what_is_on_its_way_to_disk_is_waited_for() {
    let (server, faults) = TestServer::with_faults().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    faults.hold_appends();
    ada.types("almost");
    faults.until_held(1).await;
    let stopping = tokio::spawn(server.stops());
    // Nobody is sent away while an update is on its way.
    let early = tokio::time::timeout(Duration::from_millis(300), ben.is_ended()).await;
    assert!(early.is_err(), "{early:?}");
    faults.release();
    assert_eq!((ada.is_ended().await, ben.is_ended().await), (1001, 1001));
    // Whoever was told goodbye was told of it before.
    assert_eq!(ben.text(), "almost");
    stopping.await.unwrap();
}
