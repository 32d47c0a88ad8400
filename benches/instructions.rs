//! How many instructions the server takes for an edit and for a delivery, and
//! whether that grew: a check that is not a timing.
//!
//! ```text
//! make instructions                           # against the record; fails above +5 %
//! make instructions-record WHY="the reason"   # writes the record anew
//! cargo bench --profile dev --bench instructions -- --keep profiles   # for callgrind_annotate
//! ```
//!
//! The server, with SQLite and its own defaults but one thread for sockets and one
//! for documents, runs under Valgrind's callgrind, which counts every instruction
//! outside the kernel. A client outside of it types a seeded session in a closed
//! loop: an edit leaves when everybody has the one before.
//!
//! - **An ingested edit**: the author alone, from its frame to its echo, the journal
//!   between.
//! - **A delivery**: what one more reader adds to that, when there are 400.
//!
//! Both are differences between a session of so many edits and one of twice as many, so
//! that starting and joining are not in it, nor what the first edits of a document cost.
//! A journal is folded once, when the server stops: of that, the growth is in it.
//!
//! How to read it: two runs differ by one or two per cent, on a busy machine too,
//! because threads take turns under Valgrind and what comes by the clock is little. The
//! figures hold for one compiler and one architecture, and for the profile `counted`
//! (`Cargo.toml`), which is not what ships: compare them with the record, not with other
//! programs. Instructions are no time: the kernel, caches and the disk are not in them.

#[cfg(target_os = "linux")]
#[path = "instructions/mod.rs"]
mod instructions;
#[cfg(target_os = "linux")]
mod samples;
#[cfg(target_os = "linux")]
mod socket;
#[cfg(target_os = "linux")]
mod trace;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    instructions::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("instructions: they are counted on Linux only");
}
