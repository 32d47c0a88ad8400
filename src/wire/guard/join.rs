//! Updates that follow each other, joined into one.
//!
//! What was taken slice by slice becomes one journal row and one relayed frame.
//! Each update goes on exactly where those before it ended, client by client, so
//! joining copies bytes and decides nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::lib0::Writer;
use super::super::malformed::Malformed;
use super::cut::write_ranges;
use super::{Limits, inspect};

/// Updates joined so far.
#[derive(Debug, Default)]
pub struct Joint {
    clients: BTreeMap<u64, Blocks>,
    deletes: Vec<(u64, Range<u32>)>,
}

#[derive(Debug)]
struct Blocks {
    clocks: Range<u32>,
    count: u64,
    bytes: Vec<u8>,
}

impl Joint {
    /// Adds an update. Says `false`, and adds nothing, if it does not go on
    /// where the last ended.
    ///
    /// # Errors
    /// [`Malformed`] if it is no update.
    pub fn add(&mut self, update: &[u8]) -> Result<bool, Malformed> {
        let limits = Limits {
            message_bytes: usize::MAX,
            clients: usize::MAX,
            ..Limits::default()
        };
        let survey = inspect(update, &limits)?;
        let follows = survey.sections().all(|(client, clocks)| {
            self.clients
                .get(&client)
                .is_none_or(|before| before.clocks.end == clocks.start)
        });
        if !follows {
            return Ok(false);
        }
        for (at, section) in survey.sections.iter().enumerate() {
            let header = survey.header(at);
            let bytes = &update[header.blocks_at..survey.end_of(at)];
            let blocks = self.clients.entry(section.client).or_insert(Blocks {
                clocks: header.start..header.start,
                count: 0,
                bytes: Vec::new(),
            });
            blocks.clocks.end = section.end;
            blocks.count += u64::from(header.blocks);
            blocks.bytes.extend_from_slice(bytes);
        }
        survey.deletes(|client, range| self.deletes.push((client, range)));
        Ok(true)
    }

    /// The update that all of them are. `None` if there were none.
    pub fn finish(self) -> Option<Vec<u8>> {
        let Self {
            clients,
            mut deletes,
        } = self;
        if clients.is_empty() && deletes.is_empty() {
            return None;
        }
        let size: usize = clients.values().map(|blocks| blocks.bytes.len()).sum();
        let mut update = Vec::with_capacity(size + 16 * clients.len() + 8 * deletes.len());
        let mut writer = Writer::new(&mut update);
        writer.var_uint(clients.len() as u64);
        // As Yjs does: the greatest client first.
        for (client, blocks) in clients.into_iter().rev() {
            writer.var_uint(blocks.count);
            writer.var_uint(client);
            writer.var_uint(u64::from(blocks.clocks.start));
            writer.raw(&blocks.bytes);
        }
        deletes.sort_unstable_by_key(|(client, range)| (*client, range.start));
        deletes.dedup_by(|next, last| {
            let joins = next.0 == last.0 && next.1.start <= last.1.end;
            if joins {
                last.1.end = last.1.end.max(next.1.end);
            }
            joins
        });
        write_ranges(&mut update, &mut deletes);
        Some(update)
    }
}
