//! Plain text: one line for each block of text.

pub mod read;
pub mod write;
