use archscale_model::Expr;
use archscale_theory::{ActivationMoments, GaussianPair, GaussianTable, QUADRATURE_ACCURACY};

use crate::{Check, ConformanceError, Departure, Layer, MUTANT_PERCENT};

/// Variances at which moments are compared: 1e-3 to 1e3, none round.
const VARIANCES: [f64; 7] = [1.7e-3, 1.7e-2, 0.17, 1.7, 17.0, 170.0, 1.7e3];
/// Correlations of the pairs.
const CORRELATIONS: [f64; 6] = [-0.9, -0.3, 0.0, 0.2, 0.6, 0.97];

/// The expectations that a layer may claim, in the order of [`ActivationMoments`], the one of a pair last.
pub const EXPECTATIONS: [&str; 6] = ["E σ", "E σ²", "E σ′", "E σ′²", "E σ′⁴", "E σ_u′² σ_w′²"];
/// The one of a pair.
const PAIR: usize = EXPECTATIONS.len() - 1;

/// What a layer claims of the five moments under N(0, q): functions of x0 = q and x1 = √q, where it claims any.
pub type Claimed = [Option<Expr>; 5];

/// Checks the Gaussian expectations that a layer claims against quadrature of its expression.
///
/// **Statement.** E σ, E σ², E σ′, E σ′² and E σ′⁴ over seven variances from 1.7e-3 to 1.7e3, and E\[σ_u′² σ_w′²\] of the
/// activation with itself over 24 pairs with correlations from −0.9 to 0.97, agree to [`QUADRATURE_ACCURACY`] of the integral of
/// the absolute value (bounded by √E σ² for the mean, √E σ′² for the mean slope, E σ′² E σ′² or the value for the pair). A layer
/// that claims none passes with no comparison. Each claimed expectation has a mutant, wrong by two per cent of that integral.
#[must_use]
pub fn expectations(layer: &Layer) -> Check {
    let pairs = match pairs(layer) {
        Ok(pairs) => pairs,
        Err(error) => return Check::unmade("expectations", &error),
    };
    let mut check = compared(&pairs, None);
    if check.largest.is_some() {
        let refused = |which| !compared(&pairs, Some(which)).departures.is_empty();
        check.mutant_refused = Some((0..EXPECTATIONS.len()).filter(|&which| claims(layer, which)).all(refused));
    }
    check
}

/// Whether the layer claims this expectation.
fn claims(layer: &Layer, which: usize) -> bool {
    match layer.claimed() {
        Some(claimed) => claimed.get(which).is_some_and(Option::is_some),
        None => layer.as_activation().is_some_and(|activation| layer.table().is_closed(activation)),
    }
}

/// An expectation at one place: what is claimed of it, and what quadrature finds.
struct Pair {
    /// Its index in [`EXPECTATIONS`].
    which: usize,
    place: String,
    claimed: f64,
    found: f64,
    /// The integral of the absolute value, or a bound of it.
    size: f64,
}

/// The comparisons, with the expectation `altered` two per cent of its size too large.
fn compared(pairs: &[Pair], altered: Option<usize>) -> Check {
    let mut check = Check { required: pairs.len(), ..Check::new("expectations") };
    for &Pair { which, ref place, claimed, found, size } in pairs {
        let off = if altered == Some(which) { 0.01 * f64::from(MUTANT_PERCENT) * size } else { 0.0 };
        let place = format!("{} at {place}", EXPECTATIONS[which]);
        let allowed = QUADRATURE_ACCURACY * size;
        check.compare(size, Departure { place, claimed: claimed + off, found, allowed });
    }
    check
}

/// Everything that the layer claims, beside what quadrature finds.
fn pairs(layer: &Layer) -> Result<Vec<Pair>, ConformanceError> {
    let mut pairs = Vec::new();
    let claimed = |which: usize| claims(layer, which);
    let Some(activation) = layer.as_activation().filter(|_| (0..EXPECTATIONS.len()).any(claimed)) else {
        return Ok(pairs);
    };
    let (mut table, mut numeric) = (layer.table(), GaussianTable::without_closed_forms());
    for variance in VARIANCES {
        let found = entries(numeric.moments(activation, variance)?);
        let exact = match layer.claimed() {
            Some(claimed) => claimed.each_ref().map(|claim| claim.as_ref().map(|of| of.eval(&[variance, variance.sqrt()]))),
            None => entries(table.moments(activation, variance)?).map(Some),
        };
        let sizes = [found[1].sqrt(), found[1], found[3].sqrt(), found[3], found[4]];
        for which in 0..PAIR {
            if let Some(claimed) = exact[which] {
                let place = format!("variance {variance}");
                pairs.push(Pair { which, place, claimed, found: found[which], size: sizes[which] });
            }
        }
    }
    if !claimed(PAIR) {
        return Ok(pairs);
    }
    for first in [0.6, 2.3] {
        for second in [0.9, 4.1] {
            let sizes = [table.moments(activation, first)?, table.moments(activation, second)?];
            let size = sizes[0].slope_second * sizes[1].slope_second;
            for correlation in CORRELATIONS {
                let covariance = correlation * f64::sqrt(first * second);
                let pair = GaussianPair::new(first, second, covariance);
                let found = numeric.slope_pair(activation, activation, &pair)?;
                let claimed = table.slope_pair(activation, activation, &pair)?;
                let place = format!("variances {first} and {second}, correlation {correlation}");
                pairs.push(Pair { which: PAIR, place, claimed, found, size: size.max(found) });
            }
        }
    }
    Ok(pairs)
}

fn entries(moments: ActivationMoments) -> [f64; PAIR] {
    [moments.mean, moments.second, moments.slope_mean, moments.slope_second, moments.slope_fourth]
}
