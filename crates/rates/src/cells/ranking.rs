use archscale_stats::tau_b;
use serde::Serialize;

use super::accuracies::Table;
use super::analysis::pairs;
use super::{Accuracies, Bootstrap, Estimate};

/// How a recipe ranks cells, next to the reference.
///
/// τ is Kendall's τ-b. Single runs are compared from different seeds throughout, as recipes share the draws of a seed, so
/// that τ across recipes, between seeds of the recipe and between seeds of the reference are alike but for the recipes.
/// Intervals are those of percentiles over the draw of cells.
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

/// How a recipe ranks the cells next to the reference: all of them, or the share `top` that is best under the reference (at
/// least two); `None` for a recipe that is not there and a share that is not above 0 and at most 1.
#[must_use]
pub fn ranking(of: &Accuracies, recipe: usize, top: f64, bootstrap: &Bootstrap) -> Option<Ranking> {
    let (own, reference) = (of.tables().get(recipe)?, of.tables().first()?);
    if !(top > 0.0 && top <= 1.0) {
        return None;
    }
    let cells = best(&reference.means, top);
    let resamples = bootstrap.resamples(cells.len());
    let place = |drawn: &[usize]| drawn.iter().map(|&place| cells[place]).collect::<Vec<_>>();
    let estimate = |of: &dyn Fn(&[usize]) -> Option<f64>| resamples.estimate(bootstrap.level, |drawn| of(&place(drawn)));
    Some(Ranking {
        cells: cells.len(),
        of_means: estimate(&|drawn| tau(&own.means, &reference.means, drawn)),
        across: estimate(&|drawn| between(own, reference, drawn)),
        seeds: estimate(&|drawn| between(own, own, drawn)),
        reference_seeds: estimate(&|drawn| between(reference, reference, drawn)),
        moved: estimate(&|drawn| moved(own, reference, drawn)),
    })
}

/// The share of cells of largest mean; equals keep their order.
fn best(means: &[f64], share: f64) -> Vec<usize> {
    let mut cells: Vec<usize> = (0..means.len()).collect();
    if share < 1.0 {
        cells.sort_by(|&a, &b| means[b].total_cmp(&means[a]));
        cells.truncate(((share * means.len() as f64).round() as usize).max(2).min(means.len()));
    }
    cells
}

fn tau(x: &[f64], y: &[f64], cells: &[usize]) -> Option<f64> {
    let take = |of: &[f64]| cells.iter().map(|&cell| of[cell]).collect::<Vec<_>>();
    tau_b(&take(x), &take(y))
}

/// Mean τ over all pairs of different seeds.
fn between(x: &Table, y: &Table, cells: &[usize]) -> Option<f64> {
    let seeds = pairs(x.by_seed.len()).flat_map(|(a, b)| [(a, b), (b, a)]);
    let taus: Vec<f64> = seeds.map(|(a, b)| tau(&x.by_seed[a], &y.by_seed[b], cells)).collect::<Option<_>>()?;
    (!taus.is_empty()).then(|| taus.iter().sum::<f64>() / taus.len() as f64)
}

fn moved(own: &Table, reference: &Table, cells: &[usize]) -> Option<f64> {
    let seeds = 0.5 * (between(own, own, cells)? + between(reference, reference, cells)?);
    Some(between(own, reference, cells)? - seeds)
}
