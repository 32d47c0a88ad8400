//! A presence message that is read stays within its limits, borrows what it
//! tells, and survives the wire: written again it is read as the same entries,
//! and written by us it is never longer than it came.

#![no_main]

use cowrite::wire::awareness::{Entry, Limits, decode, encode, is_state};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    let limits = Limits {
        entries: tape.below(32),
        state_bytes: tape.below(512),
    };
    if tape.rarely(2) {
        write(&mut tape);
    } else {
        read(tape.rest(), &limits);
    }
});

fn read(bytes: &[u8], limits: &Limits) {
    let entries = match decode(bytes, limits) {
        Ok(entries) => entries,
        Err(malformed) => return assert!(malformed.offset <= bytes.len(), "{malformed}"),
    };
    assert!(entries.len() <= limits.entries);
    for entry in &entries {
        assert!(entry.client < 1 << 53);
        if let Some(state) = entry.state {
            assert!(state.len() <= limits.state_bytes && state != "null");
            assert!(bytes.as_ptr_range().contains(&state.as_ptr()) || state.is_empty());
        }
    }
    let again = encode(entries.iter().copied());
    assert!(again.len() <= bytes.len());
    assert_eq!(decode(&again, limits).as_ref(), Ok(&entries));
}

fn write(tape: &mut Tape<'_>) {
    let mut entries = Vec::new();
    while !tape.is_empty() && entries.len() < 32 {
        entries.push(Entry {
            client: tape.number() % (1 << 53),
            clock: tape.number() as u32,
            state: std::str::from_utf8(tape.bytes())
                .ok()
                .filter(|state| *state != "null"),
        });
    }
    let bytes = encode(entries.iter().copied());
    assert_eq!(decode(&bytes, &Limits::default()).as_ref(), Ok(&entries));
    // What may be shown to others is what a client can parse.
    for state in entries.iter().filter_map(|entry| entry.state) {
        if is_state(state) {
            assert!(
                serde_json::from_str::<serde_json::Value>(state).is_ok(),
                "{state:?}"
            );
        }
    }
}
