//! What the kernel says of a server: CPU and memory of its process and of all that
//! came from it.

use std::collections::HashMap;
use std::fs;
use std::io;

/// The kernel's clock in `/proc/<pid>/stat`, on every architecture that counts.
const TICKS_PER_SECOND: f64 = 100.0;

/// Looks at one process and its descendants.
#[derive(Debug, Clone, Copy)]
pub struct Gauge {
    process: u32,
}

/// CPU so far, in two accounts: ticks of 10 ms, in which nothing is forgotten, and
/// nanoseconds by thread, in which a thread that ended is.
#[derive(Debug, Clone)]
pub struct Cpu {
    ticks: f64,
    threads: HashMap<String, u64>,
}

impl Cpu {
    /// Seconds from an earlier look to this one.
    pub fn since(&self, earlier: &Self) -> f64 {
        let all_live = earlier
            .threads
            .keys()
            .all(|thread| self.threads.contains_key(thread));
        if !all_live || self.threads.is_empty() {
            return (self.ticks - earlier.ticks) / TICKS_PER_SECOND;
        }
        let nanos = |cpu: &Self| cpu.threads.values().sum::<u64>();
        (nanos(self) - nanos(earlier)) as f64 / 1e9
    }
}

impl Gauge {
    /// Of the process with this id.
    pub fn of(process: u32) -> Self {
        Self { process }
    }

    /// The process, its children, and theirs.
    fn family(self) -> Vec<u32> {
        let mut family = vec![self.process];
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            next += 1;
            for task in entries(&format!("/proc/{parent}/task")) {
                // Kernels without this file leave the process alone.
                let children = fs::read_to_string(format!("/proc/{parent}/task/{task}/children"));
                family.extend(
                    children
                        .unwrap_or_default()
                        .split_whitespace()
                        .filter_map(|child| child.parse::<u32>().ok()),
                );
            }
        }
        family
    }

    /// CPU so far, user and system.
    pub fn cpu(self) -> io::Result<Cpu> {
        let mut cpu = Cpu {
            ticks: 0.0,
            threads: HashMap::new(),
        };
        for process in self.family() {
            let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
            // The name in parentheses may hold anything; user and system time are
            // the 12th and 13th field after it.
            let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
            cpu.ticks += fields
                .split_whitespace()
                .skip(11)
                .take(2)
                .filter_map(|field| field.parse::<f64>().ok())
                .sum::<f64>();
            for task in entries(&format!("/proc/{process}/task")) {
                let stat = fs::read_to_string(format!("/proc/{process}/task/{task}/schedstat"));
                let nanos = stat.unwrap_or_default();
                if let Some(nanos) = nanos.split(' ').next().and_then(|n| n.parse().ok()) {
                    cpu.threads.insert(task, nanos);
                }
            }
        }
        Ok(cpu)
    }

    /// KiB held in memory now.
    pub fn memory(self) -> io::Result<f64> {
        self.status("VmRSS:")
    }

    /// KiB held at most since [`forget_peak`](Self::forget_peak).
    pub fn peak(self) -> io::Result<f64> {
        self.status("VmHWM:")
    }

    /// Lets the peak begin anew.
    pub fn forget_peak(self) -> io::Result<()> {
        self.family()
            .iter()
            .try_for_each(|process| fs::write(format!("/proc/{process}/clear_refs"), "5"))
    }

    fn status(self, name: &str) -> io::Result<f64> {
        let mut sum = 0.0;
        for process in self.family() {
            let status = fs::read_to_string(format!("/proc/{process}/status"))?;
            sum += status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|value| value.trim().strip_suffix("kB")?.trim().parse::<f64>().ok())
                .ok_or_else(|| io::Error::other(format!("no {name} is told of the server")))?;
        }
        Ok(sum)
    }
}

fn entries(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect()
}
