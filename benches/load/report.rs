//! What was measured, and the tables it is printed in.

use serde_json::json;

use crate::samples::Samples;

/// What every figure is compared with.
const FLOOR: &str = "floor";

/// One figure of one server, once a run.
struct Figure {
    scenario: &'static str,
    what: String,
    server: String,
    /// How many digits are worth printing behind the point.
    digits: usize,
    runs: Vec<f64>,
}

/// What could not be measured, and why.
struct Refusal {
    scenario: &'static str,
    server: String,
    why: String,
}

/// All figures so far.
#[derive(Default)]
pub struct Report {
    figures: Vec<Figure>,
    refusals: Vec<Refusal>,
}

impl Report {
    /// Notes a figure of one run. `what` names its unit.
    pub fn note(
        &mut self,
        scenario: &'static str,
        server: &str,
        what: &str,
        digits: usize,
        value: f64,
    ) {
        eprintln!("  {server}: {what}: {value:.digits$}");
        let known = self.figures.iter_mut().find(|figure| {
            figure.scenario == scenario && figure.server == server && figure.what == what
        });
        match known {
            Some(figure) => figure.runs.push(value),
            None => self.figures.push(Figure {
                scenario,
                what: what.to_owned(),
                server: server.to_owned(),
                digits,
                runs: vec![value],
            }),
        }
    }

    /// Notes that a server could not be measured.
    pub fn refuse(&mut self, scenario: &'static str, server: &str, why: String) {
        eprintln!("  {server}: {why}");
        self.refusals.push(Refusal {
            scenario,
            server: server.to_owned(),
            why,
        });
    }

    /// How often something could not be measured.
    pub fn refusals(&self) -> usize {
        self.refusals.len()
    }

    /// All scenarios, in the order in which they were measured.
    fn scenarios(&self) -> Vec<&'static str> {
        let all = self.figures.iter().map(|figure| figure.scenario);
        distinct(all.chain(self.refusals.iter().map(|refusal| refusal.scenario)))
    }

    /// The median of a figure.
    fn median(&self, scenario: &str, what: &str, server: &str) -> Option<f64> {
        let figure = self.figures.iter().find(|figure| {
            figure.scenario == scenario && figure.what == what && figure.server == server
        })?;
        Some(median(&figure.runs))
    }

    /// The medians of a server's figures that begin with a number and go on with
    /// `rest`, by that number.
    pub fn curve(&self, scenario: &str, server: &str, rest: &str) -> Vec<(f64, f64)> {
        let point = |figure: &Figure| {
            let number = figure.what.strip_suffix(rest)?.parse().ok()?;
            let is_meant = figure.scenario == scenario && figure.server == server;
            is_meant.then(|| (number, median(&figure.runs)))
        };
        let mut points: Vec<_> = self.figures.iter().filter_map(point).collect();
        points.sort_by(|one: &(f64, f64), other| one.0.total_cmp(&other.0));
        points
    }

    /// A table for each scenario: a row a figure, a column a server, and how the
    /// first stands to the floor.
    pub fn print(&self, markdown: bool) {
        for scenario in self.scenarios() {
            let figures: Vec<_> = self.figures.iter().collect();
            let figures = figures.iter().filter(|figure| figure.scenario == scenario);
            let servers = distinct(figures.clone().map(|figure| figure.server.as_str()));
            let rows = distinct(figures.map(|figure| figure.what.as_str()));
            let mut table = vec![self.head(scenario, &servers)];
            for what in rows {
                table.push(self.row(scenario, what, &servers));
            }
            println!();
            print_table(&table, markdown);
            for refusal in &self.refusals {
                if refusal.scenario == scenario {
                    println!("{}: {}", refusal.server, refusal.why);
                }
            }
        }
    }

    fn head(&self, scenario: &str, servers: &[&str]) -> Vec<String> {
        let mut head = vec![scenario.to_owned()];
        head.extend(servers.iter().map(|server| (*server).to_owned()));
        if servers.contains(&FLOOR) && servers.len() > 1 {
            head.push("× floor".to_owned());
        }
        head
    }

    fn row(&self, scenario: &str, what: &str, servers: &[&str]) -> Vec<String> {
        let digits = self
            .figures
            .iter()
            .find(|figure| figure.scenario == scenario && figure.what == what)
            .map_or(0, |figure| figure.digits);
        let mut row = vec![what.to_owned()];
        let value = |server: &str| self.median(scenario, what, server);
        for server in servers {
            row.push(value(server).map_or("–".to_owned(), |value| format!("{value:.digits$}")));
        }
        if servers.contains(&FLOOR) && servers.len() > 1 {
            // Of memory and times a ratio says little: the floor keeps nothing.
            let first = servers
                .iter()
                .find(|server| **server != FLOOR && what.contains("CPU"));
            let ratio = first
                .and_then(|server| value(server))
                .zip(value(FLOOR).filter(|floor| *floor > 0.0))
                .map(|(first, floor)| first / floor);
            row.push(ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}")));
        }
        row
    }

    /// All figures of all runs.
    pub fn json(&self) -> serde_json::Value {
        let figures = self.figures.iter().map(|figure| {
            json!({
                "scenario": figure.scenario,
                "server": figure.server,
                "what": figure.what,
                "median": median(&figure.runs),
                "runs": figure.runs,
            })
        });
        let refusals = self.refusals.iter().map(|refusal| {
            json!({
                "scenario": refusal.scenario,
                "server": refusal.server,
                "why": refusal.why,
            })
        });
        json!({ "figures": figures.collect::<Vec<_>>(), "refusals": refusals.collect::<Vec<_>>() })
    }
}

fn median(runs: &[f64]) -> f64 {
    let mut samples = Samples::default();
    samples.extend(runs.iter().copied());
    samples.median()
}

fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for one in all {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}

fn print_table(table: &[Vec<String>], markdown: bool) {
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    for (number, row) in table.iter().enumerate() {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            let cell = match column {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            };
            line.push_str(if markdown { "| " } else { "  " });
            line.push_str(&cell);
            line.push_str(if markdown { " " } else { "" });
        }
        println!("{line}{}", if markdown { "|" } else { "" });
        if number == 0 && markdown {
            let rule: Vec<_> = (0..columns)
                .map(|column| if column == 0 { "---|" } else { "---:|" })
                .collect();
            println!("|{}", rule.concat());
        }
    }
}
