//! A script being performed: one writes at a pace, others note when they had it.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::Trouble;
use super::door::{Door, Line, is_update};
use super::script::{Script, last_mark};
use crate::socket::{Heard, Reading, Writing};

/// The performance of a script, shared by all who take part.
#[derive(Debug)]
pub struct Play {
    /// What is written.
    pub script: Arc<Script>,
    epoch: Instant,
    /// When each message was sent, in nanoseconds since the epoch.
    sent: Vec<AtomicU64>,
    count: AtomicUsize,
    halted: AtomicBool,
    over: watch::Sender<bool>,
}

/// What somebody heard of a play.
#[derive(Debug, Default)]
pub struct Listener {
    /// The line, and how many milliseconds after it was sent it was read.
    pub latencies: Vec<(usize, f64)>,
    /// The close code, if the server ended the connection; 1006 if it broke.
    pub closed: Option<u16>,
}

impl Play {
    /// Of a script, not begun yet.
    pub fn of(script: Arc<Script>) -> Arc<Self> {
        Arc::new(Self {
            sent: script.messages.iter().map(|_| AtomicU64::new(0)).collect(),
            script,
            epoch: Instant::now(),
            count: AtomicUsize::new(0),
            halted: AtomicBool::new(false),
            over: watch::Sender::new(false),
        })
    }

    /// A writer joins the document and writes, so many messages a second, until
    /// halted or at the script's end, and stays until all go home. What it hears
    /// of itself is noted as any listener's.
    pub async fn begin(
        self: &Arc<Self>,
        door: &Door,
        document: &str,
        per_second: u32,
    ) -> Result<JoinHandle<Listener>, Trouble> {
        let (reading, writing) = door.join(document, Line::Wide).await?.split();
        let play = Arc::clone(self);
        // If its connection breaks, so does its echo, and that is noted.
        tokio::spawn(async move { play.perform(writing, per_second).await });
        Ok(tokio::spawn(Arc::clone(self).listen(reading, None)))
    }

    async fn perform(&self, mut writing: Writing, per_second: u32) -> io::Result<()> {
        let mut over = self.over.subscribe();
        let mut pace = tokio::time::interval(Duration::from_secs(1) / per_second);
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for (number, message) in self.script.messages.iter().enumerate() {
            pace.tick().await;
            if self.halted.load(Ordering::Acquire) {
                break;
            }
            self.sent[number].store(self.epoch.elapsed().as_nanos() as u64, Ordering::Release);
            writing.send(message).await?;
            self.count.store(number + 1, Ordering::Release);
        }
        // A writer that leaves is another event than one that pauses.
        let _ = over.wait_for(|over| *over).await;
        Ok(())
    }

    /// Nothing more is written.
    pub fn halt(&self) {
        self.halted.store(true, Ordering::Release);
    }

    /// All listeners go home.
    pub fn end(&self) {
        self.halt();
        self.over.send_replace(true);
    }

    /// How many messages were sent.
    pub fn sent(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// How much there is of the writer's by now.
    pub fn clock(&self) -> u32 {
        match self.sent() {
            0 => 0,
            sent => self.script.clocks[sent - 1],
        }
    }

    /// A reader joins the document.
    pub async fn admit(
        self: &Arc<Self>,
        door: &Door,
        document: &str,
    ) -> Result<JoinHandle<Listener>, Trouble> {
        let (reading, writing) = door.join(document, Line::Wide).await?.split();
        Ok(tokio::spawn(
            Arc::clone(self).listen(reading, Some(writing)),
        ))
    }

    /// Listens; the other half, if it is here, is kept open as long.
    async fn listen(self: Arc<Self>, mut reading: Reading, _open: Option<Writing>) -> Listener {
        let mut listener = Listener::default();
        let mut next = 0;
        let mut over = self.over.subscribe();
        let mut over = pin!(over.wait_for(|over| *over));
        loop {
            let heard = tokio::select! {
                heard = reading.next() => heard,
                _ = &mut over => return listener,
            };
            match heard {
                Ok(Heard::Message(message)) if is_update(&message) => {
                    let Some(last) = last_mark(&message) else {
                        continue;
                    };
                    let now = self.epoch.elapsed().as_nanos() as u64;
                    for number in next..=last.min(self.sent.len() - 1) {
                        let sent = self.sent[number].load(Ordering::Acquire);
                        let latency = now.saturating_sub(sent) as f64 / 1e6;
                        listener.latencies.push((number, latency));
                    }
                    next = next.max(last + 1);
                }
                Ok(Heard::Message(_)) => {}
                Ok(Heard::Closed(code, _)) => listener.closed = Some(code),
                Err(_) => {
                    listener.closed.get_or_insert(1006);
                    return listener;
                }
            }
        }
    }

    /// The latencies of what was sent from `start` on, for `length`.
    pub fn latencies<'a>(
        &self,
        listeners: impl IntoIterator<Item = &'a Listener>,
        start: Instant,
        length: Duration,
    ) -> Vec<f64> {
        let from = start.saturating_duration_since(self.epoch).as_nanos() as u64;
        let window = from..from + length.as_nanos() as u64;
        let was_sent = |number: usize| self.sent[number].load(Ordering::Acquire);
        listeners
            .into_iter()
            .flat_map(|listener| &listener.latencies)
            .filter(|(number, _)| window.contains(&was_sent(*number)))
            .map(|(_, latency)| *latency)
            .collect()
    }
}
