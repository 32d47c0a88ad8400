//! The actors of the guard's tests: editors, who write what real ones write,
//! forgers, who write what none would, and a server, which lets in what the
//! guard lets in.
//!
//! Everything is drawn from one seed, so a session can be played again.
#![allow(dead_code)]

pub mod draft;
pub mod editor;
pub mod forge;
pub mod server;
pub mod shown;
pub mod toil;

use yrs::{ClientID, Doc, OffsetKind, Options};

/// A document as the server holds one.
pub fn document(client: u64, collects: bool) -> Doc {
    let mut options = Options::with_client_id(ClientID::new(client));
    options.guid = format!("guid-{client}").into();
    options.offset_kind = OffsetKind::Utf16;
    options.skip_gc = !collects;
    options.cleanup_formatting = false;
    Doc::with_options(options)
}
