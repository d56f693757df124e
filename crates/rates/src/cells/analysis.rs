//! What accuracies show: means and gains over the draw of cells, and gaps.

use archscale_stats::{Groups, Resamples, Stream};

use super::{Accuracies, Estimate, Row, Spread};

/// Names the streams; a change of any number they give is value-breaking and changes this name.
const STREAMS: &str = "archscale cells streams 1";

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

impl Bootstrap {
    /// Resamples of so many cells, the same for every statistic of them: differences are paired.
    pub(super) fn resamples(&self, cells: usize) -> Resamples {
        Resamples::new(&Groups::single(cells), self.replicates, &Stream::new(STREAMS, self.seed).text("draw of cells"))
    }
}

/// Mean over cells of a recipe's accuracy, with its studentised interval; `None` for a recipe that is not there.
#[must_use]
pub fn mean(of: &Accuracies, recipe: usize, bootstrap: &Bootstrap) -> Option<Estimate> {
    let table = of.tables().get(recipe)?;
    bootstrap.resamples(table.means.len()).mean(bootstrap.level, &table.means)
}

/// Mean over cells of a recipe's accuracy above another's, paired by cell; `None` for recipes that are not there.
#[must_use]
pub fn gain(of: &Accuracies, recipe: usize, other: usize, bootstrap: &Bootstrap) -> Option<Estimate> {
    let gains = differences(of, recipe, other)?;
    bootstrap.resamples(gains.len()).mean(bootstrap.level, &gains)
}

/// By cell, the accuracy of a recipe above another's.
pub(super) fn differences(of: &Accuracies, recipe: usize, other: usize) -> Option<Vec<f64>> {
    let (own, other) = (of.tables().get(recipe)?, of.tables().get(other)?);
    Some(own.means.iter().zip(&other.means).map(|(own, other)| own - other).collect())
}

/// Differences of accuracy, without sign, over all pairs of cells under a recipe; not numbers of a recipe that is not there.
#[must_use]
pub fn gaps(of: &Accuracies, recipe: usize) -> Spread {
    let means = of.tables().get(recipe).map_or(&[][..], |table| &table.means);
    Spread::of(pairwise(means).collect())
}

/// The same between two seeds of one cell.
#[must_use]
pub fn seed_gaps(of: &Accuracies, recipe: usize) -> Spread {
    let rows: &[Row] = of.rows(recipe);
    Spread::of(rows.iter().flat_map(|row| pairwise(&row.accuracies)).collect())
}

/// Pairs of different numbers below a count.
pub(super) fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(|b| (0..b).map(move |a| (a, b)))
}

/// |x − y| over all pairs of values.
fn pairwise(values: &[f64]) -> impl Iterator<Item = f64> {
    pairs(values.len()).map(|(a, b)| (values[a] - values[b]).abs())
}
