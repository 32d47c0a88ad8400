//! Editing histories: what people did to a text, edit by edit.
//!
//! A [`Trace`] is read from a file in the format of the public editing-traces
//! collection, or typed by a seeded [`typist`]. A [`client`] turns it into the
//! updates that an editor would send.

// Every bench is a program of its own that uses a part of this.
#![allow(dead_code)]

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;

pub mod client;
mod typist;
pub mod update;

/// The history of one text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// What the text was at first.
    #[serde(default)]
    pub start_content: String,
    /// What it must be at last.
    pub end_content: String,
    /// What was done to it, in order.
    #[serde(rename = "txns")]
    pub edits: Vec<Edit>,
}

/// What becomes one update.
#[derive(Debug, Deserialize)]
pub struct Edit {
    /// Nearly always one.
    pub patches: Vec<Patch>,
}

/// `[position, deleted, inserted]`; positions count Unicode characters.
#[derive(Debug, Deserialize)]
pub struct Patch {
    /// Where.
    pub position: usize,
    /// How many characters go.
    pub deleted: usize,
    /// What comes in their place.
    pub inserted: String,
}

impl Trace {
    /// Reads a file, compressed with gzip or not.
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let named = |error: &dyn Error| format!("{}: {error}", path.display());
        let file = File::open(path).map_err(|error| named(&error))?;
        let mut file: Box<dyn Read> = match path.extension() {
            Some(extension) if extension == "gz" => Box::new(GzDecoder::new(file)),
            _ => Box::new(file),
        };
        let mut json = Vec::new();
        file.read_to_end(&mut json).map_err(|error| named(&error))?;
        Ok(serde_json::from_slice(&json).map_err(|error| named(&error))?)
    }

    /// A session of `edits` edits. Equal seeds type equal texts.
    pub fn typed(seed: u64, edits: usize) -> Self {
        typist::Typist::new(seed, edits).work()
    }
}
