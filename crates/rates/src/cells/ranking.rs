use serde::Serialize;

use super::accuracies::Table;
use super::bootstrap::Resamples;
use super::{Estimate, tau_b};

/// How a recipe ranks cells, beside the reference.
///
/// τ is Kendall's τ-b. Single runs are compared from different seeds throughout, as recipes share the draws of a seed, so that
/// τ across recipes, between seeds of the recipe and between seeds of the reference are alike but for the recipes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranking {
    /// Number of cells.
    pub cells: usize,
    /// τ of the means over seeds of the recipe and of the reference.
    pub of_means: Option<Estimate>,
    /// Mean τ of a run by the recipe and a run by the reference from another seed.
    pub across: Option<Estimate>,
    /// Mean τ of two runs by the recipe.
    pub seeds: Option<Estimate>,
    /// Mean τ of two runs by the reference.
    pub reference_seeds: Option<Estimate>,
    /// `across` minus the mean of the other two: below 0 where the recipe moves ranks more than a seed does.
    pub moved: Option<Estimate>,
}

/// Pairs of different numbers below a count.
pub(crate) fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(|b| (0..b).map(move |a| (a, b)))
}

/// `resamples` are of as many cells as `cells` lists.
pub(crate) fn ranking(own: &Table, reference: &Table, cells: &[usize], resamples: &Resamples) -> Ranking {
    let tau = |x: &[f64], y: &[f64], drawn: &[usize]| {
        let take = |of: &[f64]| drawn.iter().map(|&place| of[cells[place]]).collect::<Vec<_>>();
        tau_b(&take(x), &take(y))
    };
    // Mean over all pairs of different seeds.
    let between = |x: &Table, y: &Table, drawn: &[usize]| {
        let taus: Vec<f64> = pairs(x.by_seed.len())
            .flat_map(|(a, b)| [(a, b), (b, a)])
            .map(|(a, b)| tau(&x.by_seed[a], &y.by_seed[b], drawn))
            .collect::<Option<_>>()?;
        (!taus.is_empty()).then(|| taus.iter().sum::<f64>() / taus.len() as f64)
    };
    let moved = |drawn: &[usize]| {
        let ceiling = 0.5 * (between(own, own, drawn)? + between(reference, reference, drawn)?);
        Some(between(own, reference, drawn)? - ceiling)
    };
    Ranking {
        cells: cells.len(),
        of_means: resamples.statistic(|drawn| tau(&own.means, &reference.means, drawn)),
        across: resamples.statistic(|drawn| between(own, reference, drawn)),
        seeds: resamples.statistic(|drawn| between(own, own, drawn)),
        reference_seeds: resamples.statistic(|drawn| between(reference, reference, drawn)),
        moved: resamples.statistic(moved),
    }
}
