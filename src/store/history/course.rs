//! The way to a moment: which parts of a history lead there.

use super::super::StoreError;
use super::{Bounds, Moment, Past, Row, unknown};
use crate::id::Seq;
use bytes::Bytes;

/// How a [`Course`] reads a part: the segments by their number, and behind them the
/// tail, whose base is the document's snapshot.
pub(in crate::store) trait Parts {
    /// The rows of a part.
    fn rows(&mut self, part: usize) -> Result<Vec<Row>, StoreError>;

    /// The state before a part that says that it has a base.
    fn base(&mut self, part: usize) -> Result<Bytes, StoreError>;
}

/// A document's history, oldest part first: its segments, and the tail, which may
/// have no rows. The tail is always there.
#[derive(Debug)]
pub(in crate::store) struct Course {
    parts: Vec<Bounds>,
}

/// So many rows a base may be ahead of the row before it.
const AHEAD: usize = 2;

impl Course {
    /// Of these segments, and the tail last.
    pub fn new(parts: Vec<Bounds>) -> Self {
        Self { parts }
    }

    /// What the document was at a moment.
    ///
    /// # Errors
    /// [`StoreError::NotYet`] and [`StoreError::Forgotten`] when that is not known;
    /// whatever reading says.
    pub fn recall(&self, moment: Moment, read: &mut dyn Parts) -> Result<Past, StoreError> {
        if let (Moment::Row(Seq(0)), Some(first)) = (moment, self.parts.first())
            && first.after == Seq(0)
            && !first.has_base
        {
            return Ok(Past {
                row: Seq(0),
                at: first.since,
                base: None,
                updates: Vec::new(),
            });
        }
        if let Some(past) = self.just_before(moment, read)? {
            return Ok(past);
        }
        let (part, mut rows) = self.find(moment, read)?;
        let whole = part + 1 == self.parts.len() && rows.len() == self.parts[part].rows;
        let end = match rows.last() {
            Some(row) => (row.seq, row.at),
            None => (self.parts[part].last, self.parts[part].until),
        };
        let mut from = part;
        let mut count = rows.len();
        let mut best = None;
        loop {
            let bounds = &self.parts[from];
            let begins = bounds.after == Seq(0) && !bounds.has_base;
            if begins || bounds.has_base {
                best = Some(from);
            }
            if begins || (bounds.has_base && (count >= AHEAD || whole)) {
                break;
            }
            // Further back, as far as nothing is missing in between.
            match from.checked_sub(1).map(|before| self.parts[before]) {
                Some(before) if before.last == bounds.after => {
                    from -= 1;
                    count += before.rows;
                }
                _ => break,
            }
        }
        let Some(from) = best else {
            return Err(StoreError::Damaged(format!(
                "what row {} of its history builds on is missing",
                end.0
            )));
        };
        let base = match self.parts[from].has_base {
            true => Some(read.base(from)?),
            false => None,
        };
        let mut updates = Vec::new();
        for between in from..part {
            updates.extend(read.rows(between)?.into_iter().map(|row| row.update));
        }
        updates.extend(rows.drain(..).map(|row| row.update));
        Ok(Past {
            row: end.0,
            at: end.1,
            base,
            updates,
        })
    }

    /// The rows after one row, up to and including another.
    ///
    /// # Errors
    /// As for [`recall`](Self::recall), when one of them is not there any more.
    pub fn rows(
        &self,
        after: Seq,
        through: Seq,
        read: &mut dyn Parts,
    ) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        let mut reached = None;
        for (number, part) in self.parts.iter().enumerate() {
            if part.last <= after || part.after >= through {
                continue;
            }
            let follows = match reached {
                Some(reached) => part.after == reached,
                None => part.after <= after,
            };
            if !follows {
                return Err(unknown(part.since, false));
            }
            reached = Some(part.last);
            let rows = read.rows(number)?.into_iter();
            found.extend(rows.filter(|row| row.seq > after && row.seq <= through));
        }
        Ok(found)
    }

    /// A row that is not kept itself, whose state is: as the base of the part behind it.
    /// So it is with a version that was made when all rows had been folded and forgotten.
    fn just_before(
        &self,
        moment: Moment,
        read: &mut dyn Parts,
    ) -> Result<Option<Past>, StoreError> {
        let Moment::Row(row) = moment else {
            return Ok(None);
        };
        if self
            .parts
            .iter()
            .any(|part| part.rows > 0 && part.last == row)
        {
            return Ok(None);
        }
        let behind = |part: &Bounds| part.after == row && part.has_base && part.rows > 0;
        let Some(part) = self.parts.iter().position(behind) else {
            return Ok(None);
        };
        Ok(Some(Past {
            row,
            at: self.parts[part].since,
            base: Some(read.base(part)?),
            updates: Vec::new(),
        }))
    }

    /// The part in which a moment lies, and its rows up to then.
    fn find(&self, moment: Moment, read: &mut dyn Parts) -> Result<(usize, Vec<Row>), StoreError> {
        let begun = |part: &Bounds| match moment {
            Moment::Row(row) if part.rows == 0 => part.last <= row,
            Moment::Row(row) => part.after < row,
            Moment::At(at) => part.since <= at,
        };
        let ended = |part: &Bounds| match moment {
            Moment::Row(row) => part.last < row,
            Moment::At(at) => part.until < at,
        };
        let mut end = self.parts.len();
        loop {
            let Some(number) = self.parts[..end].iter().rposition(begun) else {
                let Some(first) = self.parts.first() else {
                    return Err(StoreError::NotFound);
                };
                let from_nothing = first.after == Seq(0) && !first.has_base;
                return Err(unknown(first.since, from_nothing));
            };
            let part = &self.parts[number];
            if let Some(next) = self.parts.get(number + 1)
                && next.after != part.last
                && ended(part)
            {
                return Err(unknown(next.since, false));
            }
            if part.rows == 0 {
                return Ok((number, Vec::new()));
            }
            let mut rows = read.rows(number)?;
            let reached = rows.iter().rposition(|row| match moment {
                Moment::Row(seq) => row.seq <= seq,
                Moment::At(at) => row.at <= at,
            });
            if let Some(reached) = reached {
                rows.truncate(reached + 1);
                return Ok((number, rows));
            }
            // The row that was asked for is another document's, before the first here.
            end = number;
        }
    }
}
