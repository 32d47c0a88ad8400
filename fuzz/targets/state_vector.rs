//! A state vector that is read keeps its form (clients rise, clocks are between
//! zero and 2^31, within the limit), survives the wire, says the same as what
//! Yrs reads, and compares as a set of clocks should.

#![no_main]

use cowrite::wire::state_vector::{CLOCK_LIMIT, StateVector};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    let max_clients = 1 + tape.below(64);
    if tape.rarely(2) {
        collect(&mut tape);
    } else {
        decode(tape.rest(), max_clients);
    }
});

fn decode(bytes: &[u8], max_clients: usize) {
    let vector = match StateVector::decode(bytes, max_clients) {
        Ok(vector) => vector,
        Err(malformed) => return assert!(malformed.offset <= bytes.len(), "{malformed}"),
    };
    assert!(vector.len() <= max_clients);
    sound(&vector);
    let theirs = yrs::StateVector::decode_v1(bytes).expect("Yrs reads what we read");
    assert_eq!(StateVector::from(&theirs), vector);
}

/// From values: of a client that comes twice the higher clock counts.
fn collect(tape: &mut Tape<'_>) {
    let mut pairs: Vec<(u64, u32)> = Vec::new();
    while !tape.is_empty() && pairs.len() < 64 {
        let client = tape.number() % (1 << 53);
        pairs.push((client, (tape.number() % u64::from(CLOCK_LIMIT)) as u32));
    }
    let vector: StateVector = pairs.iter().copied().collect();
    sound(&vector);
    for &(client, _) in &pairs {
        let highest = pairs
            .iter()
            .filter(|pair| pair.0 == client)
            .map(|pair| pair.1)
            .max();
        assert_eq!(Some(vector.clock(client)), highest);
    }
    let (half, _) = pairs.split_at(pairs.len() / 2);
    let half: StateVector = half.iter().copied().collect();
    assert!(vector.covers(&half));
    assert_eq!(half.covers(&vector), half == vector);
}

fn sound(vector: &StateVector) {
    let clocks: Vec<(u64, u32)> = vector.iter().collect();
    assert!(clocks.windows(2).all(|pair| pair[0].0 < pair[1].0));
    for &(client, clock) in &clocks {
        assert!(clock > 0 && clock < CLOCK_LIMIT);
        assert_eq!(vector.clock(client), clock);
    }
    assert_eq!(
        (vector.len(), vector.is_empty()),
        (clocks.len(), clocks.is_empty())
    );
    assert!(vector.covers(vector) && vector.covers(&StateVector::new()));
    let encoded = vector.encode();
    assert_eq!(
        StateVector::decode(&encoded, usize::MAX).as_ref(),
        Ok(vector)
    );
    assert_eq!(StateVector::from(&vector.to_yrs()), *vector);
    let theirs = vector.to_yrs().encode_v1();
    assert_eq!(
        StateVector::decode(&theirs, usize::MAX).as_ref(),
        Ok(vector)
    );
}
