//! A large update as a sequence of small ones.
//!
//! yrs applies an update in one go, however long that takes. Whoever has to
//! answer for the time takes it in slices: each is an update of its own that
//! is sound once those before it were applied, so that one may stop after any.

use super::causality::Walk;
use super::outline::Known;
use super::{Limits, Malformed, Survey, cut, inspect};

/// An update that is taken slice by slice.
///
/// ```
/// use cowrite::wire::guard::{Limits, Outline, Slices, inspect};
///
/// # fn apply(_: &[u8]) {}
/// # fn main() -> Result<(), cowrite::wire::malformed::Malformed> {
/// # let update = [1, 1, 1, 0, 4, 1, 1, b't', 1, b'a', 0];
/// let limits = Limits::default();
/// let mut outline = Outline::new();
/// let mut slices = Slices::new(&update, &limits, 64)?;
/// while let Some(slice) = slices.next(&outline)? {
///     outline.admit(&inspect(&slice, &limits)?)?;
///     apply(&slice);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Slices<'a> {
    survey: Survey<'a>,
    blocks: usize,
    walk: Option<Walk>,
    is_done: bool,
}

impl<'a> Slices<'a> {
    /// Takes an update in slices of about so many blocks.
    pub fn new(update: &'a [u8], limits: &Limits, blocks: usize) -> Result<Self, Malformed> {
        let survey = inspect(update, limits)?;
        Ok(Self {
            survey,
            blocks: blocks.max(1),
            walk: None,
            is_done: false,
        })
    }

    /// The next slice, for a document of which this is known: all slices before
    /// it were applied, and nothing else was. The last slices delete. `None`
    /// when nothing is left that can be applied.
    pub fn next(&mut self, known: &impl Known) -> Result<Option<Vec<u8>>, Malformed> {
        if self.is_done {
            return Ok(None);
        }
        let walk = match &mut self.walk {
            Some(walk) => walk,
            None => self.walk.insert(Walk::new(&self.survey, known)?),
        };
        self.is_done = walk.advance(&self.survey, known, self.blocks)?;
        let slice = if self.is_done {
            cut::write(&self.survey, walk, known)
        } else {
            cut::write_blocks(&self.survey, walk)
        };
        walk.cursors.iter_mut().for_each(|cursor| cursor.rebase());
        walk.long_entries.clear();
        Ok(slice)
    }
}
