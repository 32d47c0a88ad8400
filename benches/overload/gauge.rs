//! What the kernel says of a process: memory, CPU, descriptors.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Trouble;
use crate::samples::Samples;

/// The kernel's clock in `/proc/<pid>/stat`, on every architecture that counts.
const TICKS_PER_SECOND: f64 = 100.0;

/// How often memory is looked at while it is watched.
const GLANCE: Duration = Duration::from_millis(50);

/// So many bytes are a MiB.
pub const MIB: f64 = 1_048_576.0;

/// Looks at one process. All amounts are in MiB.
#[derive(Debug, Clone, Copy)]
pub struct Gauge {
    process: u32,
}

impl Gauge {
    /// Of the process with this id.
    pub fn of(process: u32) -> Self {
        Self { process }
    }

    /// What it holds in memory now.
    pub fn memory(self) -> io::Result<f64> {
        self.status("VmRSS:")
    }

    /// The part of it that came from the allocator, not from files.
    pub fn allocated(self) -> io::Result<f64> {
        self.status("RssAnon:")
    }

    /// The most that it ever held, or since [`forget_peak`](Self::forget_peak).
    pub fn peak(self) -> io::Result<f64> {
        self.status("VmHWM:")
    }

    /// Lets the peak begin anew.
    pub fn forget_peak(self) -> io::Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.process), "5")
    }

    /// Seconds of CPU so far.
    pub fn cpu(self) -> io::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process))?;
        // The name in parentheses may hold anything; user and system time are
        // the 12th and 13th field after it.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks: f64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum();
        Ok(ticks / TICKS_PER_SECOND)
    }

    /// How many descriptors it has open.
    pub fn descriptors(self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.process))?.count())
    }

    fn status(self, name: &str) -> io::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|value| value.trim().strip_suffix("kB")?.trim().parse::<f64>().ok())
            .map(|kilobytes| kilobytes / 1024.0)
            .ok_or_else(|| io::Error::other(format!("no {name} is told of the server")))
    }

    /// Watches the memory until asked for what it saw.
    pub fn watch(self) -> Watch {
        let (over, mut told) = oneshot::channel::<()>();
        let began = Instant::now();
        let task = tokio::spawn(async move {
            let mut seen = Vec::new();
            while let Ok(memory) = self.memory() {
                seen.push((Instant::now(), memory));
                if tokio::time::timeout(GLANCE, &mut told).await.is_ok() {
                    break;
                }
            }
            seen
        });
        Watch { began, task, over }
    }
}

/// A process that is being watched.
pub struct Watch {
    began: Instant,
    task: JoinHandle<Vec<(Instant, f64)>>,
    over: oneshot::Sender<()>,
}

impl Watch {
    /// Ends the watch and gives the memory that was typical, and the most that
    /// was seen, from `start` on, for `length`.
    pub async fn end(self, start: Instant, length: Duration) -> Result<Course, Trouble> {
        drop(self.over);
        let seen = self.task.await?;
        let window = start..start + length;
        let amounts: Vec<f64> = seen
            .iter()
            .filter(|(at, _)| window.contains(at))
            .map(|(_, memory)| *memory)
            .collect();
        if amounts.is_empty() {
            let after = start.saturating_duration_since(self.began);
            return Err(format!("the server was not seen from {after:?} on").into());
        }
        let most = amounts.iter().copied().fold(0.0, f64::max);
        let mut samples = Samples::default();
        samples.extend(amounts);
        Ok(Course {
            typical: samples.median(),
            most,
        })
    }
}

/// How much memory a process held for a while, in MiB.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// The median.
    pub typical: f64,
    /// The maximum.
    pub most: f64,
}
