//! A fuzzer's bytes, read as choices from front to back.
//!
//! Every choice is one or two bytes, and a tape that has ended says zero. So any
//! bytes are a story, a change of one byte changes one choice, and a seed can be
//! written as easily as it is read.

/// The numbers where encodings and limits turn.
const EDGES: [u64; 16] = [
    0,
    1,
    127,
    128,
    16_383,
    16_384,
    (1 << 21) - 1,
    1 << 28,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 53) - 1,
    1 << 53,
    i64::MAX as u64,
    u64::MAX,
];

/// See [the module](self).
#[derive(Debug, Clone)]
pub struct Tape<'a> {
    rest: &'a [u8],
}

impl<'a> Tape<'a> {
    /// A tape at its beginning.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left to choose.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((&first, rest)) => {
                self.rest = rest;
                first
            }
            None => 0,
        }
    }

    /// A number below `end`, which is at most 65 536; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        match end {
            0 | 1 => 0,
            2..=256 => usize::from(self.byte()) % end,
            _ => (usize::from(self.byte()) << 8 | usize::from(self.byte())) % end,
        }
    }

    /// Whether something happens that happens once in `times`. Zero is never.
    pub fn rarely(&mut self, times: u8) -> bool {
        self.byte() % times == times - 1
    }

    /// One of `choices`, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A number: mostly small, sometimes at an edge or next to one.
    pub fn number(&mut self) -> u64 {
        match self.byte() {
            small @ 0..192 => u64::from(small),
            edge => EDGES[usize::from(edge) % EDGES.len()]
                .wrapping_add(self.below(3) as u64)
                .wrapping_sub(1),
        }
    }

    /// As many of the next bytes as the next two say, or what is left.
    pub fn bytes(&mut self) -> &'a [u8] {
        let length = self.below(1 << 16).min(self.rest.len());
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        bytes
    }

    /// What [`bytes`](Self::bytes) reads back.
    pub fn write_bytes(tape: &mut Vec<u8>, bytes: &[u8]) {
        let length = bytes.len().min(usize::from(u16::MAX));
        tape.extend((length as u16).to_be_bytes());
        tape.extend(&bytes[..length]);
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }
}
