//! The contract of `cowrite::store`, clause by clause, told to every store; and
//! what only the SQLite store has to show: files, crashes, damage, full disks.

#![allow(clippy::unwrap_used)]

mod clauses;
mod crash;
mod crashes;
mod damage;
mod examining;
mod failing;
mod history;
mod language;
mod lists;
mod memory;
mod opening;
mod power_loss;
mod random;
mod sweep;
mod writing;

/// Makes a test of every story for every store.
#[macro_export]
macro_rules! for_every_store {
    ($($story:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $story() {
                super::$story(&cowrite::store::memory::MemoryStore::new()).await;
            })+
        }
        mod in_sqlite {
            $(#[tokio::test]
            async fn $story() {
                let place = tempfile::tempdir().unwrap();
                super::$story(&$crate::language::open(place.path())).await;
            })+
        }
    };
}
