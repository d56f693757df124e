use archscale_model::Expr;

use crate::{Check, Departure, Layer, MUTANT_PERCENT};

/// Half the length of the line that is searched for kinks, and the number of intervals on it.
const REACH: f64 = 16.0;
const INTERVALS: i32 = 4_096;

/// Checks that an activation declares every kink of its expression, since quadrature is cut there.
///
/// **Statement.** Every place in \[−16, 16\] where the argument of a relu or a step changes sign lies within 2⁻⁷ of a declared
/// kink, and every declared kink there is such a place. An operation of several vectors declares none and passes with no
/// comparison. The mutant has a kink of slope 0.02 more than it declares.
#[must_use]
pub fn kinks(layer: &Layer) -> Check {
    let Some(activation) = layer.as_activation() else { return Check::new("kinks") };
    let (declared, gates) = (activation.kinks(), layer.function().expression().gates());
    let mut check = compared(&declared, &gates);
    let more = 0.01 * f64::from(MUTANT_PERCENT) * Expr::argument(0) - 0.01;
    let mutant = compared(&declared, &[gates, vec![more]].concat());
    check.mutant_refused = Some(!mutant.departures.is_empty());
    check
}

fn compared(declared: &[f64], gates: &[Expr]) -> Check {
    let mut check = Check::new("kinks");
    let width = 2.0 * REACH / f64::from(INTERVALS);
    // Interval ends away from 0 and from other round numbers.
    let end = |index: i32| -REACH + width * (f64::from(index) + 1.0 / 3.0);
    let mut crossings = Vec::new();
    for index in 0..INTERVALS - 1 {
        let bounds = (end(index), end(index + 1));
        crossings.extend(gates.iter().filter_map(|gate| crossing(gate, bounds)));
    }
    let nearest = |x: f64, places: &[f64]| {
        places.iter().copied().min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs())).unwrap_or(f64::NAN)
    };
    let mut compare = |place: String, claimed: f64, found: f64| {
        check.compare(f64::INFINITY, Departure { place, claimed, found, allowed: width });
    };
    for &found in &crossings {
        // Six decimals; adding 0 turns −0 into 0.
        let shown = (found * 1e6).round() / 1e6 + 0.0;
        compare(format!("the expression bends at {shown}; the nearest declared kink"), nearest(found, declared), found);
    }
    for &kink in declared.iter().filter(|kink| kink.abs() < REACH - width) {
        compare(format!("a kink is declared at {kink}; the nearest bend"), kink, nearest(kink, &crossings));
    }
    check
}

/// Where a gate changes sign between these bounds, by bisection.
fn crossing(gate: &Expr, (mut low, mut high): (f64, f64)) -> Option<f64> {
    let open = |x: f64| gate.eval(&[x]) > 0.0;
    let below = open(low);
    if below == open(high) {
        return None;
    }
    for _ in 0..48 {
        let middle = 0.5 * (low + high);
        if open(middle) == below { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}
