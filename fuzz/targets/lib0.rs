//! A reader never goes past its bytes, never goes back, and says the same
//! wherever it starts; what the writer writes is read back, by us and by Yrs.

#![no_main]

use cowrite::wire::lib0::{NUMBER_LIMIT, Reader, Writer, buf_len, var_uint_len};
use cowrite::wire::malformed::{Malformed, Rule};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;
use yrs::encoding::read::{Cursor, Read};

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    write(&mut tape);
    let orders = tape.bytes();
    read(orders, tape.rest());
});

/// What is written is read back, and its length was known.
fn write(tape: &mut Tape<'_>) {
    let mut bytes = Vec::new();
    let mut story: Vec<(Option<u64>, Vec<u8>)> = Vec::new();
    let mut expected = 0;
    for _ in 0..tape.below(8) {
        let mut writer = Writer::new(&mut bytes);
        if tape.rarely(2) {
            let body = tape.bytes().to_vec();
            writer.buf(&body);
            expected += buf_len(body.len());
            story.push((None, body));
        } else {
            let number = tape.number() % NUMBER_LIMIT;
            writer.var_uint(number);
            expected += var_uint_len(number);
            story.push((Some(number), Vec::new()));
        }
    }
    assert_eq!(bytes.len(), expected);
    let (mut ours, mut theirs) = (Reader::new(&bytes), Cursor::new(&bytes));
    for (number, body) in &story {
        match number {
            Some(number) => {
                assert_eq!(ours.var_uint(), Ok(*number));
                assert_eq!(theirs.read_var::<u64>().ok(), Some(*number));
            }
            None => {
                let text = std::str::from_utf8(body).map_err(|_| Rule::NotUtf8);
                assert_eq!(ours.clone().str().map_err(|e: Malformed| e.rule), text);
                assert_eq!(ours.buf(), Ok(&body[..]));
                assert_eq!(theirs.read_buf().ok(), Some(&body[..]));
            }
        }
    }
    assert_eq!(ours.finish(), Ok(()));
}

/// Whatever is read of anything, the reader stays within it.
fn read(orders: &[u8], bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    for order in orders {
        let before = reader.position();
        let mut elsewhere = Reader::at(bytes, before);
        let read = order_read(*order, &mut reader);
        assert_eq!(read, order_read(*order, &mut elsewhere));
        assert!(reader.position() >= before && reader.position() <= bytes.len());
        assert_eq!(reader.position() + reader.remaining(), bytes.len());
        match read {
            Ok(length) => {
                let taken = reader.position() - before;
                assert!(length <= taken, "{length} bytes of {taken}");
            }
            // Where it is broken is where it was read, not before and not beyond.
            Err(broken) => assert!((before..=bytes.len()).contains(&broken.offset), "{broken}"),
        }
    }
    assert_eq!(reader.finish().is_ok(), reader.is_empty());
}

/// Reads one thing and says how many bytes of it were given out.
fn order_read(order: u8, reader: &mut Reader<'_>) -> Result<usize, Malformed> {
    match order % 8 {
        0 => reader.u8().map(|_| 1),
        1 => reader.var_uint().map(|number| {
            assert!(number < NUMBER_LIMIT);
            // Longer encodings of it exist, shorter ones do not.
            var_uint_len(number)
        }),
        2 => reader.var_u32().map(|number| var_uint_len(number.into())),
        3 => reader
            .clone()
            .count(usize::from(order / 8))
            .and_then(|count| {
                reader.var_uint()?;
                assert!(count * usize::from(order / 8).max(1) <= reader.remaining());
                Ok(0)
            }),
        4 => reader.skip_var_int().map(|()| 1),
        5 => reader.take(usize::from(order / 8)).map(<[u8]>::len),
        6 => reader.buf().map(<[u8]>::len),
        _ => reader.str().map(str::len),
    }
}
