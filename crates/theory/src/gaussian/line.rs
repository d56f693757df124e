//! Integrals of a function against the standard normal density, by the trapezoid rule after a change of variable.
//!
//! Smooth functions: x = c + s·sinh t over the whole line, whose grid is fine near the place c where the function changes at
//! the scale s and coarse in the tails, so that steep and flat functions cost the same. Functions with kinks: the line is cut
//! at the kinks and each piece is integrated by x = midpoint + half·tanh(π/2·sinh t), which converges as fast although the
//! pieces do not vanish at their ends. In both, the step is halved until nothing changes. (Gauss–Hermite nodes are placed by
//! the density alone and miss a function that changes at the scale 1/√q: at q = 30 a GELU's slope is wrong by one per cent.)

use std::f64::consts::{FRAC_PI_2, TAU};

/// Accuracy of every Gaussian integral, relative to the integral of the absolute value.
///
/// An integral is accepted when two further halvings of the step each change it by a hundredth of this; one that never
/// settles is an error, not a number.
pub const QUADRATURE_ACCURACY: f64 = 1e-10;

/// Beyond ten standard deviations the density is below 1e-22.
const REACH: f64 = 10.0;
const MAX_POINTS: usize = 1 << 15;
/// Beyond this t a piece has less than 1e-35 of its length left.
const STRETCH: f64 = 4.0;

/// Where a function of a standard normal variable changes, and how fast.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Smoothness {
    /// Analytic near the real line; it changes near `centre` at a scale not much below `scale`.
    Analytic {
        /// Where it changes fastest.
        centre: f64,
        /// The shortest length at which it changes there.
        scale: f64,
    },
    /// Analytic between these points, in any order.
    Pieces(Vec<f64>),
}

/// ∫ f(x) φ(x) dx for K functions at once, or nothing if they do not settle.
///
/// Errors below the accuracy times `floor` count as none, however small the integral itself.
pub(crate) fn gaussian_integrals<const K: usize>(
    smoothness: &Smoothness,
    floor: f64,
    mut function: impl FnMut(f64) -> [f64; K],
) -> Option<[f64; K]> {
    match smoothness {
        Smoothness::Analytic { centre, scale } => {
            let inside = centre.abs() <= REACH;
            let (centre, scale) = if inside { (*centre, scale.clamp(1e-12, 1.0)) } else { (0.0, 1.0) };
            let lower = ((-REACH - centre) / scale).asinh();
            let upper = ((REACH - centre) / scale).asinh();
            settle(lower, upper, floor, &mut |t| {
                let (x, weight) = (centre + scale * t.sinh(), scale * t.cosh());
                (function(x), weight * density(x))
            })
        }
        Smoothness::Pieces(points) => {
            let mut cuts: Vec<f64> = points.iter().copied().filter(|x| x.abs() < REACH).collect();
            cuts.extend([-REACH, 0.0, REACH]);
            cuts.sort_by(f64::total_cmp);
            cuts.dedup();
            let mut values = [0.0; K];
            for piece in cuts.windows(2) {
                let (half, from, to) = (0.5 * (piece[1] - piece[0]), piece[0], piece[1]);
                let total = settle(-STRETCH, STRETCH, floor, &mut |t| {
                    let inner = FRAC_PI_2 * t.sinh();
                    // Distance from the nearer end, without cancellation.
                    let gap = half * 2.0 / (1.0 + (2.0 * inner.abs()).exp());
                    let x = if t < 0.0 { from + gap } else { to - gap };
                    let weight = half * FRAC_PI_2 * t.cosh() / inner.cosh().powi(2);
                    (function(x), weight * density(x))
                })?;
                for (value, part) in values.iter_mut().zip(total) {
                    *value += part;
                }
            }
            Some(values)
        }
    }
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / TAU.sqrt()
}

/// Trapezoid sums over [lower, upper] with halved steps until two successive halvings change nothing.
fn settle<const K: usize>(
    lower: f64,
    upper: f64,
    floor: f64,
    integrand: &mut impl FnMut(f64) -> ([f64; K], f64),
) -> Option<[f64; K]> {
    let mut sums = [0.0; K];
    let mut sizes = [0.0; K];
    let mut add = |t: f64, share: f64| {
        let (values, weight) = integrand(t);
        for k in 0..K {
            sums[k] += share * weight * values[k];
            sizes[k] += share * weight * values[k].abs();
        }
        (sums, sizes)
    };
    let mut panels = 16_usize;
    let mut step = (upper - lower) / panels as f64;
    let (ends, end_sizes) = {
        add(lower, 0.5);
        add(upper, 0.5)
    };
    let (mut raw, mut raw_sizes) = (ends, end_sizes);
    for index in 1..panels {
        (raw, raw_sizes) = add(lower + step * index as f64, 1.0);
    }
    let mut previous = raw.map(|value| value * step);
    let mut settled = 0;
    while panels < MAX_POINTS {
        for index in 0..panels {
            (raw, raw_sizes) = add(lower + step * (index as f64 + 0.5), 1.0);
        }
        panels *= 2;
        step *= 0.5;
        if raw_sizes.iter().any(|size| !size.is_finite()) {
            return None;
        }
        let values = raw.map(|value| value * step);
        let close = (0..K).all(|k| {
            let allowed = QUADRATURE_ACCURACY * (raw_sizes[k] * step).max(floor);
            // The ends carry nothing: the integral has no tail beyond them.
            (values[k] - previous[k]).abs() <= 0.01 * allowed && end_sizes[k] * step <= 0.01 * allowed
        });
        settled = if close { settled + 1 } else { 0 };
        if settled == 2 {
            return Some(values);
        }
        previous = values;
    }
    None
}
