//! Measured values, and the two questions that are asked of them.

/// Values of one kind, in one unit.
#[derive(Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// The middle one: what a run looks like when nothing disturbs it.
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    /// The smallest value that `percent` of all do not exceed; 0 of none.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or(0.0)
    }
}

impl Extend<f64> for Samples {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        self.0.extend(values);
    }
}
