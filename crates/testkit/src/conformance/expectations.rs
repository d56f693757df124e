use archscale_theory::{ActivationMoments, GaussianPair, GaussianTable, QUADRATURE_ACCURACY};

use super::{Check, Layer};
use crate::TestkitError;

/// Variances at which moments are compared: 1e-3 to 1e3, none round.
const VARIANCES: [f64; 7] = [1.7e-3, 1.7e-2, 0.17, 1.7, 17.0, 170.0, 1.7e3];
/// Correlations of the pairs.
const CORRELATIONS: [f64; 6] = [-0.9, -0.3, 0.0, 0.2, 0.6, 0.97];

/// Names of the five moments, in the order of [`ActivationMoments`].
const NAMES: [&str; 5] = ["E σ", "E σ²", "E σ′", "E σ′²", "E σ′⁴"];

/// Gaussian expectations that a layer claims, possibly with one of them multiplied by a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClaimedExpectations {
    /// Which of the six is altered: the five moments in order, then E\[σ_u′² σ_w′²\].
    pub altered: usize,
    /// The factor, 1 for the layer as it is.
    pub factor: f64,
}

impl ClaimedExpectations {
    /// How many expectations there are to alter.
    pub const COUNT: usize = 6;

    /// The layer's own.
    pub const OWN: Self = Self { altered: 0, factor: 1.0 };

    fn of(self, which: usize, value: f64) -> f64 {
        if which == self.altered { self.factor * value } else { value }
    }
}

/// Checks the closed-form Gaussian expectations that a layer brings against quadrature of its expression.
///
/// **Statement.** E σ, E σ², E σ′, E σ′² and E σ′⁴ over seven variances from 1.7e-3 to 1.7e3, and E\[σ_u′² σ_w′²\] of the
/// activation with itself over 24 pairs with correlations from −0.9 to 0.97, agree to [`QUADRATURE_ACCURACY`] of the integral of
/// the absolute value (bounded by √E σ² for the mean, √E σ′² for the mean slope, E σ′² E σ′² or the value for the pair). A layer
/// without a closed form passes with no comparison.
///
/// # Errors
/// [`archscale_theory::TheoryError::Inaccurate`] where quadrature of the expression does not settle.
pub fn check_expectations(layer: &Layer, claimed: ClaimedExpectations) -> Result<Check, TestkitError> {
    let name = format!("Gaussian expectations of {layer}");
    let mut check = Check { name, comparisons: 0, required: 0, departures: Vec::new() };
    let (mut table, mut numeric) = (layer.table(), GaussianTable::without_closed_forms());
    let Some(activation) = layer.as_activation().filter(|activation| table.is_closed(*activation)) else {
        return Ok(check);
    };
    // An odd activation has no mean, and a pair may have a value near zero: three of the five moments always count.
    check.required = 3 * VARIANCES.len() + CORRELATIONS.len();
    for variance in VARIANCES {
        let exact = entries(table.moments(activation, variance)?);
        let found = entries(numeric.moments(activation, variance)?);
        let sizes = [exact[1].sqrt(), exact[1], exact[3].sqrt(), exact[3], exact[4]];
        for which in 0..NAMES.len() {
            let claim = claimed.of(which, exact[which]);
            let place = || format!("{} at variance {variance}", NAMES[which]);
            check.compare(place, claim, found[which], QUADRATURE_ACCURACY * sizes[which]);
        }
    }
    for first in [0.6, 2.3] {
        for second in [0.9, 4.1] {
            let sizes = [table.moments(activation, first)?, table.moments(activation, second)?];
            let size = sizes[0].slope_second * sizes[1].slope_second;
            for correlation in CORRELATIONS {
                let covariance = correlation * f64::sqrt(first * second);
                let pair = GaussianPair::new(first, second, covariance);
                let found = numeric.slope_pair(activation, activation, &pair)?;
                let claim = claimed.of(NAMES.len(), table.slope_pair(activation, activation, &pair)?);
                let place = || format!("E σ_u′² σ_w′² at variances {first} and {second}, correlation {correlation}");
                check.compare(place, claim, found, QUADRATURE_ACCURACY * size.max(found));
            }
        }
    }
    Ok(check)
}

fn entries(moments: ActivationMoments) -> [f64; 5] {
    [moments.mean, moments.second, moments.slope_mean, moments.slope_second, moments.slope_fourth]
}
