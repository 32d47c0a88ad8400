//! What is printed: a table of bars and what was measured.

use std::time::Duration;

/// The rows so far.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<[String; 4]>,
}

impl Report {
    /// A figure with a bar.
    pub fn judge(&mut self, what: &str, bar: &str, measured: String, holds: bool) {
        let verdict = if holds { "ok" } else { "short" };
        self.add(what, bar, measured, verdict);
    }

    /// A figure without one.
    pub fn tell(&mut self, what: &str, measured: String) {
        self.add(what, "", measured, "");
    }

    fn add(&mut self, what: &str, bar: &str, measured: String, verdict: &str) {
        eprintln!("  {what}: {measured} {verdict}");
        self.rows.push([
            what.to_owned(),
            bar.to_owned(),
            measured,
            verdict.to_owned(),
        ]);
    }

    /// How many bars were not reached.
    pub fn shortfalls(&self) -> usize {
        self.rows.iter().filter(|row| row[3] == "short").count()
    }

    /// Prints the table to standard output.
    pub fn print(&self) {
        let head = ["what", "bar", "measured", ""].map(str::to_owned);
        let width = |column: usize| {
            let rows = self.rows.iter().chain([&head]);
            rows.map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths = [0, 1, 2, 3].map(width);
        let rule = widths.map(|width| "-".repeat(width));
        for row in [&head, &rule].into_iter().chain(&self.rows) {
            let [what, bar, measured, verdict] = row;
            let [w, b, m, v] = widths;
            println!("| {what:w$} | {bar:b$} | {measured:m$} | {verdict:v$} |");
        }
    }
}

/// Seconds, for people.
pub fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// MiB, for people.
pub fn mib(amount: f64) -> String {
    format!("{amount:.1} MiB")
}

/// A difference in MiB, for people.
pub fn more_mib(amount: f64) -> String {
    format!("{amount:+.1} MiB")
}
