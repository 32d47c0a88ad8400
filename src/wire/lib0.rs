//! The lib0 encodings that every message is made of (WIRE.md §1).
//!
//! [`Reader`] never allocates and never trusts a length: a number is at most
//! eight bytes and below 2^53, a length is compared with the bytes that remain
//! before anything else happens. [`Writer`] is its mirror over a `Vec<u8>`.
//! The format is that of lib0's `encoding.js` and `decoding.js`.

use super::malformed::{Malformed, Rule};

/// Numbers on the wire are below this, as JavaScript's safe integers are.
pub const NUMBER_LIMIT: u64 = 1 << 53;

/// The most bytes that a number below 2^53 needs.
pub const MAX_NUMBER_BYTES: usize = 8;

/// Reads a borrowed message from its beginning to its end.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A reader at byte `position` of `bytes`; positions past the end read nothing.
    pub fn at(bytes: &'a [u8], position: usize) -> Self {
        Self {
            bytes,
            at: position.min(bytes.len()),
        }
    }

    /// How many bytes were read.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// How many bytes remain.
    pub const fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Whether everything was read.
    pub const fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// The error that `rule` is broken here.
    pub const fn broken(&self, rule: Rule) -> Malformed {
        Malformed::new(rule, self.at)
    }

    /// Succeeds if everything was read.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.broken(Rule::TrailingBytes))
        }
    }

    /// One byte.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        let byte = *self
            .bytes
            .get(self.at)
            .ok_or(self.broken(Rule::Truncated))?;
        self.at += 1;
        Ok(byte)
    }

    /// `varUint`: a number below 2^53 in at most eight bytes.
    #[inline]
    pub fn var_uint(&mut self) -> Result<u64, Malformed> {
        let first = self.u8()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        self.var_uint_rest(first)
    }

    fn var_uint_rest(&mut self, first: u8) -> Result<u64, Malformed> {
        let start = self.at - 1;
        let mut number = u64::from(first & 0x7f);
        for index in 1..MAX_NUMBER_BYTES {
            let byte = self.u8()?;
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                if number < NUMBER_LIMIT {
                    return Ok(number);
                }
                break;
            }
        }
        Err(Malformed::new(Rule::NumberRange, start))
    }

    /// A `varUint` that fits 32 bits.
    #[inline]
    pub fn var_u32(&mut self) -> Result<u32, Malformed> {
        let start = self.at;
        u32::try_from(self.var_uint()?).map_err(|_| Malformed::new(Rule::NumberRange, start))
    }

    /// A `varUint` that says how many things follow, each at least `each` bytes long.
    #[inline]
    pub fn count(&mut self, each: usize) -> Result<usize, Malformed> {
        let start = self.at;
        let count = self.var_uint()?;
        if count > (self.remaining() / each.max(1)) as u64 {
            return Err(Malformed::new(Rule::CountTooLarge, start));
        }
        Ok(count as usize)
    }

    /// Skips a `varInt`, lib0's signed number, and bounds its length.
    pub fn skip_var_int(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        for _ in 0..MAX_NUMBER_BYTES {
            if self.u8()? < 0x80 {
                return Ok(());
            }
        }
        Err(Malformed::new(Rule::NumberRange, start))
    }

    /// Exactly `length` bytes.
    #[inline]
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        if length > self.remaining() {
            return Err(self.broken(Rule::Truncated));
        }
        let slice = &self.bytes[self.at..self.at + length];
        self.at += length;
        Ok(slice)
    }

    /// `varUint8Array`: a length and that many bytes.
    #[inline]
    pub fn buf(&mut self) -> Result<&'a [u8], Malformed> {
        let start = self.at;
        let length = self.var_uint()?;
        if length > self.remaining() as u64 {
            return Err(Malformed::new(Rule::Truncated, start));
        }
        self.take(length as usize)
    }

    /// `varString`: a `varUint8Array` of UTF-8.
    #[inline]
    pub fn str(&mut self) -> Result<&'a str, Malformed> {
        let start = self.at;
        std::str::from_utf8(self.buf()?).map_err(|_| Malformed::new(Rule::NotUtf8, start))
    }
}

/// Appends lib0 encodings to a byte vector.
#[derive(Debug)]
pub struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// A writer that appends to `bytes`.
    pub const fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes }
    }

    /// One byte.
    pub fn u8(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// `varUint`.
    #[inline]
    pub fn var_uint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Bytes as they are, without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// `varUint8Array`.
    pub fn buf(&mut self, bytes: &[u8]) {
        self.var_uint(bytes.len() as u64);
        self.raw(bytes);
    }

    /// `varString`.
    pub fn str(&mut self, text: &str) {
        self.buf(text.as_bytes());
    }
}

/// How many bytes `number` takes as a `varUint`.
pub const fn var_uint_len(number: u64) -> usize {
    let bits = 64 - number.leading_zeros() as usize;
    if bits == 0 { 1 } else { bits.div_ceil(7) }
}

/// How many bytes `length` bytes take as a `varUint8Array`.
pub const fn buf_len(length: usize) -> usize {
    var_uint_len(length as u64) + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for number in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            u64::from(u32::MAX),
            NUMBER_LIMIT - 1,
        ] {
            let mut bytes = Vec::new();
            Writer::new(&mut bytes).var_uint(number);
            assert_eq!(bytes.len(), var_uint_len(number));
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.var_uint(), Ok(number));
            assert_eq!(reader.finish(), Ok(()));
        }
        let mut bytes = Vec::new();
        Writer::new(&mut bytes).str("né");
        assert_eq!(bytes.len(), buf_len(3));
        assert_eq!(Reader::new(&bytes).str(), Ok("né"));
    }

    #[test]
    fn numbers_end_within_eight_bytes_and_below_two_to_the_53() {
        let rule = |bytes: &[u8]| Reader::new(bytes).var_uint().map_err(|e| e.rule);
        assert_eq!(rule(&[0x80]), Err(Rule::Truncated));
        assert_eq!(
            rule(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
            Err(Rule::NumberRange)
        );
        assert_eq!(
            rule(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
            Ok(NUMBER_LIMIT - 1)
        );
        assert_eq!(
            rule(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]),
            Err(Rule::NumberRange)
        );
        let over = Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x10])
            .var_u32()
            .map_err(|e| e.rule);
        assert_eq!(over, Err(Rule::NumberRange));
    }

    #[test]
    fn a_length_is_compared_with_what_remains() {
        let buf = |bytes: &[u8]| {
            Reader::new(bytes)
                .buf()
                .map(<[u8]>::len)
                .map_err(|e| e.rule)
        };
        assert_eq!(buf(&[2, 7]), Err(Rule::Truncated));
        assert_eq!(
            buf(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
            Err(Rule::Truncated)
        );
        assert_eq!(buf(&[1, 7]), Ok(1));
        let count = |each| {
            Reader::new(&[3, 0, 0, 0, 0, 0])
                .count(each)
                .map_err(|e| e.rule)
        };
        assert_eq!(count(1), Ok(3));
        assert_eq!(count(2), Err(Rule::CountTooLarge));
        assert_eq!(
            Reader::new(&[1, 0xff]).str().map_err(|e| e.rule),
            Err(Rule::NotUtf8)
        );
    }
}
