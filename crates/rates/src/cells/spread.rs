use archscale_stats::population_quantile;
use serde::Serialize;

/// Median and quartiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// A quarter lies below.
    pub lower: f64,
    /// A half lies below.
    pub median: f64,
    /// Three quarters lie below.
    pub upper: f64,
}

impl Spread {
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let counted: Vec<(f64, u64)> = values.into_iter().map(|value| (value, 1)).collect();
        let [lower, median, upper] = [0.25, 0.5, 0.75].map(|share| population_quantile(&counted, share));
        Self { lower, median, upper }
    }
}
