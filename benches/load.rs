//! What it costs to carry people: cowrite beside a floor, and beside its peers.
//!
//! ```text
//! cargo bench --bench load
//! cargo bench --bench load -- fanout pairs --runs 5
//! cargo bench --bench load -- ingest joiners --trace paper.json.gz
//! make bench-peers
//! ```
//!
//! Each scenario (a file in `load/scenario/` that says what it does and counts)
//! starts the servers one after the other, each as a process of its own on an
//! empty folder, and drives them through real sockets with the messages of real
//! providers. cowrite runs as shipped: SQLite, on disk before it is relayed. Only
//! its limits of what one address may open are lifted, since all come from here.
//!
//! How to read it: a **delivery** is one change of one writer that one reader has
//! for the first time. Frames are decoded, so merged ones count right; an author's
//! own echo is none. **CPU a delivery** is the server's time, user and system, by
//! the kernel's account, over what was delivered meanwhile; it says how many
//! readers a core carries, and the load generator, which shares the machine, is not in
//! it. **Latency** (from the author's write to the reader's read) and deliveries a
//! second do contain the generator. The **floor** is a relay without documents,
//! disk or checks: what the sockets alone cost. Compare figures of one run only;
//! each is the median of `--runs`, in which the servers take turns.

#[cfg(target_os = "linux")]
#[path = "load/mod.rs"]
mod load;
#[cfg(target_os = "linux")]
mod samples;
#[cfg(target_os = "linux")]
mod trace;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    load::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("load: it reads /proc, which only Linux has");
}
