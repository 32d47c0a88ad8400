//! Bytes to messages and back, for every protocol the server speaks.
//!
//! Pure: no actors, no sockets, no clock, no store. Nothing in here trusts a
//! length it has not compared with the bytes that remain, and nothing
//! allocates in proportion to a number that a stranger wrote.

pub mod awareness;
pub mod close;
pub mod guard;
pub mod json;
pub mod lib0;
pub mod malformed;
pub mod state_vector;
pub mod ysync;
