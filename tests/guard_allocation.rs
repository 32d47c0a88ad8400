//! What the guard allocates for a message stays in proportion to it, whatever
//! the message is: many tiny sections, many blocks, many deletions, deep values.
//!
//! `cargo test --release --test guard_allocation -- --nocapture` prints the
//! figures.

#![allow(clippy::unwrap_used)]

mod guard_session;

use bytes::Bytes;
use cowrite::wire::guard::{Limits, Outline, Slices, admit, inspect};
use cowrite::wire::lib0::Writer;
use guard_session::toil;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// So many bytes for each byte of the message.
const RATIO: usize = 8;

/// And so many for any.
const FLOOR: usize = 64 << 10;

/// The most that was allocated at once during `work`, above what was before.
fn peak(work: impl FnOnce()) -> usize {
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    work();
    ALLOCATED.peak_usage().saturating_sub(before)
}

/// Sections of one block each, from this clock on.
fn tiny_sections(count: u64, clock: u64, block: &[u8]) -> Vec<u8> {
    let sections: Vec<_> = (1..=count)
        .map(|client| (client, clock, vec![block.to_vec()]))
        .collect();
    toil::update(&sections, &[])
}

const NOTHING: &[u8] = &[0, 1];
const LETTER: &[u8] = &[4, 1, 1, b't', 1, b'a'];

/// Sections of which each waits for the next, down to the last.
fn tiny_sections_in_a_chain(count: u64) -> Vec<u8> {
    let waits = |next: u64| {
        let mut block = Vec::new();
        let mut writer = Writer::new(&mut block);
        writer.u8(0x81);
        for number in [next, 0, 1] {
            writer.var_uint(number);
        }
        block
    };
    let sections: Vec<_> = (1..=count)
        .map(|client| {
            let block = if client < count {
                waits(client + 1)
            } else {
                NOTHING.to_vec()
            };
            (client, 0, vec![block])
        })
        .collect();
    toil::update(&sections, &[])
}

fn deletes_of_many(count: u64) -> Vec<u8> {
    let deletes: Vec<_> = (1..=count).map(|client| (client, vec![(0, 1)])).collect();
    toil::update(&[], &deletes)
}

fn gone(count: usize) -> Vec<u8> {
    toil::update(&[(1, 0, vec![vec![0, 1]; count])], &[])
}

/// Blocks that lie in two lists by turns, so that nothing agrees.
fn by_turns(count: usize) -> Vec<u8> {
    let blocks = [&[4, 1, 1, b'a', 1, b'x'], &[4, 1, 1, b'b', 1, b'x']];
    let blocks = (0..count).map(|n| blocks[n % 2].to_vec()).collect();
    toil::update(&[(1, 0, blocks)], &[])
}

/// Entries of several values, which have to be deleted at once.
fn long_entries(count: u64) -> Vec<u8> {
    let entry = vec![0x28, 1, 1, b't', 1, b'k', 2, 126, 126];
    let blocks = vec![entry; count as usize];
    let ranges = (0..count).map(|n| (2 * n, 2)).collect();
    toil::update(&[(1, 0, blocks)], &[(1, ranges)])
}

fn deep_values(count: usize) -> Vec<u8> {
    let mut value = [117, 1].repeat(64);
    value.push(126);
    let mut block = vec![8, 1, 1, b't', 1];
    block.extend(value);
    toil::update(&[(1, 0, vec![block; count])], &[])
}

fn with_subdocuments(count: usize) -> Vec<u8> {
    let block = vec![9, 1, 1, b't', 1, b'g', 118, 0];
    toil::update(&[(1, 0, vec![block; count])], &[])
}

#[test]
fn what_is_allocated_is_in_proportion_to_the_message() {
    let limits = Limits::default();
    // Whatever is allocated once in a process.
    let _ = admit(&tiny_sections(2, 0, NOTHING), &limits, &Outline::new());
    let messages: Vec<(&str, Vec<u8>)> = [1, 16, 32]
        .into_iter()
        .flat_map(|size| {
            [
                ("tiny sections", tiny_sections(1_000 * size, 0, NOTHING)),
                (
                    "tiny sections of one letter",
                    tiny_sections(1_000 * size, 0, LETTER),
                ),
                (
                    "tiny sections that lack their past",
                    tiny_sections(1_000 * size, 1, NOTHING),
                ),
                (
                    "tiny sections that wait for each other",
                    tiny_sections_in_a_chain(1_000 * size),
                ),
                ("deletions of many clients", deletes_of_many(1_000 * size)),
                ("gone blocks", gone(10_000 * size as usize)),
                ("two lists by turns", by_turns(10_000 * size as usize)),
                ("long entries", long_entries(5_000 * size)),
                ("letters", toil::letters(1, 10_000 * size)),
                ("beads", toil::beads(1, 10_000 * size)),
                ("deep values", deep_values(500 * size as usize)),
                ("subdocuments", with_subdocuments(5_000 * size as usize)),
                ("a long text", toil::long_text(1, 100_000 * size as usize)),
                ("holes", toil::holes(1, 20_000 * size, 2)),
            ]
        })
        .collect();
    let mut broken = Vec::new();
    for (name, message) in &messages {
        let judged = peak(|| drop(admit(message, &limits, &Outline::new())));
        let shared = Bytes::from(message.clone());
        // In slices, with what the document remembers of it.
        let sliced = peak(|| {
            let mut outline = Outline::new();
            let Ok(mut slices) = Slices::new(shared, &limits, &outline, 16) else {
                return;
            };
            while let Ok(Some(slice)) = slices.next(&outline) {
                outline
                    .admit(&inspect(&slice.update, &limits).unwrap())
                    .unwrap();
            }
        });
        let of = |peak: usize| peak as f64 / message.len() as f64;
        println!(
            "{name}, {} bytes: {:.1} times that to judge, {:.1} in slices with the outline",
            message.len(),
            of(judged),
            of(sliced)
        );
        if judged > RATIO * message.len() + FLOOR {
            broken.push(format!("{name}: {:.1} times {}", of(judged), message.len()));
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}
