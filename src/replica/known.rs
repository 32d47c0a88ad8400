//! Whether an update is news, found out without applying it: for a document
//! that must not change.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{ReadTxn, Transact, Update};

use super::Replica;
use crate::wire::guard::{self, Known};
use crate::wire::malformed::Malformed;

impl Replica {
    /// Whether the document holds all of an update already, deletions included:
    /// a client's answer on joining repeats every deletion that it knows of.
    ///
    /// # Errors
    /// When the update is not sound.
    pub fn holds(&self, update: &Bytes) -> Result<bool, Malformed> {
        let survey = guard::inspect(update, &self.limits.guard)?;
        if survey.is_empty() {
            return Ok(true);
        }
        let known = |(client, clocks): (u64, std::ops::Range<u32>)| {
            clocks.end <= self.outline.clock(client)
        };
        if !survey.sections().all(known) {
            return Ok(false);
        }
        // What cannot be decoded is not held.
        let held = || {
            let update = Update::decode_v1(update).ok()?;
            let deleted = self.doc.transact().snapshot().delete_set;
            Some(update.delete_set().diff(&deleted).is_empty())
        };
        Ok(catch_unwind(AssertUnwindSafe(held))
            .ok()
            .flatten()
            .unwrap_or(false))
    }
}
