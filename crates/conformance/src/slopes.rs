use archscale_model::Expr;

use crate::{Check, Departure, Layer};

/// Step of the differences. A power of two, as the grid is of multiples of 1/16, so that no argument is rounded.
const STEP: f64 = 1.0 / 1024.0;
/// Grid points in one coordinate: −4 + 1/16 to 4 in steps of ½, none at 0.
const POINTS: usize = 16;
/// Points of a grid in several coordinates, at most.
const MOST: usize = 4_096;
/// Operations behind one value, for the rounding error; expressions have fewer.
const OPERATIONS: f64 = 64.0;

/// Checks the slopes that a layer claims against finite differences of its values.
///
/// **Statement.** On a fixed grid, where no relu or step in the expression is crossed: with D(h) the central difference and
/// R = (4 D(h/2) − D(h))/3, whose error is of order h⁴, |slope − R| ≤ |R − D(h/2)| + rounding. R − D(h/2) estimates the error of
/// order h² of D(h/2), which bounds that of R as long as the fifth derivative is below 1/h² = 10⁶ times the third; rounding is
/// 64 ε (|f| + 1)/h. A comparison counts only if an error of one per cent would fail it, and half the grid must count in each argument.
#[must_use]
pub fn slopes(layer: &Layer) -> Check {
    let mut check = compared(layer, layer.slopes());
    let mutant = compared(layer, &layer.mutant_slopes());
    check.mutant_refused = Some(!mutant.departures.is_empty());
    check
}

fn compared(layer: &Layer, slopes: &[Expr]) -> Check {
    let function = layer.function();
    let arity = function.arity();
    let gates = function.expression().gates();
    let mut check = Check::new("slopes");
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
            let claimed = slope.eval(&point);
            // Where f is flat there is nothing to be wrong by two per cent of.
            check.required += usize::from(claimed.abs() > 1e-6);
            let (place, allowed) = (format!("∂/∂x{j} at {point:?}"), (found - narrow).abs() + rounding);
            check.compare(found, Departure { place, claimed, found, allowed });
        }
    }
    check.required = (check.required / 2).max(arity);
    check
}

/// Coordinates differ between arguments, so that no two are ever equal.
fn coordinate(index: usize, argument: usize) -> f64 {
    -4.0 + 0.5 * (index % POINTS) as f64 + 0.0625 * (1.0 + (argument % 4) as f64)
}
