//! Whether the other end of a connection is alive.
//!
//! Silence is counted in beats at which the server listened and heard nothing,
//! not read off a clock. A process that was stopped, or a machine that slept,
//! finds every connection silent for as long as it was away; it is the one that
//! did not listen, so after a beat that came late everybody is asked anew and has
//! the whole time to answer.

use std::time::{Duration, Instant};

/// Connections are looked at twelve times in the silence that they are allowed,
/// but not more often than this,
const OFTEN: Duration = Duration::from_secs(1);

/// and not less often than this.
const RARELY: Duration = Duration::from_secs(5);

/// How long a connection may take to answer when somebody else claims its place.
const CHALLENGE: Duration = Duration::from_secs(4);

/// A beat that comes so many intervals after the one before came late.
const LATE: u32 = 4;

/// The pulse of one connection.
#[derive(Debug)]
pub struct Pulse {
    /// Silence after which a connection is dead.
    patience: Duration,
    /// Silence after which this one is, as long as it is challenged.
    challenged: Option<Duration>,
    quiet: Duration,
    unasked: Duration,
    last: Instant,
}

/// What a beat says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Nothing is to be done.
    Fine,
    /// It should be asked whether it is there.
    Ping,
    /// Nothing was heard for too long.
    Dead,
}

impl Pulse {
    /// The pulse of a connection that may be silent for `patience`.
    pub fn new(patience: Duration, now: Instant) -> Self {
        Self {
            patience,
            challenged: None,
            quiet: Duration::ZERO,
            unasked: Duration::ZERO,
            last: now,
        }
    }

    /// How long from beat to beat.
    fn interval(&self) -> Duration {
        (self.patience / 12).clamp(self.patience.min(OFTEN), RARELY)
    }

    /// Whether it is time for a beat. Who asks does so about once a second, so half of
    /// that early is in time.
    pub fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) + OFTEN / 2 >= self.interval()
    }

    /// Whether somebody else claims its place.
    pub fn is_challenged(&self) -> bool {
        self.challenged.is_some()
    }

    /// One beat: whether anything was heard since the last, and whether somebody
    /// claims to be this client on a newer connection.
    pub fn beat(&mut self, heard: bool, challenged: bool, now: Instant) -> Beat {
        let interval = self.interval();
        let passed = now.saturating_duration_since(self.last);
        let late = passed > interval * LATE;
        self.last = now;
        // Beats that were missed may all come at once: they count for nothing.
        self.unasked += passed.min(interval * 2);
        self.quiet += passed.min(interval * 2);
        if heard || late {
            self.quiet = Duration::ZERO;
            self.challenged = None;
        }
        let patience = self.challenged.unwrap_or(self.patience).min(self.patience);
        if self.quiet > patience {
            return Beat::Dead;
        }
        if challenged && self.challenged.is_none() {
            self.challenged = Some(self.quiet + CHALLENGE);
        }
        if challenged || late || self.unasked > self.patience / 2 {
            self.unasked = Duration::ZERO;
            return Beat::Ping;
        }
        Beat::Fine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    struct Line {
        pulse: Pulse,
        now: Instant,
    }

    impl Line {
        fn new() -> Self {
            let now = Instant::now();
            let pulse = Pulse::new(60 * SECOND, now);
            assert_eq!(pulse.interval(), 5 * SECOND);
            Self { pulse, now }
        }

        /// So many beats, of which something is heard or not.
        fn beats(&mut self, beats: u32, heard: bool) -> Vec<Beat> {
            let beat = |_| {
                self.now += 5 * SECOND;
                self.pulse.beat(heard, false, self.now)
            };
            (0..beats).map(beat).collect()
        }

        /// A beat at which something had been heard, before it was asked.
        fn is_challenged(&mut self) {
            self.now += 5 * SECOND;
            assert_eq!(self.pulse.beat(true, true, self.now), Beat::Ping);
        }
    }

    #[test]
    fn who_says_nothing_is_asked_and_then_dead() {
        let mut line = Line::new();
        let beats = line.beats(13, false);
        assert_eq!(beats.iter().filter(|beat| **beat == Beat::Ping).count(), 1);
        assert_eq!(beats.iter().position(|beat| *beat == Beat::Dead), Some(12));
    }

    #[test]
    fn who_says_anything_lives() {
        let mut line = Line::new();
        for _ in 0..10 {
            assert!(!line.beats(11, false).contains(&Beat::Dead));
            line.beats(1, true);
        }
    }

    /// After a suspension everybody was silent for an hour, by the clock. They
    /// were all ended at the first beat, with what they had said still unread.
    #[test]
    fn after_a_sleep_everybody_is_asked_first() {
        let mut line = Line::new();
        line.beats(11, false);
        line.now += 3600 * SECOND;
        assert_eq!(line.beats(1, false), [Beat::Ping]);
        // The beats that were missed come all at once.
        for _ in 0..700 {
            let beat = line.pulse.beat(false, false, line.now);
            assert_eq!(beat, Beat::Fine);
        }
        assert!(
            !line.beats(12, false).contains(&Beat::Dead),
            "the whole time"
        );
        assert_eq!(line.beats(1, false), [Beat::Dead]);
    }

    #[test]
    fn a_challenge_is_answered_soon_or_never() {
        let mut line = Line::new();
        line.beats(3, false);
        line.is_challenged();
        assert_eq!(line.beats(1, false), [Beat::Dead]);
        let mut line = Line::new();
        line.is_challenged();
        line.beats(1, true);
        assert!(!line.beats(12, false).contains(&Beat::Dead), "it is over");
    }
}
