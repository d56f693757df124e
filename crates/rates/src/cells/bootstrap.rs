use crate::Estimate;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Fewest cells of which an interval is given.
const LEAST: usize = 8;
/// Fewest replicates that must have a value, as a share of all.
const USABLE: f64 = 0.99;

/// How intervals over the draw of cells are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Nominal coverage of the intervals, between 0 and 1.
    pub level: f64,
    /// Resamples.
    pub replicates: usize,
    /// Their seed.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 1999 resamples for a coverage of 95 %.
    fn default() -> Self {
        Self { level: 0.95, replicates: 1999, seed: 1 }
    }
}

/// Resamples of cells with replacement, the same for every statistic, so that differences are paired.
#[derive(Debug, Clone)]
pub(crate) struct Resamples {
    cells: usize,
    level: f64,
    draws: Vec<Vec<usize>>,
}

impl Resamples {
    /// Draws of so many cells.
    pub(crate) fn new(cells: usize, &Bootstrap { level, replicates, seed }: &Bootstrap) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let one = |_| (0..cells).map(|_| rng.random_range(0..cells)).collect();
        Self { cells, level, draws: (0..if cells == 0 { 0 } else { replicates }).map(one).collect() }
    }

    /// The mean of a number of each cell, with the studentised interval m − s t_{1−α/2} to m − s t_{α/2}, t the quantiles of
    /// (m* − m)/s* over the resamples and s the standard error.
    pub(crate) fn mean(&self, values: &[f64]) -> Option<Estimate> {
        let all: Vec<usize> = (0..self.cells).collect();
        let (value, error) = mean_and_error(values, &all)?;
        // Equal values have no spread to resample.
        let deviates = self.draws.iter().filter_map(|draw| mean_and_error(values, draw));
        let deviates = deviates.filter(|drawn| drawn.1 > 0.0).map(|(mean, own)| (mean - value) / own).collect();
        let tails = self.tails(deviates).filter(|_| error > 0.0);
        Some(Estimate { value, interval: tails.map(|(low, high)| (value - error * high, value - error * low)) })
    }

    /// Any statistic of a list of cells, with the percentile interval.
    pub(crate) fn statistic(&self, of: impl Fn(&[usize]) -> Option<f64>) -> Option<Estimate> {
        let all: Vec<usize> = (0..self.cells).collect();
        let value = of(&all)?;
        Some(Estimate { value, interval: self.tails(self.draws.iter().filter_map(|draw| of(draw)).collect()) })
    }

    fn tails(&self, mut found: Vec<f64>) -> Option<(f64, f64)> {
        if self.cells < LEAST || found.is_empty() || (found.len() as f64) < USABLE * self.draws.len() as f64 {
            return None;
        }
        found.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - self.level);
        Some((quantile(&found, tail), quantile(&found, 1.0 - tail)))
    }
}

/// Mean and its standard error over a list of cells.
fn mean_and_error(values: &[f64], cells: &[usize]) -> Option<(f64, f64)> {
    let count = cells.len() as f64;
    let mean = cells.iter().map(|&cell| values.get(cell)).sum::<Option<f64>>()? / count;
    let square: f64 = cells.iter().filter_map(|&cell| values.get(cell)).map(|value| (value - mean).powi(2)).sum();
    (!cells.is_empty()).then(|| (mean, (square / (count - 1.0).max(1.0) / count).sqrt()))
}

/// Quantile of sorted values, linear between order statistics at rank (n − 1)·share; not a number of none.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = (last as f64 * share).clamp(0.0, last as f64);
    let (low, part) = (place.floor() as usize, place.fract());
    sorted[low] + part * (sorted[(low + 1).min(last)] - sorted[low])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(replicates: usize) -> Bootstrap {
        Bootstrap { replicates, ..Bootstrap::default() }
    }

    #[test]
    fn quantiles_by_hand() {
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|share| quantile(&[1.0, 2.0, 4.0], share)), [1.0, 1.5, 2.0, 4.0]);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn an_interval_of_a_mean_lies_about_it_and_is_as_wide_as_the_error_says() {
        let values: Vec<f64> = (0..40).map(|k| f64::from(k) / 39.0).collect();
        let found = Resamples::new(40, &of(4000)).mean(&values).unwrap();
        let (low, high) = found.interval.unwrap();
        // A standard error of 0.0468 and 39 degrees of freedom: half-width 2.02 of them, up to the resampling.
        assert!((found.value - 0.5).abs() < 1e-12);
        assert!((0.5 * (high - low) - 2.02 * 0.0468).abs() < 0.01, "{low} {high}");
        assert!(low < 0.5 && high > 0.5);
        assert_eq!(Resamples::new(5, &of(100)).mean(&values[..5]).unwrap().interval, None);
        // Equal values have no interval, and no statistic has none.
        assert_eq!(Resamples::new(10, &of(100)).mean(&[2.0; 10]).unwrap(), Estimate { value: 2.0, interval: None });
        assert_eq!(Resamples::new(10, &of(100)).statistic(|_| None), None);
    }
}
