//! Gaussian expectations of activations at variances of any size.

use archscale_model::{Activation, Scaled};
use num_traits::{One, Zero};

use super::shape::Term;
use super::spread::Pair;
use crate::gaussian::function::Evaluator;
use crate::gaussian::{gaussian_integrals, inaccurate, is_homogeneous, smoothness};
use crate::{GaussianPair, GaussianTable, TheoryError};

/// Variances at which activations that are not homogeneous are integrated: such that products of two are doubles.
const INTEGRABLE: std::ops::Range<f64> = 1e-140..1e140;

/// [`crate::ActivationMoments`] of any size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    pub(super) mean: Scaled,
    pub(super) second: Scaled,
    pub(super) slope_mean: Scaled,
    pub(super) slope_second: Scaled,
    pub(super) slope_fourth: Scaled,
}

impl Moments {
    /// Those of z itself.
    pub(super) fn linear(q: Scaled) -> Self {
        let one = Scaled::one();
        Self { mean: Scaled::zero(), second: q, slope_mean: one, slope_second: one, slope_fourth: one }
    }

    /// Those of outer · σ(inner · z), from those of σ under the variance of inner · z.
    pub(super) fn of_multiple(self, outer: f64, inner: f64) -> Self {
        let slope = Scaled::from(outer) * Scaled::from(inner);
        let square = slope * slope;
        Self {
            mean: Scaled::from(outer) * self.mean,
            second: squared(outer) * self.second,
            slope_mean: slope * self.slope_mean,
            slope_second: square * self.slope_second,
            slope_fourth: square * square * self.slope_fourth,
        }
    }
}

/// The moments of an activation at any variance, if it is homogeneous, and else at one that can be integrated.
///
/// A homogeneous activation is evaluated at the variance over the power of four that brings it to [1, 4), which rounds nothing.
pub(super) fn moments_of(
    table: &mut GaussianTable,
    activation: Activation,
    variance: Scaled,
) -> Result<Moments, TheoryError> {
    let (q, quarters) =
        if is_homogeneous(activation) { variance.quarters() } else { (integrable(activation, variance)?, 0) };
    let found = table.moments(activation, q)?;
    let [mean, second, slope_mean, slope_second, slope_fourth] =
        [found.mean, found.second, found.slope_mean, found.slope_second, found.slope_fourth].map(Scaled::from);
    let root = Scaled::power_of_two(quarters);
    Ok(Moments { mean: mean * root, second: second * root * root, slope_mean, slope_second, slope_fourth })
}

/// E[σ_u′² σ_w′²] of a pair of any size, if both are homogeneous.
pub(super) fn slope_pair_of(
    table: &mut GaussianTable,
    u: Activation,
    w: Activation,
    pair: Pair,
) -> Result<Scaled, TheoryError> {
    let known = if is_homogeneous(u) && is_homogeneous(w) {
        let ((first, one), (second, two)) = (pair.first.quarters(), pair.second.quarters());
        let shift = Scaled::power_of_two(-one - two);
        let covariance = (pair.covariance * shift).to_f64();
        let determinant = (pair.determinant * shift * shift).to_f64();
        GaussianPair::with_determinant(first, second, covariance, determinant)
    } else {
        let (first, second) = (integrable(u, pair.first)?, integrable(w, pair.second)?);
        GaussianPair::with_determinant(first, second, pair.covariance.to_f64(), pair.determinant.to_f64())
    };
    table.slope_pair(u, w, &known).map(Scaled::from)
}

/// Integrates functions of the values and slopes of two sums of terms of one slot g ~ N(0, q).
///
/// `degrees` says with which power of √q each function grows where every activation is homogeneous.
pub(super) fn integrated_on_slot<const K: usize>(
    groups: [&[Term]; 2],
    variance: Scaled,
    degrees: [i32; K],
    mut function: impl FnMut([(f64, f64); 2]) -> [f64; K],
) -> Result<[Scaled; K], TheoryError> {
    let activations: Vec<Activation> = groups.iter().copied().flatten().filter_map(|term| term.activation).collect();
    let bent = activations.iter().copied().find(|activation| !is_homogeneous(*activation));
    let (q, quarters) = match bent {
        None => variance.quarters(),
        Some(activation) => (integrable(activation, variance)?, 0),
    };
    let groups = groups.map(|group| {
        group.iter().map(|term| (*term, term.activation.map(Evaluator::new))).collect::<Vec<(Term, Option<Evaluator>)>>()
    });
    if q == 0.0 {
        return Ok(function([evaluate(&groups[0], 0.0), evaluate(&groups[1], 0.0)]).map(Scaled::from));
    }
    let deviation = q.sqrt();
    let parts: Vec<(&Evaluator, f64)> = groups
        .iter()
        .flatten()
        .filter_map(|(term, evaluator)| Some((evaluator.as_ref()?, term.inner * deviation)))
        .collect();
    let found = gaussian_integrals(&smoothness(&parts, 0.0), 0.0, |x| {
        function([evaluate(&groups[0], deviation * x), evaluate(&groups[1], deviation * x)])
    })
    .ok_or_else(|| inaccurate(activations.first().copied().unwrap_or(Activation::LINEAR), "moments of a sum", q))?;
    Ok(std::array::from_fn(|k| Scaled::from(found[k]) * Scaled::power_of_two(degrees[k] * quarters)))
}

/// The double of a variance at which an activation can be integrated.
fn integrable(activation: Activation, variance: Scaled) -> Result<f64, TheoryError> {
    match variance.fit() {
        Some(q) if q == 0.0 || INTEGRABLE.contains(&q) => Ok(q),
        _ => Err(TheoryError::inaccurate(
            &format!("moments of {activation}"),
            variance,
            "take an initialisation that keeps the variance between 1e-140 and 1e140",
        )),
    }
}

/// Value and slope of Σ_i outer_i σ_i(inner_i g).
fn evaluate(group: &[(Term, Option<Evaluator>)], g: f64) -> (f64, f64) {
    let (mut total, mut rate) = (0.0, 0.0);
    for (term, activation) in group {
        let z = term.inner * g;
        let (value, slope) = activation.as_ref().map_or((z, 1.0), |activation| (activation.value(z), activation.slope(z)));
        total += term.outer * value;
        rate += term.outer * term.inner * slope;
    }
    (total, rate)
}

/// x², which may be no double where x is one.
pub(super) fn squared(x: f64) -> Scaled {
    Scaled::from(x) * Scaled::from(x)
}
