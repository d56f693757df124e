//! Expectations of ReLUs and of their slopes at two or three positions.

use std::f64::consts::{FRAC_PI_2, TAU};

use archscale_model::Scaled;
use num_traits::Zero;

use super::blocks::{Block, Blocks};
use super::space::Space;

/// Distance of a correlation from ±1 that rounding may have made.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Whether a field is not identically zero there.
pub(super) fn is_alive(variance: Scaled) -> bool {
    variance > Scaled::zero()
}

/// α = asin ρ of two fields, from their covariance and variances; 0 where one of them is identically zero.
pub(super) fn angles<S: Space>(
    space: Blocks<'_, S>,
    covariance: &Block<S::Matrix>,
    left: &[Scaled],
    right: &[Scaled],
) -> Block<S::Matrix> {
    space.combine(
        covariance,
        [left, right],
        0,
        |covariance, l, r| {
            if is_alive(l) && is_alive(r) { angle(covariance, l * r) } else { 0.0 }
        },
    )
}

/// asin steepens at ±1, where an error of one ulp in ρ would be one of 1e-8 in α: what cannot be told from ±1 is ±1.
fn angle(covariance: Scaled, square: Scaled) -> f64 {
    // The root of a square is exact, so equal variances and covariances give exactly 1.
    let rho = (covariance / square.sqrt()).to_f64();
    if 1.0 - rho.abs() <= ROUNDING { FRAC_PI_2.copysign(rho) } else { rho.asin() }
}

/// The same of one field with itself, where ρ is exactly 1 on the diagonal.
pub(super) fn own_angles<S: Space>(
    space: Blocks<'_, S>,
    covariance: &Block<S::Matrix>,
    variances: &[Scaled],
) -> Block<S::Matrix> {
    let mut angles = angles(space, covariance, variances, variances);
    let pinned: Vec<f64> = variances.iter().map(|&v| if is_alive(v) { FRAC_PI_2 } else { 0.0 }).collect();
    space.set_diagonal(&mut angles, &pinned);
    angles
}

/// E relu′ relu′ = ¼ + α/2π; 0 where the field is identically zero, since relu′(0) = 0.
pub(super) fn slopes<S: Space>(space: Blocks<'_, S>, angles: &Block<S::Matrix>, variances: &[Scaled]) -> Block<S::Matrix> {
    space.combine(
        angles,
        [variances; 2],
        0,
        |alpha, l, r| {
            if is_alive(l) && is_alive(r) { both_open(alpha.to_f64()) } else { 0.0 }
        },
    )
}

/// E relu relu = (v v′)^½ (cos α/2π + sin α (¼ + α/2π)).
pub(super) fn products<S: Space>(space: Blocks<'_, S>, angles: &Block<S::Matrix>, variances: &[Scaled]) -> Block<S::Matrix> {
    let largest = variances.iter().copied().fold(Scaled::zero(), Scaled::max);
    let exponent =
        if largest.fit().is_some_and(|size| (1e-60..1e60).contains(&size)) { 0 } else { 2 * largest.quarters().1 };
    let unit = Scaled::power_of_two(exponent);
    space.combine(angles, [variances; 2], exponent, |alpha, l, r| {
        let alpha = alpha.to_f64();
        ((l * r).sqrt() / unit).to_f64() * (alpha.cos() / TAU + alpha.sin() * both_open(alpha))
    })
}

/// X where the field is not identically zero.
pub(super) fn alive<S: Space>(space: Blocks<'_, S>, x: &Block<S::Matrix>, variances: &[Scaled]) -> Block<S::Matrix> {
    let unit = Scaled::power_of_two(x.exponent);
    space.combine(
        x,
        [variances; 2],
        x.exponent,
        |entry, l, r| {
            if is_alive(l) && is_alive(r) { (entry / unit).to_f64() } else { 0.0 }
        },
    )
}

/// The probability that two centred Gaussians of correlation sin α are both positive.
pub(super) fn both_open(alpha: f64) -> f64 {
    0.25 + alpha / TAU
}
