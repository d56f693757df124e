use std::f64::consts::{FRAC_2_PI, FRAC_2_SQRT_PI};

use super::{ActivationMoments, ClosedForm, GaussianPair};

/// σ(z) = erf z, σ′(z) = (2/√π) exp(−z²).
///
/// **Statement.** E σ = 0, E σ² = (2/π) arcsin(2q/(1+2q)), E σ′ = (2/√π)(1+2q)^(−½), E σ′² = (4/π)(1+4q)^(−½),
/// E σ′⁴ = (16/π²)(1+8q)^(−½), and E[σ_u′² σ_w′²] = (16/π²) det(I + 4Q)^(−½) with Q the covariance matrix of the pair.
pub(super) static CLOSED_FORM: ClosedForm =
    ClosedForm { family: "erf", group: "erf", group_parameter: |parameter| parameter, moments, slope_pair };

/// 4/π = (2/√π)².
const SLOPE_AT_ZERO_SQUARED: f64 = 2.0 * FRAC_2_PI;

fn moments(_: f64, variance: f64) -> ActivationMoments {
    // arcsin(2q/(1+2q)) by its tangent, which keeps its digits as q grows.
    let arcsine = (2.0 * variance).atan2((1.0 + 4.0 * variance).sqrt());
    ActivationMoments {
        mean: 0.0,
        second: FRAC_2_PI * arcsine,
        slope_mean: FRAC_2_SQRT_PI / (1.0 + 2.0 * variance).sqrt(),
        slope_second: SLOPE_AT_ZERO_SQUARED / (1.0 + 4.0 * variance).sqrt(),
        slope_fourth: SLOPE_AT_ZERO_SQUARED * SLOPE_AT_ZERO_SQUARED / (1.0 + 8.0 * variance).sqrt(),
    }
}

fn slope_pair(_: f64, _: f64, pair: &GaussianPair) -> f64 {
    // det(I + 4Q), term by term non-negative.
    let determinant = 1.0 + 4.0 * (pair.first() + pair.second()) + 16.0 * pair.determinant();
    SLOPE_AT_ZERO_SQUARED * SLOPE_AT_ZERO_SQUARED / determinant.sqrt()
}
