//! Expectations of ReLUs and of their slopes at two or three positions.

use std::f64::consts::{FRAC_PI_2, TAU};

use super::space::Space;

/// Distance of a correlation from ±1 that rounding may have made.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// α = asin ρ of two fields, from their covariance and variances; 0 where one of them is identically zero.
pub(super) fn angles<S: Space>(space: &S, covariance: &S::Matrix, left: &[f64], right: &[f64]) -> S::Matrix {
    space.combine(
        covariance,
        left,
        right,
        |covariance, l, r| if l > 0.0 && r > 0.0 { angle(covariance, l * r) } else { 0.0 },
    )
}

/// asin steepens at ±1, where an error of one ulp in ρ would be one of 1e-8 in α: what cannot be told from ±1 is ±1.
fn angle(covariance: f64, square: f64) -> f64 {
    // The root of a square is exact, so equal variances and covariances give exactly 1.
    let rho = covariance / square.sqrt();
    if 1.0 - rho.abs() <= ROUNDING { FRAC_PI_2.copysign(rho) } else { rho.asin() }
}

/// The same of one field with itself, where ρ is exactly 1 on the diagonal.
pub(super) fn own_angles<S: Space>(space: &S, covariance: &S::Matrix, variances: &[f64]) -> S::Matrix {
    let mut angles = angles(space, covariance, variances, variances);
    let pinned: Vec<f64> = variances.iter().map(|&v| if v > 0.0 { FRAC_PI_2 } else { 0.0 }).collect();
    space.set_diagonal(&mut angles, &pinned);
    angles
}

/// E relu′ relu′ = ¼ + α/2π; 0 where the field is identically zero, since relu′(0) = 0.
pub(super) fn slopes<S: Space>(space: &S, angles: &S::Matrix, variances: &[f64]) -> S::Matrix {
    space.combine(angles, variances, variances, |alpha, l, r| if l > 0.0 && r > 0.0 { both_open(alpha) } else { 0.0 })
}

/// E relu relu = (v v′)^½ (cos α/2π + sin α (¼ + α/2π)).
pub(super) fn products<S: Space>(space: &S, angles: &S::Matrix, variances: &[f64]) -> S::Matrix {
    space.combine(angles, variances, variances, |alpha, l, r| {
        (l * r).sqrt() * (alpha.cos() / TAU + alpha.sin() * both_open(alpha))
    })
}

/// X where the field is not identically zero.
pub(super) fn alive<S: Space>(space: &S, x: &S::Matrix, variances: &[f64]) -> S::Matrix {
    space.combine(x, variances, variances, |entry, l, r| if l > 0.0 && r > 0.0 { entry } else { 0.0 })
}

/// The probability that two centred Gaussians of correlation sin α are both positive.
pub(super) fn both_open(alpha: f64) -> f64 {
    0.25 + alpha / TAU
}
