//! What the trials of a seed say.

use serde::{Deserialize, Serialize};

use super::{Found, Interval, SearchPlan, Trial};

/// Slack in comparisons of ln η with multiples of the grid's step.
const ROUNDING: f64 = 1e-9;

/// An end of a seed's grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GridEnd {
    /// The smallest rate tried.
    Lowest,
    /// The largest rate tried.
    Highest,
}

/// Two neighbouring rates between which training stops to hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EdgeBracket {
    /// The largest rate, from the best one upwards, below the first unstable one.
    pub stable: f64,
    /// The first unstable rate above; `None` when all larger rates tried are stable.
    pub unstable: Option<f64>,
}

/// What one seed's trials gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeedEstimate {
    /// The seed.
    pub seed: u64,
    /// ln η*; `None` when no trial was stable.
    pub log_rate: Option<f64>,
    /// Smallest loss among the trials.
    pub best_loss: Option<f64>,
    /// Whether the best trial lies at an end of the grid, so that η* is only a bound.
    pub at_end: Option<GridEnd>,
    /// The edge of stability; `None` when no trial was stable.
    pub edge: Option<EdgeBracket>,
}

/// The trials of one seed in the order of their rates.
pub(super) struct Curve {
    seed: u64,
    /// ln η, and the loss where the trial was stable.
    points: Vec<(f64, Option<f64>)>,
    /// Index of the stable trial of smallest loss; the smallest rate among equals.
    best: Option<usize>,
}

impl Curve {
    pub(super) fn of(trials: &[Trial], seed: u64) -> Self {
        let own = trials.iter().filter(|trial| trial.seed == seed);
        let mut points: Vec<(f64, Option<f64>)> =
            own.map(|trial| (trial.learning_rate.ln(), trial.loss.filter(|_| trial.stable))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let stable = points.iter().enumerate().filter_map(|(index, point)| Some((index, point.1?)));
        let best = stable.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index);
        Self { seed, points, best }
    }

    pub(super) fn wants_lower(&self) -> bool {
        self.best.is_none_or(|best| best == 0)
    }

    pub(super) fn wants_higher(&self, for_the_edge: bool) -> bool {
        let last = self.points.len() - 1;
        self.best.is_some_and(|best| best == last || for_the_edge && self.first_unstable(best).is_none())
    }

    fn first_unstable(&self, best: usize) -> Option<usize> {
        (best..self.points.len()).find(|&index| self.points[index].1.is_none())
    }

    /// `count` equally spaced ln η in each of the gaps beside the best trial.
    pub(super) fn beside_the_best(&self, count: usize) -> Vec<f64> {
        let Some(best) = self.best else { return Vec::new() };
        let gaps = [best.checked_sub(1).map(|left| (left, best)), Some((best, best + 1))];
        let inside = gaps.into_iter().flatten().filter(|&(_, right)| right < self.points.len());
        inside
            .flat_map(|(left, right)| {
                let (from, to) = (self.points[left].0, self.points[right].0);
                (1..=count).map(move |k| from + (to - from) * k as f64 / (count + 1) as f64)
            })
            .collect()
    }

    /// The middle of the bracket around the edge, if there is one.
    pub(super) fn edge_middle(&self) -> Option<f64> {
        let unstable = self.first_unstable(self.best?)?;
        Some(0.5 * (self.points[unstable - 1].0 + self.points[unstable].0))
    }

    fn edge(&self) -> Option<EdgeBracket> {
        let unstable = self.first_unstable(self.best?);
        let stable = unstable.unwrap_or(self.points.len()) - 1;
        Some(EdgeBracket { stable: self.points[stable].0.exp(), unstable: unstable.map(|index| self.points[index].0.exp()) })
    }

    /// ln η at the minimum.
    fn minimum(&self, plan: &SearchPlan) -> Option<f64> {
        let best = self.best?;
        let centre = self.points[best].0;
        let reach = plan.window as f64 * plan.step() / (plan.refinement + 1) as f64 + ROUNDING;
        let near = self.points.iter().filter(|point| (point.0 - centre).abs() <= reach);
        // The logarithm needs a loss above 0; one of exactly 0 cannot be improved upon.
        let near: Vec<(f64, f64)> = near.filter_map(|&(log, loss)| Some((log - centre, loss?.ln()))).collect();
        // Points are in the order of their rates. A vertex beyond them would be extrapolated.
        let ends = near.first().zip(near.last()).map_or((0.0, 0.0), |(first, last)| (first.0, last.0));
        let shift = vertex(&near).map_or(0.0, |vertex| vertex.clamp(ends.0, ends.1));
        Some(centre + shift)
    }

    fn estimate(&self, plan: &SearchPlan) -> SeedEstimate {
        let last = self.points.len() - 1;
        SeedEstimate {
            seed: self.seed,
            log_rate: self.minimum(plan),
            best_loss: self.best.and_then(|best| self.points[best].1),
            at_end: match self.best {
                Some(0) => Some(GridEnd::Lowest),
                Some(best) if best == last => Some(GridEnd::Highest),
                _ => None,
            },
            edge: self.edge(),
        }
    }
}

/// The minimum of the parabola through the points, by least squares; `None` where there are fewer than three points, or it
/// does not open upwards.
fn vertex(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < 3 || points.iter().any(|point| !point.1.is_finite()) {
        return None;
    }
    // Orthogonal polynomials on the points: 1, p = x − x̄, and q = p² − a p − b.
    let count = points.len() as f64;
    let middle = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let p = |x: f64| x - middle;
    let sum = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|&(x, y)| f(x, y)).sum::<f64>();
    let squares = sum(&|x, _| p(x).powi(2));
    let (a, b) = (sum(&|x, _| p(x).powi(3)) / squares, squares / count);
    let q = |x: f64| p(x).powi(2) - a * p(x) - b;
    let slope = sum(&|x, y| p(x) * y) / squares;
    let curvature = sum(&|x, y| q(x) * y) / sum(&|x, _| q(x).powi(2));
    // What rounding makes of a straight line is no curvature.
    let largest = points.iter().fold(0.0f64, |largest, point| largest.max(point.1.abs()));
    let opens = curvature * b > 1e-12 * largest;
    let vertex = middle + 0.5 * (a - slope / curvature);
    (opens && vertex.is_finite()).then_some(vertex)
}

/// The curve of the mean over the seeds of ln loss, at the rates at which all seeds are stable.
fn mean_curve(plan: &SearchPlan, curves: &[Curve]) -> Curve {
    let mut points = Vec::new();
    for &(log, _) in curves.first().map_or(&[][..], |curve| &curve.points) {
        let at = |curve: &Curve| curve.points.iter().find(|point| point.0 == log).map(|point| point.1);
        // Rates that only some seeds tried are left out.
        let Some(losses) = curves.iter().map(at).collect::<Option<Vec<_>>>() else { continue };
        let mean = losses.iter().map(|loss| Some((*loss)?.ln())).sum::<Option<f64>>();
        points.push((log, mean.map(|sum| (sum / plan.seeds.len() as f64).exp())));
    }
    let stable = points.iter().enumerate().filter_map(|(index, point)| Some((index, point.1?)));
    let best = stable.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index);
    Curve { seed: 0, points, best }
}

pub(super) fn found(plan: &SearchPlan, trials: Vec<Trial>) -> Found {
    let curves: Vec<Curve> = plan.seeds.iter().map(|&seed| Curve::of(&trials, seed)).collect();
    let seeds: Vec<SeedEstimate> = curves.iter().map(|curve| curve.estimate(plan)).collect();
    let all = |number: &dyn Fn(&SeedEstimate) -> Option<f64>| seeds.iter().map(number).collect::<Option<Vec<f64>>>();
    let edge = |seed: &SeedEstimate| {
        let bracket = seed.edge?;
        Some(0.5 * (bracket.stable.ln() + bracket.unstable?.ln()))
    };
    Found {
        log_rate: all(&|seed| seed.log_rate).and_then(|numbers| Interval::new(&numbers, plan.confidence)),
        log_edge: all(&edge).and_then(|numbers| Interval::new(&numbers, plan.confidence)),
        log_rate_of_mean: mean_curve(plan, &curves).minimum(plan),
        seeds,
        trials,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vertex_of_a_parabola_is_exact_on_any_points() {
        let parabola = |x: f64| 0.7 * (x - 0.3).powi(2) - 5.0;
        for points in [&[-1.0, 0.0, 1.0][..], &[-1.0, -0.25, 0.0, 0.5, 2.0]] {
            let points: Vec<(f64, f64)> = points.iter().map(|&x| (x, parabola(x))).collect();
            assert!((vertex(&points).unwrap() - 0.3).abs() < 1e-12);
            let upside_down: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (x, -y)).collect();
            assert_eq!(vertex(&upside_down), None);
        }
        assert_eq!(vertex(&[(0.0, 1.0), (1.0, 0.0)]), None);
        assert_eq!(vertex(&[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), None);
        assert_eq!(vertex(&[(0.0, 1.0), (1.0, f64::NEG_INFINITY), (2.0, 1.0)]), None);
    }
}
