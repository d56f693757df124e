use super::kinks::gates;
use super::{Check, Layer};

/// Step of the differences. A power of two, as the grid is of multiples of 1/16, so that no argument is rounded.
const STEP: f64 = 1.0 / 1024.0;
/// Grid points in one coordinate: −4 + 1/16 to 4 in steps of ½, none at 0.
const POINTS: usize = 16;
/// Points of a grid in several coordinates, at most.
const MOST: usize = 4_096;
/// Operations behind one value, for the rounding error; expressions have fewer.
const OPERATIONS: f64 = 64.0;

/// Checks the slopes that `claimed` states against finite differences of the values of `layer`.
///
/// **Statement.** On a fixed grid, where no relu or step in the expression is crossed: with D(h) the central difference and
/// R = (4 D(h/2) − D(h))/3, whose error is of order h⁴, |slope − R| ≤ |R − D(h/2)| + rounding. R − D(h/2) estimates the error of
/// order h² of D(h/2), which bounds that of R as long as the fifth derivative is below 1/h² = 10⁶ times the third; rounding is
/// 64 ε (|f| + 1)/h. A comparison counts only if an error of one per cent would fail it, and half the grid must count in each argument.
#[must_use]
pub fn check_slopes(layer: &Layer, claimed: &Layer) -> Check {
    let (function, slopes) = (layer.function(), claimed.slopes());
    let arity = function.arity();
    let gates = gates(function.expression());
    let mut check =
        Check { name: format!("slopes of {layer}, as {claimed}"), comparisons: 0, required: 0, departures: Vec::new() };
    for index in 0..POINTS.saturating_pow(arity as u32).min(MOST) {
        let point: Vec<f64> = (0..arity).map(|j| coordinate(index / POINTS.pow(j as u32), j)).collect();
        for (j, slope) in slopes.iter().enumerate() {
            let at = |offset: f64| {
                let mut moved = point.clone();
                moved[j] += offset;
                moved
            };
            let (low, high) = (at(-STEP), at(STEP));
            if gates.iter().any(|gate| (gate.eval(&low) > 0.0) != (gate.eval(&high) > 0.0)) {
                continue;
            }
            let value = |offset: f64| function.value(&at(offset));
            let wide = (value(STEP) - value(-STEP)) / (2.0 * STEP);
            let narrow = (value(0.5 * STEP) - value(-0.5 * STEP)) / STEP;
            let found = (4.0 * narrow - wide) / 3.0;
            let rounding = OPERATIONS * f64::EPSILON * (value(0.0).abs() + 1.0) / STEP;
            let place = || format!("∂/∂x{j} at {point:?}");
            let exact = slope.eval(&point);
            // Where f is flat there is nothing to be wrong by two per cent of.
            check.required += usize::from(exact.abs() > 1e-6);
            check.compare(place, exact, found, (found - narrow).abs() + rounding);
        }
    }
    check.required = (check.required / 2).max(arity);
    check
}

/// Coordinates differ between arguments, so that no two are ever equal.
fn coordinate(index: usize, argument: usize) -> f64 {
    -4.0 + 0.5 * (index % POINTS) as f64 + 0.0625 * (1.0 + (argument % 4) as f64)
}
