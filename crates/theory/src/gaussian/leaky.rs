use std::f64::consts::{PI, TAU};

use super::{ActivationMoments, ClosedForm, GaussianPair};

/// σ(z) = z for z > 0 and α z elsewhere.
///
/// **Statement.** E σ = (1−α) √(q/2π), E σ² = q (1+α²)/2, E σ′ʳ = (1+αʳ)/2, and
/// E[σ_u′² σ_w′²] = P (1 + α_u² α_w²) + (½ − P)(α_u² + α_w²), where P = (π − θ)/2π is the probability that both
/// pre-activations are positive and θ the angle between them.
pub(super) static CLOSED_FORM: ClosedForm =
    ClosedForm { family: "leaky", group: GROUP, group_parameter: |slope| slope, moments, slope_pair };

/// Activations with one slope on each side of zero.
pub(super) const GROUP: &str = "two slopes";

pub(super) fn moments(slope: f64, variance: f64) -> ActivationMoments {
    let square = slope * slope;
    ActivationMoments {
        mean: (1.0 - slope) * (variance / TAU).sqrt(),
        second: 0.5 * variance * (1.0 + square),
        slope_mean: 0.5 * (1.0 + slope),
        slope_second: 0.5 * (1.0 + square),
        slope_fourth: 0.5 * (1.0 + square * square),
    }
}

pub(super) fn slope_pair(first: f64, second: f64, pair: &GaussianPair) -> f64 {
    let both = (PI - pair.angle()) / TAU;
    let (first, second) = (first * first, second * second);
    both * (1.0 + first * second) + (0.5 - both) * (first + second)
}
