//! What stuck, slow and greedy clients cost: bars, and what was measured.
//!
//! ```text
//! cargo bench --bench overload
//! cargo bench --bench overload -- stuck flood
//! cargo bench --bench overload -- stuck-many --runs 5 --server=--window=65536
//! ```
//!
//! Each scenario (a file in `overload/scenario/` that says what it does) starts
//! the program as a process of its own, drives it through sockets, and reads its
//! memory, CPU and descriptors from `/proc`, so it runs on Linux only. A
//! scenario is called by its name or the beginning of it.
//!
//! How to read it: memory is resident memory of the server alone, as the kernel
//! counts it; what the kernel holds for its sockets is not in it. Readers that
//! get stuck have little room in the kernel, and the segments of Ethernet:
//! over the loopback device's own the kernel hides some 2.5 MB of each. Where a
//! bar compares, both sides are measured in the same run, in turn, and the
//! figure is the median of `--runs`. Clients come from 250 addresses of the
//! loopback network. They share the machine with the server: latencies contain
//! them, and on few cores they are what is felt first.

#[cfg(target_os = "linux")]
#[path = "overload/mod.rs"]
mod overload;
#[cfg(target_os = "linux")]
mod samples;
#[cfg(target_os = "linux")]
mod socket;
#[cfg(target_os = "linux")]
mod trace;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    overload::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("overload: it reads /proc, which only Linux has");
}
