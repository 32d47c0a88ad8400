//! What the stories are told with: servers that are started and stopped, people
//! who write in them, and the ways to look at what came of it.
//!
//! Nothing here sleeps to be right. Whoever waits, waits for something, for at
//! most [`PATIENCE`], and says what it was when it does not come.

// Each story file is a program of its own and uses what it needs.
#![allow(dead_code)]

pub mod binary;
pub mod chance;
pub mod client;
pub mod described;
pub mod promise;
pub mod raw;
pub mod reading;
pub mod rest;
pub mod server;
pub mod trees;
pub mod wire;
pub mod witness;

use std::future::Future;
use std::time::Duration;

/// How long anything may take on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `what` for at most [`PATIENCE`].
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("waited {PATIENCE:?} in vain until {what}"),
    }
}

/// Looks again and again until `look` finds something.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    in_time(what, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}
