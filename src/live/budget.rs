//! What one connection may send in a while.
//!
//! A connection has a bucket of messages and one of bytes. They fill at a steady
//! rate, up to [`BURST`] of it, and who empties one waits in TCP until there is
//! something in it again: nothing is lost, it only comes later. What people do
//! never gets near the rate, and the burst lets a client that comes back with the
//! work of a day have it taken at full speed. It is kept short because others wait
//! for as long as somebody goes at full speed.
//!
//! Slowing down costs the server little but is not free. So a connection that is
//! slowed down for a minute on end, and has more to say every time, is ended. An
//! import that passes in that time passes: 62 seconds' worth in one go.

use std::time::{Duration, Instant};

/// So much time's worth may come at once.
const BURST: Duration = Duration::from_secs(2);

/// So much time's worth in the bucket says that the connection took a breath: who
/// always has more to send never lets it fill that far.
const BREATH: Duration = Duration::from_secs(1);

/// The rates; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Messages a second, control frames and fragments included.
    pub messages: usize,
    /// Bytes a second.
    pub bytes: usize,
    /// How long a connection may be slowed down without taking a breath.
    pub patience: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            messages: 10_000,
            bytes: 2 << 20,
            patience: Duration::from_secs(60),
        }
    }
}

/// The buckets of one connection.
#[derive(Debug)]
pub struct Purse {
    messages: Bucket,
    bytes: Bucket,
    patience: Duration,
    /// Since when it was slowed down without taking a breath.
    slowed: Option<Instant>,
}

/// Whether the next bytes may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At once.
    Go,
    /// To be asked again after so long.
    Wait(Duration),
    /// Never: the connection was over its budget for too long.
    Over,
}

#[derive(Debug)]
struct Bucket {
    /// A second's worth; 0 is no limit.
    rate: f64,
    level: f64,
    filled: Instant,
}

/// When the buckets of a purse will be full, if nothing more is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fullness {
    messages: Instant,
    bytes: Instant,
}

impl Fullness {
    /// How long until both are full.
    pub fn wait(self, now: Instant) -> Duration {
        self.messages.max(self.bytes).saturating_duration_since(now)
    }

    /// The later of each.
    pub fn later(self, other: Self) -> Self {
        Self {
            messages: self.messages.max(other.messages),
            bytes: self.bytes.max(other.bytes),
        }
    }
}

impl Purse {
    /// Buckets that will be full then.
    pub fn full_at(budget: Budget, full: Fullness, now: Instant) -> Self {
        let mut purse = Self::new(budget, now);
        purse.messages.lacks(full.messages, now);
        purse.bytes.lacks(full.bytes, now);
        purse
    }

    /// When they will be full.
    pub fn fullness(&mut self, now: Instant) -> Fullness {
        Fullness {
            messages: self.messages.full_at(now),
            bytes: self.bytes.full_at(now),
        }
    }

    /// Full buckets.
    pub fn new(budget: Budget, now: Instant) -> Self {
        Self {
            messages: Bucket::new(budget.messages, now),
            bytes: Bucket::new(budget.bytes, now),
            patience: budget.patience,
            slowed: None,
        }
    }

    /// Counts what came.
    pub fn spend(&mut self, messages: usize, bytes: usize) {
        self.messages.level -= messages as f64;
        self.bytes.level -= bytes as f64;
    }

    /// Whether the next bytes may be read.
    pub fn pace(&mut self, now: Instant) -> Pace {
        let wait = self.messages.wait(now).max(self.bytes.wait(now));
        if self.messages.has_rested() && self.bytes.has_rested() {
            self.slowed = None;
        }
        if wait.is_zero() {
            return Pace::Go;
        }
        let since = *self.slowed.get_or_insert(now);
        let slowed = now.saturating_duration_since(since);
        if slowed > self.patience {
            return Pace::Over;
        }
        // Nobody else looks at it meanwhile: it is looked at when its time is over.
        Pace::Wait(wait.min(self.patience - slowed + Duration::from_millis(1)))
    }
}

impl Bucket {
    fn new(rate: usize, now: Instant) -> Self {
        let mut bucket = Self {
            rate: rate as f64,
            level: 0.0,
            filled: now,
        };
        bucket.level = bucket.full();
        bucket
    }

    const fn full(&self) -> f64 {
        self.rate * BURST.as_secs_f64()
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled);
        self.filled = now;
        self.level = self
            .full()
            .min(self.level + self.rate * passed.as_secs_f64());
    }

    /// When it will be full.
    fn full_at(&mut self, now: Instant) -> Instant {
        if self.rate == 0.0 {
            return now;
        }
        self.fill(now);
        now + Duration::from_secs_f64((self.full() - self.level) / self.rate)
    }

    /// Takes out what will come until `full`.
    fn lacks(&mut self, full: Instant, now: Instant) {
        self.level -= self.rate * full.saturating_duration_since(now).as_secs_f64();
    }

    /// Fills the bucket and tells how long until there is something in it.
    fn wait(&mut self, now: Instant) -> Duration {
        if self.rate == 0.0 {
            return Duration::ZERO;
        }
        self.fill(now);
        if self.level >= 0.0 {
            return Duration::ZERO;
        }
        // Timers count in milliseconds; a whole one is not waited for in vain.
        Duration::from_secs_f64(-self.level / self.rate) + Duration::from_millis(1)
    }

    fn has_rested(&self) -> bool {
        self.rate == 0.0 || self.level >= self.rate * BREATH.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget {
        messages: 100,
        bytes: 1000,
        patience: PATIENCE,
    };
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A client that always has more to send: when it is ended, and what it got
    /// through until then.
    fn floods(messages: usize, bytes: usize) -> (Duration, usize) {
        let begin = Instant::now();
        let (mut now, mut sent) = (begin, 0);
        let mut purse = Purse::new(BUDGET, now);
        loop {
            match purse.pace(now) {
                Pace::Go => {
                    purse.spend(messages, bytes);
                    sent += messages.max(bytes);
                }
                Pace::Wait(wait) => now += wait,
                Pace::Over => return (now - begin, sent),
            }
        }
    }

    #[test]
    fn a_burst_passes_at_once_and_the_rest_at_the_rate() {
        let now = Instant::now();
        let mut purse = Purse::new(BUDGET, now);
        for _ in 0..=100 * BURST.as_secs() {
            assert_eq!(purse.pace(now), Pace::Go);
            purse.spend(1, 1);
        }
        let Pace::Wait(wait) = purse.pace(now) else {
            panic!("it goes on for ever");
        };
        assert!(wait <= Duration::from_millis(12), "{wait:?}");
        assert_eq!(purse.pace(now + wait), Pace::Go);
    }

    #[test]
    fn who_floods_for_a_minute_is_ended() {
        for (messages, bytes) in [(1, 0), (10, 0), (1, 100), (50, 1), (0, 1000)] {
            let (after, sent) = floods(messages, bytes);
            assert!(
                (PATIENCE..PATIENCE + BURST).contains(&after),
                "{messages}, {bytes}: {after:?}"
            );
            let rate = if bytes > messages { 1000 } else { 100 };
            assert!(sent <= 65 * rate, "{sent} in {after:?}");
            assert!(sent >= 60 * rate, "{sent} in {after:?}");
        }
    }

    #[test]
    fn a_long_import_passes_and_leaves_no_mark() {
        let mut now = Instant::now();
        let mut purse = Purse::new(BUDGET, now);
        for _ in 0..3 {
            let mut left = 60 * 100;
            while left > 0 {
                match purse.pace(now) {
                    Pace::Go => {
                        purse.spend(1, 0);
                        left -= 1;
                    }
                    Pace::Wait(wait) => now += wait,
                    Pace::Over => panic!("{left} were not taken"),
                }
            }
            now += BURST;
        }
    }

    #[test]
    fn who_stays_within_the_rate_is_never_slowed() {
        let mut now = Instant::now();
        let mut purse = Purse::new(BUDGET, now);
        for _ in 0..100_000 {
            assert_eq!(purse.pace(now), Pace::Go);
            purse.spend(1, 10);
            now += Duration::from_millis(10);
        }
    }

    #[test]
    fn nothing_is_counted_where_there_is_no_limit() {
        let now = Instant::now();
        let unlimited = Budget {
            messages: 0,
            bytes: 0,
            ..BUDGET
        };
        let mut purse = Purse::new(unlimited, now);
        purse.spend(usize::MAX, usize::MAX);
        assert_eq!(purse.pace(now), Pace::Go);
    }
}
