//! How much of one kind waits in an outbox.

use std::cell::Cell;

/// Frames and bytes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Load {
    pub frames: usize,
    pub bytes: usize,
}

/// Counting in a cell.
pub(super) trait Count {
    fn count_in(&self, bytes: usize);
    fn count_out(&self, bytes: usize, is_last: bool);
}

impl Count for Cell<Load> {
    fn count_in(&self, bytes: usize) {
        let load = self.get();
        self.set(Load {
            frames: load.frames + 1,
            bytes: load.bytes + bytes,
        });
    }

    fn count_out(&self, bytes: usize, is_last: bool) {
        let load = self.get();
        self.set(Load {
            frames: load.frames.saturating_sub(usize::from(is_last)),
            bytes: load.bytes.saturating_sub(bytes),
        });
    }
}
