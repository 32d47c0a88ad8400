//! cowrite: a collaborative document server.
//!
//! The rooms, from the inside out (docs/design.md says which may name which):
//! [`id`], `label`, [`wire`], [`replica`], [`export`], `annex`, [`store`], [`attachments`], [`live`],
//! [`http`], and the hall: [`config`], [`logging`], [`open_files`], [`server`] and [`command`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod annex;
pub mod attachments;
mod collection;
pub mod command;
pub mod config;
pub mod export;
pub mod http;
pub mod id;
mod label;
pub mod live;
pub mod logging;
pub mod open_files;
pub mod replica;
pub mod search;
pub mod server;
pub mod store;
pub mod webhooks;
pub mod wire;
